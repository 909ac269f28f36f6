"""What is concluded of clocks, as rows: read by whoever corrects times."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from phonesync.calls.clock_history import ClockHistory, Segment
from phonesync.calls.values import Bounds
from phonesync.store.tables import CLOCK_SEGMENTS

KNOWN_S = 60.0
"""A clock bounded to more than this corrects no time that is shown."""

_COLUMNS = ("since", "until", "low_s", "high_s", "drift_ppm", "stepped")


def histories(connection: Connection, incarnation_ids: Collection[int]) -> dict[int, ClockHistory]:
    """The clocks of some physical phones, by row; those of which nothing is concluded are left out.

    Args:
        connection: In a transaction.
        incarnation_ids: Few enough for one statement.
    """
    query = (
        select(CLOCK_SEGMENTS)
        .where(CLOCK_SEGMENTS.c.incarnation_id.in_(incarnation_ids))
        .order_by(CLOCK_SEGMENTS.c.version, CLOCK_SEGMENTS.c.since)
    )
    return {of: ClockHistory(one["segments"]) for of, one in newest(connection.execute(query)).items()}


def newest(rows: Iterable[Any]) -> dict[int, dict[str, Any]]:
    """What the newest version of each physical phone says; rows come version by version."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        known = found.get(row.incarnation_id)
        if known is None or known["version"] != row.version:
            known = {"version": row.version, "made_at": row.made_at, "segments": (), "held": ()}
            found[row.incarnation_id] = known
        known["held" if row.held else "segments"] += (_segment(row),)
    return found


def columns(segment: Segment) -> dict[str, Any]:
    """A stretch as it is kept, beside its phone and version."""
    never = segment.never
    return {name: getattr(segment, name) for name in _COLUMNS} | {
        "never_low_s": None if never is None else never.low,
        "never_high_s": None if never is None else never.high,
    }


def _segment(row: Any) -> Segment:
    never = None if row.never_low_s is None else Bounds(low=row.never_low_s, high=row.never_high_s)
    return Segment(never=never, **{name: getattr(row, name) for name in _COLUMNS})


def corrected(row: RowMapping, clock: ClockHistory) -> datetime | None:
    """The time of an entry by the true clock, whole seconds, UTC.

    Args:
        row: Of the entry.
        clock: Of its phone.

    Returns:
        As kept where it is our own; None where the row shows no time, or nothing bounds the phone's clock
        to a minute.
    """
    at: datetime = row["started_at"]
    if row["time_of"] is not None:
        return at
    if row["shown_at"] is None:
        return None
    unit = row["resolution_s"] or 1
    unseen_at = None if row["uncertain"] else row["unseen_at"]
    bounds = clock.of_row(at, resolution_s=unit, unseen_at=unseen_at, first_seen_at=row["first_seen_at"])
    if bounds is None:
        offset = row["clock_offset_s"]
        return None if offset is None else at - timedelta(seconds=round(offset))
    if bounds.high - bounds.low > KNOWN_S:
        return None
    return at - timedelta(seconds=round((bounds.low + bounds.high) / 2))
