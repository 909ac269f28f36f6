"""Lines of a switch's record: what imports write, and what joining and reports read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select, update

from phonesync.calls.cdr import RAW, CdrLine
from phonesync.calls.values import Disposition
from phonesync.numbering import EXTENSION
from phonesync.store.bulk import insert_new, keeping, replacing
from phonesync.store.cdr_records import CdrReached, CdrTaken, KeptCdrLine, NewCdrLine
from phonesync.store.chunks import chunks
from phonesync.store.part import StorePart
from phonesync.store.tables import CALLS, CDR_RECORDS, CDR_SOURCES, JOIN_QUEUE, JOINED_ENTRIES

AROUND = timedelta(minutes=10)
"""A line can speak of a call that began so long before or after it: the switch's clock may be off."""

PAGE = 1000
"""Lines fetched at a time."""

"""Values of one statement."""

T = TypeVar("T")
Window = tuple[datetime, datetime]


class CdrPart(StorePart):
    """The methods of the store that are about records of a switch."""

    def cdr_reached(self, source: str) -> CdrReached | None:
        """How far the file of a record was read, or None where it never was."""
        with self._database.read() as connection:
            row = connection.execute(select(CDR_SOURCES).where(CDR_SOURCES.c.name == source)).one_or_none()
        if row is None or not row.mark:
            return None
        return CdrReached(offset=row.reached, lines=row.lines, mark=row.mark, ended_at=row.ended_at)

    def take_cdr(
        self, source: str, lines: Sequence[NewCdrLine], reached: CdrReached | None, *, fresh: bool = False
    ) -> CdrTaken | None:
        """Keeps lines, notes how far the file was read, and has the calls they may speak of joined again.

        Args:
            source: Name of the record.
            lines: As read; those that are known already stay as they are.
            reached: How far that is; None for a file that is imported once, by hand.
            fresh: Keep nothing where one of the lines is known.

        Returns:
            None where nothing was kept because of ``fresh``.
        """
        with self._database.write() as connection:
            known = _known(connection, source, [line.digest for line in lines])
            if fresh and known:
                return None
            new = {line.digest: line for line in lines if line.digest not in known}
            now = self._clock.now()
            for some in chunks(list(new.values())):
                _insert(connection, some, now=now)
            for window in merged(_window(line.line) for line in new.values()):
                _queue(connection, window)
            if reached is not None:
                _note(connection, source, reached, now=now)
        return CdrTaken(new=len(new), known=len(lines) - len(new))

    def cdr_lines(self, since: datetime | None, until: datetime | None) -> Iterator[KeptCdrLine]:
        """Lines that began in [since, until), by start and id, fetched in pages as they are taken."""
        after: tuple[datetime, int] | None = None
        while True:
            query = select(CDR_RECORDS).order_by(CDR_RECORDS.c.started_at, CDR_RECORDS.c.id).limit(PAGE)
            if after is not None:
                at, last = after
                query = query.where(
                    CDR_RECORDS.c.started_at >= at,
                    or_(CDR_RECORDS.c.started_at > at, CDR_RECORDS.c.id > last),
                )
            elif since is not None:
                query = query.where(CDR_RECORDS.c.started_at >= since)
            if until is not None:
                query = query.where(CDR_RECORDS.c.started_at < until)
            with self._database.read() as connection:
                rows = connection.execute(query).mappings().all()
            yield from map(_kept, rows)
            if len(rows) < PAGE:
                return
            after = rows[-1]["started_at"], rows[-1]["id"]

    def cdr_span(self, since: datetime | None, until: datetime | None) -> Window | None:
        """When the first and the last line began within [since, until), UTC; None where there is none."""
        at = CDR_RECORDS.c.started_at
        query = select(func.min(at), func.max(at))
        if since is not None:
            query = query.where(at >= since)
        if until is not None:
            query = query.where(at < until)
        with self._database.read() as connection:
            first, last = connection.execute(query).one()
        return None if first is None else (first, last)

    def cdr_latest(self, source: str) -> datetime | None:
        """When the latest line of a record began, UTC, or None where it has none."""
        query = select(func.max(CDR_RECORDS.c.started_at)).where(CDR_RECORDS.c.source == source)
        with self._database.read() as connection:
            found: datetime | None = connection.execute(query).scalar_one()
        return found

    def cdr_clocks(self) -> Mapping[str, float]:
        """Record to how far its switch's clock is ahead of true time, seconds, where that is known."""
        with self._database.read() as connection:
            return clocks(connection)

    def set_cdr_clock(self, source: str, ahead_s: float) -> None:
        """Notes how far a switch's clock is ahead of true time, and has the calls it speaks of joined again.

        Args:
            source: Name of the record.
            ahead_s: Seconds.
        """
        with self._database.write() as connection:
            if clocks(connection).get(source) == ahead_s:
                return
            connection.execute(
                replacing(connection.dialect.name, CDR_SOURCES, "clock_s"),
                {
                    "name": source, "reached": 0, "lines": 0, "mark": "", "ended_at": None,
                    "read_at": self._clock.now(), "clock_s": ahead_s,
                },
            )  # fmt: skip
            mine = CDR_RECORDS.c.source == source
            first, last = connection.execute(
                select(func.min(CDR_RECORDS.c.started_at), func.max(CDR_RECORDS.c.started_at)).where(mine)
            ).one()
            if first is not None:
                _queue(connection, (first - AROUND, last + AROUND))


