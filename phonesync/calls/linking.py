"""Which rows may be of one call at all: the neighbourhood within which calls are joined. Pure.

Two rows are linked where they share a key (the caller, a SIP Call-ID) and their calls may have been at one
time, or one was sent on less than a minute before the other, or where one of them is a call to a colleague
that a phone made during the other. What is linked, over any number of steps, is joined as one piece of work;
nothing outside of it can change the result. So joining is local, and a new row costs the same in a store of
any size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from phonesync.calls.timing import Moments, is_answered, whole
from phonesync.calls.values import Apart, Group, Knowledge, Ringing, Row, Together
from phonesync.model import ListName, Outcome
from phonesync.numbering import EXTENSION

RAW = "raw:"
"""Begins a party that is neither E.164 nor an extension: a feature code, a short number."""

APART_S = 5.0
"""Calls that are one, sent on from one phone to the next, leave so little between them at most."""


LATER_S = 60.0
"""A phone that shows nothing rings so long at most between one that sent a call on and one that shows it."""


VAGUE_S = 1800.0
"""A start that may lie anywhere within more joins nothing."""


MOST_ROWS = 250
"""So many linked rows are joined by their times; of more, nobody can tell what belongs together.

A group of twelve phones that a caller rings in vain ten times within minutes makes half of that.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time, UTC.

    Attributes:
        low: Its first instant.
        high: Its last instant.
    """

    low: datetime
    high: datetime

    def touches(self, other: Stretch) -> bool:
        """Whether they share an instant."""
        return self.low <= other.high and other.low <= self.high

    def hull(self, other: Stretch) -> Stretch:
        """The smallest stretch that holds both."""
        return Stretch(low=min(self.low, other.low), high=max(self.high, other.high))


class Neighbours(Protocol):
    """Where rows are found by what they share with others."""

    def by_keys(self, wanted: Mapping[str, Sequence[Stretch]]) -> Iterable[Row]:
        """Rows that have one of these keys and whose extent touches one of its stretches."""
        ...

    def on_phones(self, wanted: Mapping[str, Sequence[Stretch]]) -> Iterable[Row]:
        """Rows of these phones, by name, whose extent touches one of its stretches."""
        ...

    def marked(self, entry_ids: Collection[str]) -> Iterable[Row]:
        """Rows that a hand-made mark puts together with, or apart from, one of these entries."""
        ...

    def crowded(self, entry_ids: Collection[str]) -> Collection[str]:
        """Those of these entries that were in a crowd when calls were joined last."""
        ...


def extent(row: Row) -> Stretch:
    """From when its call can have begun to when it can have ended, corrected, with a little on both sides.

    What was sent on may ring again a little later.
    """
    of = _whole(row)
    # Where hours may lie between dialling and end, only the end can join a call to the outside to another.
    vague = of.start.width > VAGUE_S and is_placed(row) and not calls_inside(row)
    low = of.end.low if vague else of.start.low
    high = of.end.high + (LATER_S if is_sent_on(row) else 0.0)
    return Stretch(
        low=datetime.fromtimestamp(int(low - APART_S), tz=UTC),
        high=datetime.fromtimestamp(int(high + APART_S) + 1, tz=UTC),
    )


def keys(row: Row, knowledge: Knowledge) -> frozenset[str]:
    """What the row shares with every other row of its call: its caller, or its Call-ID.

    Callers who withhold their number share nothing: among those, only phones of one group are neighbours.

    Args:
        row: Any.
        knowledge: The groups.
    """
    found = set() if row.call_id is None else {f"id:{row.call_id}"}
    if is_placed(row):
        if not calls_inside(row):
            found.add(f"by:{row.party}")
        found.add(f"by:{own_party(row)}")
    elif row.party is not None:
        found.add(f"by:{row.party}")
    else:
        found.add(f"withheld:{own_party(row)}")
        found.update(f"withheld:{group.name}" for group in groups_of(row, knowledge))
    return frozenset(found)


def is_placed(row: Row) -> bool:
    """This phone called."""
    return row.list_name is ListName.PLACED


def is_sent_on(row: Row) -> bool:
    """The phone says that it forwarded the call."""
    return row.list_name is ListName.FORWARDED or row.outcome is Outcome.FORWARDED


def calls_inside(row: Row) -> bool:
    """It called a colleague, a group or a code of the switch: no number of the outside."""
    return row.party is None or row.party.startswith((EXTENSION, RAW))


def own_party(row: Row) -> str:
    """The phone as another phone shows it; one without a known extension is nobody's remote party."""
    return f"phone:{row.phone}" if row.extension is None else f"{EXTENSION}{row.extension}"


