"""Rows of one read, with year and key resolved, and matched to entries already kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from phonesync import clock
from phonesync.ledger.keys import entry_id, key_of
from phonesync.ledger.values import KeptRow, PhoneLedger, Reading
from phonesync.model import CallLogEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of this read.

    Attributes:
        entry: As the driver read it.
        key: Hash of the key it is shown under.
        year: Resolved year, where the list shows none.
        wall: Naive wall time as shown, or None.
    """

    entry: CallLogEntry
    key: str
    year: int | None
    wall: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A row and the entry it is.

    Attributes:
        row: Of this read.
        entry_id: Of the entry.
        occurrence: Among equal keys, from 1, oldest first.
        known: The entry is already kept.
    """

    row: Row
    entry_id: str
    occurrence: int
    known: bool


Rows = Mapping[str, tuple[Row, ...]]
"""List code to rows, newest first."""

Known = Mapping[str, tuple[str, ...]]
"""Key to ids already kept under it, oldest occurrence first, aliases resolved."""

Matches = Mapping[str, tuple[Match, ...]]
"""List code to matches, newest first."""


def offset_s(reading: Reading) -> float | None:
    """The phone's clock minus true time in this read, seconds, or None where it was not read."""
    return None if reading.log.clock is None else clock.offset_s(reading.log.clock, reading.zone)


def rows_of(ledger: PhoneLedger, reading: Reading) -> Rows:
    """The rows of a read by list code, newest first."""
    fast = timedelta(seconds=offset_s(reading) or 0.0)
    today = (reading.at + fast).astimezone(reading.zone).date()
    found: dict[str, tuple[Row, ...]] = {}
    for snapshot in reading.log.snapshots:
        years = _years_shown(ledger.lists.get(snapshot.list_code, ()))
        rows = []
        for entry in snapshot.entries:
            year: int | None = None
            wall: datetime | None = None
            if entry.wall is not None:
                if entry.wall.year is None:
                    # A row still on the phone keeps the year it was given: nothing may re-key it.
                    year = years.get((entry.account, entry.remote_number, entry.shown_at))
                    year = clock.resolve_year(entry.wall, today=today) if year is None else year
                wall = clock.naive(entry.wall, entry.wall.year or year or today.year)
            key = key_of(ledger.incarnation, entry, year)
            rows.append(Row(entry=entry, key=key, year=year, wall=wall))
        found[snapshot.list_code] = tuple(rows)
    return found


def _years_shown(kept: Sequence[KeptRow]) -> dict[tuple[str | None, str | None, str | None], int | None]:
    return {(row.account, row.remote_number, row.shown_at): row.year for row in kept}


def matched(ledger: PhoneLedger, rows: Rows, known: Known) -> Matches:
    """Each row with its entry: among equal keys the highest multiplicity ever seen in one snapshot counts.

    Where a snapshot shows fewer rows under a key than are kept, the shown ones are those that the last one
    showed, and of these the newest: rows leave a list at its old end.

    Args:
        ledger: With the last snapshot.
        rows: Of this read.
        known: Key to ids already kept under it, oldest occurrence first.
    """
    shown_last: defaultdict[str, list[str]] = defaultdict(list)
    for listed in ledger.lists.values():
        for kept in reversed(listed):
            shown_last[kept.key].append(kept.entry_id)
    return {code: _matched_list(listed, known, shown_last) for code, listed in rows.items()}


def _matched_list(
    listed: Sequence[Row], known: Known, shown_last: Mapping[str, Sequence[str]]
) -> tuple[Match, ...]:
    waiting: defaultdict[str, list[Row]] = defaultdict(list)
    for row in reversed(listed):
        waiting[row.key].append(row)
    found: dict[str, list[Match]] = {}
    for key, rows in waiting.items():
        kept = known.get(key, ())
        if len(rows) == 1 and len(kept) <= 1:  # nearly all rows: no other has this key
            entry = kept[0] if kept else entry_id(key, 1)
            found[key] = [Match(row=rows[0], entry_id=entry, occurrence=1, known=bool(kept))]
            continue
        last = [entry for entry in shown_last.get(key, ()) if entry in kept]
        ids = [*(entry for entry in kept if entry not in last), *last][-len(rows) :]
        ids += [entry_id(key, len(kept) + extra + 1) for extra in range(len(rows) - len(ids))]
        found[key] = [
            Match(
                row=row,
                entry_id=entry,
                occurrence=kept.index(entry) + 1 if entry in kept else place + 1,
                known=entry in kept,
            )
            for place, (row, entry) in enumerate(zip(rows, ids, strict=True))
        ]
    return tuple(found[row.key].pop() for row in listed)
