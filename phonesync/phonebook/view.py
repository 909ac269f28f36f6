"""What the owner of a phone may see of all contacts: each number once, at the contact that wins it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from phonesync.model import ContactNumber
from phonesync.phonebook.contents import bare
from phonesync.phonebook.winner import KeptContact, Scope, Viewer


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A contact with the numbers that it wins.

    Attributes:
        contact: Its id.
        name: As its source writes it.
        company: Where they work, or None.
        numbers: Canonical form (None where there is none) and the number as its source writes it.
    """

    contact: str
    name: str
    company: str | None
    numbers: tuple[tuple[str | None, ContactNumber], ...]

    @cached_property
    def canonicals(self) -> tuple[str, ...]:
        """The canonical forms of its numbers."""
        return tuple(number for number, _ in self.numbers if number is not None)


@dataclass(frozen=True, kw_only=True)
class View:
    """What phones of one site and department may see.

    Attributes:
        seen: The contacts, in no meaningful order.
    """

    seen: tuple[Seen, ...]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Canonical number to the name it is to show."""
        return {number: one.name for one in self.seen for number in one.canonicals}


def view(contacts: Iterable[KeptContact], scopes: Mapping[str, Scope], viewer: Viewer) -> View:
    """What a phone's owner may see.

    Args:
        contacts: All contacts.
        scopes: Source to its scope; contacts of other sources do not count.
        viewer: The phone.
    """
    visible = [
        kept
        for kept in contacts
        if (scope := scopes.get(kept.contact.source)) is not None and scope.covers(viewer)
    ]
    winners: dict[str, tuple[tuple[int, int, int, str, str], int]] = {}
    for place, kept in enumerate(visible):
        scope = scopes[kept.contact.source]
        for position, key in enumerate(_keys(kept)):
            rank = (scope.precedence, scope.breadth, position, kept.contact.name, kept.contact.id)
            if key and (key not in winners or (rank, place) < winners[key]):
                winners[key] = (rank, place)
    seen = (_seen(kept, place, winners) for place, kept in enumerate(visible))
    return View(seen=tuple(one for one in seen if one.numbers))


def _keys(kept: KeptContact) -> list[str]:
    """What each number is told apart by; "" where nothing is left of it."""
    pairs = zip(kept.canonicals, kept.contact.numbers, strict=True)
    return [canonical or undialled(number.number) for canonical, number in pairs]


def undialled(number: str) -> str:
    """What is written for a number that has no canonical form: feature codes, addresses; "" for no number."""
    text = "".join(number.split()) if "@" in number else bare(number)
    return text if any(letter.isdigit() for letter in text) else ""


def _seen(
    kept: KeptContact, place: int, winners: Mapping[str, tuple[tuple[int, int, int, str, str], int]]
) -> Seen:
    numbers: dict[str, tuple[str | None, ContactNumber]] = {}
    for key, canonical, number in zip(_keys(kept), kept.canonicals, kept.contact.numbers, strict=True):
        if key and winners[key][1] == place:
            numbers.setdefault(key, (canonical, number))
    contact = kept.contact
    return Seen(
        contact=contact.id, name=contact.name, company=contact.company, numbers=tuple(numbers.values())
    )
