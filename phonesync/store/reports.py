"""Reports of phones: kept as they arrive, handed out until they have gone into entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from phonesync.events.assembling import CLOSE_AFTER
from phonesync.events.values import ALIVE_KEY, NO_ID_KEY, Report, call_key
from phonesync.model import Direction, EventKind, PhoneEvent
from phonesync.store.bulk import insert_new, keeping
from phonesync.store.event_records import NewReport, Waiting
from phonesync.store.pairs import among
from phonesync.store.tables import ALIVE_SIGNS, EVENTS, INCARNATIONS, PHONES, STATES
from phonesync.store.writing import LARGEST

AROUND = 2 * CLOSE_AFTER
"""Reports without a Call-ID are looked at with those that arrived so long before and after them."""

KEYS_AT_ONCE = 200
PURGED_AT_ONCE = 1000

_OF_EVENT = (
    "call_id",
    "account",
    "remote_number",
    "remote_host",
    "remote_name",
    "duration_s",
)


_ALIVE_LATER = (
    update(ALIVE_SIGNS)
    .where(ALIVE_SIGNS.c.incarnation_id == bindparam("b_of"), ALIVE_SIGNS.c.last_at < bindparam("b_at"))
    .values(last_at=bindparam("b_at"))
)


def add(connection: Connection, reports: Sequence[NewReport]) -> frozenset[str]:
    """Keeps reports, and that their phones live.

    Args:
        connection: In a transaction that writes.
        reports: At least one.

    Returns:
        Names that the store does not know; their reports were left out.
    """
    names = frozenset(report.phone for report in reports)
    ids = _current(connection, names)
    rows = [_row(ids[one.phone], one.report) for one in reports if one.phone in ids]
    if rows:
        _insert(connection, rows)
    return names - ids.keys()


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows, and when their phones were heard of first and last."""
    insert_new(connection, EVENTS, each={name: [row[name] for row in rows] for name in rows[0]}, same={})
    signs: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in rows:
        signs[row["incarnation_id"]].append(row["at"])
    connection.execute(
        keeping(connection.dialect.name, ALIVE_SIGNS),
        [
            {"incarnation_id": of, "first_at": min(at), "last_at": max(at), "settled_until": min(at)}
            for of, at in signs.items()
        ],
    )
    connection.execute(_ALIVE_LATER, [{"b_of": of, "b_at": max(at)} for of, at in signs.items()])


def waiting(connection: Connection, limit: int) -> list[Waiting]:
    """Reports that have not gone into entries, oldest first, phone by phone.

    Args:
        connection: In a transaction.
        limit: At most so many of them.
    """
    untaken = (
        connection.execute(select(EVENTS).where(~EVENTS.c.taken).order_by(EVENTS.c.id).limit(limit))
        .mappings()
        .all()
    )
    if not untaken:
        return []
    of_phone: defaultdict[int, list[RowMapping]] = defaultdict(list)
    for row in untaken:
        of_phone[row["incarnation_id"]].append(row)
    names = _names(connection, of_phone)
    around = _around(connection, of_phone)
    found = []
    for of, rows in of_phone.items():
        phone, label, current, listed = names[of]
        found.append(
            Waiting(
                phone=phone,
                incarnation=label,
                current=current,
                listed=listed,
                untaken=tuple(row["id"] for row in rows),
                fresh=tuple(map(_report, rows)),
                reports=around[of],
            )
        )
    return found


def mark_taken(connection: Connection, report_ids: Collection[int]) -> None:
    """Reports have gone into entries."""
    ids = sorted(report_ids)
    for start in range(0, len(ids), KEYS_AT_ONCE):
        some = ids[start : start + KEYS_AT_ONCE]
        connection.execute(update(EVENTS).where(EVENTS.c.id.in_(some)).values(taken=True))


def purge(connection: Connection, older_than: datetime) -> int:
    """Deletes reports that have gone into entries, at most :data:`PURGED_AT_ONCE`; returns how many."""
    old = select(EVENTS.c.id).where(EVENTS.c.at < older_than, EVENTS.c.taken).limit(PURGED_AT_ONCE)
    return connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(old))).rowcount


