"""What is compared when a contact on a phone is held against one that was written there. Pure.

The sheets do not say how phones cut a name into first and last, in which order they show it, nor what they
make of the kind of a number. So two contacts are one where the same words make their names, in any order,
and the same digits their numbers, of whatever kind.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

from phonesync.model import ContactNumber

_SEPARATORS = re.compile(r"[\s.()/,-]")
_WRAPPED = re.compile(r"(?:sips?:)?([^@;]*).*", re.IGNORECASE | re.DOTALL)


def bare(number: str) -> str:
    """The digits of a number as phones match them: nothing around them, nothing between them."""
    wrapped = _WRAPPED.fullmatch(number.strip())
    assert wrapped is not None, "every text fits"
    return _SEPARATORS.sub("", wrapped[1])


def name_key(name: str) -> str:
    """What two contacts of one name have in common: letter case and blanks do not count."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def lines(numbers: Iterable[ContactNumber]) -> str:
    """Numbers as a record keeps them: one a line, none twice."""
    return "\n".join(sorted({digits for one in numbers if (digits := bare(one.number))}))


def digest(name: str, numbers: Iterable[ContactNumber]) -> str:
    """Of name and numbers, as far as phones can be trusted to give them back.

    Args:
        name: As written or shown.
        numbers: As written or shown.
    """
    words = sorted(unicodedata.normalize("NFC", name).split())
    digits = sorted({digits for one in numbers if (digits := bare(one.number))})
    text = json.dumps([words, digits], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
