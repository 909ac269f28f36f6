"""One pass of joining, within one transaction: what waits goes into calls, with all of its neighbours.

Calls are a function of entries, marks and groups. A pass takes some entries that are new or have changed, all
that were of one call with them or may be of one now, and joins these anew; everything else stays as it is,
because nothing in it can have changed. When nothing waits any more, the calls are those that joining all
entries at once would give, whatever the passes were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select

from phonesync.calls.callbacks import CallbackRules
from phonesync.calls.joining import join
from phonesync.calls.linking import Stretch, neighbourhood
from phonesync.calls.settling import settle
from phonesync.calls.values import Apart, Call, Group, Knowledge, Row, Together
from phonesync.numbering import EXTENSION
from phonesync.store import call_keeping, call_marks, call_proof, call_waiting, callbacks, queueing
from phonesync.store.bulk import replacing
from phonesync.store.call_neighbours import Joined, StoredNeighbours, as_joined
from phonesync.store.call_proof import Proofs
from phonesync.store.call_records import Passed, PlanOf
from phonesync.store.call_rows import Place, RowLoader
from phonesync.store.call_waiting import Wait
from phonesync.store.chunks import chunks
from phonesync.store.journal import parties
from phonesync.store.journal.deliveries import Tell
from phonesync.store.tables import JOIN_KEYS, JOIN_QUEUE, JOINED_ENTRIES

Witness: TypeAlias = Callable[[Connection, tuple[Call, ...]], tuple[Call, ...]]
"""Adds to joined calls what others than phones say of them, before coverage is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a pass goes by besides the store.

    Attributes:
        plan_of: The dial plan of each phone.
        groups: Configured and learned ones.
        phones: Extension to the names of the phones that bear it.
        configured: Names of the phones that go on being read; None for all there are.
        witness: Adds what others than phones say; None for nobody.
        callbacks: What call-backs go by; None: none are made.
        tell: Told of calls that were written; None for nobody.
    """

    plan_of: PlanOf
    groups: tuple[Group, ...] = ()
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    configured: frozenset[str] | None = None
    witness: Witness | None = None
    callbacks: CallbackRules | None = None
    tell: Tell | None = None

    def knowledge(self, marks: tuple[Apart | Together, ...] = ()) -> Knowledge:
        """As joining takes it, with the marks on the rows in hand."""
        return Knowledge(groups=self.groups, marks=marks, phones=self.phones)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of an entry, with its call."""

    joined: Joined
    call_id: str


