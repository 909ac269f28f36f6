"""Entries that come from reports, and what becomes of them when they meet the rows of lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from phonesync.events.fitting import ListRow
from phonesync.events.meeting import Joined, joined
from phonesync.events.values import UNKNOWN_LIST, VARIANT, EventEntry
from phonesync.model import ListName, Outcome, TimeOf
from phonesync.store.bulk import keeping, replacing
from phonesync.store.event_records import Unmet
from phonesync.store.tables import ALIASES, ENTRIES, INCARNATIONS, LIST_NAMES, STATES

IDS_AT_ONCE = 400

BEFORE, AFTER = timedelta(hours=26), timedelta(hours=3)
"""Calls that began so long before, and so long after, what is to be met are looked at; rows the other way
round: a row that merges calls, or shows no time, is kept under a later time than theirs."""

_AS_REPORTED = (
    "account",
    "remote_number",
    "remote_host",
    "remote_name",
    "call_id",
    "started_at",
    "ring_s",
    "duration_s",
    "complete",
)
_KEPT_ANEW = (
    *_AS_REPORTED,
    "list_code",
    "first_seen_at",
    "last_seen_at",
    "outcome",
    "time_of",
)


def keep(connection: Connection, incarnation: str, entries: Sequence[EventEntry]) -> None:
    """Writes calls as their reports now tell them; what has met a row goes on into that row.

    Args:
        connection: In a transaction that writes.
        incarnation: The physical phone.
        entries: Of that phone.
    """
    of = _id_of(connection, incarnation)
    ids = [name for entry in entries for name in (entry.id, *entry.former_ids)]
    kept = _kept(connection, of, ids)
    aliases = _aliases(connection, of, ids)
    rows = {row.id: row for row in _rows_of_ids(connection, of, set(aliases.values()))}
    own = []
    for entry in entries:
        row = next((rows[aliases[name]] for name in _names(entry) if aliases.get(name) in rows), None)
        if row is None:
            own.append(entry)
        else:
            _join(connection, of, joined(row, entry), known=kept)
    if own:
        connection.execute(
            replacing(connection.dialect.name, ENTRIES, *_KEPT_ANEW), [_row(of, entry) for entry in own]
        )
    for entry in own:
        for former in entry.former_ids:
            if former in kept:
                _alias(connection, of, former, key=kept[former], entry_id=entry.id)


def unmet(connection: Connection, incarnation: str, since: datetime, until: datetime) -> Unmet:
    """What may be one call twice around a stretch of time.

    Args:
        connection: In a transaction.
        incarnation: The physical phone.
        since: UTC.
        until: UTC.
    """
    of = _id_of(connection, incarnation)
    reported = select(ENTRIES).where(
        ENTRIES.c.incarnation_id == of,
        ENTRIES.c.sources == "event",
        ENTRIES.c.started_at >= since - BEFORE,
        ENTRIES.c.started_at <= until + AFTER,
    )
    events = tuple(_event(row) for row in connection.execute(reported).mappings())
    if not events:
        return Unmet(rows=(), events=())
    state = connection.execute(
        select(STATES.c.clock_offset_s, STATES.c.last_read).where(STATES.c.incarnation_id == of)
    ).one()
    off = timedelta(seconds=abs(state.clock_offset_s or 0.0))
    listed = _rows_query(of).where(
        ENTRIES.c.sources == "list",
        ENTRIES.c.started_at >= since - AFTER - off,
        ENTRIES.c.started_at <= until + BEFORE + off,
    )
    rows = tuple(_list_row(row) for row in connection.execute(listed).mappings())
    return Unmet(rows=rows, events=events, read_at=state.last_read)


def half_known(connection: Connection, since: datetime) -> list[str]:
    """Physical phones with lists of which a call that began after an instant is known by reports alone."""
    found = (
        select(INCARNATIONS.c.label)
        .join(ENTRIES, ENTRIES.c.incarnation_id == INCARNATIONS.c.id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(ENTRIES.c.started_at >= since, ENTRIES.c.sources == "event", STATES.c.last_read.is_not(None))
        .distinct()
    )
    return sorted(connection.execute(found).scalars())


def apply(
    connection: Connection,
    incarnation: str,
    pairs: Iterable[Joined],
    *,
    doubtful: Collection[str],
) -> int:
    """Makes one entry of each row and call that have met, and marks what may have.

    Args:
        connection: In a transaction that writes.
        incarnation: The physical phone.
        pairs: What has met.
        doubtful: Ids of entries that stay apart and may be one.

    Returns:
        How many pairs; one whose call or row has met meanwhile is left alone.
    """
    of = _id_of(connection, incarnation)
    wanted = list(pairs)
    there = _kept(connection, of, [name for pair in wanted for name in (pair.row_id, pair.event_id)])
    made = 0
    for pair in wanted:
        if pair.row_id in there and pair.event_id in there:
            _join(connection, of, pair, known=there)
            made += 1
    marks = sorted(doubtful)
    for start in range(0, len(marks), IDS_AT_ONCE):
        some = marks[start : start + IDS_AT_ONCE]
        connection.execute(
            update(ENTRIES)
            .where(ENTRIES.c.incarnation_id == of, ENTRIES.c.id.in_(some), ~ENTRIES.c.doubtful)
            .values(doubtful=True)
        )
    return made


def _join(connection: Connection, of: int, pair: Joined, *, known: Mapping[str, str]) -> None:
    """A row takes what the reports tell; the call's own ids become aliases of it."""
    connection.execute(
        update(ENTRIES)
        .where(ENTRIES.c.incarnation_id == of, ENTRIES.c.id == pair.row_id)
        .values(
            sources="list event",
            started_at=pair.started_at,
            resolution_s=pair.resolution_s,
            clock_offset_s=pair.clock_offset_s,
            time_of=pair.time_of,
            duration_s=pair.duration_s,
            call_id=pair.call_id,
            ring_s=pair.ring_s,
            outcome=pair.outcome,
            doubtful=False,
        )
    )
    _alias(connection, of, pair.event_id, key=pair.event_key, entry_id=pair.row_id)
    for former in pair.former_ids:
        if former in known:
            _alias(connection, of, former, key=known[former], entry_id=pair.row_id)


