"""Writes XML that phones take: well-formed whatever a name holds, UTF-8 without a byte-order mark.

Phones are strict where they should be lenient: one bad character, or one empty name, and the whole file is
ignored. So every text goes through :func:`clean` and :func:`escaped`, and what is left of a book is made sure
of by :func:`fitting`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from xml.sax.saxutils import escape

from phonesync.model import BookEntry, ContactNumber, Phonebook

_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")
"""What XML 1.0 does not allow, and the control characters that it only discourages."""

_HARMLESS = re.compile("[^&<>\"'\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*")
"""Most texts: they stand in a file as they are."""

_SPECIAL = MappingProxyType({'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
_NONE: Mapping[str, str] = MappingProxyType({})


def clean(text: str) -> str:
    """The text without what no XML file may hold; runs of white space, line ends too, become one blank."""
    return " ".join(_IMPOSSIBLE.sub("", text).split())


def escaped(text: str) -> str:
    """The text as it stands in an element or an attribute, without what no XML file may hold."""
    return text if _HARMLESS.fullmatch(text) else escape(_IMPOSSIBLE.sub("", text), _SPECIAL)


def tag(name: str, content: str = "", attributes: Mapping[str, str] = _NONE) -> str:
    """One element.

    Args:
        name: Of the element.
        content: Markup, or text that was already :func:`escaped`.
        attributes: Texts, not escaped yet.
    """
    if content and not attributes:
        return f"<{name}>{content}</{name}>"
    opened = "".join((name, *(f' {key}="{escaped(value)}"' for key, value in attributes.items())))
    return f"<{opened}>{content}</{name}>" if content else f"<{opened}/>"


def leaf(name: str, text: str, attributes: Mapping[str, str] = _NONE) -> str:
    """One element that holds a text, which is not escaped yet."""
    return tag(name, escaped(text), attributes)


def lines(parts: Iterable[str]) -> str:
    """Markup with each part on a line of its own, so that a person can read the file."""
    return "\n".join(("", *parts, ""))


def document(markup: str) -> bytes:
    """A whole file around its outermost element."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{markup}\n'.encode()


def fitting(book: Phonebook) -> Iterator[BookEntry]:
    """The entries as a file can hold them: cleaned, with a name, and with numbers that are not empty.

    A contact of whose name nothing is left bears its first number; one without a number is left out.
    """
    for entry in book.entries:
        numbers = tuple(
            ContactNumber(number=number, kind=one.kind)
            for one in entry.numbers
            if (number := clean(one.number))
        )
        if numbers:
            yield replace(entry, name=clean(entry.name) or numbers[0].number, numbers=numbers)
