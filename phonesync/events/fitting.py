"""Whether a row of a list and a call known by reports can be one. Pure.

A row's time may be that of the start, of the answer or of the recording, and which of them is not always
known; a report tells when it arrived. So both sides are spans of time, and they fit where they touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from phonesync.events.assembling import CLOSE_AFTER
from phonesync.events.numbers import same_number
from phonesync.events.values import EventEntry
from phonesync.ledger.proof import RING_ALLOWANCE
from phonesync.model import ListName, Outcome, TimeOf

SLACK = timedelta(seconds=3)
"""A report is on its way so long at most, and a clock read over the network is off by so much."""

LATE = timedelta(seconds=60)
"""A report that was held up on its way arrives so late at most; by one that comes later nothing is met."""

READING = timedelta(minutes=2)
"""A read takes less; of one that was understood late only its end is known."""

WIDE = timedelta(hours=1)
"""How far a phone's clock is trusted that was never read: a zone or a summer time may be wrong."""

RECORDED_WITHIN = timedelta(seconds=15)
"""So long after the end of a call its phone may record the row."""

DURATION_TOLERANCE_S = 3
DURATION_TOLERANCE = 0.03
"""Two counts of one talk differ by so many seconds, or by such a share of it, whichever is more."""

RIPE_AFTER = timedelta(minutes=2)
"""A call that is only heard to ring is over by then."""

MERGES_WITHIN = timedelta(days=1)
"""How far the calls lie back that a row which counts several is asked about."""


class Strictness(Enum):
    """How a row and a call fit."""

    NOT = "not"
    TIMED = "timed"
    """By times that are known."""
    LATE = "late"
    """By times that are known, if a report came late."""
    UNTIMED = "untimed"
    """As far as their times can tell, which is not far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A kept row of a list, as far as meeting a call goes.

    Attributes:
        id: Of its entry.
        list_name: Our name of its list, or the vendor's code where nobody knows what it means.
        remote_number: As shown, or None.
        started_at: As kept: not corrected by the clock's offset.
        resolution_s: Of that time; None where nothing bounds it.
        clock_offset_s: The phone's clock minus true time when it was read, or None.
        time_of: What its time means.
        timed: The list shows a time; else it is that of the read that first showed the row.
        duration_s: Talk time, or None.
        count: Above 1 where it stands for several calls.
        occurrence: Among equal rows, from 1, oldest first.
        first_seen_at: The read that first showed it, UTC.
        unseen_at: The last good read that did not, UTC: it was recorded since; None where nothing says so.
    """

    id: str
    list_name: str
    remote_number: str | None
    started_at: datetime
    resolution_s: int | None
    clock_offset_s: float | None
    time_of: TimeOf
    timed: bool
    duration_s: int | None
    count: int
    occurrence: int
    first_seen_at: datetime
    unseen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: datetime
    last: datetime

    def touches(self, other: _Stretch) -> bool:
        return self.first <= other.last and other.first <= self.last


def fits(row: ListRow, event: EventEntry) -> Strictness:
    """How a row and a call fit: lists, number, durations and times.

    Args:
        row: Of one call.
        event: Of the same phone.
    """
    if not (_lists_agree(row, event) and _numbers_agree(row, event)):
        return Strictness.NOT
    if event.first_at > row.first_seen_at + READING or not _ripe(row, event):
        return Strictness.NOT
    if row.timed and row.clock_offset_s is None and row.unseen_at is not None:
        return _by_reads(row, event)
    if is_on_time(row, event) and _durations_agree(row, event, timedelta()):
        known = row.clock_offset_s is not None if row.timed else row.resolution_s is not None
        return Strictness.TIMED if known else Strictness.UNTIMED
    if row.timed and row.clock_offset_s is not None and _touch(row, event, LATE):
        return Strictness.LATE if _durations_agree(row, event, LATE) else Strictness.NOT
    return Strictness.NOT


def is_on_time(row: ListRow, event: EventEntry) -> bool:
    """Whether the time of a row is one of the call's, no report being late."""
    return _touch(row, event, timedelta())


def _by_reads(row: ListRow, event: EventEntry) -> Strictness:
    """The same where nobody knows the phone's clock; ours knows between which reads a row was recorded."""
    assert row.unseen_at is not None
    ended_by = event.last_at if event.complete else event.last_at + CLOSE_AFTER
    if ended_by < row.unseen_at - RECORDED_WITHIN:
        return Strictness.NOT
    if event.first_at <= row.first_seen_at + SLACK and _durations_agree(row, event, timedelta()):
        return Strictness.TIMED
    return Strictness.LATE if _durations_agree(row, event, LATE) else Strictness.NOT


def may_count(row: ListRow, event: EventEntry) -> bool:
    """Whether a row that stands for several calls may stand for this one too."""
    if not (_lists_agree(row, event) and _numbers_agree(row, event)):
        return False
    latest = _shown(row).last
    return latest - MERGES_WITHIN <= event.first_at <= min(latest, row.first_seen_at)


