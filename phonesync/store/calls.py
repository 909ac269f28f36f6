"""The methods of the store that are about calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select

from phonesync.calls.values import Apart, Call, Row, Together
from phonesync.errors import ConfigError
from phonesync.store import (
    call_finding,
    call_keeping,
    call_marks,
    call_pass,
    call_rehearsing,
    phones,
    queueing,
)
from phonesync.store.call_pass import Means
from phonesync.store.call_records import CallFilter, KeptMark, Passed, PlanOf
from phonesync.store.call_rows import RowLoader
from phonesync.store.part import StorePart
from phonesync.store.tables import CALLS, JOIN_QUEUE

ANY = CallFilter()


class CallsPart(StorePart):
    """Calls, the rows they are made of, and what people said of them."""

    # Readers

    def call(self, any_id: str) -> Call | None:
        """The call of an entry, or of a name that an entry bore once; every id a call ever had is one.

        Returns:
            None where no call holds such an entry.
        """
        with self._database.read() as connection:
            call_id = call_finding.call_of(connection, any_id)
            return None if call_id is None else call_keeping.load(connection, [call_id]).get(call_id)

    def entry_ids_of(self, ids: Collection[str]) -> dict[str, str]:
        """Ids of entries, or names that entries bore once, to the ids of these entries now."""
        with self._database.read() as connection:
            return {name: place[1] for name, place in call_marks.places(connection, ids).items()}

    def calls(self, wanted: CallFilter = ANY) -> Iterator[Call]:
        """Calls by ``started_at`` and id, fetched in pages as they are taken.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            phone = None if wanted.phone is None else phones.phone_id(connection, wanted.phone)
        return call_finding.pages(self._database.read, wanted, phone)

    def calls_of(self, outside: str) -> Iterator[Call]:
        """All calls with a party outside the office, by E.164, ordered by ``started_at`` and id."""
        return self.calls(CallFilter(number=outside))

    def call_rows(self, entry_ids: Collection[str], *, plan_of: PlanOf) -> list[Row]:
        """Entries, or what bears their names now, as joining sees them, by id; strangers are left out."""
        with self._database.read() as connection:
            places = call_marks.places(connection, entry_ids).values()
            return sorted(RowLoader(connection, plan_of).load(places), key=lambda row: row.id)

    def phone_rows(
        self, phone: str, since: datetime | None, until: datetime | None, *, plan_of: PlanOf
    ) -> Iterator[Row]:
        """The entries of a phone shown under times in [since, until), as joining sees them, in pages.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            phone_id = phones.phone_id(connection, phone)
        return call_finding.rows_of_phone(self._database.read, phone_id, since, until, plan_of)

    def call_marks(self, entry_ids: Collection[str] | None = None) -> list[KeptMark]:
        """Marks made by hand, oldest first: those on some entries, or all."""
        with self._database.read() as connection:
            return call_marks.kept(connection, entry_ids)

    # Marks

    def add_mark(
        self, kind: str, one: Sequence[str], other: Sequence[str] = (), *, by: str | None = None
    ) -> int:
        """Keeps a mark for ever; a later one wins. Its entries are joined anew.

        Args:
            kind: ``together`` or ``apart``.
            one: Entries, or names they bore.
            other: For ``apart``: the entries of the other side.
            by: Who says so, or None.

        Returns:
            Its id.

        Raises:
            ConfigError: An id names no entry.
        """
        at = self._clock.now()
        with self._database.write() as connection:
            number, strangers = call_marks.add(connection, kind, one, other, at=at, by=by)
        if strangers:
            raise ConfigError(
                f"The store has no entry {strangers[0]}.",
                hint="phonesync calls --format jsonl shows the ids of calls and entries.",
            )
        return number

    def rehearse(self, marks: Sequence[Apart | Together], means: Means) -> tuple[list[Call], list[Call]]:
        """The calls that marks would change, as they are and as they would be; nothing is kept.

        Args:
            marks: In the order in which they would be made.
            means: What joining goes by besides the store.
        """
        return call_rehearsing.rehearse(self._database, marks, means, at=self._clock.now())

    # Joining

    def queue_rows(self, phone: str, since: datetime | None = None, until: datetime | None = None) -> None:
        """Has the entries of a phone shown under times in [since, until) joined anew.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.write() as connection:
            queueing.queue_of_phone(connection, phones.phone_id(connection, phone), since, until)

    def queue_all(self) -> None:
        """Has all entries joined anew."""
        with self._database.write() as connection:
            queueing.queue_every(connection)

    def queued(self) -> int:
        """How many entries wait to be joined."""
        with self._database.read() as connection:
            count = select(func.count()).select_from(JOIN_QUEUE).where(queueing.WAITS)
            return int(connection.execute(count).scalar_one())

    def first_queued(self) -> str | None:
        """The entry that has waited longest to be joined, or None."""
        with self._database.read() as connection:
            return queueing.first(connection)

    def set_aside(self, entry_id: str, sentence: str | None) -> None:
        """Leaves an entry that waits to be joined out of joining, until all are joined anew.

        Args:
            entry_id: Queued.
            sentence: What joining it ended with; None: it waits again.
        """
        with self._database.write() as connection:
            queueing.set_aside(connection, entry_id, sentence)

    def entries_set_aside(self) -> dict[str, str]:
        """Entries left out of joining, to what joining each ended with, oldest first."""
        with self._database.read() as connection:
            query = select(JOIN_QUEUE.c.entry_id, JOIN_QUEUE.c.set_aside).where(~queueing.WAITS)
            found = connection.execute(query.order_by(JOIN_QUEUE.c.id)).all()
        return {row.entry_id: row.set_aside for row in found}

    def is_joined(self) -> bool:
        """Whether no entry waits to be joined; those set aside do not."""
        with self._database.read() as connection:
            return queueing.first(connection) is None

    def join_some(self, means: Means, *, limit: int) -> Passed:
        """Joins some of the entries that wait, with all their neighbours, in one transaction.

        Args:
            means: What joining goes by besides the store.
            limit: So many at most.
        """
        if self.is_joined():
            return Passed()
        with self._database.write() as connection:
            return call_pass.Pass(connection, means).run(limit)

    def settle_some(self, means: Means, *, limit: int) -> Passed:
        """Settles some of the calls again whose phones were read since, in one transaction.

        Args:
            means: What joining goes by besides the store.
            limit: So many at most.
        """
        with self._database.read() as connection:
            if not call_pass.is_due(connection, means):
                return Passed()
        with self._database.write() as connection:
            return call_pass.Pass(connection, means).settle(limit)

    def drop_orphans(self) -> int:
        """Removes calls that no entry is of any more; returns how many. Joining leaves none."""
        with self._database.write() as connection:
            return call_finding.drop_orphans(connection)

    def first_call(self) -> datetime | None:
        """When the earliest call began, UTC, or None."""
        with self._database.read() as connection:
            found: datetime | None = connection.execute(select(func.min(CALLS.c.started_at))).scalar_one()
        return found
