"""One poll, one transaction: all of it or none, and twice is the same as once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, delete, func, select, update

from phonesync.calls.clock_lines import Evidence
from phonesync.ledger.values import ChangedEntry, NewEntry, ReadPlan, SpanState
from phonesync.store import call_waiting, clocks, phones, raw, relabelling
from phonesync.store.bulk import insert_new, keeping, replacing
from phonesync.store.clocks import Sights
from phonesync.store.listening import forget_coverage
from phonesync.store.queueing import queue
from phonesync.store.records import PollCommit
from phonesync.store.spans import span_row, withdraw
from phonesync.store.tables import (
    ALIASES,
    ENTRIES,
    INCARNATIONS,
    LEDGERS,
    LINES,
    LIST_NAMES,
    OPEN_SPANS,
    SPANS,
    STATES,
)

LARGEST = 2**31 - 1
"""What an integer column holds on any database."""

_AS_PLANNED = tuple(field.name for field in fields(NewEntry))
_PLANNED_VALUES = attrgetter(*_AS_PLANNED)
_THIS = (ENTRIES.c.incarnation_id == bindparam("b_of")) & (ENTRIES.c.id == bindparam("b_id"))
_CHANGE = (
    update(ENTRIES)
    .where(_THIS)
    .values(
        {ENTRIES.c[name]: bindparam(f"b_{name}") for name in ("remote_name", "count", "complete")}
        # A list that shows no duration does not take back the one that reports gave.
        | {
            ENTRIES.c.duration_s: case(
                (ENTRIES.c.sources == "list", bindparam("b_duration_s", type_=ENTRIES.c.duration_s.type)),
                else_=func.coalesce(
                    bindparam("b_duration_s", type_=ENTRIES.c.duration_s.type), ENTRIES.c.duration_s
                ),
            )
        }
    )
)
_GO = (
    update(ENTRIES)
    # Already gone: its last sighting stays what it was.
    .where(_THIS, ENTRIES.c.on_phone)
    .values(on_phone=False, last_seen_at=bindparam("b_last_seen_at"))
)
_LIST_ONLY = {
    "sources": "list",
    "call_id": None,
    "ring_s": None,
    "outcome": None,
    "time_of": None,
    "doubtful": False,
}
"""Of a row that no report has met."""
_COME_BACK = update(ENTRIES).where(_THIS).values(on_phone=True, last_seen_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What stands beside an incarnation's entries and rarely changes, as last written.

    Attributes:
        variant: What read it last.
        list_names: List code of that variant to our list name.
        lines: Account to line.
        open_spans: List code to the start of its open span, UTC, and what the span is.
        time_of: What its times mean.
        offset_s: The clock offset last recorded, seconds.
    """

    variant: str
    list_names: Mapping[str, str]
    lines: Mapping[str, int]
    open_spans: Mapping[str, tuple[datetime, SpanState]]
    time_of: str
    offset_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the store knows of a commit's incarnation before the commit."""

    id: int
    last_read: datetime | None
    digest: str


class Writer:
    """Writes polls, and remembers what this process wrote last, so that an unchanged poll is one UPDATE."""

    def __init__(self) -> None:
        self._applied: dict[str, Applied] = {}
        self._sights = Sights()

    def write(self, connection: Connection, commit: PollCommit, packed: tuple[raw.Packed, ...]) -> None:
        """Writes everything one poll changes.

        Args:
            connection: In a transaction that writes.
            commit: What changes.
            packed: Its answers, packed.

        Raises:
            StaleState: Another process has read, renamed or replaced the phone since.
        """
        plan = commit.plan
        seen = self._sights.of(commit)
        quick = (
            not packed and not seen and (plan is None or (plan.unchanged and self._is_applied(commit, plan)))
        )
        if not quick:
            self._write_all(connection, commit, packed, seen)
            return
        phones.write_state(
            connection,
            commit.state,
            before=commit.before,
            with_read=None if plan is None else commit.time_of,
            unchanged=plan is not None,
        )

    def wrote(self, commit: PollCommit) -> None:
        """Told after the transaction has ended well."""
        self._sights.wrote(commit)
        if commit.plan is not None:
            of = commit.state.incarnation
            self._applied[of] = _applied_by(commit, commit.plan, self._applied.get(of))

    def forget(self) -> None:
        """Told when phones were renamed."""
        self._applied.clear()

    def _is_applied(self, commit: PollCommit, plan: ReadPlan) -> bool:
        known = self._applied.get(commit.state.incarnation)
        return known is not None and known == _applied_by(commit, plan, known)

    def _write_all(
        self,
        connection: Connection,
        commit: PollCommit,
        packed: tuple[raw.Packed, ...],
        seen: Sequence[Evidence],
    ) -> None:
        stored = _stored(connection, commit)
        plan = commit.plan
        if plan is not None and _is_done_or_stale(commit, plan, stored):
            return
        if plan is not None:
            if stored.last_read is None:
                forget_coverage(connection, stored.id)
                call_waiting.doubt(connection, stored.id)
            if not plan.unchanged:
                _write_rows(connection, commit, plan, stored)
                _write_ledger(connection, stored.id, commit.state.ledger_state)
            _write_beside(connection, stored.id, commit, plan)
        raw.keep(connection, stored.id, packed, at=commit.at)
        clocks.keep_evidence(connection, stored.id, seen)
        phones.write_state(
            connection,
            commit.state,
            before=commit.before,
            with_read=None if plan is None else commit.time_of,
            unchanged=plan is not None and plan.unchanged,
        )


