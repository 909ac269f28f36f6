"""The ledger as bytes, for the store to keep: compressed JSON, versioned, independent of class layout."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from phonesync.ledger.rate import RateProfile
from phonesync.ledger.values import IdTrail, KeptRow, PhoneLedger, PoolState, TalkTally

_FORMAT = 1


def dump(ledger: PhoneLedger) -> bytes:
    """The parts of a ledger that only change with its rows."""
    content = {
        "format": _FORMAT,
        "shape": ledger.shape,
        "steady": ledger.clock_steady,
        "lists": {code: [_row_out(row) for row in rows] for code, rows in ledger.lists.items()},
        "list_names": dict(ledger.list_names),
        "pools": {
            name: [pool.most_rows, _instant_out(pool.open_since), pool.proven]
            for name, pool in ledger.pools.items()
        },
        "ids": [ledger.ids.grown, ledger.ids.fallen],
        "silent": {code: since.timestamp() for code, since in ledger.silent.items()},
        "tallies": {code: [tally.rows, tally.with_talk] for code, tally in ledger.tallies.items()},
        "rate": {
            "peaks": {pool: list(counts) for pool, counts in ledger.rate.peaks.items()},
            "totals": {pool: list(counts) for pool, counts in ledger.rate.totals.items()},
            "recent": {pool: dict(counts) for pool, counts in ledger.rate.recent.items()},
            "since": ledger.rate.since,
        },
    }
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), level=1)


def load(
    state: bytes,
    *,
    incarnation: str,
    last_read: datetime | None,
    clock_offset_s: float | None,
    digest: str,
    successor: bool = False,
    accept_unaligned: bool = False,
) -> PhoneLedger:
    """The ledger from its bytes and the columns that change with every read.

    Args:
        state: What :func:`dump` gave, or b"" before the first read.
        incarnation: The store's id of the physical phone.
        last_read: The last good read, UTC.
        clock_offset_s: At that read.
        digest: Of that read.
        successor: Another phone bore the name before this one.
        accept_unaligned: The administrator allowed an unaligned read.
    """
    content: dict[str, Any] = json.loads(zlib.decompress(state)) if state else {}
    grown, fallen = content.get("ids", (0, False))
    return PhoneLedger(
        incarnation=incarnation,
        shape=content.get("shape", ""),
        last_read=last_read,
        clock_offset_s=clock_offset_s,
        lists={code: tuple(_row_in(row) for row in rows) for code, rows in content.get("lists", {}).items()},
        list_names=content.get("list_names", {}),
        pools={
            name: PoolState(most_rows=most, open_since=_instant_in(since), proven=proven)
            for name, (most, since, proven) in content.get("pools", {}).items()
        },
        tallies={
            code: TalkTally(rows=rows, with_talk=talk)
            for code, (rows, talk) in content.get("tallies", {}).items()
        },
        rate=_rate_in(content.get("rate", {})),
        digest=digest,
        clock_steady=content.get("steady", True),
        successor=successor,
        accept_unaligned=accept_unaligned,
        ids=IdTrail(grown=grown, fallen=fallen),
        silent={
            code: datetime.fromtimestamp(since, UTC) for code, since in content.get("silent", {}).items()
        },
    )


def _rate_in(rate: Mapping[str, Any]) -> RateProfile:
    return RateProfile(
        peaks={pool: tuple(counts) for pool, counts in rate.get("peaks", {}).items()},
        totals={pool: tuple(counts) for pool, counts in rate.get("totals", {}).items()},
        recent={
            pool: {int(hour): rows for hour, rows in counts.items()}
            for pool, counts in rate.get("recent", {}).items()
        },
        since=rate.get("since"),
    )


def _row_out(row: KeptRow) -> list[Any]:
    return [
        row.entry_id,
        row.key,
        row.account,
        row.remote_number,
        row.shown_at,
        row.year,
        None if row.wall is None else row.wall.isoformat(),
        row.row_id,
        _instant_out(row.started_at),
        row.duration_s,
        row.remote_name,
        row.count,
        _instant_out(row.seen_at),
    ]


def _row_in(row: list[Any]) -> KeptRow:
    (entry_id, key, account, number, shown_at, year, wall, row_id, started, duration, name, count, seen) = row
    return KeptRow(
        entry_id=entry_id,
        key=key,
        account=account,
        remote_number=number,
        shown_at=shown_at,
        year=year,
        wall=None if wall is None else datetime.fromisoformat(wall),
        row_id=row_id,
        started_at=datetime.fromtimestamp(started, UTC),
        duration_s=duration,
        remote_name=name,
        count=count,
        seen_at=datetime.fromtimestamp(seen, UTC),
    )


def _instant_out(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()


def _instant_in(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
