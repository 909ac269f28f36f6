"""Numbers and names in the form in which they are searched: whatever the spelling, the same text.

Names are folded letter by letter, so that any part of a name folds to a part of the folded name. Cyrillic
letters become Latin ones, and letters that people write in several ways become one: ``Михаил``, ``Mikhail``
and ``mikhail`` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from unicodedata import combining, normalize

from phonesync.numbering import DialPlan

LONGEST = 40
"""Letters of a number or a name that are searched."""

_WITHHELD = ("withheld", "hidden", "anonym", "unknown", "скрыт", "аноним", "неизвестн", "засекречен")
_BESIDE_WITHHELD = frozenset({"number", "caller", "номер", "абонент"})
_SHORTEST = 4
"""Letters of a word that is taken for one of these; ``_WITHHELD`` are beginnings of words."""

_NUMBER = re.compile(r"[\s0-9()+.*#/\u2010-\u2015-]*[0-9][\s0-9()+.*#/\u2010-\u2015-]*")
_TWICE = re.compile(r"(.)\1+")
_WORDS = re.compile(r"[^\W_]+")
_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "а": "a",
        "б": "b",
        "в": "v",
        "г": "g",
        "д": "d",
        "е": "e",
        "ж": "z",
        "з": "z",
        "и": "i",
        "і": "i",
        "к": "k",
        "л": "l",
        "м": "m",
        "н": "n",
        "о": "o",
        "п": "p",
        "р": "r",
        "с": "s",
        "т": "t",
        "у": "u",
        "ф": "f",
        "х": "k",
        "ц": "ts",
        "ч": "c",
        "ш": "s",
        "щ": "sc",
        "ъ": "",
        "ы": "i",
        "ь": "",
        "э": "e",
        "ю": "iu",
        "я": "ia",
        "є": "ie",
        "ґ": "g",
        "h": "",
        "j": "i",
        "y": "i",
        "w": "v",
        "q": "k",
        "x": "ks",
    }
)
"""With ``h`` left out, ``kh``, ``zh``, ``ch`` and ``sh`` are one letter each, as in Cyrillic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of what was typed; a party must fit all of them.

    Attributes:
        readings: Texts one of which its number or one of its names must hold.
    """

    readings: tuple[str, ...]


def folded_name(name: str) -> str:
    """A name as it is searched: words of small Latin letters and digits, a blank between two."""
    plain = normalize("NFKD", name.casefold())
    letters = "".join(_LETTERS.get(letter, letter) for letter in plain if not combining(letter))
    return " ".join(_TWICE.sub(r"\1", word) for word in _WORDS.findall(letters))[:LONGEST]


def asks_for_withheld(text: str) -> bool:
    """Whether somebody types what pages say of callers who withheld their number, in any language of them.

    Args:
        text: As typed: ``withheld``, ``hidden number``, ``скрытый``, ``анон`` …
    """
    words = _WORDS.findall(text.casefold())
    named = [word for word in words if word not in _BESIDE_WITHHELD]
    return bool(named) and all(
        len(word) >= _SHORTEST and any(word.startswith(stem) or stem.startswith(word) for stem in _WITHHELD)
        for word in named
    )


def digits_of(number: str) -> str:
    """The digits of a number."""
    return "".join(letter for letter in number if letter.isascii() and letter.isdigit())[:LONGEST]


def tails(texts: Iterable[str]) -> set[str]:
    """Every end of the texts, from any place in them but a blank: what begins with a part holds that part."""
    return {text[start:] for text in texts for start in range(len(text)) if text[start] != " "}


def terms(text: str, plans: Sequence[DialPlan]) -> tuple[Term, ...]:
    """What somebody typed, as parts that are searched.

    Args:
        text: A part of a number in any spelling, or parts of names.
        plans: Of the sites: what begins with a national prefix may stand for the country's code.

    Returns:
        Nothing where it holds neither digit nor letter.
    """
    if _NUMBER.fullmatch(text):
        return (Term(readings=_readings(digits_of(text), plans)),)
    found = []
    for word in text.split():
        if _NUMBER.fullmatch(word):
            found.append(Term(readings=_readings(digits_of(word), plans)))
        else:
            found += [Term(readings=(part,)) for part in folded_name(word).split()]
    return tuple(found)


def _readings(digits: str, plans: Sequence[DialPlan]) -> tuple[str, ...]:
    """Digits as they stand in E.164, where they may have been typed as they are dialled."""
    found = [digits]
    for plan in plans:
        for dialled, international in _prefixes(plan.country):
            if dialled and digits.startswith(dialled) and len(digits) > len(dialled):
                found.append(international + digits[len(dialled) :])
    return tuple(dict.fromkeys(found))


def _prefixes(country: str) -> tuple[tuple[str, str], ...]:
    """What is dialled before a number of the country and of abroad, and what it stands for."""
    import phonenumbers  # noqa: PLC0415  heavy, and many commands never need it

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    assert metadata is not None, "the configuration takes countries of the numbering data only"
    national = (metadata.national_prefix or "", str(metadata.country_code))
    abroad = metadata.preferred_international_prefix or metadata.international_prefix or ""
    return (national, (digits_of(abroad) if digits_of(abroad) == abroad.replace("~", "") else "", ""))
