"""Entries known by reports meet the rows of lists: which of them are one call. Pure.

A pair is made only where it is the only one: the row and the call fit each other and nothing else, or as many
rows as calls of one number fit, and fit in order. What fits in several ways stays two entries, both marked.
Whoever calls this leaves out what has met already, so that a decision stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from phonesync.calls import clock_evidence, meanings
from phonesync.calls.clock_lines import Evidence
from phonesync.calls.timing import says_answered
from phonesync.calls.values import Bounds
from phonesync.events.fitting import ListRow, Strictness, fits, is_on_time, may_count
from phonesync.events.numbers import bucket
from phonesync.events.values import EventEntry
from phonesync.model import ListName, Outcome, TimeOf

Fits = Callable[[ListRow, EventEntry], bool]

_LISTS = {name.value: name for name in ListName}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What was decided.

    Attributes:
        pairs: Rows and calls that are one.
        doubtful_rows: Ids of rows that may be a call which stays an entry of its own.
        doubtful_events: Ids of such calls.
    """

    pairs: tuple[tuple[ListRow, EventEntry], ...] = ()
    doubtful_rows: frozenset[str] = frozenset()
    doubtful_events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a call adds to the row it has met.

    Attributes:
        row_id: Of the entry that stays.
        event_id: Of the one that becomes its alias.
        event_key: The key of that one.
        former_ids: Further ids that become aliases.
        started_at: UTC: the report's where the start was reported, and not late, or the row shows no time;
            else the row's.
        resolution_s: Of that time.
        clock_offset_s: What that time is off by: None for the report's, our clock is right.
        time_of: What the time means; None: what the phone's rows mean.
        duration_s: The row's, else the one that was observed.
        call_id: The SIP Call-ID, or None.
        ring_s: As observed, or None.
        outcome: As observed, or None.
        clock: What the row's own time and the reports show of the phone's clock, or None.
        fits: What they leave of the meanings of the row's time, or None.
        answered: Whose meaning that is: of rows of answered calls, or of others.
    """

    row_id: str
    event_id: str
    event_key: str
    former_ids: tuple[str, ...]
    started_at: datetime
    resolution_s: int | None
    clock_offset_s: float | None
    time_of: str | None
    duration_s: int | None
    call_id: str | None
    ring_s: int | None
    outcome: str | None
    clock: Evidence | None = None
    fits: frozenset[TimeOf] | None = None
    answered: bool = False


def meet(
    rows: Collection[ListRow], events: Collection[EventEntry], *, read_at: datetime | None = None
) -> Meeting:
    """Decides which rows and calls of one phone are one.

    That a report was late is only believed once the phone was read after the call, so that its own row, if it
    has another one, would be known.

    Args:
        rows: Rows of its lists that have met no call.
        events: Calls known by reports alone.
        read_at: The phone's last good read, UTC, or None.
    """
    found = Meeting()
    single = [row for row in rows if row.count == 1]
    strict = _by_number(lambda row, event: fits(row, event) is Strictness.TIMED)
    found = _decided(found, single, events, strict, in_order=True)
    found = _decided(found, single, events, _nameless, in_order=False)
    past = [event for event in events if read_at is not None and event.last_at <= read_at]
    found = _decided(found, single, past, _by_number(_late), in_order=False)
    found = _decided(found, single, events, _by_number(_untimed), in_order=False)
    merged = [row for row in rows if row.count > 1]
    return _doubted(found, merged, events)


def joined(row: ListRow, event: EventEntry) -> Joined:
    """What becomes of a row that has met a call."""
    trusted = row.clock_offset_s is None or is_on_time(row, event)
    reported = not row.timed or (event.time_of is TimeOf.START and trusted)
    return Joined(
        row_id=row.id,
        event_id=event.id,
        event_key=event.key,
        former_ids=event.former_ids,
        started_at=event.started_at if reported else row.started_at,
        resolution_s=1 if reported else row.resolution_s,
        clock_offset_s=None if reported else row.clock_offset_s,
        time_of=event.time_of.value if reported else None,
        duration_s=event.duration_s if row.duration_s is None else row.duration_s,
        call_id=event.call_id,
        ring_s=event.ring_s,
        outcome=None if event.outcome is None else event.outcome.value,
    )


def witnessed(row: ListRow, event: EventEntry, clock: Bounds | None) -> Joined:
    """The same, with what the two show together of the phone's clock and of the meaning of its times.

    Args:
        row: As kept before it met the call.
        event: The call.
        clock: What is known of the clock in the time that the row shows, or None.
    """
    answered = event.outcome is Outcome.ANSWERED
    left = None if clock is None else meanings.by_report(row, event, clock)
    shown = None
    # Near readings of the phone's own page nothing else is asked.
    if row.clock_offset_s is None:
        possible = left if row.time_of is TimeOf.UNKNOWN else None
        shown = clock_evidence.by_report(row, event, possible or None)
    said = says_answered(_LISTS.get(row.list_name), row.duration_s)
    if said is None:
        said = says_answered(None, None, event.outcome)
    plain = said is answered
    return replace(
        joined(row, event),
        clock=shown,
        fits=meanings.telling(left, answered=answered) if plain and left is not None else None,
        answered=answered,
    )


def _by_number(fit: Fits) -> Fits:
    """Of one number, both shown."""

    def both(row: ListRow, event: EventEntry) -> bool:
        return row.remote_number is not None and event.remote_number is not None and fit(row, event)

    return both


def _nameless(row: ListRow, event: EventEntry) -> bool:
    """A withheld caller, or one that no report named: time alone decides, and only where it is known."""
    shown = row.remote_number is not None and event.remote_number is not None
    return not shown and fits(row, event) is Strictness.TIMED


def _late(row: ListRow, event: EventEntry) -> bool:
    """A report came late."""
    return fits(row, event) is Strictness.LATE


def _untimed(row: ListRow, event: EventEntry) -> bool:
    """The time proves little: number and duration must tell the call from all others."""
    return fits(row, event) is Strictness.UNTIMED and bool(row.duration_s) and bool(event.duration_s)


def _decided(
    found: Meeting, rows: Iterable[ListRow], events: Iterable[EventEntry], fit: Fits, *, in_order: bool
) -> Meeting:
    """Adds what a rule decides of the rows and calls that no rule before it spoke of."""
    met = {row.id for row, _ in found.pairs} | found.doubtful_rows
    taken = {event.id for _, event in found.pairs} | found.doubtful_events
    left_rows = [row for row in rows if row.id not in met]
    left_events = [event for event in events if event.id not in taken]
    pairs = list(found.pairs)
    doubtful_rows, doubtful_events = set(found.doubtful_rows), set(found.doubtful_events)
    for some_rows, some_events in _groups(left_rows, left_events, fit):
        ordered = _in_order(some_rows, some_events, fit)
        if ordered is not None and (in_order or len(ordered) == 1):
            pairs += ordered
        else:
            doubtful_rows |= {row.id for row in some_rows}
            doubtful_events |= {event.id for event in some_events}
    return Meeting(
        pairs=tuple(pairs),
        doubtful_rows=frozenset(doubtful_rows),
        doubtful_events=frozenset(doubtful_events),
    )


def _doubted(found: Meeting, merged: Sequence[ListRow], events: Iterable[EventEntry]) -> Meeting:
    """A row that counts several calls shows the time of the last alone: calls it may count are doubtful."""
    taken = {event.id for _, event in found.pairs}
    maybe = [
        (row, event) for row in merged for event in events if event.id not in taken and may_count(row, event)
    ]
    return replace(
        found,
        doubtful_rows=found.doubtful_rows | {row.id for row, _ in maybe},
        doubtful_events=found.doubtful_events | {event.id for _, event in maybe},
    )


def _in_order(
    rows: Sequence[ListRow], events: Sequence[EventEntry], fit: Fits
) -> list[tuple[ListRow, EventEntry]] | None:
    """Rows and calls pair by pair; None where their numbers differ or a pair does not fit.

    One caller may come by two trunks, with and without the code of the country. Where a phone's rows and its
    reports spell him in the same ways, equally often, the spelling tells his calls of one minute apart.
    """
    if len(rows) != len(events):
        return None
    ordered = sorted(rows, key=lambda row: (row.started_at, row.occurrence, row.id))
    called = sorted(events, key=lambda event: (event.first_at, event.id))
    if Counter(map(_spelt, ordered)) == Counter(map(_spelt, called)):
        ordered.sort(key=_spelt)
        called.sort(key=_spelt)
    pairs = list(zip(ordered, called, strict=True))
    return pairs if all(fit(row, event) for row, event in pairs) else None


def _spelt(one: ListRow | EventEntry) -> str:
    return one.remote_number or ""


def _groups(
    rows: Sequence[ListRow], events: Sequence[EventEntry], fit: Fits
) -> list[tuple[list[ListRow], list[EventEntry]]]:
    """Rows and calls that hang together by fitting, each group as small as it can be."""
    partners = _partners(rows, events, fit)
    of_event: defaultdict[str, list[ListRow]] = defaultdict(list)
    for row in rows:
        for event in partners[row.id]:
            of_event[event.id].append(row)
    seen: set[str] = set()
    groups = []
    for row in rows:
        if row.id in seen or not partners[row.id]:
            continue
        some_rows: list[ListRow] = []
        some_events: dict[str, EventEntry] = {}
        waiting = [row]
        seen.add(row.id)
        while waiting:
            one = waiting.pop()
            some_rows.append(one)
            for event in partners[one.id]:
                some_events[event.id] = event
                fresh = [other for other in of_event[event.id] if other.id not in seen]
                seen.update(other.id for other in fresh)
                waiting += fresh
        groups.append((some_rows, list(some_events.values())))
    return groups


def _partners(
    rows: Sequence[ListRow], events: Sequence[EventEntry], fit: Fits
) -> Mapping[str, list[EventEntry]]:
    """The calls that each row fits; only those of its number, or of none, are looked at."""
    numbered: defaultdict[str, list[EventEntry]] = defaultdict(list)
    for event in events:
        numbered["" if event.remote_number is None else bucket(event.remote_number)].append(event)
    return {
        row.id: [
            event
            for event in (events if row.remote_number is None else _near(numbered, row.remote_number))
            if fit(row, event)
        ]
        for row in rows
    }


def _near(numbered: Mapping[str, list[EventEntry]], number: str) -> list[EventEntry]:
    own = bucket(number)
    return [*numbered.get(own, ()), *(numbered.get("", ()) if own else ())]
