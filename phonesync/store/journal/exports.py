"""The methods of the store that are about exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from phonesync.journal.exports import OPEN, Export, ExportFormat, ExportState, NoSuchExport
from phonesync.spelling import N_
from phonesync.store.part import StorePart
from phonesync.store.tables import EXPORTS

LISTED = 100
"""So many of a user's exports are shown."""

_OPEN = EXPORTS.c.state.in_([state.value for state in OPEN])


class ExportsPart(StorePart):
    """Exports that were asked for. Who may see an export is its user alone."""

    def ask_export(self, user_id: int, query: str, form: ExportFormat, *, total: int | None) -> Export:
        """Keeps that somebody wants an export.

        Args:
            user_id: Who.
            query: The filter, as in the address bar.
            form: How the calls are to be written.
            total: How many there are to be, or None.
        """
        values = {
            "user_id": user_id,
            "query": query,
            "format": form.value,
            "state": ExportState.WAITING.value,
            "done": 0,
            "total": total,
            "asked_at": self._clock.now(),
        }
        with self._database.write() as connection:
            key = connection.execute(insert(EXPORTS).values(**values)).inserted_primary_key
            assert key is not None
            return _one(connection, EXPORTS.c.id == key[0])

    def export(self, export_id: int, *, user_id: int) -> Export:
        """One of a user's exports.

        Raises:
            NoSuchExport: The user has none such.
        """
        with self._database.read() as connection:
            return _one(connection, _of(user_id, export_id))

    def exports(self, user_id: int) -> tuple[Export, ...]:
        """A user's exports, the newest first."""
        wanted = select(EXPORTS).where(EXPORTS.c.user_id == user_id).order_by(EXPORTS.c.id.desc())
        with self._database.read() as connection:
            return tuple(_export(row) for row in connection.execute(wanted.limit(LISTED)).mappings())

    def start_export(self, export_id: int) -> bool:
        """Notes that an export is being written; False where it is not waited for any more."""
        waiting = (EXPORTS.c.id == export_id) & (EXPORTS.c.state == ExportState.WAITING.value)
        with self._database.write() as connection:
            done = connection.execute(update(EXPORTS).where(waiting).values(state=ExportState.RUNNING.value))
            return bool(done.rowcount)

    def export_written(self, export_id: int, done: int) -> bool:
        """Notes how much of an export is written; False where it is not wanted any more."""
        open_one = (EXPORTS.c.id == export_id) & _OPEN
        with self._database.write() as connection:
            return bool(connection.execute(update(EXPORTS).where(open_one).values(done=done)).rowcount)

    def end_export(
        self,
        export_id: int,
        state: ExportState,
        *,
        done: int | None = None,
        file: str | None = None,
        problem: str | None = None,
    ) -> bool:
        """Notes what has become of an open export; False where it has ended already.

        Args:
            export_id: Which.
            state: How it ended.
            done: Calls written; None leaves what was noted.
            file: Its name in the folder of exports.
            problem: Why it failed.
        """
        values: dict[str, Any] = {"state": state.value, "file": file, "problem": problem}
        values |= {"ended_at": self._clock.now()} | ({} if done is None else {"done": done, "total": done})
        open_one = (EXPORTS.c.id == export_id) & _OPEN
        with self._database.write() as connection:
            return bool(connection.execute(update(EXPORTS).where(open_one).values(**values)).rowcount)

    def end_all_exports(self, problem: str) -> int:
        """Notes that nothing becomes of any open export any more; how many there were.

        Args:
            problem: Why.
        """
        values = {"state": ExportState.FAILED.value, "problem": problem, "ended_at": self._clock.now()}
        with self._database.write() as connection:
            return connection.execute(update(EXPORTS).where(_OPEN).values(**values)).rowcount

    def export_files(self, *, before: datetime | None = None) -> Sequence[tuple[int, str]]:
        """Number and file of each export that has one.

        Args:
            before: Only of exports that ended before; None for all.
        """
        wanted = select(EXPORTS.c.id, EXPORTS.c.file).where(EXPORTS.c.file.is_not(None))
        if before is not None:
            wanted = wanted.where(EXPORTS.c.ended_at < before)
        with self._database.read() as connection:
            return [(row.id, row.file) for row in connection.execute(wanted)]

    def forget_export_file(self, export_id: int) -> None:
        """Notes that the file of an export is gone."""
        with self._database.write() as connection:
            connection.execute(update(EXPORTS).where(EXPORTS.c.id == export_id).values(file=None))


def _of(user_id: int, export_id: int) -> ColumnElement[bool]:
    return (EXPORTS.c.user_id == user_id) & (EXPORTS.c.id == export_id)


def _one(connection: Connection, which: ColumnElement[bool]) -> Export:
    row = connection.execute(select(EXPORTS).where(which)).mappings().one_or_none()
    if row is None:
        raise NoSuchExport(N_("There is no such export of yours."))
    return _export(row)


def _export(row: Mapping[Any, Any]) -> Export:
    return Export(**{**row, "format": ExportFormat(row["format"]), "state": ExportState(row["state"])})