def _stored(connection: Connection, commit: PollCommit) -> Stored:
    found = connection.execute(
        select(INCARNATIONS.c.id, STATES.c.last_read, STATES.c.ledger_digest)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(INCARNATIONS.c.label == commit.state.incarnation)
    ).one_or_none()
    if found is None:
        raise phones.stale(commit.state)
    return Stored(id=found.id, last_read=found.last_read, digest=found.ledger_digest)


def _is_done_or_stale(commit: PollCommit, plan: ReadPlan, stored: Stored) -> bool:
    """True where this very commit was written already; raises where another read came between."""
    before = commit.before
    if before is None or plan.unchanged:
        return False
    if (stored.last_read, stored.digest) == (before.last_read, before.ledger_digest):
        return False
    if (stored.last_read, stored.digest) == (commit.state.last_read, commit.state.ledger_digest):
        return True
    raise phones.stale(commit.state)


def _write_rows(connection: Connection, commit: PollCommit, plan: ReadPlan, stored: Stored) -> None:
    if plan.new:
        _insert_entries(connection, stored.id, plan.new, commit)
    if plan.changed:
        connection.execute(_CHANGE, [_change_row(stored.id, entry) for entry in plan.changed])
    touched = [entry.id for entry in plan.new] + [entry.id for entry in plan.changed]
    queue(connection, stored.id, touched)
    if plan.gone:
        # The last good read still showed it.
        seen = stored.last_read or commit.at
        connection.execute(
            _GO, [{"b_of": stored.id, "b_id": entry, "b_last_seen_at": seen} for entry in plan.gone]
        )
    if plan.back:
        connection.execute(_COME_BACK, [{"b_of": stored.id, "b_id": entry} for entry in plan.back])
    if plan.aliases:
        connection.execute(
            keeping(connection.dialect.name, ALIASES),
            [
                {
                    "incarnation_id": stored.id,
                    "alias_id": alias.alias_id,
                    "key": alias.key,
                    "occurrence": alias.occurrence,
                    "entry_id": alias.entry_id,
                }
                for alias in plan.aliases
            ],
        )
    if plan.withdrawn:
        withdraw(connection, stored.id, _variant(commit), plan.withdrawn)
        call_waiting.doubt(connection, stored.id)
    if plan.spans:
        connection.execute(
            keeping(connection.dialect.name, SPANS),
            [span_row(stored.id, span, span.variant or _variant(commit)) for span in plan.spans],
        )


def _insert_entries(
    connection: Connection, incarnation_id: int, new: Sequence[NewEntry], commit: PollCommit
) -> None:
    each: dict[str, Sequence[Any]] = dict(
        zip(_AS_PLANNED, zip(*map(_PLANNED_VALUES, new), strict=True), strict=True)
    )
    each["duration_s"] = [_small(entry.duration_s) for entry in new]
    each["count"] = [min(entry.count, LARGEST) for entry in new]
    insert_new(
        connection,
        ENTRIES,
        each=each,
        same={
            "incarnation_id": incarnation_id,
            "variant": _variant(commit),
            "zone": commit.zone,
            "first_seen_at": commit.at,
            "last_seen_at": None,
            "on_phone": True,
            **_LIST_ONLY,
        },
    )


