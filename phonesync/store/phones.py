"""Phones, their incarnations and states."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from phonesync.errors import ConfigError, PlanRefused, StaleState, StoreError
from phonesync.model import TimeOf
from phonesync.store import assignments, relabelling
from phonesync.store.queueing import queue_calls_naming, queue_of_phone
from phonesync.store.records import PhoneSpec, PhoneStanding, PhoneState
from phonesync.store.tables import (
    ALIVE_SIGNS,
    ASSIGNMENTS,
    CLOCK_EVIDENCE,
    CLOCK_NEWS,
    CLOCK_OFFSETS,
    CLOCK_SEGMENTS,
    ENTRIES,
    EVENTS,
    INCARNATIONS,
    JOIN_QUEUE,
    JOINED_ENTRIES,
    LEDGERS,
    LINES,
    LIST_NAMES,
    OPEN_SPANS,
    OWN_BOOKS,
    PHONE_ADDRESSES,
    PHONES,
    PUSHED_CONTACTS,
    RAW,
    REQUESTS,
    SERVED_BOOKS,
    SPANS,
    STATES,
    WAITING_CALLS,
)

_NOT_COLUMNS = {"name", "incarnation", "ledger_state"}
_COLUMNS = tuple(field.name for field in fields(PhoneState) if field.name not in _NOT_COLUMNS)

_TEXTS = ("swapped", "notes")
"""Columns that hold several texts, as JSON."""

PROVEN_BY_A_READ = frozenset({"last_read", "clock_offset_s", "ledger_digest"})
"""Written only with a good read, together with the ledger's bytes: one without the other would be a lie."""

_OF_AN_INCARNATION: tuple[Table, ...] = (
    STATES,
    LEDGERS,
    LIST_NAMES,
    LINES,
    SPANS,
    OPEN_SPANS,
    CLOCK_OFFSETS,
    CLOCK_EVIDENCE,
    CLOCK_NEWS,
    CLOCK_SEGMENTS,
    RAW,
    EVENTS,
    ALIVE_SIGNS,
    PUSHED_CONTACTS,
    JOIN_QUEUE,
    JOINED_ENTRIES,
)


def sync(
    connection: Connection, specs: Sequence[PhoneSpec], *, zones: Mapping[str, ZoneInfo], now: datetime
) -> None:
    """Takes the configured phones in: new names, MACs learned, owners. Nothing is ever taken out.

    Args:
        connection: In a transaction that writes.
        specs: The configured phones.
        zones: Zone of each phone, for the dates of its owners.
        now: The present instant, UTC.
    """
    ids: dict[str, int] = {row.name: row.id for row in connection.execute(select(PHONES.c.name, PHONES.c.id))}
    for spec in specs:
        if spec.name not in ids:
            ids[spec.name] = _insert(connection, PHONES, name=spec.name, created_at=now)
            _add_incarnation(connection, ids[spec.name], spec.name, spec.mac, "first configured", now)
    _learn_macs(connection, specs)
    assignments.record(connection, specs, ids, zones=zones, now=now)


def load(connection: Connection, name: str) -> PhoneState:
    """The state of the phone that bears a name now, with its ledger.

    Raises:
        ConfigError: The store knows no such phone.
    """
    row = connection.execute(_BY_NAME, {"b_name": name}).mappings().one_or_none()
    if row is None:
        raise unknown(connection, name)
    return _state(row)


def load_small(connection: Connection, name: str) -> PhoneState:
    """The state of the phone that bears a name now, without its ledger.

    Raises:
        ConfigError: The store knows no such phone.
    """
    row = connection.execute(_SMALL_BY_NAME, {"b_name": name}).mappings().one_or_none()
    if row is None:
        raise unknown(connection, name)
    return _state(row)


def load_all(connection: Connection, *, ledgers: bool) -> list[PhoneState]:
    """The states of all names, by name; names no longer configured are among them."""
    rows = connection.execute(_current(ledgers=ledgers)).mappings()
    return sorted((_state(row) for row in rows), key=lambda state: state.name)


def ids(connection: Connection) -> list[int]:
    """Of all phones, in the order of their names as Python sorts them: databases differ in it."""
    names = {row.name: row.id for row in connection.execute(select(PHONES.c.name, PHONES.c.id))}
    return [names[name] for name in sorted(names)]


def incarnation_id(connection: Connection, label: str) -> int:
    """The row of an incarnation.

    Raises:
        StoreError: The store knows none of that label.
    """
    statement = select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == label)
    found: int | None = connection.execute(statement).scalar_one_or_none()
    if found is None:
        raise StoreError(f"The store knows no incarnation {label}.")
    return found


