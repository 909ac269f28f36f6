"""Which call of a switch's record is which joined call. Pure.

A pair is taken only where nothing else fits either side as well: by caller and number dialled, by an
extension that both name, by time, by who answered and for how long. What fits several is said to, and left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from phonesync.calls.cdr import RAW, SwitchCall, bare
from phonesync.calls.values import Call, CallDirection, Disposition, LegOutcome, Party
from phonesync.events.numbers import bucket, same_number
from phonesync.numbering import EXTENSION

TIGHT_S = 3.0
"""A phone begins to ring so long after the switch has the call at most, where nothing comes between."""

LOOSE_S = 15.0
"""The same, where the clock of one of them is not known to the second."""

TALK_S = 3
"""Talk times of one call differ by so much at most."""

WIDE_S = 600.0
"""A switch's clock is off by so much at most, or its calls are not found."""

FEWEST = 5
"""Pairs from which a switch's clock is concluded."""

BEFORE_S = 3600.0
"""A phone begins to ring so long at most after the switch had the call: menus and queues come before."""

EXACT, CLOSE, NEAR, INSIDE, CONTRADICTED = range(5)
"""How well a pair fits, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Which calls are which.

    Attributes:
        record_of: Call id to position of the switch's call, for the pairs that nothing else fits as well.
        ambiguous: Ids of calls that several of the switch's calls fit, or that share one with another.
        unclear: Positions of the switch's calls on the other side of those.
    """

    record_of: Mapping[str, int]
    ambiguous: frozenset[str]
    unclear: frozenset[int]


def match(calls: Iterable[Call], records: Sequence[SwitchCall], clocks: Mapping[str, float]) -> Matches:
    """Finds the calls of a switch's record among joined calls; the order of neither matters.

    Args:
        calls: Joined calls; all that may be of one of the records.
        records: Calls of switches; all that may be of one of the calls.
        clocks: Source to how far its switch's clock is ahead of true time, seconds; others are right.
    """
    edges = _edges(calls, records, clocks)
    found: dict[str, int] = {}
    for rank in (EXACT, CLOSE, NEAR, INSIDE, CONTRADICTED):
        while pairs := _unique([(call, at) for call, at, fits in edges if fits <= rank]):
            found |= pairs
            taken = set(pairs.values())
            edges = [edge for edge in edges if edge[0] not in pairs and edge[1] not in taken]
    return Matches(
        record_of=found,
        ambiguous=frozenset(call for call, _, _ in edges),
        unclear=frozenset(at for _, at, _ in edges),
    )


def clock_ahead_s(calls: Iterable[Call], records: Sequence[SwitchCall]) -> float | None:
    """How far the clock of one switch is ahead of true time: the median over calls that are surely the same.

    Calls that phones placed count before calls that came in: in those the switch may have been talking
    before a phone rang.

    Args:
        calls: Joined calls.
        records: Calls of one switch.

    Returns:
        Seconds; None where fewer than five calls show it.
    """
    placed: list[float] = []
    rung: list[float] = []
    near = [
        (call, at)
        for call, at in _candidates(calls, records)
        if abs(_late_s(call, records[at], 0.0)) <= WIDE_S and records[at].within_s == 0
    ]
    unique = _unique([(call.id, at) for call, at in near])
    for call, at in near:
        if unique.get(call.id) == at and call.started_within_s <= TIGHT_S:
            ahead = -_late_s(call, records[at], 0.0)
            (rung if call.direction is CallDirection.INBOUND else placed).append(ahead)
    shown = placed if len(placed) >= FEWEST else placed + rung
    return round(median(shown), 1) if len(shown) >= FEWEST else None


def meant(
    calls: Iterable[Call], records: Sequence[SwitchCall], clocks: Mapping[str, float]
) -> frozenset[int]:
    """Positions of the switch's calls that may be one of some joined calls, however well others fit.

    Args:
        calls: Joined calls.
        records: Calls of switches.
        clocks: As of :func:`match`.
    """
    return frozenset(at for _, at, _ in _edges(calls, records, clocks))


def party_of(party: Party) -> str | None:
    """A party of a call in the form of the switch's record; None where withheld."""
    if party.extension is not None:
        return f"{EXTENSION}{party.extension}"
    return party.e164 or (None if party.number_shown is None else f"{RAW}{party.number_shown}")


def has_answer(call: Call) -> bool:
    """Whether a list of a phone shows that somebody answered; nothing a switch's record adds counts."""
    if any(leg.outcome is LegOutcome.ANSWERED for leg in call.legs):
        return True
    return call.direction is CallDirection.OUTBOUND and bool(talks(call))


def talks(call: Call) -> list[int]:
    """Talk times that phones show, seconds."""
    return [leg.talk_s for leg in call.legs if leg.talk_s]


