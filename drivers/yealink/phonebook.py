"""The phonebooks that Yealink phones fetch (sheets 5.2 and 5.3).

``book.xml`` is a remote phone book, which stands beside the phone's own directory and harms nothing.
``contact.xml`` *is* the phone's own directory: the phone replaces everything by it, what its user typed too.
So it is only ever made of the copy that the phone itself uploaded, with the contacts of one group, ours, put
in anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from phonesync.driver.markup import Element, read_xml
from phonesync.driver.phonebooks import BookFile, BookLimits
from phonesync.driver.writing import clean, document, fitting, leaf, lines, tag
from phonesync.errors import UnexpectedResponse, Unsupported
from phonesync.model import BookEntry, ContactNumber, Evidence, NumberKind, Phonebook

BOOK, CONTACTS = "book.xml", "contact.xml"
FILES = (BookFile(name=BOOK), BookFile(name=CONTACTS, replaces=True))

MOST_CONTACTS, MOST_GROUPS = 1000, 48
"""Of the phone's own directory, by the vendor's pages (CP860: 47 groups)."""

LIMITS = BookLimits(entries=MOST_CONTACTS, basic_plane_only=True, evidence=Evidence.GUESS)
"""Of a remote book no limit is known: the one of the own directory is kept to."""

GROUP = "phonesync"
"""The group of our contacts in ``contact.xml``."""

_LABELS = {
    NumberKind.HOME: "Home",
    NumberKind.MOBILE: "Mobile",
    NumberKind.FAX: "Fax",
    NumberKind.OTHER: "Other",
}
_SLOTS = ("office_number", "mobile_number", "other_number")
_SLOT_OF = {NumberKind.WORK: "office_number", NumberKind.MOBILE: "mobile_number"}
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")
_BOM = b"\xef\xbb\xbf"
_GROUPS, _CONTACTS = "root_group", "root_contact"
_WRAPPER = "vp_contact"
"""Outermost element of the file on Android-based phones; others have two outermost elements."""


def render(book: Phonebook, *, file: str, own: bytes | None) -> bytes:
    """The content of one of :data:`FILES`.

    Raises:
        UnexpectedResponse: ``own`` cannot be understood.
        Unsupported: No such file, or one that replaces contacts without a copy of them.
    """
    if file == BOOK:
        return _remote_book(book)
    if file != CONTACTS:
        raise Unsupported(f"Yealink phones fetch no file {file}.", hint=f"There are {BOOK} and {CONTACTS}.")
    if own is None:
        raise Unsupported(
            f"{CONTACTS} replaces what was typed into the phone, so it is only offered merged with the "
            "phone's own copy, and this phone has uploaded none.",
            hint="Use the remote phone book, or switch on the upload: "
            "static.auto_provision.local_contact.backup.enable.",
        )
    return _own_directory(book, own)


def _remote_book(book: Phonebook) -> bytes:
    title = [leaf("Title", clean(book.title))] if clean(book.title) else []
    entries = (
        tag("DirectoryEntry", "".join((leaf("Name", entry.name), *map(_telephone, entry.numbers))))
        for entry in fitting(book)
    )
    return document(tag("YealinkIPPhoneDirectory", lines((*title, *entries))))


def _telephone(number: ContactNumber) -> str:
    label = _LABELS.get(number.kind)
    return leaf("Telephone", number.number, {"label": label} if label else {})


# --- The phone's own directory -----------------------------------------------------------------------------


class OwnDirectory(NamedTuple):
    """A phone's uploaded ``contact.xml``: its groups, its contacts, and whether one element wraps both."""

    groups: Element
    contacts: Element
    wrapped: bool


def read_own(content: bytes) -> OwnDirectory:
    """What a phone's uploaded ``contact.xml`` holds.

    Its two outermost elements make it no XML document; some phones wrap them in one.

    Raises:
        UnexpectedResponse: Cut, foreign, or with anything in it that nobody knows and a merge would lose.
    """
    body = _DECLARATION.sub(b"", content.removeprefix(_BOM), count=1)
    root = read_xml(b"<phonesync>" + body + b"</phonesync>")
    parts = list(root)
    wrapped = [part.tag for part in parts] == [_WRAPPER]
    if wrapped:
        parts = list(parts[0])
    if [part.tag for part in parts] != [_GROUPS, _CONTACTS]:
        raise UnexpectedResponse(f"The uploaded contacts are not one {_GROUPS} and one {_CONTACTS}.")
    groups, contacts = parts
    strange = {str(one.tag) for one in groups if one.tag != "group"}
    strange |= {str(one.tag) for one in contacts if one.tag != "contact"}
    strange |= {str(inner.tag) for part in parts for one in part for inner in one}
    if strange:
        raise UnexpectedResponse(
            f"The uploaded contacts hold {', '.join(sorted(strange))}, which is unknown."
        )
    return OwnDirectory(groups, contacts, wrapped)


def _own_directory(book: Phonebook, own: bytes) -> bytes:
    """The merged directory, in the form in which the phone itself wrote it."""
    sent = read_own(own)
    kept = [dict(one.attrib) for one in sent.contacts if one.get("group_id_name") != GROUP]
    rings = [dict(one.attrib) for one in sent.groups if one.get("display_name") != GROUP]
    if len(rings) >= MOST_GROUPS:
        raise Unsupported(
            f"The phone's directory has {len(rings)} groups already, so there is no room for ours.",
            hint="Delete a group on the phone, or use the remote phone book.",
        )
    rings.append({"display_name": GROUP, "ring": "Auto"})
    ours = list(_ours(book, kept))[: max(MOST_CONTACTS - len(kept), 0)]
    parts = (
        tag(_GROUPS, lines(tag("group", "", ring) for ring in rings)),
        tag(_CONTACTS, lines(tag("contact", "", one) for one in (*kept, *ours))),
    )
    return document(tag(_WRAPPER, lines(parts)) if sent.wrapped else "\n".join(parts))


def _ours(book: Phonebook, kept: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Our contacts, without numbers that the user has, under names that nobody else bears."""
    taken = {one.get("display_name", "") for one in kept}
    known = {number for one in kept for slot in _SLOTS if (number := one.get(slot))}
    for entry in fitting(book):
        for numbers in _in_slots(entry, known):
            name = _free(entry.name, taken)
            taken.add(name)
            yield {
                "display_name": name,
                **{slot: numbers.get(slot, "") for slot in _SLOTS},
                "line": "-1",
                "ring": "Auto",
                "group_id_name": GROUP,
            }


def _in_slots(entry: BookEntry, known: set[str]) -> Iterator[Mapping[str, str]]:
    """Three numbers a contact, each in the place of its kind where that is free."""
    slots: dict[str, str] = {}
    for one in entry.numbers:
        if one.number in known:
            continue
        known.add(one.number)
        if len(slots) == len(_SLOTS):
            yield slots
            slots = {}
        wanted = _SLOT_OF.get(one.kind, "other_number")
        free = [slot for slot in (wanted, *_SLOTS) if slot not in slots]
        slots[free[0]] = one.number
    if slots:
        yield slots


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered where somebody bears it: older firmware takes each name once."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