def phone_id(connection: Connection, name: str) -> int:
    """The row of a name.

    Raises:
        ConfigError: The store knows no such phone.
    """
    found: int | None = connection.execute(
        select(PHONES.c.id).where(PHONES.c.name == name)
    ).scalar_one_or_none()
    if found is None:
        raise unknown(connection, name)
    return found


def unknown(connection: Connection, name: str) -> ConfigError:
    """The error for a name the store does not know, with the nearest one it does."""
    near = get_close_matches(name, connection.execute(select(PHONES.c.name)).scalars().all(), n=1)
    return ConfigError(
        f"The store knows no phone named {name!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else "List what it knows with: phonesync phones",
    )


def write_state(
    connection: Connection,
    state: PhoneState,
    *,
    before: PhoneState | None,
    with_read: TimeOf | None = None,
    unchanged: bool = False,
) -> None:
    """Writes the small part of a state.

    Args:
        connection: In a transaction that writes.
        state: The state to write.
        before: Given, only what differs from it is written.
        with_read: Given, what a good read proves is written too, with the meaning of the times it showed.
        unchanged: Only where the ledger in the store still has the state's digest.

    Raises:
        StaleState: The store knows no such incarnation (any more), or its ledger is another one by now.
    """
    new = columns_of(state)
    if before is not None:
        old = columns_of(before)
        new = {name: value for name, value in new.items() if value != old[name] or name in PROVEN_BY_A_READ}
    if with_read is None:
        new = {name: value for name, value in new.items() if name not in PROVEN_BY_A_READ}
    else:
        new["time_of"] = with_read.value
    if not new:
        return
    done = connection.execute(
        update_of(frozenset(new), unchanged=unchanged),
        {**new, "b_label": state.incarnation, "b_digest": state.ledger_digest},
    )
    if done.rowcount != 1:
        raise stale(state)
    if before is not None and relabelling.kind_of(before) != relabelling.kind_of(state):
        relabelling.look_at_kind(connection, before, state)


def stale(state: PhoneState) -> StaleState:
    """The error for a write about what another process has changed meanwhile."""
    return StaleState(
        f"Phone {state.name} was read, renamed or replaced by another process in the meantime.",
        hint="Nothing of this read was written; the next one starts from what is known now.",
    )


def columns_of(state: PhoneState) -> dict[str, Any]:
    """The small part of a state as columns."""
    values = {name: getattr(state, name) for name in _COLUMNS}
    values["standing"] = state.standing.value
    for name in _TEXTS:
        values[name] = json.dumps(values[name]) if values[name] else "[]"
    return values


@lru_cache(maxsize=256)
def update_of(names: frozenset[str], *, unchanged: bool = False) -> Update:
    """The UPDATE that sets these columns of the state of ``b_label``.

    Args:
        names: Columns.
        unchanged: Only where the ledger still has the digest ``b_digest``.
    """
    of_label = select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == bindparam("b_label")).scalar_subquery()
    statement = update(STATES).where(STATES.c.incarnation_id == of_label)
    if unchanged:
        statement = statement.where(STATES.c.ledger_digest == bindparam("b_digest"))
    return statement.values({STATES.c[name]: bindparam(name) for name in sorted(names)})


def start_incarnation(
    connection: Connection, name: str, *, mac: str | None, reason: str, now: datetime
) -> PhoneState:
    """Lets another physical phone bear a name from now on; what the one before showed stays its own.

    Raises:
        ConfigError: The store knows no such phone.
    """
    _add_incarnation(connection, phone_id(connection, name), name, mac, reason, now)
    return load(connection, name)


def rename(connection: Connection, old: str, new: str) -> PhoneState:
    """Lets a phone go on under another name, with all it ever showed.

    Raises:
        ConfigError: The store knows no phone of the old name.
        PlanRefused: The new name has entries of its own.
    """
    old_id = phone_id(connection, old)
    new_id = connection.execute(select(PHONES.c.id).where(PHONES.c.name == new)).scalar_one_or_none()
    if new_id == old_id:
        return load(connection, old)
    if new_id is not None:
        _hand_address_on(connection, new_id, old_id)
        _forget_empty(connection, new_id, new)
    connection.execute(update(PHONES).where(PHONES.c.id == old_id).values(name=new))
    # Calls name their phones; those that waited for the empty one of the new name wait for this one now.
    queue_of_phone(connection, old_id)
    queue_calls_naming(connection, old)
    queue_calls_naming(connection, new)
    return load(connection, new)