# --- in somebody else's transaction -------------------------------------------------------------------------


def near(
    connection: Connection, windows: Iterable[Window], parties: Collection[str | None]
) -> list[KeptCdrLine]:
    """Lines of some parties that began in one of some windows, and those of the same calls, by id.

    Args:
        connection: In a transaction.
        windows: First and last instant of each, UTC.
        parties: Canonical, ``raw:`` and a text, or None for withheld; lines of numbers without a canonical
            form come along whatever is asked for.
    """
    found: dict[int, KeptCdrLine] = {}
    calling, called = CDR_RECORDS.c.calling, CDR_RECORDS.c.called
    for since, until in merged(windows):
        when = CDR_RECORDS.c.started_at.between(since, until)
        if any(party is not None and party.startswith(RAW) for party in parties):
            _add(connection, found, when)
            continue
        odd = or_(calling.startswith(RAW), and_(called.startswith(RAW), calling.startswith(EXTENSION)))
        if None in parties:
            odd = or_(odd, calling.is_(None))
        _add(connection, found, and_(when, odd))
        for some in chunks(sorted(party for party in parties if party is not None)):
            _add(connection, found, and_(when, or_(calling.in_(some), called.in_(some))))
    asked: set[str] = set()
    while True:
        ids = {one for kept in found.values() for one in (kept.line.unique_id, kept.line.linked_id)}
        new = sorted(one for one in ids - asked if one is not None)
        if not new:
            return [found[at] for at in sorted(found)]
        asked |= set(new)
        for some in chunks(new):
            _add(
                connection,
                found,
                or_(CDR_RECORDS.c.unique_id.in_(some), CDR_RECORDS.c.linked_id.in_(some)),
            )


def clocks(connection: Connection) -> Mapping[str, float]:
    """Record to how far its switch's clock is ahead of true time, seconds, where that is known."""
    rows = connection.execute(select(CDR_SOURCES.c.name, CDR_SOURCES.c.clock_s))
    return {row.name: row.clock_s for row in rows if row.clock_s is not None}


def attribute(connection: Connection, call_of: Mapping[int, str | None]) -> None:
    """Notes of which call lines speak.

    Args:
        connection: In a transaction that writes.
        call_of: Line id to call id, or None for no call.
    """
    if call_of:
        connection.execute(
            update(CDR_RECORDS)
            .where(CDR_RECORDS.c.id == bindparam("b_id"))
            .values(call_id=bindparam("b_call")),
            [{"b_id": line, "b_call": call} for line, call in sorted(call_of.items())],
        )


