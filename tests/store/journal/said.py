"""Calls and users as other parts leave them, for what people say of calls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import Boolean, Table, insert

from phonesync.store.repository import Store
from phonesync.store.tables import CALL_LEGS, CALLS, INCARNATIONS, JOINED_ENTRIES, PHONES, USERS
from tests.store.desk import START, minute

PARTY, OTHER = "+74955550101", "+74955550102"
_numbers = count(1)


def blank(table: Table) -> dict[str, Any]:
    """A row of a table without anything in it."""
    return {column.name: False if isinstance(column.type, Boolean) else None for column in table.c}


def keep_user(store: Store, name: str, **more: Any) -> int:
    """A user; returns its id."""
    row = blank(USERS) | {"name": name.lower(), "shown_name": name, "role": "employee", "departments": "[]"}
    row |= {"failures": 0, "created_at": START} | more
    del row["id"]
    with store._database.write() as connection:
        key = connection.execute(insert(USERS).values(**row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def keep_call(
    store: Store,
    desk: str,
    at: float = 0,
    *,
    entries: Sequence[str] = (),
    direction: str = "inbound",
    disposition: str = "missed",
    party: str | None = PARTY,
    **more: Any,
) -> str:
    """A call as joining leaves it, with one leg on a phone; returns its id."""
    number = next(_numbers)
    ids = tuple(entries) or (f"entry-{number:04}",)
    row = blank(CALLS) | {
        "id": ids[0],
        "direction": direction,
        "disposition": disposition,
        "started_at": minute(at),
        "started_within_s": 0,
        "outside": party,
        "calling_number" if direction == "inbound" else "called_number": party,
        "calling_e164" if direction == "inbound" else "called_e164": party,
        "owner": "Anna A.",
        "department": "Sales",
        "could_answer": "[]",
        "reasons": "[]",
        **more,
    }
    with store._database.write() as connection:
        connection.execute(insert(CALLS), row)
        phone = connection.execute(PHONES.select().where(PHONES.c.name == desk)).one().id
        leg = blank(CALL_LEGS) | {"call_id": ids[0], "ordinal": 0, "phone_id": phone, "outcome": "missed"}
        leg |= {"started_at": minute(at), "call_at": minute(at), "entry_ids": " ".join(ids)}
        leg |= {"owner": row["owner"], "department": row["department"], "extension": "101"}
        connection.execute(insert(CALL_LEGS), leg)
        body = connection.execute(INCARNATIONS.select().where(INCARNATIONS.c.phone_id == phone)).first()
        assert body is not None
        for entry_id in ids:
            joined = blank(JOINED_ENTRIES) | {"entry_id": entry_id, "incarnation_id": body.id, "tier": 0}
            joined |= {"low": minute(at), "high": minute(at), "keys": "[]", "call_id": ids[0]}
            connection.execute(insert(JOINED_ENTRIES), joined)
    return ids[0]


def move_entry(store: Store, entry_id: str, call_id: str) -> None:
    """An entry is of another call now, as when calls merge or split."""
    with store._database.write() as connection:
        connection.execute(
            JOINED_ENTRIES.update().where(JOINED_ENTRIES.c.entry_id == entry_id).values(call_id=call_id)
        )
