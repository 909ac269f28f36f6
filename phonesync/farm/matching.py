"""Which kept entry is which true recording: the largest matching there is.

A recording and an entry may belong together when the phone ever showed the recording in that list, with that
number, under the time of that entry. Rows nobody can tell apart (the same caller twice within one shown
minute) fit several entries; the largest matching decides, so that neither a lost nor a doubled row can hide
behind a fitting neighbour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.farm.recordings import PhoneFacts, Recording
from phonesync.model import ListName
from phonesync.store.records import EntryRow

Key = tuple[str, str | None, datetime | tuple[int, int, int, int]]
"""List, number, and the instant shown; or month, day, hour and minute where the year cannot be known."""

Relabel = Mapping[ListName, str]
"""True list to the name the reader gives it."""

PLAIN: Relabel = {name: name.value for name in ListName}
EXCHANGED: Relabel = {
    **PLAIN,
    ListName.MISSED: ListName.RECEIVED.value,
    ListName.RECEIVED: ListName.MISSED.value,
}
_SECOND = timedelta(seconds=1)
"""Instants may have been stored in whole seconds."""

WITHHELD = frozenset({"", "anonymous", "unknown"})
"""What stands in place of a withheld number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The matching of one phone's recordings and entries.

    Attributes:
        pairs: Recording and entry that belong together.
        ambiguous: Ids of paired recordings that fit more than one entry, or whose entry fits more of them.
        unmatched: Shown recordings without an entry.
        doubled: Entries beyond the recordings they fit, each with one of these.
        invented: Entries that fit no recording that was ever shown.
        relabel: Device to the names the reader gives to its lists.
        entries_of: Key to the number of entries that have it.
    """

    pairs: tuple[tuple[Recording, EntryRow], ...]
    ambiguous: frozenset[int]
    unmatched: tuple[Recording, ...]
    doubled: tuple[tuple[EntryRow, Recording], ...]
    invented: tuple[EntryRow, ...]
    relabel: Mapping[int, Relabel]
    entries_of: Mapping[Key, int]

    def relabel_of(self, recording: Recording) -> Relabel:
        """How the reader names the lists of the recording's device."""
        return self.relabel.get(recording.device, PLAIN)

    def label(self, recording: Recording) -> str:
        """The name the reader gives to the list of this recording."""
        return self.relabel_of(recording)[recording.list_name]

    @property
    def exchanged(self) -> bool:
        """The reader exchanges missed and received on some device."""
        return EXCHANGED in self.relabel.values()

    def true_list(self, label: str) -> ListName:
        """The true list behind a name that the reader gives, by the phone's latest device."""
        names = self.relabel.get(max(self.relabel, default=0), PLAIN)
        return next(name for name, given in names.items() if given == label)


def plain_number(number: str | None) -> str | None:
    """The number for comparison: None for every way to show a withheld one."""
    return None if number is None or number.casefold() in WITHHELD else number


