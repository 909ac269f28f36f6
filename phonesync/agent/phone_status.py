"""How each phone fares, as tables, pages and programs show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.agent.attempt import ledger_of
from phonesync.agent.reading import driver_of, swap_order, variant_of
from phonesync.ledger.deadline import deadline
from phonesync.model import PhoneIdentity
from phonesync.store.records import PhoneStanding, PhoneState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from phonesync.config import Config, PhoneConfig
    from phonesync.driver.contract import Driver, Variant
    from phonesync.store.repository import Store

NEVER_READ = "never read"
NOT_CONFIGURED = "not in the configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a phone's lists may fill.

    Attributes:
        rate: Rows an hour it may reach now; None where no list is limited.
        latest: When its fastest list could overflow, UTC.
        why: Why then.
    """

    rate: int | None
    latest: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneStatus:
    """How a phone fares.

    Attributes:
        name: Its name.
        phone: As configured; None where it is not configured any more.
        state: As remembered; None where it was never read.
        pace: How fast its lists may fill; None before its first good read.
    """

    name: str
    phone: PhoneConfig | None
    state: PhoneState | None
    pace: Pace | None = None

    @property
    def standing(self) -> str:
        """Where it stands, in a word of :class:`PhoneStanding` or two."""
        if self.phone is None:
            return NOT_CONFIGURED
        if not self.phone.enabled:
            return PhoneStanding.DISABLED.value
        return NEVER_READ if self.state is None else self.state.standing.value

    @property
    def error(self) -> str:
        """What is wrong with it, and standing remarks; "" for nothing."""
        return "; ".join(self.remarks)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is wrong with it, and standing remarks, one by one."""
        if self.state is None:
            return ()
        return (*filter(None, (self.state.last_error,)), *self.state.notes)


def all_names(config: Config, states: Mapping[str, PhoneState]) -> list[str]:
    """Names of all phones configured or known: the configured ones as configured, then the others by name."""
    configured = [phone.name for phone in config.phones]
    return [*configured, *sorted(states.keys() - set(configured))]


def statuses(
    config: Config,
    store: Store,
    drivers: Mapping[str, Driver],
    names: Iterable[str],
    *,
    states: Mapping[str, PhoneState],
    now: datetime,
) -> Iterator[PhoneStatus]:
    """How phones fare, one after the other: only so the ledgers do not fill the memory.

    Args:
        config: The configuration.
        store: The store.
        drivers: Installed drivers by name.
        names: Of phones configured or known, in the order wanted.
        states: Of all that are known, without their ledgers.
        now: The present instant, UTC.

    Raises:
        StoreError: The store cannot be read.
    """
    for name in names:
        phone = config.phones_by_name.get(name)
        if phone is None or name not in states:
            yield PhoneStatus(name=name, phone=phone, state=states.get(name))
            continue
        state = store.phone(name)
        longest = phone.poll or config.agent.poll
        pace = _pace(phone, state, drivers, config.zone_of(phone), longest=longest, now=now)
        yield PhoneStatus(name=name, phone=phone, state=state, pace=pace)


def _pace(
    phone: PhoneConfig,
    state: PhoneState,
    drivers: Mapping[str, Driver],
    zone: ZoneInfo,
    *,
    longest: timedelta,
    now: datetime,
) -> Pace | None:
    variant = _variant(phone, state, drivers)
    if variant is None or state.last_read is None or not state.ledger_state:
        return None
    ledger = ledger_of(state)
    peaks = [ledger.rate.peak(",".join(codes), now, zone, now=now) for codes in variant.pools]
    latest = deadline(ledger, variant, zone, now=state.last_read, longest=longest)
    return Pace(rate=max(peaks) if peaks else None, latest=latest.at, why=latest.reason)


def _variant(phone: PhoneConfig, state: PhoneState, drivers: Mapping[str, Driver]) -> Variant | None:
    if state.variant is None:
        return None
    driver = driver_of(drivers, vendor=state.vendor, variant=state.variant)
    if driver is None:
        return None
    identity = PhoneIdentity(
        vendor=driver.vendor, variant=state.variant, model=state.model, firmware=state.firmware
    )
    swap = swap_order(driver, state.variant, state.swapped) is not None
    return variant_of(driver, identity, phone.quirks, swap=swap)
