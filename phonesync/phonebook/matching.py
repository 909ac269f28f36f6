"""Which contacts on a phone are the ones we wrote. Pure.

An id counts only where the phone said it when the contact was written, shows it beside the contact now, and
has said different ones for different contacts: a word that merely means "done" must not lead to somebody
else's contact. An id that is merely shown never counts, however well the others held: it may be a running
number, which leads elsewhere once a contact before it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from phonesync.driver.phonebooks import HeldContact, PushRoute
from phonesync.model import BookEntry
from phonesync.phonebook.contents import bare, digest, name_key
from phonesync.phonebook.push_values import PushRecord

ENOUGH_IDS = 2
"""So many different ids must have been said and shown again before one of them is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a phone holds, sorted by whose it is.

    Attributes:
        ours: Id of a contact to where it stands on the phone, as we wrote it.
        ids: Id of a contact to the phone's id of it, where the phone has said the two belong together.
        sure: Contacts of ours that may be changed or removed by their id.
        edited: Id of a contact to what a person has made of it.
        foreign: All that is not ours, in the phone's order; edited ones are among them.
    """

    ours: Mapping[str, HeldContact]
    ids: Mapping[str, str]
    sure: frozenset[str]
    edited: Mapping[str, HeldContact]
    foreign: tuple[HeldContact, ...]


def match(
    held: Sequence[HeldContact],
    records: Sequence[PushRecord],
    wanted: Sequence[BookEntry],
    *,
    route: PushRoute,
) -> Match:
    """Finds our contacts among those that a phone holds.

    Args:
        held: All of them.
        records: What we wrote there.
        wanted: What is to stand there.
        route: Whether ids and numbers are shown, and the name of our own group.
    """
    matching = _Matching(held=held, records={one.contact: one for one in records}, route=route)
    if not route.reads_numbers:
        matching.by_name()
        return matching.result(wanted)
    matching.by_id()
    matching.by_content()
    matching.by_group(wanted)
    return matching.result(wanted)


@dataclass(slots=True, kw_only=True)
class _Matching:
    """A search in progress; ``places`` leads from a contact's id to the index of what the phone holds."""

    held: Sequence[HeldContact]
    records: Mapping[str, PushRecord]
    route: PushRoute
    places: dict[str, int] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    digests: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.digests = [digest(one.name, one.numbers) for one in self.held]

    def by_name(self) -> None:
        """Phones that show names only."""
        named = _places(name_key(one.name) for one in self.held)
        for record in self.records.values():
            self._claim(record.contact, named.get(name_key(record.name), []))

    def by_id(self) -> None:
        """By the id that the phone said, where what stands there is what we wrote."""
        for record in self.records.values():
            place = self._place_of(record)
            if place is not None and self.digests[place] in record.digests:
                self._claim(record.contact, [place])

    def by_content(self) -> None:
        """By what was written."""
        alike = _places(self.digests)
        for record in self.records.values():
            if record.contact not in self.places:
                self._claim(record.contact, [at for one in record.digests for at in alike.get(one, [])])

    def by_group(self, wanted: Sequence[BookEntry]) -> None:
        """In our own group, what is exactly as wanted is ours also where its record was lost."""
        if not self.route.group:
            return
        ours = _places(
            found if one.group == self.route.group else ""
            for one, found in zip(self.held, self.digests, strict=True)
        )
        for entry in wanted:
            if entry.contact not in self.records:
                self._claim(entry.contact, ours.get(digest(entry.name, entry.numbers), []))

    def _claim(self, contact: str, places: Sequence[int]) -> None:
        free = next((place for place in places if place not in self.claimed), None)
        if free is not None:
            self.places[contact] = free
            self.claimed.add(free)

    def _place_of(self, record: PushRecord) -> int | None:
        """Where the phone shows the id that it said for a contact."""
        if record.held_id is None:
            return None
        places = (place for place, one in enumerate(self.held) if one.id == record.held_id)
        return next(places, None)

    def result(self, wanted: Sequence[BookEntry]) -> Match:
        told = {
            contact: record.held_id
            for contact, record in self.records.items()
            if contact in self.places and record.held_id is not None
            if self.held[self.places[contact]].id == record.held_id
        }
        trusted = self.route.ids and len(set(told.values())) >= ENOUGH_IDS
        return Match(
            ours={contact: self.held[place] for contact, place in self.places.items()},
            ids=told,
            sure=frozenset(told if trusted else ()),
            edited=self._edited(wanted) if trusted else {},
            foreign=tuple(one for place, one in enumerate(self.held) if place not in self.claimed),
        )

    def _edited(self, wanted: Sequence[BookEntry]) -> dict[str, HeldContact]:
        """Contacts that stand under their id with another name or other numbers, not with both."""
        found: dict[str, HeldContact] = {}
        for entry in wanted:
            record = self.records.get(entry.contact)
            place = None if record is None or entry.contact in self.places else self._place_of(record)
            if place is not None and place not in self.claimed and _akin(entry, self.held[place]):
                found[entry.contact] = self.held[place]
        return found


def _akin(entry: BookEntry, held: HeldContact) -> bool:
    """The same name, or a number in common."""
    numbers = {bare(one.number) for one in entry.numbers}
    shared = any(bare(one.number) in numbers for one in held.numbers)
    return shared or name_key(entry.name) == name_key(held.name)


def _places(keys: Iterator[str] | Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return found