def merged(windows: Iterable[Window]) -> list[Window]:
    """The same time in as few windows as possible, oldest first."""
    found: list[Window] = []
    for since, until in sorted(windows):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((since, until))
    return found


def _add(connection: Connection, found: dict[int, KeptCdrLine], condition: Any) -> None:
    for row in connection.execute(select(CDR_RECORDS).where(condition)).mappings():
        found[row["id"]] = _kept(row)


def _window(line: CdrLine) -> Window:
    last = max(line.ended_at or line.started_at, line.started_at + timedelta(seconds=line.within_s))
    return line.started_at - AROUND, last + AROUND


def _known(connection: Connection, source: str, digests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(digests):
        rows = connection.execute(
            select(CDR_RECORDS.c.digest).where(
                and_(CDR_RECORDS.c.source == source, CDR_RECORDS.c.digest.in_(some))
            )
        )
        found.update(row.digest for row in rows)
    return found


def _insert(connection: Connection, lines: Sequence[NewCdrLine], *, now: datetime) -> None:
    rows = [_row(line) for line in lines]
    each = {name: [row[name] for row in rows] for name in rows[0]}
    insert_new(connection, CDR_RECORDS, each=each, same={"imported_at": now, "call_id": None})


def _queue(connection: Connection, window: Window) -> None:
    """Has the entries of the calls of a window joined again; entries not joined yet wait for that anyway."""
    since, until = window
    entries = (
        select(JOINED_ENTRIES.c.entry_id, JOINED_ENTRIES.c.incarnation_id)
        .join(CALLS, CALLS.c.id == JOINED_ENTRIES.c.call_id)
        .where(CALLS.c.started_at.between(since, until))
        .order_by(CALLS.c.started_at, JOINED_ENTRIES.c.entry_id)
    )
    statement = keeping(connection.dialect.name, JOIN_QUEUE).from_select(
        ["entry_id", "incarnation_id"], entries
    )
    connection.execute(statement)


def _note(connection: Connection, source: str, reached: CdrReached, *, now: datetime) -> None:
    values = {
        "reached": reached.offset,
        "lines": reached.lines,
        "mark": reached.mark,
        "ended_at": reached.ended_at,
        "read_at": now,
    }
    connection.execute(
        replacing(connection.dialect.name, CDR_SOURCES, *values), {"name": source, "clock_s": None, **values}
    )


def _row(new: NewCdrLine) -> dict[str, Any]:
    line = new.line
    return {
        "source": line.source,
        "digest": new.digest,
        "started_at": line.started_at,
        "within_s": line.within_s,
        "answered_at": line.answered_at,
        "ended_at": line.ended_at,
        "calling": line.calling,
        "called": line.called,
        "answered_by": line.answered_by,
        "extensions": " ".join(line.extensions),
        "group_number": line.group_number,
        "disposition": line.disposition.value,
        "ring_s": line.ring_s,
        "talk_s": line.talk_s,
        "keys": line.keys,
        "recording": line.recording,
        "unique_id": line.unique_id,
        "linked_id": line.linked_id,
        "line": new.text,
    }


def _kept(row: RowMapping) -> KeptCdrLine:
    line = CdrLine(
        id=row["id"],
        source=row["source"],
        started_at=row["started_at"],
        within_s=row["within_s"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        calling=row["calling"],
        called=row["called"],
        answered_by=row["answered_by"],
        extensions=tuple(row["extensions"].split()),
        group_number=row["group_number"],
        disposition=Disposition(row["disposition"]),
        ring_s=row["ring_s"],
        talk_s=row["talk_s"],
        keys=row["keys"],
        recording=row["recording"],
        unique_id=row["unique_id"],
        linked_id=row["linked_id"],
    )
    return KeptCdrLine(line=line, call_id=row["call_id"])
