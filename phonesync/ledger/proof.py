"""Proof: which time a read shows to be complete, and how far a hole reaches.

Coverage is about when the phone *recorded* a row, which is usually the end of the call. Rows leave a list
only at its old end; so one row of the last read that is still there, unmoved, proves that nothing recorded
since has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from phonesync.clock import instants
from phonesync.ledger.rows import Match, Matches
from phonesync.ledger.values import IdTrail, KeptRow, PhoneLedger, Reading, SpanState
from phonesync.model import TimeOf

LEAST_CAPACITY = 10
"""Rows a list is trusted to hold before more were seen in it."""

RING_ALLOWANCE = timedelta(minutes=3)
"""The longest that a phone is taken to ring before a call is answered or given up."""

FUTURE_ALLOWANCE = timedelta(minutes=2)
"""A row may lie this far ahead of the read: the clocks are not compared to the second."""

STEADY_S = 60.0
"""Clock offsets of two reads that differ by more than this many seconds are a jump, not drift."""

_ID_DIGITS = 9
"""An id with more digits is no running number that a bound could be drawn from."""


def verdict(
    kept: Mapping[str, Sequence[KeptRow]],
    shown: Matches,
    *,
    codes: Sequence[str],
    most_rows: int,
    timed: bool,
) -> SpanState:
    """What a read says of the span since the last good one, for one group of lists with one capacity.

    Args:
        kept: List code to the rows of the last good snapshot, newest first.
        shown: List code to the rows of this one.
        codes: The lists of the group.
        most_rows: The most rows any earlier read showed in it.
        timed: The phone's clock is known to have been right, so times order rows of different lists.
    """
    before = sum(len(kept.get(code, ())) for code in codes)
    now = sum(len(shown.get(code, ())) for code in codes)
    if not before:
        return SpanState.COMPLETE if now < max(most_rows, LEAST_CAPACITY) else SpanState.GAP
    anchors = {code: _anchors(kept.get(code, ()), shown.get(code, ())) for code in codes}
    if any(anchors.values()):
        in_order = all(_in_order(kept.get(code, ()), shown.get(code, ()), anchors[code]) for code in codes)
        proven = in_order and _only_oldest_left(kept, shown, codes, full=now >= most_rows, timed=timed)
        return SpanState.COMPLETE if proven else SpanState.REMOVED
    return SpanState.GAP if now >= most_rows else SpanState.CLEARED


def newest_only_verdict(kept: Sequence[KeptRow], shown: Sequence[Match], ids: IdTrail) -> SpanState:
    """The verdict for a list that shows its newest row only: proven by ids alone.

    The same row proves that none came; the next id, that none came between, where this phone's own ids have
    been seen to grow. Once they have fallen, not even the same row proves anything.

    Args:
        kept: The row of the last good read that showed one, or none.
        shown: The row of this read, or none.
        ids: How the phone's ids have moved, this read's fall included, this read's growth not.
    """
    if not kept and not shown:
        return SpanState.COMPLETE
    if not kept or not shown:
        return SpanState.GAP if shown else SpanState.CLEARED
    if kept[0].entry_id == shown[0].entry_id:
        return SpanState.UNKNOWN if ids.fallen or kept[0].row_id is None else SpanState.COMPLETE
    return SpanState.COMPLETE if hidden_by_ids(kept, shown, ids) == 0 else SpanState.GAP


def hidden_by_ids(kept: Sequence[KeptRow], shown: Sequence[Match], ids: IdTrail) -> int | None:
    """The most rows that came between two newest rows unseen, by their ids; None where they bound nothing."""
    step = _step(kept, shown) if ids.trusted else None
    return None if step is None or step < 1 else step - 1


def trail_of(ledger: PhoneLedger, reading: Reading, shown: Matches) -> IdTrail:
    """How the phone's row ids have moved, this read included.

    Args:
        ledger: Before the read.
        reading: The read.
        shown: Its rows with their entries.
    """
    trail = ledger.ids
    for code in sorted(reading.newest_only()):
        kept, rows = ledger.lists.get(code, ()), shown.get(code, ())
        step = _step(kept, rows)
        if step is None or kept[0].entry_id == rows[0].entry_id:
            continue
        trail = IdTrail(grown=trail.grown + (step > 0), fallen=trail.fallen or step <= 0)
    return trail


def _step(kept: Sequence[KeptRow], shown: Sequence[Match]) -> int | None:
    """By how much the newest row's id grew, or None where the two cannot be compared."""
    before = kept[0].row_id if kept else None
    now = shown[0].row.entry.row_id if shown else None
    if before is None or now is None or not (_is_number(before) and _is_number(now)):
        return None
    return int(now) - int(before)


def _is_number(row_id: str) -> bool:
    return row_id.isascii() and row_id.isdecimal() and len(row_id) <= _ID_DIGITS


