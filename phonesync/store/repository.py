"""The store as the rest of phonesync sees it: frozen values in and out, one transaction per method.

Every method is synchronous and may be called from any thread. Each raises :class:`StoreBusy` where the store
is locked or away for now, and :class:`StoreError` where it cannot be used; nothing is half written then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

from phonesync.clock import Clock
from phonesync.errors import StoreError
from phonesync.store import copying, counting, phones, raw, reading, requests, schema
from phonesync.store.access.part import AccessPart
from phonesync.store.answers import AnswersPart
from phonesync.store.books import BooksPart
from phonesync.store.callbacks import CallbacksPart
from phonesync.store.calls import CallsPart
from phonesync.store.cdr import CdrPart
from phonesync.store.clocks_part import ClocksPart
from phonesync.store.contacts import ContactsPart
from phonesync.store.engine import BUSY_TIMEOUT_S, Database
from phonesync.store.events_part import EventsPart
from phonesync.store.groups import GroupsPart
from phonesync.store.journal.callback_work import CallbackWorkPart
from phonesync.store.journal.deliveries import DeliveriesPart
from phonesync.store.journal.exports import ExportsPart
from phonesync.store.journal.journal_part import JournalPart
from phonesync.store.journal.marks import MarksPart
from phonesync.store.journal.recorded import RecordedPart
from phonesync.store.journal.saved_filters import SavedFiltersPart
from phonesync.store.places import place_of
from phonesync.store.pushes import PushesPart
from phonesync.store.records import (
    ClockOffsetRow,
    CopyProgress,
    CopyReport,
    CoverageRow,
    EntryFilter,
    EntryRow,
    PhoneSpec,
    PhoneState,
    PollCommit,
    PollRequest,
    StoreInfo,
)
from phonesync.store.writing import Writer

NO_ZONES: Mapping[str, ZoneInfo] = MappingProxyType({})
ANY = EntryFilter()


def open_store(
    url: str,
    *,
    clock: Clock,
    base: Path,
    password: str = "",
    create: bool = True,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> Store:
    """Opens the store, creates it where it is missing and migrates it where it is older.

    Args:
        url: As configured, for example ``sqlite:///phonesync.db``.
        clock: Where "now" comes from.
        base: Directory that relative paths start from.
        password: Of the user of a PostgreSQL store; empty where its server asks for none.
        create: False refuses a missing store.
        busy_timeout_s: How long a method waits for another process before it raises ``StoreBusy``.

    Raises:
        StoreError: It is newer, not a store, or cannot be created; the sentence says which.
        StoreBusy: It is locked, or its server cannot be reached.
    """
    place = place_of(url, base=base, password=password)
    if create:
        place.create()
    elif place.is_missing():
        raise StoreError(f"There is no store {place.shown} yet.", hint="Start the agent once: phonesync run")
    schema.prepare(place)
    return Store(place.opened(busy_timeout_s=busy_timeout_s), clock=clock)


class Store(
    AnswersPart,
    ContactsPart,
    BooksPart,
    EventsPart,
    PushesPart,
    CallsPart,
    CallbacksPart,
    GroupsPart,
    CdrPart,
    ClocksPart,
    MarksPart,
    SavedFiltersPart,
    CallbackWorkPart,
    ExportsPart,
    RecordedPart,
    JournalPart,
    AccessPart,
    DeliveriesPart,
):
    """One open store; :func:`open_store` makes it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        super().__init__(database, clock=clock)
        self._writer = Writer()

    def __enter__(self) -> Self:
        """The store itself, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the store."""
        self.close()

    @property
    def place(self) -> str:
        """The store as a user knows it."""
        return self._database.place

    def close(self) -> None:
        """Closes every connection; the store may not be used after it."""
        self._database.close()

    # Phones

    def sync_phones(self, specs: Sequence[PhoneSpec], *, zone_of: Mapping[str, ZoneInfo] = NO_ZONES) -> None:
        """Takes the configured phones in; phones no longer configured keep all they have.

        Args:
            specs: The configured phones.
            zone_of: Phone name to the zone whose midnight begins ``valid_from``; UTC for others.
        """
        with self._database.write() as connection:
            phones.sync(connection, specs, zones=zone_of, now=self._clock.now())

    def phone(self, name: str) -> PhoneState:
        """The state of a phone, with its ledger.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            return phones.load(connection, name)

    def phones(self, *, ledgers: bool = False) -> list[PhoneState]:
        """The states of all phones ever configured, by name.

        Args:
            ledgers: Bring ``ledger_state`` too. Without it that field is empty whatever the store holds:
                the ledgers of ten thousand phones would fill the memory. Never read a phone on such a state.
        """
        with self._database.read() as connection:
            return phones.load_all(connection, ledgers=ledgers)

    def save_state(self, state: PhoneState, *, before: PhoneState | None = None) -> None:
        """Writes a state, except for what only a good read proves (see ``phones.PROVEN_BY_A_READ``).

        Args:
            state: The state to write.
            before: The state it was made from; given, only what differs is written.

        Raises:
            StaleState: The incarnation is not in the store any more.
        """
        with self._database.write() as connection:
            phones.write_state(connection, state, before=before)

    def new_incarnation(self, name: str, *, mac: str | None, reason: str) -> PhoneState:
        """Lets another physical phone bear a name from now on.

        Args:
            name: Of the phone.
            mac: Of the new one, twelve lower-case hex digits, or None.
            reason: Why it is thought to be another one; kept.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.write() as connection:
            return phones.start_incarnation(connection, name, mac=mac, reason=reason, now=self._clock.now())

    def rename(self, old: str, new: str) -> PhoneState:
        """Lets a phone go on under a new name, with all it ever showed.

        Raises:
            ConfigError: The store knows no phone of the old name.
            PlanRefused: The new name has entries of its own.
        """
        with self._database.write() as connection:
            renamed = phones.rename(connection, old, new)
        self._writer.forget()
        return renamed

    # Polls

    def known(self, incarnation: str, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Key hash to the ids kept under it, oldest occurrence first; keys never seen are left out."""
        with self._database.read() as connection:
            return reading.known(connection, incarnation, keys)

    def commit(self, commit: PollCommit) -> None:
        """Writes everything one poll changes, or nothing; twice is the same as once.

        Raises:
            StaleState: Another process has read, renamed or replaced the phone since.
        """
        packed = raw.pack(commit.raw)
        with self._database.write() as connection:
            self._writer.write(connection, commit, packed)
        self._writer.wrote(commit)

    def request_poll(self, name: str) -> PollRequest:
        """Asks the running agent to read a phone now.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.write() as connection:
            phone_id = phones.phone_id(connection, name)
            return requests.ask(connection, name, phone_id, now=self._clock.now())

    def open_requests(self) -> list[PollRequest]:
        """Requests that wait for the agent, oldest first."""
        with self._database.read() as connection:
            return requests.pending(connection)

    def finish_request(self, request_id: int, outcome: str) -> None:
        """Answers a request; the first answer stays."""
        with self._database.write() as connection:
            requests.finish(connection, request_id, outcome, now=self._clock.now())

    def request(self, request_id: int) -> PollRequest | None:
        """A request, or None where it never was or was answered more than a day ago."""
        with self._database.read() as connection:
            return requests.load(connection, request_id)

    def agent_lock(self) -> AbstractContextManager[None]:
        """Holds the store for one agent; raises ``StoreBusy`` on entry where another one holds it."""
        return self._database.agent_lock()

    def agent_is_running(self) -> bool:
        """Whether a living agent holds the store."""
        return self._database.agent_is_running()

    # Readers

    def entries(self, wanted: EntryFilter = ANY) -> Iterator[EntryRow]:
        """Entries by ``started_at`` and id, fetched in pages as they are taken.

        Raises:
            ConfigError: The store knows no such phone.
        """
        return iter(reading.Entries(self._database.read, wanted, self._phone_id(wanted.phone)))

    def coverage(
        self,
        phone: str | None = None,
        list_name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[CoverageRow]:
        """Spans that touch [since, until), not cut, by phone, list and start.

        Raises:
            ConfigError: The store knows no such phone.
        """
        phone_id = self._phone_id(phone)
        with self._database.read() as connection:
            ids = phones.ids(connection) if phone_id is None else [phone_id]
        return reading.coverage(self._database.read, ids, list_name=list_name, since=since, until=until)

    def clock_offsets(self, phone: str) -> list[ClockOffsetRow]:
        """How far a phone's clock was off, wherever that changed, oldest first.

        Raises:
            ConfigError: The store knows no such phone.
        """
        with self._database.read() as connection:
            return reading.clock_offsets(connection, phones.phone_id(connection, phone))

    def _phone_id(self, name: str | None) -> int | None:
        if name is None:
            return None
        with self._database.read() as connection:
            return phones.phone_id(connection, name)

    # The whole store

    def info(self) -> StoreInfo:
        """The store in numbers."""
        with self._database.read() as connection:
            numbers = counting.numbers(connection)
            return StoreInfo(
                place=self.place,
                engine=self._database.engine(connection),
                schema=schema.HEAD,
                size_bytes=self._database.size_bytes(connection),
                **numbers,
            )

    def is_current(self) -> bool:
        """Whether it answers, and its schema is that of this version.

        Raises:
            StoreError: It cannot be read, or a newer version has written it.
        """
        with self._database.read() as connection:
            return schema.revision_of(connection, self.place) == schema.HEAD

    def is_empty(self) -> bool:
        """Whether nothing was ever written into it."""
        with self._database.read() as connection:
            return copying.is_empty(connection)

    def copy_to(self, target: Store, *, observe: Callable[[CopyProgress], None] | None = None) -> CopyReport:
        """Copies everything into an empty store, looks it over there, and only then lets it stay.

        Nothing may be written into this store meanwhile: hold it with :meth:`agent_lock`.

        Args:
            target: Another store.
            observe: Told of each table's rows as they are written and compared.

        Raises:
            PlanRefused: The target holds something already; it stays as it is.
            StoreError: One of them cannot be used, or the copy is not equal; the target is empty as before.
        """
        return copying.copy(self._database, target._database, observe=observe)
