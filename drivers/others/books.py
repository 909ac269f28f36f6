"""The phonebooks of other vendors (sheets 3.1 to 3.4, 8, 9 and 10), one function a form.

Only what a file can hold: phones that ask page by page (Gigaset, Cisco) are given one page.
"""

from __future__ import annotations

from collections.abc import Iterator

from phonesync.driver.writing import clean, document, fitting, leaf, lines, tag
from phonesync.model import BookEntry, ContactNumber, NumberKind, Phonebook

CISCO_ENTRIES = 32
"""Of one page, by the vendor's notes for developers as commonly known; not checked against them."""

MITEL_ITEMS = 30
"""Of one menu, likewise."""

_LABELS = {
    NumberKind.HOME: "Home",
    NumberKind.MOBILE: "Mobile",
    NumberKind.FAX: "Fax",
    NumberKind.OTHER: "Other",
}


def yealink_like(book: Phonebook) -> bytes:
    """``YealinkIPPhoneDirectory``, which many phones of other makers take (Flyingvoice among them)."""
    entries = (
        tag(
            "DirectoryEntry",
            leaf("Name", one.name) + "".join(leaf("Telephone", n.number) for n in one.numbers),
        )
        for one in fitting(book)
    )
    return document(tag("YealinkIPPhoneDirectory", lines(entries)))


def cisco(book: Phonebook) -> bytes:
    """``CiscoIPPhoneDirectory``: one number an entry, no more than one page."""
    entries = (_named(entry, one) for entry, one in _dialled(book, CISCO_ENTRIES))
    return document(tag("CiscoIPPhoneDirectory", lines((*_title(book), *entries))))


def htek(book: Phonebook) -> bytes:
    """``PhoneDirectory``: one number an entry."""
    return document(tag("PhoneDirectory", lines(_pairs(book))))


def fanvil(book: Phonebook) -> bytes:
    """``PhoneBook``: three numbers an entry, each in a place of its own."""
    return document(tag("PhoneBook", lines(one for entry in fitting(book) for one in _fanvil(entry))))


def snom_directory(book: Phonebook) -> bytes:
    """A remote directory of firmware 10.1.178.0 and later, beside the phone's own.

    Of the words for the type of a number one is printed, so that one is used for all.
    """
    contacts = lines(_snom(entry) for entry in fitting(book))
    head = {"e": "2", "version": "2.0", "complete": "true"}
    return document(tag("Settings", lines((tag("tbook", contacts, head),))))


def snom_dect(book: Phonebook) -> bytes:
    """``IPPhoneDirectory`` of the M series: three numbers an entry."""
    places = ("Telephone", "Office", "Mobile")
    wanted = {NumberKind.WORK: "Office", NumberKind.MOBILE: "Mobile"}
    entries = (
        tag(
            "DirectoryEntry",
            leaf("Name", entry.name)
            + "".join(leaf(place, held[place].number) for place in places if place in held),
        )
        for entry in fitting(book)
        for held in _placed(entry, places, wanted)
    )
    return document(tag("IPPhoneDirectory", lines(entries)))


def mitel(book: Phonebook) -> bytes:
    """``AastraIPPhoneTextMenu``: a list to dial from, no longer than one menu."""
    title = leaf("Title", clean(book.title) or "Directory")
    items = (
        tag("MenuItem", leaf("Prompt", _labelled(entry, one)) + leaf("URI", f"Dial:{one.number}"))
        for entry, one in _dialled(book, MITEL_ITEMS)
    )
    return document(tag("AastraIPPhoneTextMenu", lines((title, *items))))


def gigaset(book: Phonebook) -> bytes:
    """``list``: the whole book as one page, whatever page was asked for."""
    pairs = [(entry, one) for entry in fitting(book) for one in entry.numbers]
    entries = (_gigaset(entry, one) for entry, one in pairs)
    head = {
        "response": "get_list",
        "type": "pr",
        "total": str(len(pairs)),
        "first": "1" if pairs else "0",
        "last": str(len(pairs)),
    }
    return document(tag("list", lines(entries), head))


def _title(book: Phonebook) -> tuple[str, ...]:
    title = clean(book.title)
    return (leaf("Title", title),) if title else ()


def _pairs(book: Phonebook) -> Iterator[str]:
    yield from (_named(entry, one) for entry in fitting(book) for one in entry.numbers)


def _named(entry: BookEntry, one: ContactNumber) -> str:
    return tag("DirectoryEntry", leaf("Name", _labelled(entry, one)) + leaf("Telephone", one.number))


def _dialled(book: Phonebook, most: int) -> list[tuple[BookEntry, ContactNumber]]:
    """So many numbers, in the order of the book: everybody's first before anybody's second."""
    entries = list(fitting(book))
    places = sorted((place, at) for at, entry in enumerate(entries) for place, _ in enumerate(entry.numbers))[
        :most
    ]
    return [
        (entries[at], entries[at].numbers[place]) for at, place in sorted((at, place) for place, at in places)
    ]


def _labelled(entry: BookEntry, one: ContactNumber) -> str:
    """The name, with the kind of its number where it has several, so that they can be told apart."""
    label = _LABELS.get(one.kind)
    return f"{entry.name} ({label})" if label and len(entry.numbers) > 1 else entry.name


def _fanvil(entry: BookEntry) -> Iterator[str]:
    places = ("Telephone", "Mobile", "Other")
    wanted = {NumberKind.WORK: "Telephone", NumberKind.MOBILE: "Mobile", NumberKind.OTHER: "Other"}
    for held in _placed(entry, places, wanted):
        numbers = (leaf(place, held[place].number) if place in held else tag(place) for place in places)
        yield tag(
            "DirectoryEntry",
            leaf("Name", entry.name) + "".join(numbers) + leaf("Ring", "Default") + tag("Group"),
        )


def _placed(
    entry: BookEntry, places: tuple[str, ...], wanted: dict[NumberKind, str]
) -> Iterator[dict[str, ContactNumber]]:
    """Numbers by place, each in that of its kind where it is free; what is left over makes another entry."""
    held: dict[str, ContactNumber] = {}
    for one in entry.numbers:
        if len(held) == len(places):
            yield held
            held = {}
        first = wanted.get(one.kind, places[0])
        held[next(place for place in (first, *places) if place not in held)] = one
    yield held


def _snom(entry: BookEntry) -> str:
    first, _, last = entry.name.rpartition(" ")
    numbers = lines(
        tag("number", "", {"no": one.number, "type": "business", "outgoing_id": "0"}) for one in entry.numbers
    )
    return tag(
        "contact",
        leaf("first_name", first) + leaf("last_name", last) + tag("numbers", numbers),
        {"fav": "false", "vip": "false", "blocked": "false"},
    )


def _gigaset(entry: BookEntry, one: ContactNumber) -> str:
    first, _, last = entry.name.rpartition(" ")
    names = leaf("ln", last) + (leaf("fn", first) if first else "")
    return tag("entry", names + leaf("hm", one.number), {"id": one.number})
