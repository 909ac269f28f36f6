"""The phonebook of any phone of a configuration, made from what the store holds.

Whoever offers, pushes or shows a phonebook asks here, so that all of them mean the same one. Synchronous, and
safe to call from several threads: one book is made at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from phonesync.agent.reading import driver_of
from phonesync.driver.contract import implied_variant
from phonesync.driver.phonebooks import BookFile, BookLimits, NamesItself, PhonebookFormat
from phonesync.errors import Unsupported
from phonesync.phonebook.building import BuiltBook, Callers, build, canary_name
from phonesync.phonebook.ranking import weights
from phonesync.phonebook.spelling import Habits, learned
from phonesync.phonebook.view import View, view
from phonesync.phonebook.winner import KeptContact, Viewer

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config, PhoneConfig
    from phonesync.driver.contract import Driver
    from phonesync.store.repository import Store

MET_WITHIN = timedelta(days=28)
"""How far back numbers count as met."""

MOST_COLLEAGUES = 50
"""Phones of a site or department whose lists are looked at; more of them tell nothing new."""

MOST_ROWS = 5000
"""Entries of one phone that are looked at."""

K = TypeVar("K")
T = TypeVar("T")


def _model_in(agent: str, driver: PhonebookFormat) -> str | None:
    """The model of a phone that nobody has identified, where it names itself."""
    return driver.model_in(agent) if isinstance(driver, NamesItself) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What is known of a phone that decides on its phonebook.

    Attributes:
        driver: Writes the files.
        variant: As configured or identified, or None.
        model: As the phone shows it, or None.
    """

    driver: PhonebookFormat
    variant: str | None
    model: str | None

    @property
    def files(self) -> tuple[BookFile, ...]:
        """The files it fetches, the preferred one first."""
        return self.driver.book_files(variant=self.variant)

    @property
    def limits(self) -> BookLimits:
        """What its book takes."""
        return self.driver.book_limits(variant=self.variant, model=self.model)


