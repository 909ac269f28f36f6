"""An invented desk phone, and the polls that fill its ledger: what tests of the store commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from phonesync.ledger.values import (
    ChangedEntry,
    NewEntry,
    PhoneLedger,
    PoolState,
    ReadPlan,
    Span,
    SpanState,
)
from phonesync.store.records import PhoneStanding, PhoneState, PollCommit, RawKind, RawRecord
from phonesync.store.repository import Store, open_store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES: Mapping[str, str] = {"1": "placed", "2": "received", "3": "missed"}


@dataclass
class StillClock:
    """Time that passes only when a test moves it."""

    instant: datetime = START

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


def entry(id_: str, **more: Any) -> NewEntry:
    shown: dict[str, Any] = {
        "key": f"key of {id_}",
        "occurrence": 1,
        "list_code": "1",
        "account": "101",
        "remote_number": "+74950000000",
        "remote_host": None,
        "remote_name": "Пётр П.",
        "shown_at": "2026-03-02 12:00:00",
        "started_at": START,
        "resolution_s": 1,
        "clock_offset_s": None,
        "duration_s": 30,
        "count": 1,
        "complete": True,
        "uncertain": False,
    }
    return NewEntry(id=id_, **{**shown, **more})


def read_of(state: PhoneState, at: datetime, **more: Any) -> PollCommit:
    """A good read that starts from a state; ``more`` are fields of the plan or the commit, ``after`` of the state."""
    plan_fields = {name: more.pop(name) for name in list(more) if name in ReadPlan.__dataclass_fields__}
    unchanged = plan_fields.get("unchanged", False)
    digest = state.ledger_digest if unchanged else f"digest at {at.isoformat()}"
    pools = more.pop("pools", {"1,2": state.last_read or at, "3": state.last_read or at})
    list_names = more.pop("list_names", NAMES)
    ledger = PhoneLedger(
        incarnation=state.incarnation,
        last_read=at,
        digest=digest,
        list_names=list_names,
        pools={name: PoolState(open_since=since) for name, since in pools.items()},
    )
    after = replace(
        state,
        standing=PhoneStanding.UP,
        last_read=at,
        last_attempt=at,
        ledger_digest=digest,
        ledger_state=state.ledger_state if unchanged else f"ledger at {at.isoformat()}".encode(),
        **more.pop("after", {}),
    )
    return PollCommit(
        state=after,
        plan=ReadPlan(ledger=ledger, **plan_fields),
        list_names=list_names,
        lines=more.pop("lines", {"101": 1, "102": 2}),
        pools=pools,
        at=at,
        **more,
    )


def rows_of(n: int) -> tuple[NewEntry, ...]:
    """The rows that the n-th poll of a busy desk finds: more or fewer, some of them large."""
    return tuple(
        entry(f"entry {n}.{k}", started_at=minute(n) + timedelta(seconds=k), remote_name="N" * (k % 50))
        for k in range(1 + (n * 37) % 120)
    )


def busy_poll(state: PhoneState, n: int) -> PollCommit:
    """The n-th poll (from 1) of a busy desk: new rows, a grown one, gone ones, a closed span, answers."""
    new, before = rows_of(n), rows_of(n - 1) if n > 1 else ()
    grown = tuple(
        ChangedEntry(id=row.id, duration_s=1000 + n, remote_name=None, count=2, complete=False)
        for row in before[:1]
    )
    closed = Span(
        list_code="1",
        since=minute(n - 1),
        until=minute(n),
        state=SpanState.COMPLETE if n % 2 else SpanState.GAP,
    )
    commit = read_of(
        state,
        minute(n),
        new=new,
        changed=grown,
        gone=tuple(row.id for row in before),
        spans=(closed,),
        pools={"1": minute(n)},
        after={"clock_offset_s": 10.0 * n, "notes": (f"poll {n}",)},
        raw=(RawRecord(kind=RawKind.NEW_ROWS, path="/list", content_type="text/xml", content=b"row" * 2000),),
    )
    ledger = json.dumps({"polls": n}).encode() + b" " * 30_000
    return replace(commit, before=state, state=replace(commit.state, ledger_state=ledger))


def polls_written(store: Store, name: str) -> int:
    """How many busy polls the store holds; each wholly or not at all, or this raises."""
    state = store.phone(name)
    n = json.loads(state.ledger_state)["polls"] if state.ledger_state else 0
    expected = {row.id: row for k in range(1, n + 1) for row in rows_of(k)}
    kept = {row.id: row for row in store.entries()}
    assert kept.keys() == expected.keys(), f"{len(kept)} entries where {n} polls make {len(expected)}"
    on_phone = {row.id for row in rows_of(n)} if n else set()
    assert {row.id for row in kept.values() if row.on_phone} == on_phone
    for k in range(1, n):
        assert kept[f"entry {k}.0"].duration_s == 1001 + k
        assert kept[f"entry {k}.0"].last_seen_at == minute(k)
    spans = [(row.since, row.until) for row in store.coverage()]
    assert spans == [(minute(k - 1), minute(k)) for k in range(1, n + 1)] + [(minute(n), None)] * bool(n)
    answers = list(store.answers())
    assert [answer.newest for answer in answers] == [False] * (n - 1) + [True] * bool(n)
    assert [row.offset_s for row in store.clock_offsets(name)] == [10.0 * k for k in range(1, n + 1)]
    assert state.last_read == (minute(n) if n else None)
    assert state.notes == ((f"poll {n}",) if n else ())
    return n


def opened(path: Path, **more: Any) -> Store:
    return open_store(f"sqlite:///{path}", clock=StillClock(), base=path.parent, **more)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What stands in the file, seen by nothing of ours."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