def _alias(connection: Connection, of: int, alias_id: str, *, key: str, entry_id: str) -> None:
    """An id goes on as the name of another entry; an entry that bore it is no longer one of its own."""
    here = ALIASES.c.incarnation_id == of
    connection.execute(update(ALIASES).where(here, ALIASES.c.entry_id == alias_id).values(entry_id=entry_id))
    connection.execute(
        keeping(connection.dialect.name, ALIASES),
        [{"incarnation_id": of, "alias_id": alias_id, "key": key, "occurrence": 1, "entry_id": entry_id}],
    )
    connection.execute(delete(ENTRIES).where(ENTRIES.c.incarnation_id == of, ENTRIES.c.id == alias_id))


def _names(entry: EventEntry) -> tuple[str, ...]:
    return (entry.id, *entry.former_ids)


def _id_of(connection: Connection, incarnation: str) -> int:
    found: int = connection.execute(
        select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == incarnation)
    ).scalar_one()
    return found


def _kept(connection: Connection, of: int, ids: Sequence[str]) -> dict[str, str]:
    """Ids of those that are entries, and their keys."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = select(ENTRIES.c.id, ENTRIES.c.key).where(
            ENTRIES.c.incarnation_id == of, ENTRIES.c.id.in_(ids[start : start + IDS_AT_ONCE])
        )
        found |= {row.id: row.key for row in connection.execute(query)}
    return found


def _aliases(connection: Connection, of: int, ids: Sequence[str]) -> dict[str, str]:
    """Ids of those that are aliases, and the entries they name."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = select(ALIASES.c.alias_id, ALIASES.c.entry_id).where(
            ALIASES.c.incarnation_id == of, ALIASES.c.alias_id.in_(ids[start : start + IDS_AT_ONCE])
        )
        found |= {row.alias_id: row.entry_id for row in connection.execute(query)}
    return found


def _rows_query(of: int) -> Any:
    return (
        select(
            ENTRIES,
            func.coalesce(LIST_NAMES.c.list_name, ENTRIES.c.list_code).label("list_name"),
            STATES.c.time_of.label("rows_mean"),
        )
        .join(STATES, STATES.c.incarnation_id == ENTRIES.c.incarnation_id)
        .outerjoin(
            LIST_NAMES,
            (LIST_NAMES.c.incarnation_id == ENTRIES.c.incarnation_id)
            & (LIST_NAMES.c.variant == ENTRIES.c.variant)
            & (LIST_NAMES.c.list_code == ENTRIES.c.list_code),
        )
        .where(ENTRIES.c.incarnation_id == of)
    )


def _rows_of_ids(connection: Connection, of: int, ids: Collection[str]) -> list[ListRow]:
    """Rows of lists among entries."""
    found = []
    wanted = sorted(ids)
    for start in range(0, len(wanted), IDS_AT_ONCE):
        query = _rows_query(of).where(
            ENTRIES.c.id.in_(wanted[start : start + IDS_AT_ONCE]), ENTRIES.c.sources != "event"
        )
        found += [_list_row(row) for row in connection.execute(query).mappings()]
    return found


def _list_row(row: RowMapping) -> ListRow:
    return ListRow(
        id=row["id"],
        list_name=row["list_name"],
        remote_number=row["remote_number"],
        started_at=row["started_at"],
        resolution_s=row["resolution_s"],
        clock_offset_s=row["clock_offset_s"],
        time_of=TimeOf(row["rows_mean"]),
        timed=row["shown_at"] is not None,
        duration_s=row["duration_s"],
        count=row["count"],
        occurrence=row["occurrence"],
        first_seen_at=row["first_seen_at"],
    )


def _event(row: RowMapping) -> EventEntry:
    code, outcome = row["list_code"], row["outcome"]
    return EventEntry(
        id=row["id"],
        key=row["key"],
        list_name=None if code == UNKNOWN_LIST else ListName(code),
        time_of=TimeOf(row["time_of"]),
        outcome=None if outcome is None else Outcome(outcome),
        first_at=row["first_seen_at"],
        last_at=row["last_seen_at"],
        **{name: row[name] for name in _AS_REPORTED},
    )


def _row(of: int, entry: EventEntry) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in _AS_REPORTED},
        "incarnation_id": of,
        "id": entry.id,
        "key": entry.key,
        "occurrence": 1,
        "variant": VARIANT,
        "list_code": UNKNOWN_LIST if entry.list_name is None else entry.list_name.value,
        "shown_at": None,
        "zone": None,
        "resolution_s": 1,
        "clock_offset_s": None,
        "count": 1,
        "uncertain": False,
        "first_seen_at": entry.first_at,
        "last_seen_at": entry.last_at,
        "on_phone": False,
        "sources": "event",
        "outcome": None if entry.outcome is None else entry.outcome.value,
        "time_of": entry.time_of.value,
        "doubtful": False,
    }