def agrees_in_talk(call: Call, record: SwitchCall) -> bool | None:
    """Whether a phone shows the talk time of the switch; None where one of them shows none."""
    said = [line.talk_s for line in record.lines if line.talk_s is not None]
    shown = talks(call)
    if not said or not shown:
        return None
    return any(abs(one - other) <= TALK_S for one in said for other in shown)


def contradicts(call: Call, record: SwitchCall) -> bool:
    """Whether phones say that somebody answered, and the switch that nobody did."""
    return has_answer(call) and record.disposition not in (Disposition.ANSWERED, Disposition.UNKNOWN)


def _answered_elsewhere(call: Call, record: SwitchCall) -> bool:
    """Whether phones and switch name different extensions that answered."""
    by = {leg.extension for leg in call.legs if leg.outcome is LegOutcome.ANSWERED}
    return bool(by and record.answered_by) and by.isdisjoint(record.answered_by)


def _edges(
    calls: Iterable[Call], records: Sequence[SwitchCall], clocks: Mapping[str, float]
) -> list[tuple[str, int, int]]:
    """Every pair that may be one call, with how well it fits."""
    found = []
    for call, at in _candidates(calls, records):
        rank = _rank(call, records[at], clocks.get(records[at].source, 0.0))
        if rank is not None:
            found.append((call.id, at, rank))
    return found


def _candidates(calls: Iterable[Call], records: Sequence[SwitchCall]) -> list[tuple[Call, int]]:
    """Every pair of the same parties that share an extension, whatever their times."""
    by_party: defaultdict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for key in {_key(record.calling), _key(record.called)}:
            by_party[key].append(at)
    return [
        (call, at)
        for call in calls
        for at in by_party.get(_key(distinct(call)), ())
        if _same_parties(call, records[at])
    ]


def _key(party: str | None) -> str:
    return "" if party is None else bucket(bare(party))


def distinct(call: Call) -> str | None:
    """The party by which a call is looked for: the one outside, or who calls."""
    return party_of(call.called if call.direction is CallDirection.OUTBOUND else call.calling)


def _same_parties(call: Call, record: SwitchCall) -> bool:
    inside = {leg.extension for leg in call.legs}
    if call.direction is CallDirection.INBOUND:
        # A record without members names the number dialled alone; where the switch answered, nobody rang.
        reached = _reaches(inside, record) if record.rung else record.disposition is not Disposition.UNKNOWN
        return reached and _same(party_of(call.calling), record.calling)
    ours = record.calling is not None and record.calling.startswith(EXTENSION)
    if ours and not _same(party_of(call.calling), record.calling):
        return False
    if _same(party_of(call.called), record.called):
        return ours or call.direction is CallDirection.OUTBOUND
    return ours and _reaches(inside - {call.calling.extension}, record)


def _reaches(extensions: Collection[str | None], record: SwitchCall) -> bool:
    """Whether one of some extensions was called."""
    return not set(record.rung).isdisjoint(extensions)


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or same_number(bare(one), bare(other))


def _rank(call: Call, record: SwitchCall, ahead_s: float) -> int | None:
    """How well a pair of the same parties fits; None where it does not."""
    late = _late_s(call, record, ahead_s)
    if late < -LOOSE_S:
        return None
    if late > LOOSE_S and late > min(BEFORE_S, _length_s(record) + LOOSE_S):
        return None
    if contradicts(call, record) or _answered_elsewhere(call, record):
        return CONTRADICTED if abs(late) <= LOOSE_S else None
    if abs(late) > LOOSE_S:
        return INSIDE
    if abs(late) > TIGHT_S:
        return NEAR
    exact = has_answer(call) is (record.disposition is Disposition.ANSWERED) and _names_all(call, record)
    return EXACT if exact and agrees_in_talk(call, record) is not False else CLOSE


def _names_all(call: Call, record: SwitchCall) -> bool:
    """Whether the record names every phone that rang, where it names any."""
    rang = {leg.extension for leg in call.legs if leg.outcome is not LegOutcome.PLACED}
    return not record.rung or rang.issubset(record.rung)


def _late_s(call: Call, record: SwitchCall, ahead_s: float) -> float:
    """How long after the switch had it a call began, as far as both are known; below 0: before."""
    late = (call.started_at - record.started_at).total_seconds() + ahead_s
    low, high = late - call.started_within_s - record.within_s, late + call.started_within_s
    return 0.0 if low <= 0 <= high else low if low > 0 else high


def _length_s(record: SwitchCall) -> float:
    length = timedelta() if record.ended_at is None else record.ended_at - record.started_at
    return length.total_seconds()


def _unique(edges: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The pairs of which neither side is in another one."""
    calls = Counter(call for call, _ in edges)
    records = Counter(at for _, at in edges)
    return {call: at for call, at in edges if calls[call] == 1 and records[at] == 1}