class Bookmaker:
    """Makes phonebooks.

    Args:
        config: The configuration.
        store: The store.
        drivers: Installed drivers by name.
        clock: Where time comes from.
    """

    def __init__(self, config: Config, store: Store, drivers: Mapping[str, Driver], clock: Clock) -> None:
        self._config, self._store, self._drivers, self._clock = config, store, drivers, clock
        self._making = threading.RLock()
        self._contacts: tuple[str, tuple[KeptContact, ...]] = ("", ())
        self._views: dict[Viewer, View] = {}
        self._hour: datetime | None = None
        self._learned: dict[str, Habits] = {}
        self._weighed: dict[str, Mapping[str, float]] = {}

    # --- what is asked for ------------------------------------------------------------------------------

    def format_of(self, name: str, *, file: str | None = None, agent: str = "") -> Format:
        """How the book of a phone is written.

        Args:
            name: Of a configured phone.
            file: A file it asks for: where the phone is not identified yet, that may tell its driver,
            agent: and so may the User-Agent that it asks with.

        Raises:
            ConfigError: There is no such phone.
            Unsupported: It fetches no phonebook, or nobody knows yet what it is.
        """
        phone = self._config.phone(name)
        state = self._store.known_as(name)
        variant = phone.variant or state.variant
        driver = self._drivers.get(phone.driver) if phone.driver else None
        if driver is None and variant is not None:
            driver = driver_of(self._drivers, vendor=None if phone.variant else state.vendor, variant=variant)
        if driver is None:
            guessed = self._guessed(name, file, agent)
            return Format(driver=guessed, variant=None, model=_model_in(agent, guessed))
        if not isinstance(driver, PhonebookFormat):
            raise Unsupported(f"{name} fetches no phonebook: none is known for driver {driver.name}.")
        known = variant if variant in driver.variants else None
        return Format(driver=driver, variant=known, model=state.model or _model_in(agent, driver))

    def _guessed(self, name: str, file: str | None, agent: str) -> PhonebookFormat:
        """The one driver whose phones fetch that file, or the one of them whose vendor the phone names."""
        offering = {
            driver.vendor: driver
            for driver in self._drivers.values()
            if isinstance(driver, PhonebookFormat)
            if implied_variant(driver) is None  # its phones are named in the configuration
            if file in {known.name for known in driver.book_files(variant=None)}
        }
        named = {vendor: one for vendor, one in offering.items() if vendor.lower() in agent.lower()}
        fitting = list((named or offering).values())
        if len(fitting) == 1:
            return fitting[0]
        raise Unsupported(
            f"Nobody knows yet what phone {name} is, nor which phonebook it takes.",
            hint=f"Read it once (phonesync poll {name}), or name its driver in the configuration.",
        )

    def book(self, name: str, *, limits: BookLimits) -> BuiltBook:
        """The book of a phone.

        Args:
            name: Of a configured phone.
            limits: What it takes; the configuration's own limit of its entries goes before.

        Raises:
            ConfigError: There is no such phone.
            StoreError: The store cannot be read.
        """
        phone = self._config.phone(name)
        with self._making:
            self._look_at_the_clock()
            return build(
                self.view_of(name),
                self._callers(phone),
                plan=self._config.site_of(phone).dial_plan,
                limits=_within(limits, phone.phonebook_entries),
                title=self._config.phonebook.title,
                canary=self._canary(phone),
            )

    def holds_all(self, name: str, seen: View, *, limits: BookLimits) -> bool:
        """Whether all that a phone may see surely fits into its book."""
        most = _within(limits, self._config.phone(name).phonebook_entries).entries
        return most is None or len(seen.seen) < most

    def view_of(self, name: str) -> View:
        """What the owner of a phone may see.

        Raises:
            ConfigError: There is no such phone.
            StoreError: The store cannot be read.
        """
        viewer = self._config.viewer_of(self._config.phone(name))
        with self._making:
            version = self._store.contacts_version()
            if version != self._contacts[0]:
                self._contacts = (version, tuple(self._store.contacts()))
                self._views.clear()
            return _kept(
                self._views, viewer, lambda: view(self._contacts[1], self._config.contact_scopes, viewer)
            )

    def file(self, name: str, built: BuiltBook, found: Format, file: str) -> bytes:
        """The content of one of the files a phone fetches.

        Raises:
            ConfigError: The store knows no such phone.
            Unsupported: There is no such file, or nothing that it could be merged with.
            UnexpectedResponse: The phone's own contacts, as it uploaded them, cannot be understood.
        """
        own = self._store.own_book(name, file)
        return found.driver.render_book(
            built.book,
            file=file,
            own=None if own is None else own.content,
            variant=found.variant,
            model=found.model,
        )

    # --- what goes into it ------------------------------------------------------------------------------

    def _callers(self, phone: PhoneConfig) -> Callers:
        plan = self._config.site_of(phone).dial_plan
        mine = self._store.numbers_met([phone.name], since=self._since, most_rows=MOST_ROWS)
        return Callers(
            mine=weights(plan, mine, now=self._now),
            colleagues=self._colleagues(phone),
            phone=learned(plan, mine),
            site=self._site_habits(phone),
        )

    def _colleagues(self, phone: PhoneConfig) -> Mapping[str, float]:
        department = phone.department
        if department is None:
            return {}
        plan = self._config.site_of(phone).dial_plan

        def weigh() -> Mapping[str, float]:
            names = _some(one.name for one in self._config.phones if one.department == department)
            return weights(plan, self._store.numbers_met(names, since=self._since), now=self._now)

        return _kept(self._weighed, f"{phone.site}\n{department}", weigh)

    def _site_habits(self, phone: PhoneConfig) -> Habits:
        plan = self._config.site_of(phone).dial_plan

        def learn() -> Habits:
            names = _some(one.name for one in self._config.phones if one.site == phone.site)
            return learned(plan, self._store.numbers_met(names, since=self._since))

        return _kept(self._learned, phone.site, learn)

    # --- time -------------------------------------------------------------------------------------------

    def hour(self) -> datetime:
        """The hour for which books are made: within one, a book changes only with the contacts."""
        return self._clock.now().replace(minute=0, second=0, microsecond=0)

    def _look_at_the_clock(self) -> None:
        hour = self.hour()
        if hour != self._hour:
            self._hour = hour
            self._learned.clear()
            self._weighed.clear()

    @property
    def _now(self) -> datetime:
        return self._hour or self.hour()

    @property
    def _since(self) -> datetime:
        return self._now - MET_WITHIN

    def _canary(self, phone: PhoneConfig) -> str | None:
        if not self._config.phonebook.canary:
            return None
        return canary_name(self._now.astimezone(self._config.zone_of(phone)))


def _kept(kept: dict[K, T], key: K, make: Callable[[], T]) -> T:
    """What is kept under a key, made where it is missing."""
    if key not in kept:
        kept[key] = make()
    return kept[key]


def _some(names: Iterable[str]) -> list[str]:
    """All names, or where there are many, some of them spread evenly, always the same."""
    every = sorted(names)
    step = -(-len(every) // MOST_COLLEAGUES) or 1
    return every[::step]


def _within(limits: BookLimits, entries: int | None) -> BookLimits:

    return limits if entries is None else replace(limits, entries=entries)