def _touch(row: ListRow, event: EventEntry, late: timedelta) -> bool:
    shown = _shown(row)
    return any(
        shown.touches(_Stretch(stretch.first - late, stretch.last)) for stretch in _meanings(row, event)
    )


def _shown(row: ListRow) -> _Stretch:
    """When the instant was that a row shows, by the true clock."""
    if not row.timed:
        # The read that first showed it: it came since the one before.
        back = timedelta(days=1) if row.resolution_s is None else timedelta(seconds=row.resolution_s)
        return _Stretch(row.started_at - back - SLACK, row.started_at + SLACK)
    resolution = timedelta(seconds=row.resolution_s or 1)
    slack = SLACK if row.clock_offset_s is not None else WIDE
    # Where a list shows minutes, so does the clock that the offset was taken from.
    slack += resolution / 2 if resolution.total_seconds() > 1 else timedelta()
    true = row.started_at - timedelta(seconds=row.clock_offset_s or 0.0)
    return _Stretch(true - slack, true + resolution + slack)


def _meanings(row: ListRow, event: EventEntry) -> list[_Stretch]:
    """When the instant was that the row's time may mean, as far as the call's reports tell."""
    if not row.timed:
        return [_end(row, event)]
    found = []
    if row.time_of in {TimeOf.START, TimeOf.UNKNOWN}:
        found.append(_start(event))
    if row.time_of in {TimeOf.ANSWERED, TimeOf.UNKNOWN}:
        found.append(_answer(event))
    if row.time_of in {TimeOf.RECORDED, TimeOf.UNKNOWN}:
        found.append(_end(row, event))
    return found


def _start(event: EventEntry) -> _Stretch:
    at = event.started_at
    if event.time_of is TimeOf.START:
        return _Stretch(at, at)
    if event.time_of is TimeOf.ANSWERED:
        return _Stretch(at - RING_ALLOWANCE, at)
    answer = _answer(event)
    return _Stretch(answer.first - RING_ALLOWANCE, answer.last)


def _answer(event: EventEntry) -> _Stretch:
    """A call that was not answered has the time of its end: some phones show that of it instead."""
    at = event.started_at
    if event.time_of is TimeOf.ANSWERED:
        return _Stretch(at, at)
    if event.time_of is TimeOf.START:
        if event.ring_s is not None and event.outcome in {Outcome.ANSWERED, None}:
            answered = at + timedelta(seconds=event.ring_s)
            return _Stretch(answered, answered)
        return _Stretch(at, max(event.last_at, at + RING_ALLOWANCE))
    talked = event.outcome in {Outcome.ANSWERED, None}
    back = timedelta(seconds=event.duration_s) if event.duration_s else CLOSE_AFTER
    return _Stretch(at - back, at) if talked else _Stretch(at, at)


def _end(row: ListRow, event: EventEntry) -> _Stretch:
    answer = _answer(event)
    talk_s = event.duration_s if event.duration_s is not None else row.duration_s
    if event.complete:
        return _Stretch(event.last_at.replace(microsecond=0), event.last_at)
    if event.outcome is Outcome.ANSWERED and talk_s is not None:
        talk = timedelta(seconds=talk_s)
        return _Stretch(answer.first + talk, answer.last + talk)
    return _Stretch(event.last_at, event.last_at + CLOSE_AFTER)


def _ripe(row: ListRow, event: EventEntry) -> bool:
    """Whether the call was over when the row was read, so that the row can be its own."""
    if event.complete:
        return True
    if event.outcome is Outcome.ANSWERED:
        if row.duration_s is None:
            # A list that shows no durations: the call was answered, and the row has come since.
            return row.unseen_at is not None and event.last_at <= row.first_seen_at
        return bool(row.duration_s) and _end(row, event).first <= row.first_seen_at
    return row.first_seen_at - event.last_at >= RIPE_AFTER


def _lists_agree(row: ListRow, event: EventEntry) -> bool:
    """Whether a phone may show such a call in this list."""
    if event.list_name is None or row.list_name not in frozenset(ListName):
        return True
    if event.list_name is ListName.PLACED or row.list_name == ListName.PLACED:
        return row.list_name == event.list_name
    if event.outcome is Outcome.ANSWERED:
        return row.list_name == ListName.RECEIVED
    if event.outcome is Outcome.MISSED:
        return row.list_name == ListName.MISSED
    # Rejected, forwarded, or nothing known: no sheet says which list shows it.
    return True


def _numbers_agree(row: ListRow, event: EventEntry) -> bool:
    one, other = row.remote_number, event.remote_number
    return one is None or other is None or same_number(one, other)


def _durations_agree(row: ListRow, event: EventEntry, late: timedelta) -> bool:
    one, other = row.duration_s, event.duration_s
    if one is None or other is None:
        return True
    tolerance = max(DURATION_TOLERANCE_S, DURATION_TOLERANCE * max(one, other))
    return abs(one - other) <= tolerance + late.total_seconds()