def groups_of(row: Row, knowledge: Knowledge) -> tuple[Group, ...]:
    """The groups that the row's extension belonged to when it rang."""
    if row.extension is None:
        return ()
    then = [
        group
        for group in _by_member(knowledge.groups).get(row.extension, ())
        if (group.since is None or group.since <= row.at) and (group.until is None or row.at < group.until)
    ]
    return tuple(one for one in then if not any(_says_better(other, one) for other in then))


def _says_better(stated: Group, learned: Group) -> bool:
    """What a person states of a group counts for more than what was learned of some of its members."""
    if stated.learned or not learned.learned:
        return False
    ring = {stated.ringing, learned.ringing} <= {Ringing.TOGETHER, Ringing.IN_TURN}
    return ring and set(learned.members) <= set(stated.members)


@lru_cache(maxsize=8)
def _by_member(groups: tuple[Group, ...]) -> Mapping[str, tuple[Group, ...]]:
    found: dict[str, list[Group]] = {}
    for group in groups:
        for member in group.members:
            found.setdefault(member, []).append(group)
    return {member: tuple(some) for member, some in found.items()}


def calls(placed: Row, ringing: Row, knowledge: Knowledge) -> bool:
    """Whether a phone that called inside says that it was the other, or a group that rings there at once."""
    if placed.party is None:
        return False
    if ringing.extension is not None and placed.party == f"{EXTENSION}{ringing.extension}":
        return True
    dialled = placed.party.partition(":")[2]
    return any(
        group.number == dialled
        and (group.ringing is not Ringing.IN_TURN or group.members[0] == ringing.extension)
        for group in groups_of(ringing, knowledge)
    )


def consults(holding: Row, placed: Row) -> bool:
    """Whether a phone may have made the second call during the first, and have ended both at once.

    That is how a call is handed over with a word before: the caller waits, the colleague is called, and the
    phone drops out of both. Of rows that may have begun at any time of an hour nobody can say so.
    """
    if holding.phone != placed.phone or not is_placed(placed) or not calls_inside(placed):
        return False
    if is_answered(holding) is False or (is_placed(holding) and calls_inside(holding)):
        return False
    first, second = _whole(holding), _whole(placed)
    if max(first.start.width, second.start.width) > VAGUE_S:
        return False
    during = first.stop.low < second.start.high and second.start.low < first.end.high
    return during and first.end.meets(second.end, APART_S)


def linked(row: Row, other: Row, knowledge: Knowledge) -> bool:
    """Whether two rows may be of one call."""
    if consults(row, other) or consults(other, row):
        return True
    if not extent(row).touches(extent(other)):
        return False
    return not keys(row, knowledge).isdisjoint(keys(other, knowledge))


def neighbourhood(seeds: Iterable[Row], source: Neighbours, knowledge: Knowledge) -> tuple[Row, ...]:
    """Everything that may be of one call with the seeds, over any number of steps.

    Of a crowd (see :func:`is_crowd`) only as much as shows that it is one: a machine that calls all day,
    every day, is linked with itself without end. What lies behind was in that crowd before, and stays in it.

    Args:
        seeds: Rows that are new, changed, or were in a call with such.
        source: Where their neighbours are found.
        knowledge: Groups and marks.

    Returns:
        Each row once, by id; the seeds among them.
    """
    found = {row.id: row for row in seeds}
    fresh = list(found.values())
    while fresh:
        near = [*source.by_keys(_wanted_keys(fresh, knowledge)), *source.marked([row.id for row in fresh])]
        near += [
            row
            for row in source.on_phones(_wanted_phones(fresh))
            if any(consults(row, one) or consults(one, row) for one in fresh if one.phone == row.phone)
        ]
        fresh = []
        for row in near:
            if row.id not in found:
                found[row.id] = row
                fresh.append(row)
        fresh = _to_follow(list(found.values()), fresh, source, knowledge)
    return tuple(found[row_id] for row_id in sorted(found))


