"""The methods of the store that are about what phones report by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from phonesync.events.liveness import Settled
from phonesync.events.meeting import Joined
from phonesync.store import event_entries, listening, reports
from phonesync.store.event_records import LastReport, Listening, NewReport, Taken, Unmet, Waiting
from phonesync.store.part import StorePart


class EventsPart(StorePart):
    """Reports, the entries that come from them, and when we listened."""

    def add_reports(
        self, new: Sequence[NewReport], *, heard: tuple[datetime, datetime] | None = None
    ) -> frozenset[str]:
        """Keeps reports as they arrived, all in one transaction.

        Args:
            new: At least one.
            heard: Since when and until when the receiver was up without a break, UTC.

        Returns:
            Names that the store does not know; their reports were not kept.
        """
        with self._database.write() as connection:
            unknown = reports.add(connection, new)
            if heard is not None:
                listening.heard(connection, *heard)
        return unknown

    def heard(self, since: datetime, until: datetime) -> None:
        """Our receiver was up in [since, until), UTC; what began at the same instant is prolonged."""
        with self._database.write() as connection:
            listening.heard(connection, since, until)

    def waiting_reports(self, *, limit: int) -> list[Waiting]:
        """Reports that have not gone into entries, phone by phone, at most so many."""
        with self._database.read() as connection:
            return reports.waiting(connection, limit)

    def take_reports(self, taken: Iterable[Taken]) -> None:
        """Writes calls as their reports tell them, and that those have gone into them; twice is once."""
        all_of_it = list(taken)
        with self._database.write() as connection:
            event_entries.keep(connection, all_of_it)
            reports.mark_taken(connection, [number for one in all_of_it for number in one.report_ids])

    def unmet(self, incarnation: str, since: datetime, until: datetime) -> Unmet:
        """Rows and calls around [since, until] that may be one call twice."""
        with self._database.read() as connection:
            return event_entries.unmet(connection, incarnation, since, until)

    def half_known(self, since: datetime) -> list[str]:
        """Physical phones with lists of which a call begun after an instant is known by reports alone."""
        with self._database.read() as connection:
            return event_entries.half_known(connection, since)

    def apply_meeting(self, incarnation: str, pairs: Iterable[Joined], *, doubtful: Collection[str]) -> int:
        """Makes one entry of each row and call that are one, marks those that may be, counts the first."""
        with self._database.write() as connection:
            return event_entries.apply(connection, incarnation, pairs, doubtful=doubtful)

    def listening(self) -> list[Listening]:
        """The phones that report and whose lists were never read."""
        with self._database.read() as connection:
            return listening.listening(connection)

    def settle(self, found: Mapping[str, Settled]) -> None:
        """Writes what is known of the time of physical phones that only report."""
        with self._database.write() as connection:
            for incarnation, settled in found.items():
                listening.settle(connection, incarnation, settled)

    def last_reports(self) -> dict[str, LastReport]:
        """Name to when its phone reported; phones that never did are left out."""
        with self._database.read() as connection:
            return listening.last_reports(connection)

    def purge_reports(self, older_than: datetime) -> int:
        """Deletes reports that arrived before an instant and have gone into entries; returns how many."""
        purged = 0
        while True:
            with self._database.write() as connection:
                some = reports.purge(connection, older_than)
            if not some:
                return purged
            purged += some
