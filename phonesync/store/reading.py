"""Entries and coverage on their way out: labels, owners and presence applied, in pages of constant size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge
from typing import Any, TypeAlias

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select, tuple_

from phonesync.calls.clock_history import ClockHistory
from phonesync.ledger.values import SpanState
from phonesync.store.abutting import Stated, abutting
from phonesync.store.assignments import EVER, Holders
from phonesync.store.clock_segments import corrected, histories
from phonesync.store.records import ClockOffsetRow, CoverageRow, EntryFilter, EntryRow
from phonesync.store.tables import (
    ALIASES,
    CLOCK_OFFSETS,
    ENTRIES,
    INCARNATIONS,
    LINES,
    LIST_NAMES,
    OPEN_SPANS,
    PHONES,
    SPANS,
    STATES,
)

PAGE = 1000
"""Entries fetched at a time. Between pages no transaction is open, however slowly the reader takes them."""

KEYS_AT_ONCE = 500
"""Keys looked up in one statement; an old SQLite takes 999 parameters."""

NEVER = datetime.max.replace(tzinfo=UTC)

Reads: TypeAlias = Callable[[], AbstractContextManager[Connection]]

_AS_SHOWN = (
    "id",
    "remote_number",
    "remote_host",
    "remote_name",
    "started_at",
    "resolution_s",
    "clock_offset_s",
    "shown_at",
    "duration_s",
    "occurrence",
    "count",
    "complete",
    "first_seen_at",
    "on_phone",
    "call_id",
    "ring_s",
    "outcome",
)
"""Columns that leave as they are."""


def known(connection: Connection, incarnation: str, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The entries kept under each key, oldest occurrence first, aliases resolved.

    Args:
        connection: In a transaction.
        incarnation: The physical phone the keys belong to.
        keys: Hashes of keys.

    Returns:
        Key to entry ids; keys without entries are left out.
    """
    found: dict[str, dict[str, int]] = {}
    of = select(INCARNATIONS.c.id).where(INCARNATIONS.c.label == incarnation).scalar_subquery()
    wanted = sorted(keys)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        some = wanted[start : start + KEYS_AT_ONCE]
        entries = select(ENTRIES.c.key, ENTRIES.c.occurrence, ENTRIES.c.id).where(
            ENTRIES.c.incarnation_id == of, ENTRIES.c.key.in_(some)
        )
        aliases = select(ALIASES.c.key, ALIASES.c.occurrence, ALIASES.c.entry_id).where(
            ALIASES.c.incarnation_id == of, ALIASES.c.key.in_(some)
        )
        for query in (entries, aliases):
            for key, occurrence, entry_id in connection.execute(query):
                found.setdefault(key, {}).setdefault(entry_id, occurrence)
    return {key: _oldest_first(ids) for key, ids in found.items()}