def _current(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Name to the row of the physical phone that bears it now."""
    found: dict[str, int] = {}
    wanted = sorted(names)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        newest = (
            select(PHONES.c.name, INCARNATIONS.c.id)
            .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
            .where(PHONES.c.name.in_(wanted[start : start + KEYS_AT_ONCE]))
            .order_by(INCARNATIONS.c.number)
        )
        found |= {row.name: row.id for row in connection.execute(newest)}
    return found


def _names(connection: Connection, incarnations: Collection[int]) -> dict[int, tuple[str, str, bool, bool]]:
    """Row of a physical phone to name, label, whether it bears the name now, and whether it was read."""
    newer = INCARNATIONS.alias()
    last = select(func.max(newer.c.number)).where(newer.c.phone_id == PHONES.c.id).scalar_subquery()
    found: dict[int, tuple[str, str, bool, bool]] = {}
    wanted = sorted(incarnations)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        query = (
            select(
                INCARNATIONS.c.id,
                PHONES.c.name,
                INCARNATIONS.c.label,
                (INCARNATIONS.c.number == last).label("current"),
                STATES.c.last_read.is_not(None).label("listed"),
            )
            .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
            .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
            .where(INCARNATIONS.c.id.in_(wanted[start : start + KEYS_AT_ONCE]))
        )
        found |= {
            row.id: (row.name, row.label, bool(row.current), bool(row.listed))
            for row in connection.execute(query)
        }
    return found


def _around(
    connection: Connection, untaken: Mapping[int, Sequence[RowMapping]]
) -> dict[int, tuple[Report, ...]]:
    """All reports of each phone that may be of the calls that those which wait are of."""
    found: dict[int, dict[int, Report]] = {of: {} for of in untaken}
    calls = {(of, row["call_key"]) for of, rows in untaken.items() for row in rows}
    with_id = sorted(call for call in calls if call[1] != NO_ID_KEY)
    for start in range(0, len(with_id), KEYS_AT_ONCE):
        some = with_id[start : start + KEYS_AT_ONCE]
        _select_into(found, connection, among(EVENTS.c.incarnation_id, EVENTS.c.call_key, some))
    instants = [row["at"] for rows in untaken.values() for row in rows]
    near = and_(EVENTS.c.at >= min(instants) - AROUND, EVENTS.c.at <= max(instants) + AROUND)
    phones, with_some = sorted(untaken), set()
    for start in range(0, len(phones), KEYS_AT_ONCE):
        mine = EVENTS.c.incarnation_id.in_(phones[start : start + KEYS_AT_ONCE])
        with_some |= _select_into(found, connection, and_(mine, EVENTS.c.call_key == NO_ID_KEY, near))
    for of in sorted(with_some):
        # A report without a Call-ID may be of any call that was open then.
        own = and_(EVENTS.c.incarnation_id == of, EVENTS.c.call_key != ALIVE_KEY, near)
        _select_into(found, connection, own)
    return {of: tuple(reports.values()) for of, reports in found.items()}


def _select_into(
    found: dict[int, dict[int, Report]], connection: Connection, where: ColumnElement[bool]
) -> set[int]:
    """Adds reports to those that were found; the phones they are of."""
    of: set[int] = set()
    for row in connection.execute(select(EVENTS).where(where)).mappings():
        found[row["incarnation_id"]][row["id"]] = _report(row)
        of.add(row["incarnation_id"])
    return of


def _row(of: int, report: Report) -> dict[str, Any]:
    event = report.event
    duration_s = event.duration_s
    key = call_key(event)
    return {
        **{name: getattr(event, name) for name in _OF_EVENT},
        "incarnation_id": of,
        "at": report.at,
        "kind": event.kind.value,
        "call_key": key,
        "duration_s": duration_s if duration_s is None or 0 <= duration_s <= LARGEST else None,
        "direction": None if event.direction is None else event.direction.value,
        "taken": key == ALIVE_KEY,
    }


def _report(row: RowMapping) -> Report:
    direction = row["direction"]
    return Report(
        at=row["at"],
        event=PhoneEvent(
            kind=EventKind(row["kind"]),
            direction=None if direction is None else Direction(direction),
            **{name: row[name] for name in _OF_EVENT},
        ),
    )
