"""Entries that come from reports, and what becomes of them when they meet the rows of lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from phonesync.calls.clock_lines import Source
from phonesync.calls.meanings import meaning_of
from phonesync.calls.timing import says_answered
from phonesync.events.fitting import ListRow
from phonesync.events.meeting import Joined, joined
from phonesync.events.values import UNKNOWN_LIST, VARIANT, EventEntry
from phonesync.model import ListName, Outcome, TimeOf
from phonesync.store.bulk import keeping, replacing
from phonesync.store.chunks import chunks
from phonesync.store.clock_records import Vote
from phonesync.store.clocks import keep_evidence, times_of
from phonesync.store.event_records import Taken, Unmet
from phonesync.store.journal.marks import hand_journal_marks_on
from phonesync.store.meanings import add_votes, kind_of
from phonesync.store.pairs import among
from phonesync.store.queueing import hand_marks_on, queue, queue_places
from phonesync.store.tables import ALIASES, ENTRIES, INCARNATIONS, LIST_NAMES, STATES

BEFORE, AFTER = timedelta(hours=26), timedelta(hours=3)
"""Calls that began so long before, and so long after, what is to be met are looked at; rows the other way
round: a row that merges calls, or shows no time, is kept under a later time than theirs."""

_LISTS = {name.value: name for name in ListName}

T = TypeVar("T")

_Place: TypeAlias = tuple[int, str]
"""Row of a physical phone and an id."""

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


def keep(connection: Connection, taken: Sequence[Taken]) -> None:
    """Writes calls as their reports now tell them; what has met a row goes on into that row.

    Args:
        connection: In a transaction that writes.
        taken: What reports of some phones have become.
    """
    ids = _ids_of(connection, {one.incarnation for one in taken})
    calls = [(ids[one.incarnation], entry) for one in taken for entry in one.entries]
    names = [(of, name) for of, entry in calls for name in _names(entry)]
    kept = _kept(connection, names)
    aliases = _aliases(connection, names)
    rows = _rows_of(connection, {(of, entry_id) for (of, _), entry_id in aliases.items()})
    own = []
    for of, entry in calls:
        found = (rows.get((of, aliases.get((of, name), ""))) for name in _names(entry))
        row = next((one for one in found if one is not None), None)
        if row is None:
            own.append((of, entry))
        else:
            _join(connection, of, joined(row, entry), known=kept)
    if own:
        connection.execute(
            replacing(connection.dialect.name, ENTRIES, *_KEPT_ANEW), [_row(of, entry) for of, entry in own]
        )
    for of, entry in own:
        for former in entry.former_ids:
            if (of, former) in kept:
                _alias(connection, of, former, key=kept[of, former], entry_id=entry.id)
    queue_places(connection, [(of, entry.id) for of, entry in own])


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
    listed = _rows_query().where(
        ENTRIES.c.incarnation_id == of,
        ENTRIES.c.sources == "list",
        ENTRIES.c.started_at >= since - AFTER - off,
        ENTRIES.c.started_at <= until + BEFORE + off,
    )
    rows = tuple(_list_row(row) for row in connection.execute(listed).mappings())
    if any(row.time_of is TimeOf.UNKNOWN for row in rows):
        means = times_of(connection, of)
        rows = tuple(
            replace(
                row,
                time_of=meaning_of(means, answered=says_answered(_LISTS.get(row.list_name), row.duration_s)),
            )
            for row in rows
        )
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
    there = _kept(connection, [(of, name) for pair in wanted for name in (pair.row_id, pair.event_id)])
    shown: list[Joined] = []
    for pair in wanted:
        if (of, pair.row_id) in there and (of, pair.event_id) in there:
            _join(connection, of, pair, known=there)
            shown.append(pair)
    marks = sorted(doubtful)
    for some in chunks(marks):
        connection.execute(
            update(ENTRIES)
            .where(ENTRIES.c.incarnation_id == of, ENTRIES.c.id.in_(some), ~ENTRIES.c.doubtful)
            .values(doubtful=True)
        )
        queue(connection, of, some)
    keep_evidence(connection, of, [pair.clock for pair in shown if pair.clock is not None])
    _count(connection, of, shown)
    return len(shown)


def _count(connection: Connection, of: int, shown: Iterable[Joined]) -> None:
    """Counts what pairs say of the meaning of a phone's times."""
    kinds = {answered: kind_of(connection, of, answered=answered) for answered in (False, True)}
    votes = [
        Vote(kind=kinds[pair.answered], source=Source.REPORT, fits=pair.fits)
        for pair in shown
        if pair.fits is not None
    ]
    add_votes(connection, votes)