def instants(wall: datetime, zone: ZoneInfo) -> frozenset[datetime]:
    """The instants a naive wall time can mean: two in the hour that the end of summer time doubles."""
    return frozenset(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def keys_of(recording: Recording, facts: PhoneFacts, relabel: Relabel) -> Iterator[Key]:
    """Every key under which the recording may be kept."""
    for wall, sure_year in recording.texts:
        yield from keys_of_text(recording, wall, facts, relabel)
        if not facts.shows_year and not sure_year:
            yield _yearless(relabel[recording.list_name], recording.number, wall)


def keys_of_text(
    recording: Recording, wall: datetime, facts: PhoneFacts, relabel: Relabel
) -> Iterator[tuple[str, str | None, datetime]]:
    """The keys of one time under which the recording was shown."""
    number = plain_number(recording.number)
    for instant in instants(wall, facts.zone):
        yield relabel[recording.list_name], number, instant


def match(facts: PhoneFacts, recordings: Sequence[Recording], entries: Sequence[EntryRow]) -> Matched:
    """Matches everything one phone showed with everything that was kept of it.

    Args:
        facts: Of the phone.
        recordings: All of the phone's recordings.
        entries: All entries kept of the phone.
    """
    met = _met(recordings, entries)
    settled = frozenset(recording.id for recording, _ in met)
    taken = frozenset(entry.id for _, entry in met)
    # Of two entries that fit, the one marked uncertain is the one too many.
    left = sorted(
        (entry for entry in entries if "list" in entry.sources and entry.id not in taken),
        key=lambda entry: entry.uncertain,
    )
    others = [recording for recording in recordings if recording.id not in settled]
    found = _match_by_sight(others, left) if facts.newest_only else _match_by_text(facts, others, left)
    return replace(found, pairs=(*met, *found.pairs))


def _met(
    recordings: Sequence[Recording], entries: Iterable[EntryRow]
) -> tuple[tuple[Recording, EntryRow], ...]:
    """Rows that met a report: the Call-ID tells which call an entry claims to be, and its time is our own."""
    shown = {one.call_id: one for one in recordings if one.call_id and (one.texts or one.exposed)}
    return tuple(
        (shown.pop(entry.call_id), entry)
        for entry in entries
        if "list" in entry.sources and entry.call_id in shown
    )


def _match_by_text(
    facts: PhoneFacts, recordings: Sequence[Recording], entries: Sequence[EntryRow]
) -> Matched:
    """The matching where lists show times: by list, number and the time shown."""
    shown = [recording for recording in recordings if recording.texts]
    by_key: defaultdict[Key, list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        for key in _entry_keys(entry, facts):
            by_key[key].append(index)
    relabel = _relabel(facts, shown, by_key)
    fits = {
        recording.id: _fitting(recording, facts, relabel.get(recording.device, PLAIN), by_key)
        for recording in shown
    }
    return _matched(shown, fits, entries, relabel, {key: len(found) for key, found in by_key.items()})


def _match_by_sight(recordings: Sequence[Recording], entries: Sequence[EntryRow]) -> Matched:
    """The matching where lists show no time: by list and number, and the read that first showed the row.

    Such an entry began, by agreement, when a read first showed it.
    """
    by_party: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        by_party[entry.list_name, plain_number(entry.remote_number)].append(index)
    shown: list[Recording] = []
    fits: dict[int, list[int]] = {}
    for recording in recordings:
        if recording.exposed is None:
            continue
        first, last = (instant.replace(microsecond=0) for instant in recording.exposed)
        same_party = by_party[recording.list_name.value, plain_number(recording.number)]
        shown.append(recording)
        fits[recording.id] = [
            index for index in same_party if first <= entries[index].started_at < last + _SECOND
        ]
    return _matched(shown, fits, entries, {}, {})


def _matched(
    shown: list[Recording],
    fits: Mapping[int, Sequence[int]],
    entries: Sequence[EntryRow],
    relabel: Mapping[int, Relabel],
    entries_of: Mapping[Key, int],
) -> Matched:
    # Those that must have an entry come first: a largest matching never drops one it has matched.
    shown.sort(key=lambda recording: (not recording.completed, recording.position))
    owner = _largest(shown, fits)
    by_id = {recording.id: recording for recording in shown}
    suitor = {index: number for number, indexes in fits.items() for index in indexes}
    left = [index for index in range(len(entries)) if index not in owner]
    matched = set(owner.values())
    return Matched(
        pairs=tuple((by_id[number], entries[index]) for index, number in owner.items()),
        ambiguous=_ambiguous(fits),
        unmatched=tuple(one for one in shown if one.id not in matched),
        doubled=tuple((entries[index], by_id[suitor[index]]) for index in left if index in suitor),
        invented=tuple(entries[index] for index in left if index not in suitor),
        relabel=relabel,
        entries_of=entries_of,
    )


def _yearless(list_name: str, number: str | None, wall: datetime) -> Key:
    return list_name, plain_number(number), (wall.month, wall.day, wall.hour, wall.minute)


def _entry_keys(entry: EntryRow, facts: PhoneFacts) -> Iterator[Key]:
    yield entry.list_name, plain_number(entry.remote_number), entry.started_at.astimezone(UTC)
    if not facts.shows_year:
        wall = entry.started_at.astimezone(facts.zone).replace(tzinfo=None)
        yield _yearless(entry.list_name, entry.remote_number, wall)


def _fitting(
    recording: Recording, facts: PhoneFacts, relabel: Relabel, by_key: Mapping[Key, list[int]]
) -> list[int]:
    found = (index for key in keys_of(recording, facts, relabel) for index in by_key.get(key, ()))
    return sorted(set(found))


def _relabel(
    facts: PhoneFacts, shown: Iterable[Recording], by_key: Mapping[Key, list[int]]
) -> dict[int, Relabel]:
    """Whether the entries of each device fit better with missed and received exchanged."""
    better: defaultdict[int, int] = defaultdict(int)
    for recording in shown:
        if recording.list_name in {ListName.MISSED, ListName.RECEIVED}:
            plain = any(key in by_key for key in keys_of(recording, facts, PLAIN))
            exchanged = any(key in by_key for key in keys_of(recording, facts, EXCHANGED))
            better[recording.device] += exchanged - plain
    return {device: EXCHANGED if votes > 0 else PLAIN for device, votes in better.items()}


def _largest(recordings: Iterable[Recording], fits: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Entry index to recording id, as many as possible, earlier recordings never given up for later ones."""
    owner: dict[int, int] = {}
    for recording in recordings:
        free = next((index for index in fits[recording.id] if index not in owner), None)
        if free is None:
            _augment(recording.id, fits, owner)
        else:
            owner[free] = recording.id
    return owner


def _augment(number: int, fits: Mapping[int, Sequence[int]], owner: dict[int, int]) -> None:
    """Finds an entry for a recording by moving others to other entries they fit, breadth first."""
    came_from: dict[int, tuple[int, int | None]] = {}
    queue: list[tuple[int, int | None]] = [(number, None)]
    for seeker, through in queue:
        for index in fits[seeker]:
            if index in came_from:
                continue
            came_from[index] = (seeker, through)
            if index in owner:
                queue.append((owner[index], index))
                continue
            step: int | None = index
            while step is not None:
                taker, before = came_from[step]
                owner[step] = taker
                step = before
            return


def _ambiguous(fits: Mapping[int, Sequence[int]]) -> frozenset[int]:
    suitors: defaultdict[int, list[int]] = defaultdict(list)
    for number, indexes in fits.items():
        for index in indexes:
            suitors[index].append(number)
    crowded = {number for numbers in suitors.values() if len(numbers) > 1 for number in numbers}
    return frozenset(crowded | {number for number, indexes in fits.items() if len(indexes) > 1})
