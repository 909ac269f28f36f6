"""The methods of the store that are about kept answers of phones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from phonesync.ledger.values import NewEntry
from phonesync.store import late, phones, raw
from phonesync.store.part import StorePart
from phonesync.store.records import KeptAnswer, PhoneState, RawKind, RawRecord

ANSWERS_AT_ONCE = 20
"""Raw answers fetched at a time; each can hold megabytes."""


class AnswersPart(StorePart):
    """Answers as phones gave them: kept, quarantined, understood late."""

    def quarantine(self, incarnation: str, records: Sequence[RawRecord], *, at: datetime) -> None:
        """Keeps answers outside a poll's commit; one that is quarantined already is counted instead.

        Args:
            incarnation: The physical phone that gave them.
            records: The answers.
            at: When they came, UTC.

        Raises:
            StoreError: The incarnation is not in the store.
        """
        packed = raw.pack(records)
        with self._database.write() as connection:
            raw.keep(connection, phones.incarnation_id(connection, incarnation), packed, at=at)

    def answers(
        self, phone: str | None = None, kind: RawKind | None = None, *, after: int = 0
    ) -> Iterator[KeptAnswer]:
        """Kept answers, oldest first: newest ones, unresolved quarantined ones, or all.

        Args:
            phone: Of this phone, or None for all.
            kind: Of this kind, or None for all.
            after: Only those behind the answer of this id.

        Raises:
            ConfigError: The store knows no such phone.
        """
        if phone is not None:
            with self._database.read() as connection:
                phones.phone_id(connection, phone)
        return self._answers(phone, kind, after)

    def _answers(self, phone: str | None, kind: RawKind | None, after: int) -> Iterator[KeptAnswer]:
        while True:
            with self._database.read() as connection:
                rows = connection.execute(raw.answers(phone, kind, after=after, limit=ANSWERS_AT_ONCE)).all()
            if not rows:
                return
            yield from map(raw.answer, rows)
            after = rows[-1].id

    def resolve(self, answer_id: int) -> bool:
        """Marks a quarantined answer as understood; False where there is no such open one."""
        with self._database.write() as connection:
            return raw.resolve(connection, answer_id, now=self._clock.now())

    def answer(self, answer_id: int) -> KeptAnswer | None:
        """One kept answer, or None where there is none of that id."""
        with self._database.read() as connection:
            row = connection.execute(raw.answers(None, None, after=answer_id - 1, limit=1)).one_or_none()
        return None if row is None or row.id != answer_id else raw.answer(row)

    def take_late(
        self,
        state: PhoneState,
        new: Sequence[NewEntry],
        answer_ids: Collection[int],
        *,
        first_seen_at: datetime,
        last_seen_at: datetime,
        zone: str,
    ) -> None:
        """Takes rows in that answers showed which were understood late, and resolves the answers.

        Args:
            state: The phone as it was when the rows were held against its ledger.
            new: Entries that no read has brought yet.
            answer_ids: Of the answers.
            first_seen_at: When they came first, UTC.
            last_seen_at: When they came last, UTC.
            zone: Zone through which the wall times were taken.

        Raises:
            StaleState: Another process has read, renamed or replaced the phone since.
        """
        with self._database.write() as connection:
            late.add(
                connection,
                state,
                new,
                first_seen_at=first_seen_at,
                last_seen_at=last_seen_at,
                zone=zone,
            )
            for answer_id in answer_ids:
                raw.resolve(connection, answer_id, now=self._clock.now())

    def purge_raw(self, older_than: datetime) -> int:
        """Deletes answers read before an instant; newest and quarantined ones, and all else, stay.

        Returns:
            How many.
        """
        purged = 0
        while True:
            with self._database.write() as connection:
                some = raw.purge(connection, older_than)
            if not some:
                return purged
            purged += some