def _join(connection: Connection, of: int, pair: Joined, *, known: Mapping[_Place, str]) -> None:
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
        if (of, former) in known:
            _alias(connection, of, former, key=known[of, former], entry_id=pair.row_id)
    queue(connection, of, [pair.row_id])


def _alias(connection: Connection, of: int, alias_id: str, *, key: str, entry_id: str) -> None:
    """An id goes on as the name of another entry; an entry that bore it is no longer one of its own."""
    here = ALIASES.c.incarnation_id == of
    connection.execute(update(ALIASES).where(here, ALIASES.c.entry_id == alias_id).values(entry_id=entry_id))
    connection.execute(
        keeping(connection.dialect.name, ALIASES),
        [{"incarnation_id": of, "alias_id": alias_id, "key": key, "occurrence": 1, "entry_id": entry_id}],
    )
    connection.execute(delete(ENTRIES).where(ENTRIES.c.incarnation_id == of, ENTRIES.c.id == alias_id))
    queue(connection, of, [alias_id])
    hand_marks_on(connection, alias_id, entry_id)
    hand_journal_marks_on(connection, alias_id, entry_id)


def _names(entry: EventEntry) -> tuple[str, ...]:
    return (entry.id, *entry.former_ids)


def _id_of(connection: Connection, incarnation: str) -> int:
    return _ids_of(connection, {incarnation})[incarnation]


def _ids_of(connection: Connection, labels: Collection[str]) -> dict[str, int]:
    """Labels of physical phones to their rows."""
    found: dict[str, int] = {}
    for some in chunks(sorted(labels)):
        query = select(INCARNATIONS.c.label, INCARNATIONS.c.id).where(INCARNATIONS.c.label.in_(some))
        found |= {row.label: row.id for row in connection.execute(query)}
    return found


def _kept(connection: Connection, places: Sequence[_Place]) -> dict[_Place, str]:
    """Those that are entries, and their keys."""
    found: dict[_Place, str] = {}
    for some in chunks(places):
        query = select(ENTRIES.c.incarnation_id, ENTRIES.c.id, ENTRIES.c.key).where(
            among(ENTRIES.c.incarnation_id, ENTRIES.c.id, some)
        )
        found |= {(row.incarnation_id, row.id): row.key for row in connection.execute(query)}
    return found


def _aliases(connection: Connection, places: Sequence[_Place]) -> dict[_Place, str]:
    """Those that are aliases, and the entries they name."""
    found: dict[_Place, str] = {}
    for some in chunks(places):
        query = select(ALIASES.c.incarnation_id, ALIASES.c.alias_id, ALIASES.c.entry_id).where(
            among(ALIASES.c.incarnation_id, ALIASES.c.alias_id, some)
        )
        found |= {(row.incarnation_id, row.alias_id): row.entry_id for row in connection.execute(query)}
    return found


def _rows_query() -> Any:
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
    )


def _rows_of(connection: Connection, places: Collection[_Place]) -> dict[_Place, ListRow]:
    """Those that are rows of lists."""
    found: dict[_Place, ListRow] = {}
    for some in chunks(sorted(places)):
        query = _rows_query().where(
            among(ENTRIES.c.incarnation_id, ENTRIES.c.id, some), ENTRIES.c.sources != "event"
        )
        rows = connection.execute(query).mappings()
        found |= {(row["incarnation_id"], row["id"]): _list_row(row) for row in rows}
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
        # An uncertain row may be one that an earlier read showed.
        unseen_at=None if row["uncertain"] else row["unseen_at"],
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
