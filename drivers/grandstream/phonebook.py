"""The phonebooks that Grandstream phones fetch (sheet 5.2), in the dialect of each generation.

``phonebook.xml`` is asked for by GXP14xx and later, ``gs_phonebook.xml`` by phones of the age of GXP280. No
groups are written: what a phone makes of a group whose number its user gave to another one nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from drivers.grandstream.families import Dialect, dialect_of
from phonesync.driver.phonebooks import BookFile, BookLimits
from phonesync.driver.writing import document, fitting, leaf, lines, tag
from phonesync.errors import Unsupported
from phonesync.model import BookEntry, ContactNumber, Evidence, NumberKind, Phonebook

BOOK, OLD_BOOK = "phonebook.xml", "gs_phonebook.xml"

FILES = (BookFile(name=BOOK), BookFile(name=OLD_BOOK))
"""Which of the two a phone asks for is a matter of its age alone, so both are there for each."""

_MODEL = re.compile(r"Grandstream (?:Model HW\s+)?((?:GXP|GRP|GHP|GXV|WP|DP|BT)\d[A-Z0-9]*)", re.IGNORECASE)

MOST_CONTACTS = 1000
"""WP820 by the vendor's guide, GRP2612 by one client; of other models no limit is known."""

_LIMITS = BookLimits(entries=MOST_CONTACTS, basic_plane_only=True, evidence=Evidence.GUESS)
_MOST_NUMBERS_GXV3140 = 4

FIRST_ACCOUNT = "0"
"""The guide counts accounts from 0; some generators count from 1."""

_TYPES = {
    Dialect.TYPED: ("Work", "Home", "Mobile", "Fax", "Other"),
    Dialect.GXV: ("Work", "Home", "Mobile", "Fax", "Other"),
    Dialect.DECT: ("Work", "Home", "Mobile"),
}
_TYPE_OF = {
    NumberKind.WORK: "Work",
    NumberKind.HOME: "Home",
    NumberKind.MOBILE: "Mobile",
    NumberKind.FAX: "Fax",
    NumberKind.OTHER: "Other",
}


def model_in(agent: str) -> str | None:
    """The model in the User-Agent of a download (sheet 6.4): behind ``Model HW``, or behind the vendor."""
    found = _MODEL.search(agent)
    return found[1].upper() if found else None


def book_limits(variant: str | None, model: str | None) -> BookLimits:
    """What fits on a phone."""
    word = (model or "").strip().upper()
    places = _TYPES.get(dialect_of(variant, model))
    limits = replace(_LIMITS, numbers=None if places is None else len(places))
    if word == "WP820":
        return replace(limits, evidence=Evidence.CERTAIN)
    if word.startswith("GRP261"):
        return replace(limits, evidence=Evidence.LIKELY)
    return replace(limits, numbers=_MOST_NUMBERS_GXV3140) if word == "GXV3140" else limits


def render(book: Phonebook, *, file: str, variant: str | None, model: str | None) -> bytes:
    """The content of one of the files.

    Raises:
        Unsupported: There is no such file.
    """
    if file not in {BOOK, OLD_BOOK}:
        raise Unsupported(
            f"Grandstream phones fetch no file {file}.", hint=f"There are {BOOK} and {OLD_BOOK}."
        )
    dialect = Dialect.OLD if file == OLD_BOOK else dialect_of(variant, model)
    head = () if dialect in {Dialect.OLD, Dialect.DECT} else (leaf("version", "1"),)
    most = book_limits(variant, model).numbers
    contacts = (one for entry in fitting(book) for one in _contacts(entry, dialect, most))
    return document(tag("AddressBook", lines((*head, *islice(contacts, MOST_CONTACTS)))))


def _contacts(entry: BookEntry, dialect: Dialect, most: int | None) -> Iterator[str]:
    """An entry as one contact, or as several where it has more numbers than a contact has places."""
    if dialect is Dialect.OLD:
        first, _, last = entry.name.rpartition(" ")
        name = (leaf("LastName", last), *((leaf("FirstName", first),) if first else ()))
        numbers = (tag("Phone", _number(one) + _account()) for one in entry.numbers)
        yield tag("Contact", "".join((*name, *numbers)))
        return
    for phones in _in_places(entry, _TYPES[dialect][:most]):
        parts = [leaf("FirstName", entry.name)]
        if dialect is Dialect.DECT:
            parts += [tag("LastName"), leaf("Ringtone", "0")]
        if dialect is Dialect.GXV:
            parts.append(leaf("Primary", "0"))
        account = "" if dialect is Dialect.DECT else _account()
        parts += [tag("Phone", _number(one) + account, {"type": place}) for place, one in phones.items()]
        yield tag("Contact", "".join(parts))


def _in_places(entry: BookEntry, places: tuple[str, ...]) -> Iterator[dict[str, ContactNumber]]:
    """Each number under the type of its kind where that is free, else under the next that is."""
    taken: dict[str, ContactNumber] = {}
    for one in entry.numbers:
        if len(taken) == len(places):
            yield taken
            taken = {}
        free = [place for place in (_TYPE_OF[one.kind], *places) if place in places and place not in taken]
        taken[free[0]] = one
    yield taken


def _number(one: ContactNumber) -> str:
    return leaf("phonenumber", one.number)


def _account() -> str:
    return leaf("accountindex", FIRST_ACCOUNT)
