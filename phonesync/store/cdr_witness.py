"""The step of a joining pass in which the records of switches witness calls.

Which record is whose is decided among all calls and records that can be meant: those of the pass, the records
near them, the kept calls near these, and so on until nothing is added. So a pass decides the same as joining
everything at once would. A kept call that loses or gains a record that way waits to be joined again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from phonesync.calls.cdr import RAW, SwitchCall, bare, switch_calls
from phonesync.calls.matching import BEFORE_S, LOOSE_S, distinct, meant
from phonesync.calls.values import Call, Group
from phonesync.calls.witnessing import witnessed_all
from phonesync.events.numbers import bucket
from phonesync.store import call_keeping, cdr
from phonesync.store.cdr_records import KeptCdrLine
from phonesync.store.chunks import chunks
from phonesync.store.queueing import queue_places
from phonesync.store.tables import CALLS, CDR_RECORDS, JOINED_ENTRIES

WIDEST = timedelta(hours=1)
"""A time of a call or of a record is known to so much at least: an unread clock, a doubled hour."""

EARLIER = timedelta(seconds=BEFORE_S) + cdr.AROUND + WIDEST
"""The switch shows a call so long before a phone does at most, by whatever clock."""

LATER = timedelta(seconds=LOOSE_S) + cdr.AROUND + WIDEST
"""A phone shows a call so long before the switch does at most."""


class SwitchWitness:
    """Adds to joined calls what records of switches say of them.

    Args:
        groups: Configured and learned ones.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = tuple(groups)

    def __call__(self, connection: Connection, calls: tuple[Call, ...]) -> tuple[Call, ...]:
        """The calls, witnessed.

        Args:
            connection: In a transaction that writes.
            calls: As joined.
        """
        if not calls or connection.execute(select(CDR_RECORDS.c.id).limit(1)).first() is None:
            return calls
        around = _Around(connection, calls)
        around.close()
        after, matches = witnessed_all(
            calls, around.records, around.clocks, self._groups, beside=around.beside.values()
        )
        call_of: dict[int, str] = {
            line: call for call, at in matches.record_of.items() for line in around.records[at].line_ids
        }
        mine = {entry_id for call in calls for entry_id in call.entry_ids}
        self._attribute(connection, around, call_of, mine)
        return after

    def _attribute(
        self, connection: Connection, around: _Around, call_of: Mapping[int, str], mine: Collection[str]
    ) -> None:
        """Notes whose each record is; kept calls of which that changes are queued."""
        now: dict[int, str | None] = {}
        moved: set[str] = set()
        for kept in around.lines.values():
            before, after = kept.call_id, call_of.get(kept.line.id)
            # A record that nothing fits any more is let go only by a pass that has the call it was of.
            if before == after or (after is None and before not in mine and before not in around.beside):
                continue
            now[kept.line.id] = after
            moved |= {one for one in (before, after) if one is not None and one in around.beside}
        cdr.attribute(connection, now)
        _queue(connection, moved)


class _Around:
    """Calls and records that can be meant, beside those in hand."""

    def __init__(self, connection: Connection, calls: tuple[Call, ...]) -> None:
        self._connection = connection
        self._mine = {entry_id for call in calls for entry_id in call.entry_ids}
        self._new: list[Call] = list(calls)
        self._calls: list[Call] = list(calls)
        self.clocks = cdr.clocks(connection)
        self.lines: dict[int, KeptCdrLine] = {}
        self.records: tuple[SwitchCall, ...] = ()
        self.beside: dict[str, Call] = {}

    def close(self) -> None:
        """Loads until nothing is added."""
        while self._new:
            parties = {distinct(call) for call in self._new}
            found = cdr.near(self._connection, [_when(call) for call in self._new], parties)
            new = [kept for kept in found if kept.line.id not in self.lines]
            self.lines |= {kept.line.id: kept for kept in new}
            self.records = switch_calls(kept.line for kept in self.lines.values())
            ids = {kept.line.id for kept in new}
            fresh = [record for record in self.records if not ids.isdisjoint(record.line_ids)]
            wanted = (fresh[at] for at in sorted(meant(self._calls, fresh, self.clocks)))
            self._new = [call for call in self._near(wanted) if self._is_beside(call)]
            self.beside |= {call.id: call for call in self._new}
            self._calls += self._new

    def _is_beside(self, call: Call) -> bool:
        return call.id not in self.beside and self._mine.isdisjoint(call.entry_ids)

    def _near(self, records: Iterable[SwitchCall]) -> list[Call]:
        """Kept calls of the parties of some records, about their times."""
        ids: set[str] = set()
        for since, until, some in _clustered(records):
            when = CALLS.c.started_at.between(since, until)
            parties = {one for record in some for one in (record.calling, record.called)}
            outside = sorted(one for one in parties if one is not None and one.startswith("+"))
            for numbers in chunks(outside):
                query = select(CALLS.c.id).where(CALLS.c.outside.in_(numbers), when)
                ids.update(self._connection.execute(query).scalars())
            odd = select(*_SHOWN).where(when)
            if not any(one is not None and one.startswith(RAW) for one in parties):
                odd = odd.where(CALLS.c.outside.is_(None))
            buckets = {bucket(bare(one)) for one in parties if one is not None}
            withheld = any(record.calling is None for record in some)
            rows = self._connection.execute(odd)
            ids.update(row.id for row in rows if _shares(row, buckets, withheld=withheld))
        return list(call_keeping.load(self._connection, sorted(ids)).values())


_SHOWN = (
    CALLS.c.id, CALLS.c.outside, CALLS.c.calling_number, CALLS.c.calling_extension, CALLS.c.called_number,
)  # fmt: skip


def _clustered(
    records: Iterable[SwitchCall],
) -> Iterator[tuple[datetime, datetime, list[SwitchCall]]]:
    """Records whose calls may have begun at the same time, with from when to when they may have."""
    ordered = sorted(records, key=lambda record: record.started_at)
    windows = cdr.merged((one.started_at - LATER, one.started_at + EARLIER) for one in ordered)
    for since, until in windows:
        yield since, until, [one for one in ordered if since <= one.started_at <= until]


def _shares(row: Row[*tuple[Any, ...]], buckets: Collection[str], *, withheld: bool) -> bool:
    """Whether a call shows a party that may be one of some, or neither shows who called."""
    if withheld and row.calling_number is None and row.calling_extension is None:
        return True
    return any(bucket(one) in buckets for one in tuple(row)[1:] if one is not None)


def _when(call: Call) -> cdr.Window:
    return call.started_at - EARLIER, call.started_at + LATER


def _queue(connection: Connection, calls: Collection[str]) -> None:
    """Has the entries of kept calls joined again."""
    for some in chunks(sorted(calls)):
        query = select(JOINED_ENTRIES.c.incarnation_id, JOINED_ENTRIES.c.entry_id)
        rows = connection.execute(query.where(JOINED_ENTRIES.c.call_id.in_(some))).all()
        queue_places(connection, [(row.incarnation_id, row.entry_id) for row in rows])