def is_crowd(rows: Sequence[Row]) -> bool:
    """Whether so many rows are linked that their times decide nothing, and trying all would take for ever."""
    return len(rows) > MOST_ROWS


def _to_follow(
    found: Sequence[Row], fresh: Sequence[Row], source: Neighbours, knowledge: Knowledge
) -> list[Row]:
    """Rows of which the neighbours are still to be looked for: not those that go on being in a crowd."""
    known = source.crowded([row.id for row in fresh]) if is_crowd(found) else ()
    if not known:
        return list(fresh)
    crowds = (some for some in components(found, knowledge) if is_crowd(some))
    left = {row.id for some in crowds for row in some if row.id in known}
    return [row for row in fresh if row.id not in left]


def _wanted_keys(rows: Iterable[Row], knowledge: Knowledge) -> dict[str, list[Stretch]]:
    wanted: dict[str, list[Stretch]] = {}
    for row in rows:
        for key in keys(row, knowledge):
            wanted.setdefault(key, []).append(extent(row))
    return {key: merged(stretches) for key, stretches in wanted.items()}


def _wanted_phones(rows: Iterable[Row]) -> dict[str, list[Stretch]]:
    wanted: dict[str, list[Stretch]] = {}
    for row in rows:
        wanted.setdefault(row.phone, []).append(extent(row))
    return {phone: merged(stretches) for phone, stretches in wanted.items()}


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in as few stretches as it takes, oldest first."""
    found: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda one: one.low):
        if found and found[-1].touches(stretch):
            found[-1] = found[-1].hull(stretch)
        else:
            found.append(stretch)
    return found


def components(rows: Collection[Row], knowledge: Knowledge) -> list[tuple[Row, ...]]:
    """The rows in groups of which no two rows of different groups are linked, each sorted by id."""
    reaches = {row.id: extent(row) for row in rows}
    ordered = sorted(rows, key=lambda row: (reaches[row.id].low, row.id))
    sets = _Sets(len(ordered))
    by_key: dict[str, tuple[int, datetime]] = {}
    on_phone: dict[str, list[int]] = {}
    place = {row.id: index for index, row in enumerate(ordered)}
    for index, row in enumerate(ordered):
        reach = reaches[row.id]
        for key in keys(row, knowledge):
            last = by_key.get(key)
            if last is not None and reach.low <= last[1]:
                sets.unite(index, last[0])
                by_key[key] = (index, max(last[1], reach.high))
            else:
                by_key[key] = (index, reach.high)
        others = on_phone.setdefault(row.phone, [])
        others[:] = [one for one in others if reaches[ordered[one].id].high >= reach.low]
        for one in others:
            if consults(ordered[one], row) or consults(row, ordered[one]):
                sets.unite(index, one)
        others.append(index)
    for mark in knowledge.marks:
        _unite_marked(mark, place, sets)
    return sets.groups(ordered)


def _unite_marked(mark: Apart | Together, place: Mapping[str, int], sets: _Sets) -> None:
    entries = mark.entries if isinstance(mark, Together) else mark.one | mark.other
    here = [place[entry_id] for entry_id in sorted(entries) if entry_id in place]
    for index in here[1:]:
        sets.unite(here[0], index)


class _Sets:
    """Union-find."""

    def __init__(self, number: int) -> None:
        self._parent = list(range(number))

    def find(self, index: int) -> int:
        while self._parent[index] != index:
            self._parent[index] = self._parent[self._parent[index]]
            index = self._parent[index]
        return index

    def unite(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._parent[second] = first

    def groups(self, ordered: list[Row]) -> list[tuple[Row, ...]]:
        found: dict[int, list[Row]] = {}
        for index, row in enumerate(ordered):
            found.setdefault(self.find(index), []).append(row)
        return [tuple(sorted(some, key=lambda row: row.id)) for some in found.values()]


@lru_cache(maxsize=65536)
def _whole(row: Row) -> Moments:
    return whole(row)