class Pass:
    """One pass.

    Args:
        connection: In a transaction that writes.
        means: What it goes by.
    """

    def __init__(self, connection: Connection, means: Means) -> None:
        self._connection = connection
        self._means = means
        self._loader = RowLoader(connection, means.plan_of)
        self._neighbours = StoredNeighbours(connection, self._loader)
        self._proofs = Proofs(connection, means.configured)

    def run(self, limit: int) -> Passed:
        """Takes at most so many waiting entries."""
        query = select(JOIN_QUEUE.c.id, JOIN_QUEUE.c.incarnation_id, JOIN_QUEUE.c.entry_id)
        query = query.where(queueing.WAITS).order_by(JOIN_QUEUE.c.id).limit(limit)
        waiting = self._connection.execute(query).all()
        places = [(row.incarnation_id, row.entry_id) for row in waiting]
        before = self._kept(entry_id for _, entry_id in places)
        seeds = [*self._neighbours.load(places), *self._old_neighbours(before.values())]
        rows, knowledge = self._closed(seeds)
        kept = before | self._kept(row.id for row in rows)
        aside = queueing.set_aside_among(self._connection, [row.id for row in rows])
        rows = tuple(row for row in rows if row.id not in aside)
        calls = join(rows, knowledge)
        if self._means.witness is not None:
            calls = self._means.witness(self._connection, calls)
        old = call_keeping.load(self._connection, {one.call_id for one in kept.values()})
        changed = self._put(old, calls)
        self._remember(rows, calls, knowledge, kept)
        for some in chunks([row.id for row in waiting]):
            self._connection.execute(delete(JOIN_QUEUE).where(JOIN_QUEUE.c.id.in_(some)))
        return Passed(
            entries=len(waiting),
            rows=len(rows),
            changed=frozenset(changed),
            outside=self._call_back(changed.values()),
            left=len(waiting) == limit,
        )

    def settle(self, limit: int) -> Passed:
        """Settles at most so many calls again whose phones were read since."""
        due = call_waiting.due(self._connection, self._means.configured, limit)
        before = call_keeping.load(self._connection, due)
        changed = self._put(before, tuple(before.values()), asked=due)
        return Passed(
            settled=len(due),
            changed=frozenset(changed),
            outside=self._call_back(changed.values()),
            left=len(due) == limit,
        )

    def _call_back(self, changed: Iterable[tuple[Call | None, ...]]) -> frozenset[str]:
        """Makes the call-backs of all parties of changed calls anew; returns those outside."""
        touched = callbacks.touched(call for pair in changed for call in pair if call is not None)
        if self._means.callbacks is not None:
            callbacks.refresh(self._connection, touched, self._means.callbacks)
        return frozenset(party for party in touched if not party.startswith(EXTENSION))

    # --- what is looked at ------------------------------------------------------------------------------

    def _closed(self, seeds: Sequence[Row]) -> tuple[tuple[Row, ...], Knowledge]:
        """All that may be of one call with the seeds, or was."""
        knowledge = self._means.knowledge()
        rows: tuple[Row, ...] = ()
        wanted = list(seeds)
        while wanted:
            rows = neighbourhood([*rows, *wanted], self._neighbours, knowledge)
            here = {row.id for row in rows}
            calls = {one.call_id for one in self._kept(here).values()}
            wanted = [row for row in self._of_calls(calls) if row.id not in here]
        marks = call_marks.applied(self._connection, [row.id for row in rows])
        return rows, self._means.knowledge(marks)

    def _of_calls(self, calls: Collection[str]) -> list[Row]:
        found: list[Place] = []
        for some in chunks(sorted(calls)):
            query = select(JOINED_ENTRIES.c.incarnation_id, JOINED_ENTRIES.c.entry_id)
            query = query.where(JOINED_ENTRIES.c.call_id.in_(some))
            found += [(row.incarnation_id, row.entry_id) for row in self._connection.execute(query)]
        return self._neighbours.load(found)

    def _old_neighbours(self, kept: Collection[Kept]) -> list[Row]:
        """Rows that were looked at together with entries as these were: some may stand alone now."""
        keys: dict[str, list[Stretch]] = {}
        for one in kept:
            for key in one.joined.keys:
                keys.setdefault(key, []).append(one.joined.reach)
        phones: dict[str, list[Stretch]] = {}
        for one in kept:
            name = self._loader.phone_of(one.joined.incarnation_id)
            phones.setdefault(name, []).append(one.joined.reach)
        return [
            *self._neighbours.by_keys(keys),
            *self._neighbours.on_phones(phones),
            *self._of_calls({one.call_id for one in kept}),
        ]

    def _kept(self, entry_ids: Iterable[str]) -> dict[str, Kept]:
        found: dict[str, Kept] = {}
        for some in chunks(sorted(set(entry_ids))):
            query = select(JOINED_ENTRIES).where(JOINED_ENTRIES.c.entry_id.in_(some))
            found |= {row["entry_id"]: _kept(row) for row in self._connection.execute(query).mappings()}
        return found

    # --- what is written --------------------------------------------------------------------------------

    def _put(
        self, before: Mapping[str, Call], calls: Sequence[Call], *, asked: Collection[str] = ()
    ) -> dict[str, tuple[Call | None, ...]]:
        """Settles calls and writes them in place of others.

        Args:
            before: What is there.
            calls: What is to be there.
            asked: Ids of further calls, there or not, for which nothing is to be waited any more.

        Returns:
            Id to the call as it was and as it is, where those differ.
        """
        self._proofs.learn(name for call in calls for name in call_proof.phones_of(call))
        settled: list[Call] = []
        waits: set[Wait] = set()
        for call in calls:
            self._proofs.waiting.clear()
            settled.append(settle(call, self._proofs.proven))
            waits.update((phone_id, until, call.id) for phone_id, until in self._proofs.waiting)
        after = {call.id: call for call in settled}
        changed: dict[str, tuple[Call | None, ...]] = {
            call_id: (before.get(call_id), after.get(call_id))
            for call_id in before.keys() | after.keys()
            if before.get(call_id) != after.get(call_id)
        }
        put = [after[call_id] for call_id in sorted(changed) if call_id in after]
        call_keeping.replace(self._connection, gone=changed.keys() & before.keys(), put=put)
        parties.learn(self._connection, parties.ends_of(put))
        call_waiting.replace(self._connection, {*asked, *before, *after}, waits)
        if self._means.tell is not None:
            self._means.tell(self._connection, before, put)
        return changed

    def _remember(
        self, rows: Iterable[Row], calls: Iterable[Call], knowledge: Knowledge, kept: Mapping[str, Kept]
    ) -> None:
        """Writes where rows are found from now on, and which call each is of."""
        call_of = {entry_id: call.id for call in calls for entry_id in call.entry_ids}
        now = {
            row.id: Kept(
                joined=as_joined(row, self._neighbours.incarnations[row.id], knowledge),
                call_id=call_of[row.id],
            )
            for row in rows
        }
        moved = [
            entry_id
            for entry_id in sorted(kept.keys() | now.keys())
            if entry_id not in kept or entry_id not in now or kept[entry_id].joined != now[entry_id].joined
        ]
        _write_keys(
            self._connection,
            gone=[kept[entry_id].joined for entry_id in moved if entry_id in kept],
            put=[now[entry_id].joined for entry_id in moved if entry_id in now],
        )
        vanished = [entry_id for entry_id in moved if entry_id not in now]
        for some in chunks(vanished):
            self._connection.execute(delete(JOINED_ENTRIES).where(JOINED_ENTRIES.c.entry_id.in_(some)))
        rows_now = [
            {**one.joined.columns(), "call_id": one.call_id}
            for entry_id, one in now.items()
            if kept.get(entry_id) != one
        ]
        if rows_now:
            statement = replacing(self._connection.dialect.name, JOINED_ENTRIES, *_MOVES)
            self._connection.execute(statement, rows_now)


