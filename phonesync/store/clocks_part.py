"""The methods of the store that are about phones' clocks and the meaning of times."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from phonesync.calls.clock_evidence import ReadRow
from phonesync.calls.clock_lines import Evidence
from phonesync.calls.clocks import ClockModel
from phonesync.store import clocks, meanings, phones
from phonesync.store.clock_records import KeptClock, KeptMeaning, Kind, Vote
from phonesync.store.part import StorePart


class ClocksPart(StorePart):
    """What was seen of clocks and of times, and what is concluded from it."""

    def clocks(self, phone: str | None = None) -> list[KeptClock]:
        """What is concluded of clocks, of one phone or of all, by name and physical phone.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            number = None if phone is None else phones.phone_id(connection, phone)
            return clocks.loaded(connection, number)

    def clock_of(self, incarnation: str) -> KeptClock:
        """What is concluded of the clock of one physical phone, without its name and counts."""
        with self._database.read() as connection:
            return clocks.clock_of(connection, incarnation)

    def clock_news(self) -> list[str]:
        """Physical phones of whose clocks something was seen since they were concluded from last."""
        with self._database.read() as connection:
            return clocks.news(connection)

    def unpaged_clocks(self) -> list[str]:
        """Physical phones that were read and whose page shows no clock."""
        with self._database.read() as connection:
            return clocks.unpaged(connection)

    def clock_evidence(self, incarnation: str, since: datetime | None = None) -> tuple[Evidence, ...]:
        """What was seen of a clock, from an instant on or ever, oldest first."""
        with self._database.read() as connection:
            return clocks.evidence(connection, phones.incarnation_id(connection, incarnation), since)

    def add_clock_evidence(self, incarnation: str, seen: Iterable[Evidence]) -> None:
        """Keeps what was seen of a clock; of one observation, as it was understood last."""
        with self._database.write() as connection:
            clocks.keep_evidence(connection, phones.incarnation_id(connection, incarnation), seen)

    def keep_fitted(self, incarnation: str, since: datetime, seen: Iterable[Evidence]) -> bool:
        """Keeps what fits a clock from an instant on, instead of what did; False where that is the same.

        Args:
            incarnation: The physical phone.
            since: UTC.
            seen: Of no other source.
        """
        with self._database.write() as connection:
            return clocks.keep_fitted(connection, phones.incarnation_id(connection, incarnation), since, seen)

    def read_rows(self, incarnation: str, since: datetime) -> list[ReadRow]:
        """Rows of a phone, first seen from an instant on, of which the read before is known."""
        with self._database.read() as connection:
            return clocks.read_rows(connection, incarnation, since)

    def keep_clock(self, before: KeptClock, model: ClockModel) -> bool:
        """Writes what is concluded of a clock as a new version, where its bounds move; False where not.

        Rows shown while they moved are queued to be joined again, in the same transaction.

        Args:
            before: What was concluded before.
            model: What is concluded now.
        """
        with self._database.write() as connection:
            return clocks.keep_model(connection, before, model, now=self._clock.now())

    def no_clock_news(self, incarnations: Iterable[str]) -> None:
        """What was seen of these clocks since says nothing that is not known."""
        with self._database.write() as connection:
            for incarnation in incarnations:
                clocks.no_news(connection, incarnation)

    def time_meanings(self) -> list[KeptMeaning]:
        """What was found of the meaning of times, by kind of rows."""
        with self._database.read() as connection:
            return meanings.found(connection)

    def kinds_of(self, entry_ids: Collection[str]) -> dict[str, tuple[str, Kind]]:
        """The physical phone of each joined entry, and the kind of its rows of answered calls."""
        with self._database.read() as connection:
            return meanings.kinds_of(connection, entry_ids)

    def decide_time_meanings(
        self, votes: Iterable[Vote] = (), *, fitted: Mapping[Kind, Iterable[Vote]] = MappingProxyType({})
    ) -> list[KeptMeaning]:
        """Counts further observations and decides what times mean by all there are.

        Rows whose meaning turns out to be another one are queued to be joined again, in the same transaction.

        Args:
            votes: Observations that have not been counted.
            fitted: What was fitted together, by kind: it counts instead of what was before.

        Returns:
            What was not known before, or otherwise.
        """
        with self._database.write() as connection:
            meanings.add_votes(connection, votes)
            meanings.replace_fitted(connection, fitted)
            return meanings.decide(connection, now=self._clock.now())