def as_planned(entry: NewEntry) -> dict[str, Any]:
    """The columns of an entry that its plan decides."""
    row = dict(zip(_AS_PLANNED, _PLANNED_VALUES(entry), strict=True))
    return {**row, "duration_s": _small(entry.duration_s), "count": min(entry.count, LARGEST)}


def _change_row(incarnation_id: int, entry: ChangedEntry) -> dict[str, Any]:
    return {
        "b_of": incarnation_id,
        "b_id": entry.id,
        "b_duration_s": _small(entry.duration_s),
        "b_remote_name": entry.remote_name,
        "b_count": min(entry.count, LARGEST),
        "b_complete": entry.complete,
    }


def _small(seconds: int | None) -> int | None:
    """A duration; None for a number that no column holds, which is no duration (68 years and more)."""
    return seconds if seconds is None or 0 <= seconds <= LARGEST else None


def _variant(commit: PollCommit) -> str:
    """What the list codes of a commit are of."""
    return commit.state.variant or ""


def _write_ledger(connection: Connection, incarnation_id: int, content: bytes) -> None:
    connection.execute(
        replacing(connection.dialect.name, LEDGERS, "content"),
        [{"incarnation_id": incarnation_id, "content": content}],
    )


def _applied_by(commit: PollCommit, plan: ReadPlan, known: Applied | None) -> Applied:
    """What a commit says of an incarnation; where an unchanged read leaves it open, what was known holds."""
    opened = {
        name: pool.open_since for name, pool in plan.ledger.pools.items() if pool.open_since is not None
    }
    unproven = commit.unproven if commit.pools else plan.ledger.unproven()
    spans = {
        code: (since, SpanState.UNKNOWN if pool in unproven else SpanState.COMPLETE)
        for pool, since in (commit.pools or opened).items()
        for code in pool.split(",")
    }
    if plan.unchanged and not spans and known is not None:
        spans = dict(known.open_spans)
    last = None if known is None else known.offset_s
    offset = commit.state.clock_offset_s
    return Applied(
        variant=_variant(commit),
        list_names=dict(commit.list_names or plan.ledger.list_names),
        lines=dict(commit.lines),
        open_spans=spans,
        time_of=commit.time_of.value,
        offset_s=offset if clocks.stepped(last, offset) else last,
    )


def _write_beside(connection: Connection, incarnation_id: int, commit: PollCommit, plan: ReadPlan) -> None:
    """Writes labels, open spans and the clock's offset, each where it differs from what is there."""
    applied = _applied_by(commit, plan, None)
    here = {"incarnation_id": incarnation_id}
    relabelling.look(
        connection,
        incarnation_id,
        variant=applied.variant,
        list_names=applied.list_names,
        time_of=applied.time_of,
    )
    _replace(
        connection,
        LIST_NAMES,
        [
            {**here, "variant": applied.variant, "list_code": code, "list_name": name}
            for code, name in applied.list_names.items()
        ],
        "list_name",
    )
    _replace(
        connection,
        LINES,
        [{**here, "account": account, "line": line} for account, line in applied.lines.items()],
        "line",
    )
    if applied.open_spans or not plan.unchanged:
        _replace_open_spans(connection, incarnation_id, applied)
    clocks.record_offset(connection, incarnation_id, commit.state.clock_offset_s, at=commit.at)


def _replace(connection: Connection, table: Table, wanted: Sequence[Mapping[str, Any]], *values: str) -> None:
    """Writes rows, and gives those that are there already new values; others stay as they are."""
    if wanted:
        connection.execute(replacing(connection.dialect.name, table, *values), wanted)


def _replace_open_spans(connection: Connection, incarnation_id: int, applied: Applied) -> None:
    """A list the phone no longer has must not stay open: nothing is proven of it any more."""
    connection.execute(
        delete(OPEN_SPANS).where(
            OPEN_SPANS.c.incarnation_id == incarnation_id,
            OPEN_SPANS.c.list_code.not_in(list(applied.open_spans)),
        )
    )
    here = {"incarnation_id": incarnation_id, "variant": applied.variant}
    _replace(
        connection,
        OPEN_SPANS,
        [
            {**here, "list_code": code, "since": since, "state": state.value}
            for code, (since, state) in applied.open_spans.items()
        ],
        "since",
        "state",
        "variant",
    )
