"""The audit log: lines are only ever added, and each is chained to the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from phonesync.store.access.records import Act, AuditFilter, AuditRow, Verdict
from phonesync.store.part import StorePart
from phonesync.store.tables import AUDIT_LOG
from phonesync.store.tables.base import storable

AT_ONCE = 1000
"""Lines read at once when the whole log is looked at."""

_FIELDS = ("at", "user", "peer", "action", "object", "detail")


class AuditPart(StorePart):
    """The audit log."""

    def note_act(self, act: Act) -> None:
        """Adds a line to the audit log, in a transaction of its own."""
        with self._database.write() as connection:
            append(connection, act, at=self._clock.now())

    def audit_page(
        self, wanted: AuditFilter | None = None, *, before: int | None = None, limit: int = 50
    ) -> list[AuditRow]:
        """Lines of the log, newest first.

        Args:
            wanted: Which ones; all by default.
            before: Only lines with a smaller id.
            limit: At most so many.
        """
        some = wanted or AuditFilter()
        query = select(AUDIT_LOG).order_by(AUDIT_LOG.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT_LOG.c.id < before)
        if some.user is not None:
            query = query.where(AUDIT_LOG.c.user_name == some.user)
        if some.action is not None:
            query = query.where(AUDIT_LOG.c.action == some.action)
        if some.since is not None:
            query = query.where(AUDIT_LOG.c.at >= some.since)
        if some.until is not None:
            query = query.where(AUDIT_LOG.c.at < some.until)
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query)]

    def verify_audit(self, *, expect: str | None = None) -> Verdict:
        """Looks whether every line of the log follows from those before it.

        Args:
            expect: A chain noted before, which must be in the log: lines removed from its end show so.
        """
        lines, chain, last_at, expected = 0, "", None, False
        for row in self._all_lines():
            if row.chain != chained(chain, row):
                return Verdict(lines=lines, broken_at=row.id, last_at=last_at, chain=chain, expected=expected)
            lines, chain, last_at, expected = lines + 1, row.chain, row.at, expected or row.chain == expect
        return Verdict(lines=lines, broken_at=None, last_at=last_at, chain=chain, expected=expected)

    def _all_lines(self) -> Iterator[AuditRow]:
        """Every line, oldest first; page by page, so that nobody waits for it."""
        after = 0
        while True:
            query = select(AUDIT_LOG).where(AUDIT_LOG.c.id > after).order_by(AUDIT_LOG.c.id).limit(AT_ONCE)
            with self._database.read() as connection:
                rows = [_row(row) for row in connection.execute(query)]
            if not rows:
                return
            yield from rows
            after = rows[-1].id


def append(connection: Connection, act: Act, *, at: datetime) -> None:
    """Adds a line.

    Args:
        connection: In a transaction that writes: such transactions follow one another, so that no two lines
            are chained to the same one.
        act: What was done.
        at: When, UTC.
    """
    last = select(AUDIT_LOG.c.chain).order_by(AUDIT_LOG.c.id.desc()).limit(1)
    before = connection.execute(last).scalar_one_or_none() or ""
    row = AuditRow(
        id=0,
        at=at,
        user=storable(act.user),
        peer=storable(act.peer) or "",
        action=act.action,
        object=storable(act.object),
        detail=storable(json.dumps(act.detail, ensure_ascii=False, sort_keys=True, default=str)) or "",
        chain="",
    )
    connection.execute(
        insert(AUDIT_LOG).values(
            at=row.at,
            user_name=row.user,
            peer=row.peer,
            action=row.action,
            object=row.object,
            detail=row.detail,
            chain=chained(before, row),
        )
    )


def chained(before: str, row: AuditRow) -> str:
    """The chain behind a line: SHA-256 over the chain before it and the line as canonical JSON."""
    values = {name: getattr(row, name) for name in _FIELDS}
    values["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode("ascii")).hexdigest()


def _row(row: Any) -> AuditRow:
    return AuditRow(
        id=row.id,
        at=row.at,
        user=row.user_name,
        peer=row.peer,
        action=row.action,
        object=row.object,
        detail=row.detail,
        chain=row.chain,
    )
