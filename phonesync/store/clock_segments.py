"""What is concluded of clocks, as rows: read by whoever corrects times."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, select

from phonesync.calls.clock_history import ClockHistory, Segment
from phonesync.store.tables import CLOCK_SEGMENTS

COLUMNS = ("since", "until", "low_s", "high_s", "drift_ppm", "stepped")


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
        segment = Segment(**{name: getattr(row, name) for name in COLUMNS})
        known["held" if row.held else "segments"] += (segment,)
    return found