def is_due(connection: Connection, means: Means) -> bool:
    """Whether a call waits for a phone that was read since."""
    return bool(call_waiting.due(connection, means.configured, 1))


_MOVES = ("incarnation_id", "tier", "low", "high", "keys", "call_id")
_KEY = JOIN_KEYS.c
_DELETE_KEY = delete(JOIN_KEYS).where(
    _KEY.key == bindparam("b_key"), _KEY.low == bindparam("b_low"), _KEY.entry_id == bindparam("b_entry_id")
)


def _write_keys(connection: Connection, *, gone: Iterable[Joined], put: Iterable[Joined]) -> None:
    old = {(row["key"], row["low"], row["entry_id"]): row for one in gone for row in one.key_rows()}
    new = {(row["key"], row["low"], row["entry_id"]): row for one in put for row in one.key_rows()}
    deleted = [
        {"b_key": key, "b_low": low, "b_entry_id": entry_id}
        for (key, low, entry_id), row in old.items()
        if new.get((key, low, entry_id)) != row
    ]
    if deleted:
        connection.execute(_DELETE_KEY, deleted)
    inserted = [row for place, row in new.items() if old.get(place) != row]
    if inserted:
        connection.execute(insert(JOIN_KEYS), inserted)


def _kept(row: RowMapping) -> Kept:
    return Kept(
        joined=Joined(
            entry_id=row["entry_id"],
            incarnation_id=row["incarnation_id"],
            reach=Stretch(low=row["low"], high=row["high"]),
            keys=frozenset(json.loads(row["keys"])),
        ),
        call_id=row["call_id"],
    )
