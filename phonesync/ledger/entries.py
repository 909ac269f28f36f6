"""From matched rows to entries: what is new, what changed, and the rows kept for the next read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from phonesync import clock
from phonesync.ledger.identity import Identified
from phonesync.ledger.proof import RING_ALLOWANCE
from phonesync.ledger.rows import Match
from phonesync.ledger.values import ChangedEntry, KeptRow, NewEntry, PhoneLedger, Reading


class Instant(NamedTuple):
    """When a row is taken to have begun, UTC, and how exactly that is known, seconds; None: not bounded."""

    at: datetime
    resolution_s: int | None


def instant_of(ledger: PhoneLedger, reading: Reading, match: Match, offset_s: float | None) -> Instant:
    """The shown wall time of a row through the zone, uncorrected.

    A row without a time has the read that first showed it, and as resolution the time since the good read
    before; where that was silent about the list, since the one that last was not.
    """
    entry = match.row.entry
    if match.row.wall is None or entry.wall is None:
        since = ledger.silent.get(entry.list_code, ledger.last_read)
        passed = None if since is None else math.ceil((reading.at - since).total_seconds())
        return Instant(reading.at, passed)
    correction = timedelta(seconds=offset_s or 0.0)
    earliest = None
    if ledger.last_read is not None:
        # Not shown at the last read, so recorded after it; begun at most a call and its ringing earlier.
        earliest = ledger.last_read + correction - timedelta(seconds=entry.duration_s or 0) - RING_ALLOWANCE
    resolved = clock.to_utc(
        match.row.wall,
        reading.zone,
        resolution_s=entry.wall.resolution_s,
        earliest=earliest,
        latest=reading.at + correction + RING_ALLOWANCE,
    )
    return Instant(resolved.at, resolved.resolution_s)


def new_entries(
    ledger: PhoneLedger, reading: Reading, found: Identified, offset_s: float | None
) -> tuple[NewEntry, ...]:
    """The entries no read has shown before, oldest first within each list."""
    return tuple(
        _new_entry(ledger, reading, found, match, offset_s)
        for listed in found.matches.values()
        for match in reversed(listed)
        if not match.known
    )


def _new_entry(
    ledger: PhoneLedger, reading: Reading, found: Identified, match: Match, offset_s: float | None
) -> NewEntry:
    entry = match.row.entry
    instant = instant_of(ledger, reading, match, offset_s)
    return NewEntry(
        id=match.entry_id,
        key=match.row.key,
        occurrence=match.occurrence,
        list_code=entry.list_code,
        account=entry.account,
        remote_number=entry.remote_number,
        remote_host=entry.remote_host,
        remote_name=entry.remote_name,
        shown_at=entry.shown_at,
        started_at=instant.at,
        resolution_s=instant.resolution_s,
        clock_offset_s=offset_s,
        duration_s=entry.duration_s,
        count=entry.count,
        complete=entry.count == 1,
        uncertain=match.entry_id in found.uncertain,
        unseen_at=ledger.silent.get(entry.list_code, ledger.last_read),
    )


def changed_entries(ledger: PhoneLedger, found: Identified) -> tuple[ChangedEntry, ...]:
    """Known entries whose duration, name or count is shown differently now, or that are back on the phone."""
    before = {row.entry_id: row for listed in ledger.lists.values() for row in listed}
    return tuple(
        ChangedEntry(
            id=match.entry_id,
            duration_s=match.row.entry.duration_s,
            remote_name=match.row.entry.remote_name,
            count=match.row.entry.count,
            complete=match.row.entry.count == 1,
        )
        for listed in found.matches.values()
        for match in listed
        if match.known and _differs(before.get(match.entry_id), match)
    )


def _differs(old: KeptRow | None, match: Match) -> bool:
    entry = match.row.entry
    now = (entry.duration_s, entry.remote_name, entry.count)
    return old is None or (old.duration_s, old.remote_name, old.count) != now


def kept_rows(
    ledger: PhoneLedger,
    reading: Reading,
    found: Identified,
    new: tuple[NewEntry, ...],
    offset_s: float | None,
) -> Mapping[str, tuple[KeptRow, ...]]:
    """The rows of this read as the next one will meet them; a silent list keeps those it showed last."""
    before = {row.entry_id: row for listed in ledger.lists.values() for row in listed}
    started = {entry.id: entry.started_at for entry in new}
    kept: dict[str, tuple[KeptRow, ...]] = {}
    for code, listed in found.matches.items():
        rows = []
        for match in listed:
            old = before.get(match.entry_id)
            at = started.get(match.entry_id) if old is None else old.started_at
            rows.append(
                KeptRow(
                    entry_id=match.entry_id,
                    key=match.row.key,
                    account=match.row.entry.account,
                    remote_number=match.row.entry.remote_number,
                    shown_at=match.row.entry.shown_at,
                    year=match.row.year,
                    wall=match.row.wall,
                    row_id=match.row.entry.row_id,
                    started_at=at or instant_of(ledger, reading, match, offset_s).at,
                    duration_s=match.row.entry.duration_s,
                    remote_name=match.row.entry.remote_name,
                    count=match.row.entry.count,
                    seen_at=reading.at if old is None else old.seen_at,
                )
            )
        kept[code] = tuple(rows)
    return kept | {code: ledger.lists.get(code, ()) for code in reading.silent()}


def silent_since(ledger: PhoneLedger, reading: Reading) -> Mapping[str, datetime]:
    """Code of each list that this read was silent about to the read that last was not, or was so first."""
    return {
        code: ledger.silent.get(code, ledger.last_read or reading.at) for code in sorted(reading.silent())
    }