def _hand_address_on(connection: Connection, new_id: int, old_id: int) -> None:
    """A phone without a secret address gets the one made for its new name: its settings may hold it."""
    known = select(PHONE_ADDRESSES.c.phone_id).where(PHONE_ADDRESSES.c.phone_id == old_id)
    if connection.execute(known).first() is None:
        mine = PHONE_ADDRESSES.c.phone_id == new_id
        connection.execute(update(PHONE_ADDRESSES).where(mine).values(phone_id=old_id))


def _forget_empty(connection: Connection, new_id: int, name: str) -> None:
    """Makes room for a renamed phone: the configuration named it before the store was told."""
    mine = select(INCARNATIONS.c.id).where(INCARNATIONS.c.phone_id == new_id)
    if connection.execute(select(ENTRIES.c.id).where(ENTRIES.c.incarnation_id.in_(mine)).limit(1)).first():
        raise PlanRefused(
            f"Phone {name} has entries of its own already, so that it cannot continue another one's.",
            hint="Choose a name that was never read.",
        )
    for table in _OF_AN_INCARNATION:
        connection.execute(delete(table).where(table.c.incarnation_id.in_(mine)))
    for table in (
        INCARNATIONS,
        ASSIGNMENTS,
        REQUESTS,
        PHONE_ADDRESSES,
        SERVED_BOOKS,
        OWN_BOOKS,
        WAITING_CALLS,
    ):
        connection.execute(delete(table).where(table.c.phone_id == new_id))
    connection.execute(delete(PHONES).where(PHONES.c.id == new_id))


@lru_cache(maxsize=2)
def _current(*, ledgers: bool) -> Select[Any]:
    """States of the incarnations that bear their names now."""
    newer = INCARNATIONS.alias()
    last = select(func.max(newer.c.number)).where(newer.c.phone_id == PHONES.c.id).scalar_subquery()
    ledger = LEDGERS.c.content if ledgers else literal(b"").label("content")
    found = (
        select(PHONES.c.name, INCARNATIONS.c.label, ledger, *(STATES.c[name] for name in _COLUMNS))
        .select_from(PHONES)
        .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(INCARNATIONS.c.number == last)
    )
    if ledgers:
        found = found.outerjoin(LEDGERS, LEDGERS.c.incarnation_id == INCARNATIONS.c.id)
    return found


_BY_NAME = _current(ledgers=True).where(PHONES.c.name == bindparam("b_name"))
_SMALL_BY_NAME = _current(ledgers=False).where(PHONES.c.name == bindparam("b_name"))


def _state(row: RowMapping) -> PhoneState:
    values = {name: row[name] for name in _COLUMNS}
    values["standing"] = PhoneStanding(row["standing"])
    for name in _TEXTS:
        values[name] = tuple(json.loads(row[name]))
    return PhoneState(
        name=row["name"], incarnation=row["label"], ledger_state=row["content"] or b"", **values
    )


def _insert(connection: Connection, table: Table, **values: object) -> int:
    done = connection.execute(insert(table).values(values))
    key = done.inserted_primary_key
    assert key is not None
    return int(key[0])


def _add_incarnation(
    connection: Connection, phone: int, name: str, mac: str | None, reason: str, now: datetime
) -> None:
    """Adds the next incarnation, under a label that no other one ever bore, renamed ones included."""
    number = connection.execute(
        select(func.coalesce(func.max(INCARNATIONS.c.number), 0)).where(INCARNATIONS.c.phone_id == phone)
    ).scalar_one()
    taken = True
    while taken:
        number += 1
        label = f"{name}#{number}"
        taken = bool(
            connection.execute(select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == label)).first()
        )
    incarnation_id = _insert(
        connection, INCARNATIONS, label=label, phone_id=phone, number=number, reason=reason, created_at=now
    )
    fresh = columns_of(PhoneState(name=name, incarnation=label, mac=mac))
    connection.execute(
        insert(STATES), {**fresh, "incarnation_id": incarnation_id, "time_of": TimeOf.UNKNOWN.value}
    )


def _learn_macs(connection: Connection, specs: Sequence[PhoneSpec]) -> None:
    """A MAC configured for the first time joins the incarnation; a different one is the agent's to judge."""
    wanted = {spec.name: spec.mac for spec in specs if spec.mac is not None}
    if not wanted:
        return
    blank = _current(ledgers=False).where(STATES.c.mac.is_(None))
    learned = [
        {"b_label": row["label"], "mac": wanted[row["name"]]}
        for row in connection.execute(blank).mappings()
        if row["name"] in wanted
    ]
    if learned:
        connection.execute(update_of(frozenset({"mac"})), learned)