def _anchors(kept: Sequence[KeptRow], shown: Sequence[Match]) -> frozenset[str]:
    """Ids of rows that stayed and were not moved by a repeat (same count, same key)."""
    counts = {row.entry_id: row.count for row in kept}
    return frozenset(match.entry_id for match in shown if counts.get(match.entry_id) == match.row.entry.count)


def _in_order(kept: Sequence[KeptRow], shown: Sequence[Match], anchors: frozenset[str]) -> bool:
    """The rows that stayed stand as they stood, or all the other way round.

    A short list leaves open which of its ends is the new one; a longer one then tells.
    """
    before = [row.entry_id for row in kept if row.entry_id in anchors]
    now = [match.entry_id for match in shown if match.entry_id in anchors]
    return before in (now, now[::-1])


def _only_oldest_left(
    kept: Mapping[str, Sequence[KeptRow]], shown: Matches, codes: Sequence[str], *, full: bool, timed: bool
) -> bool:
    """True where the rows that vanished are exactly the oldest of the group."""
    stayed: dict[str, list[KeptRow]] = {code: [] for code in codes}
    gone: dict[str, list[KeptRow]] = {code: [] for code in codes}
    for code in codes:
        present = {match.entry_id for match in shown.get(code, ())}
        for row in kept.get(code, ()):
            if row.entry_id in present:
                stayed[code].append(row)
                if any(not (full and _overlapping(left, row)) for left in gone[code]):
                    return False
            elif not _merged_away(row, shown.get(code, ())):
                gone[code].append(row)
    return not any(
        _surely_newer(left, row, timed=timed)
        for code in codes
        for other in codes
        if other != code
        for left in gone[code]
        for row in stayed[other]
    )


def _merged_away(row: KeptRow, shown: Sequence[Match]) -> bool:
    """A repeat was merged: the row's place was taken by one of the same number with a higher count."""
    return any(
        match.row.entry.remote_number == row.remote_number
        and match.row.entry.count > max(row.count, 1)
        and not match.known
        for match in shown
    )


def _recorded_by(row: KeptRow) -> datetime:
    return row.started_at + timedelta(seconds=row.duration_s or 0) + RING_ALLOWANCE


def _overlapping(newer: KeptRow, older: KeptRow) -> bool:
    """Calls that overlap may stand in either order: a list is sorted by start or by recording."""
    return newer.started_at <= _recorded_by(older)


def _surely_newer(left: KeptRow, stayed: KeptRow, *, timed: bool) -> bool:
    """Across lists of one capacity: by the read that first showed them, else by their times."""
    if left.seen_at != stayed.seen_at:
        return left.seen_at > stayed.seen_at
    return timed and left.started_at > _recorded_by(stayed)


def hole_ends(
    ledger: PhoneLedger, reading: Reading, shown: Matches, codes: Sequence[str], offset_s: float | None
) -> datetime:
    """Where the time before the oldest row shown ends: when that row was recorded, or this read.

    Everything recorded after any row that is still shown is shown too. A row's recording is only trusted
    where duration and clock are known, the clock never jumped, and the rows stand in the order of time.

    Args:
        ledger: Before this read.
        reading: This read.
        shown: Its rows.
        codes: The lists of one capacity.
        offset_s: The phone's clock minus true time in this read, or None.
    """
    if offset_s is None or not ledger.clock_steady:
        return reading.at
    correction = timedelta(seconds=offset_s)
    ends = [reading.at]
    for code in codes:
        bounds = [_recorded(match, reading, correction) for match in shown.get(code, ())]
        if not bounds or bounds[-1] is None or not _ordered(bounds, reading.at):
            continue
        ends.append(bounds[-1][1])
    end = min(ends)
    return reading.at if ledger.last_read is not None and end <= ledger.last_read else end


def _recorded(match: Match, reading: Reading, correction: timedelta) -> tuple[datetime, datetime] | None:
    """Start and latest recording of a row in true time, or None where the row does not tell."""
    entry = match.row.entry
    if match.row.wall is None or entry.duration_s is None or entry.count > 1:
        return None
    # In the hour that the end of summer time doubles, the row may lie in either half.
    begun, begun_late = (instant - correction for instant in instants(match.row.wall, reading.zone))
    unit = timedelta(seconds=entry.wall.resolution_s if entry.wall else 0)
    if reading.variant.time_of is TimeOf.RECORDED:
        return begun, begun_late + 2 * unit  # the clock is known to half a unit, the row to one
    return begun, begun_late + unit + timedelta(seconds=entry.duration_s) + RING_ALLOWANCE


def _ordered(bounds: Sequence[tuple[datetime, datetime] | None], now: datetime) -> bool:
    """Newest first up to overlapping calls, and none in the future."""
    known = [bound for bound in bounds if bound is not None]
    if any(start > now + FUTURE_ALLOWANCE for start, _ in known):
        return False
    return all(newer[1] >= older[0] for newer, older in pairwise(known))
