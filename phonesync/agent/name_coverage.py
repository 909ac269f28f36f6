"""How many of last week's entries show a name on each phone, as its own lists tell."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from phonesync.agent.bookmaking import Bookmaker
from phonesync.agent.reading import driver_of
from phonesync.errors import Unsupported
from phonesync.phonebook.coverage import PERIOD, NameCoverage, measure

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.driver.contract import Driver
    from phonesync.store.records import PhoneState
    from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNames:
    """How far names have come on one phone.

    Attributes:
        phone: Its name.
        since: From when on entries were counted, UTC.
        names: What was counted, or None where nothing can be observed.
        why_not: Why nothing can be observed, or "".
        taken_at: When it fetched the book it holds now, UTC, or None.
        asked_at: When it asked for its book last, UTC, or None.
        left_out: Contacts that did not fit into the fetched book.
    """

    phone: str
    since: datetime
    names: NameCoverage | None
    why_not: str = ""
    taken_at: datetime | None = None
    asked_at: datetime | None = None
    left_out: int = 0


def name_coverage(
    config: Config, store: Store, drivers: Mapping[str, Driver], clock: Clock, names: Iterable[str]
) -> Iterator[PhoneNames]:
    """Measures phones, one after the other.

    Args:
        config: The configuration.
        store: The store.
        drivers: Installed drivers by name.
        clock: Where time comes from.
        names: Of configured phones that the store knows.

    Raises:
        StoreError: The store cannot be read.
    """
    maker = Bookmaker(config, store, drivers, clock)
    since = clock.now() - PERIOD
    for name in names:
        served = max(store.served_books(name), key=lambda book: book.asked_at, default=None)
        why_not = _why_not(store.known_as(name), drivers)
        plan = config.site_of(config.phone(name)).dial_plan
        found = None
        if not why_not:
            found = measure(store.shown_callers(name, since=since), _known(maker, name), plan=plan)
        yield PhoneNames(
            phone=name,
            since=since,
            names=found,
            why_not=why_not,
            taken_at=None if served is None else served.taken_at,
            asked_at=None if served is None else served.asked_at,
            left_out=0 if served is None else served.left_out,
        )


def _known(maker: Bookmaker, name: str) -> Container[str]:
    """The canonical numbers in a phone's book; where its limits are unknown, all that its owner may see."""
    view = maker.view_of(name)
    try:
        limits = maker.format_of(name).limits
    except Unsupported:
        return view.names
    if maker.holds_all(name, view, limits=limits):
        return view.names
    held = {entry.contact for entry in maker.book(name, limits=limits).book.entries}
    return frozenset(number for one in view.seen if one.contact in held for number in one.canonicals)


def _why_not(state: PhoneState, drivers: Mapping[str, Driver]) -> str:
    if state.variant is None:
        return "not identified yet"
    driver = driver_of(drivers, vendor=state.vendor, variant=state.variant)
    variant = None if driver is None else driver.variants[state.variant]
    if variant is not None and not variant.readable:
        return "it shows no list"
    if variant is not None and not variant.rows_carry_names:
        return "the rows of its lists carry no name"
    return ""