def _oldest_first(occurrences: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(occurrences, key=lambda entry_id: (occurrences[entry_id], entry_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarnation:
    """What is applied to everything an incarnation showed.

    Attributes:
        id: Of its row.
        phone_id: Of the phone it is or was.
        number: Its place among the physical phones of that name.
        phone: The name that phone bears now.
        current: It bears the name now.
        last_read: Its last good read, UTC, or None.
        time_of: What its times mean.
        list_names: Variant and list code to our list name.
        lines: Account to line.
    """

    id: int
    phone_id: int
    number: int
    phone: str
    current: bool
    last_read: datetime | None
    time_of: str
    list_names: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def list_of(self, row: RowMapping) -> str:
        """Our name of the list of an entry or span; the code itself where its variant does not name it."""
        code: str = row["list_code"]
        return self.list_names.get((row["variant"], code), code)


def incarnations(connection: Connection, phones: Collection[int] | None) -> dict[int, Incarnation]:
    """The incarnations of some phones, few hundreds at most, or of all, by row."""
    newer = INCARNATIONS.alias()
    last = select(func.max(newer.c.number)).where(newer.c.phone_id == PHONES.c.id).scalar_subquery()
    query = (
        select(
            INCARNATIONS.c.id,
            PHONES.c.id.label("phone_id"),
            INCARNATIONS.c.number,
            PHONES.c.name.label("phone"),
            (INCARNATIONS.c.number == last).label("current"),
            STATES.c.last_read,
            STATES.c.time_of,
        )
        .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
    )
    names = select(LIST_NAMES)
    lines = select(LINES.c.incarnation_id, LINES.c.account, LINES.c.line)
    if phones is not None:
        query = query.where(PHONES.c.id.in_(phones))
        mine = select(INCARNATIONS.c.id).where(INCARNATIONS.c.phone_id.in_(phones))
        names = names.where(LIST_NAMES.c.incarnation_id.in_(mine))
        lines = lines.where(LINES.c.incarnation_id.in_(mine))
    found = {row["id"]: Incarnation(**row) for row in connection.execute(query).mappings()}
    for row in connection.execute(names):
        found[row.incarnation_id].list_names[row.variant, row.list_code] = row.list_name
    for incarnation_id, account, line in connection.execute(lines):
        found[incarnation_id].lines[account] = line
    return found


class Entries:
    """The entries a reader wants, ordered by ``started_at`` and id."""

    def __init__(self, read: Reads, wanted: EntryFilter, phone: int | None) -> None:
        """Looks up everything that is applied.

        Args:
            read: Opens a transaction that reads.
            wanted: Which entries.
            phone: Row of the phone that is wanted, or None for any.
        """
        self._read = read
        self._wanted = wanted
        self._phone = phone
        self._clocks: dict[int, ClockHistory] = {}
        self._look_around()

    def _look_around(self) -> None:
        with self._read() as connection:
            self._incarnations = incarnations(connection, None if self._phone is None else [self._phone])
            self._holders = Holders.load(connection)

    def __iter__(self) -> Iterator[EntryRow]:
        # One stream per incarnation walks an index; one query over several of them would sort every page.
        of: Sequence[int | None] = [None] if self._phone is None else list(self._incarnations)
        streams = [self._rows(incarnation_id) for incarnation_id in of]
        for row in merge(*streams, key=lambda row: (row["started_at"], row["id"])):
            yield self._entry(row)

    def _rows(self, incarnation_id: int | None) -> Iterator[RowMapping]:
        query = _entries_query(self._wanted, incarnation_id)
        place = tuple_(ENTRIES.c.started_at, ENTRIES.c.id)
        onwards = query.where(
            place
            > tuple_(
                bindparam("b_at", type_=ENTRIES.c.started_at.type), bindparam("b_id", type_=ENTRIES.c.id.type)
            )
        )
        page = self._page(query, {})
        while page:
            yield from page
            if len(page) < PAGE:
                return
            page = self._page(onwards, {"b_at": page[-1]["started_at"], "b_id": page[-1]["id"]})

    def _page(self, query: Select[Any], after: Mapping[str, object]) -> Sequence[RowMapping]:
        with self._read() as connection:
            return connection.execute(query, after).mappings().all()

    def _entry(self, row: RowMapping) -> EntryRow:
        if row["incarnation_id"] not in self._incarnations:
            # A phone that was met for the first time while this export ran.
            self._look_around()
        of = self._incarnations[row["incarnation_id"]]
        holder = self._holders.at(of.phone_id, row["started_at"])
        return EntryRow(
            **{name: row[name] for name in _AS_SHOWN},
            corrected_at=corrected(row, self._clock(of.id)),
            phone=of.phone,
            extension=holder.extension,
            owner=holder.owner,
            department=holder.department,
            list_name=of.list_of(row),
            line=None if row["account"] is None else of.lines.get(row["account"]),
            time_of=row["time_of"] or of.time_of,
            uncertain=row["uncertain"] or row["doubtful"],
            sources=tuple(row["sources"].split()),
            # A row on the phone was last seen by the last good read, or by a read since that was looked up.
            last_seen_at=row["last_seen_at"] or max(of.last_read or EVER, row["first_seen_at"]),
        )

    def _clock(self, incarnation_id: int) -> ClockHistory:
        if incarnation_id not in self._clocks:
            with self._read() as connection:
                found = histories(connection, [incarnation_id])
            self._clocks[incarnation_id] = found.get(incarnation_id, ClockHistory(()))
        return self._clocks[incarnation_id]


def _entries_query(wanted: EntryFilter, incarnation_id: int | None) -> Select[Any]:
    query = (
        select(
            *(ENTRIES.c[name] for name in _AS_SHOWN),
            ENTRIES.c.incarnation_id,
            ENTRIES.c.variant,
            ENTRIES.c.list_code,
            ENTRIES.c.account,
            ENTRIES.c.last_seen_at,
            ENTRIES.c.time_of,
            ENTRIES.c.uncertain,
            ENTRIES.c.unseen_at,
            ENTRIES.c.doubtful,
            ENTRIES.c.sources,
        )
        .order_by(ENTRIES.c.started_at, ENTRIES.c.id)
        .limit(PAGE)
    )
    if incarnation_id is not None:
        query = query.where(ENTRIES.c.incarnation_id == incarnation_id)
    if wanted.list_name is not None:
        query = query.outerjoin(
            LIST_NAMES,
            (LIST_NAMES.c.incarnation_id == ENTRIES.c.incarnation_id)
            & (LIST_NAMES.c.variant == ENTRIES.c.variant)
            & (LIST_NAMES.c.list_code == ENTRIES.c.list_code),
        ).where(func.coalesce(LIST_NAMES.c.list_name, ENTRIES.c.list_code) == wanted.list_name)
    if wanted.number is not None:
        query = query.where(ENTRIES.c.remote_number == wanted.number)
    if wanted.sources is not None:
        query = query.where(ENTRIES.c.sources == wanted.sources)
    if wanted.since is not None:
        query = query.where(ENTRIES.c.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(ENTRIES.c.started_at < wanted.until)
    return query


def coverage(
    read: Reads,
    phones: Sequence[int],
    *,
    list_name: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[CoverageRow]:
    """Spans that touch [since, until), whole, by list and start, phone after phone.

    Args:
        read: Opens a transaction that reads.
        phones: Rows of the phones, in the order wanted.
        list_name: Of this list, or None for all.
        since: UTC, or None for "since ever".
        until: UTC, or None for "up to now".
    """
    for phone in phones:
        with read() as connection:
            spans = [span for _, span in stated_spans(connection, incarnations(connection, [phone]))]
        wanted = [
            row
            for row in abutting(spans)
            if list_name in {None, row.list_name} and _touches(row, since or EVER, until or NEVER)
        ]
        yield from sorted(wanted, key=lambda row: (row.list_name, row.since or EVER, row.until or NEVER))


def stated_spans(connection: Connection, found: Mapping[int, Incarnation]) -> Iterator[tuple[int, Stated]]:
    """The spans of some incarnations, few hundreds at most, each with the row of its own."""
    closed = select(SPANS).where(SPANS.c.incarnation_id.in_(list(found)))
    for span in connection.execute(closed).mappings():
        of = found[span["incarnation_id"]]
        row = CoverageRow(
            phone=of.phone,
            list_name=of.list_of(span),
            since=span["since"],
            until=span["until"],
            state=SpanState(span["state"]),
            at_most=span["at_most"],
            estimate=span["estimate"],
            proven_until=None,
        )
        yield of.id, _stated(of, span, row)
    opened = select(OPEN_SPANS).where(OPEN_SPANS.c.incarnation_id.in_(list(found)))
    for span in connection.execute(opened).mappings():
        of = found[span["incarnation_id"]]
        row = CoverageRow(
            phone=of.phone,
            list_name=of.list_of(span),
            since=span["since"],
            # A phone that was replaced is not read again: its last good read ends what it proves.
            until=None if of.current else of.last_read,
            state=SpanState(span["state"]),
            at_most=None,
            estimate=None,
            proven_until=of.last_read if of.current else None,
        )
        yield of.id, _stated(of, span, row)


def _stated(of: Incarnation, span: RowMapping, row: CoverageRow) -> Stated:
    return Stated(number=of.number, variant=span["variant"], list_code=span["list_code"], row=row)


def _touches(row: CoverageRow, since: datetime, until: datetime) -> bool:
    """Half-open overlap; a span of no length touches where it stands."""
    start = row.since or EVER
    end = row.until or row.proven_until or start
    return start < until and (end > since or start >= since)


def clock_offsets(connection: Connection, phone: int) -> list[ClockOffsetRow]:
    """How far the clock of a phone was off, wherever that changed, oldest first."""
    rows = connection.execute(
        select(INCARNATIONS.c.label, CLOCK_OFFSETS.c.at, CLOCK_OFFSETS.c.offset_s)
        .join(INCARNATIONS, INCARNATIONS.c.id == CLOCK_OFFSETS.c.incarnation_id)
        .where(INCARNATIONS.c.phone_id == phone)
        .order_by(CLOCK_OFFSETS.c.at)
    )
    return [ClockOffsetRow(incarnation=label, at=at, offset_s=offset_s) for label, at, offset_s in rows]
