"""The instants of a call that were observed: by reports, or by rows whose time means them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from phonesync.calls.pieces import View
from phonesync.calls.strands import Strand
from phonesync.calls.timing import instant
from phonesync.model import TimeOf

NEARLY_S = 2
"""A start known to so many seconds tells how long a call rang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was observed of a call's times.

    Attributes:
        started_at: UTC, whole seconds.
        started_within_s: The start lies within so many seconds of it.
        answered_at: UTC, or None.
        ended_at: UTC, or None.
        ring_s: Seconds, or None.
    """

    started_at: datetime
    started_within_s: int
    answered_at: datetime | None
    ended_at: datetime | None
    ring_s: int | None


def watch(strand: Strand) -> Watched:
    """The observed instants of a call.

    Args:
        strand: Its rows.
    """
    first = strand.pieces[0]
    takers = [piece.taker for piece in strand.pieces if piece.taker is not None]
    caller = first.caller
    talkers = takers or ([caller] if caller is not None and caller.answered else [])
    started_at, within = _started(first.views, first.moments.start.low, first.moments.start.high)
    answered = next((at for at in map(answered_at, talkers[:1]) if at is not None), None)
    lasting = talkers[-1:] or first.views
    ended = next((at for at in map(ended_at, lasting) if at is not None), None)
    # Where the start is known to minutes only, what is known better bounds it.
    started_at = min([started_at, *(at for at in (answered, ended) if at is not None)])
    return Watched(
        started_at=instant(started_at),
        started_within_s=within,
        answered_at=None if answered is None else instant(answered),
        ended_at=None if ended is None else instant(ended),
        ring_s=_ring_s(strand, talkers[0], round(started_at), within) if talkers else _rang_s(strand),
    )


def _ring_s(strand: Strand, talker: View, started_at: int, within: int) -> int | None:
    """From the start of a call to its answer: as reported where it rang first, else by both instants."""
    if any(one is talker for one in strand.pieces[0].views):
        return talker.row.ring_s
    answered = answered_at(talker)
    return None if answered is None or within > NEARLY_S else max(0, round(answered - started_at))


def _rang_s(strand: Strand) -> int | None:
    """How long a call rang that nobody answered, where reports tell and nobody sent it on; else None."""
    if len(strand.pieces) > 1:
        return None
    return max((one.row.ring_s for one in strand.views if one.row.ring_s is not None), default=None)


def _started(views: Iterable[View], low: float, high: float) -> tuple[float, int]:
    """The start as the sharpest row that shows it has it.

    Where the clock or the meaning of all times is not known, it is the possible instant nearest to theirs;
    where no time is of the start, the latest possible one.
    """
    views = list(views)
    shown = [one for one in views if _is_timed(one) and one.row.time_of is TimeOf.START]
    if shown:
        best = min(shown, key=lambda one: (one.readings[0].start.width, one.row.id))
        at = corrected(best)
        return at, ceil(best.readings[0].start.width / 2)
    rough = [corrected(one) for one in views if one.row.timed and not _is_timed(one)]
    at = min(max(min(rough), low), high) if rough else high
    return at, ceil(max(high - at, at - low))


def answered_at(one: View) -> float | None:
    """When the phone's talk began, POSIX seconds; None where its row does not tell."""
    row = one.row
    if not one.answered or not _is_timed(one):
        return None
    if row.time_of is TimeOf.ANSWERED:
        return corrected(one)
    if row.time_of is TimeOf.START:
        return None if row.ring_s is None else corrected(one) + row.ring_s
    return None if row.duration_s is None else corrected(one) - row.duration_s


def ended_at(one: View) -> float | None:
    """When the call ended on the phone, POSIX seconds; None where its row does not tell."""
    row = one.row
    if not _is_timed(one):
        return None
    if row.time_of is TimeOf.RECORDED:
        return corrected(one)
    if one.answered is False and row.time_of is TimeOf.START and row.ring_s is not None:
        return corrected(one) + row.ring_s
    began = answered_at(one)
    return None if began is None or row.duration_s is None else began + row.duration_s


def corrected(one: View) -> float:
    """The shown time by the true clock, as near as is known, POSIX seconds."""
    row = one.row
    off = 0.0 if row.heard or row.clock is None else (row.clock.low + row.clock.high) / 2
    return row.at.timestamp() - off


def _is_timed(one: View) -> bool:
    """Its time is known to the unit shown, and what it means is known."""
    row = one.row
    known = row.heard or row.clock is not None
    return row.timed and known and row.time_of is not TimeOf.UNKNOWN
