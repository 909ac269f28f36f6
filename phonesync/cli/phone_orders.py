"""What a person orders for one phone: retry, rename, replace. Each returns the sentence to show."""

import dataclasses
from datetime import UTC, datetime

from phonesync import registry
from phonesync.agent.reading import driver_of, swap_order, variant_of
from phonesync.config import Config
from phonesync.driver.contract import Driver
from phonesync.errors import CertificateChanged, ConfigError, StaleState
from phonesync.model import PhoneIdentity
from phonesync.store.records import PhoneStanding, PhoneState
from phonesync.store.repository import Store

_ATTEMPTS = 3


def retry(config: Config, store: Store, name: str, *, swap: bool) -> str:
    """Lets a phone be read at the next opportunity, whatever stopped it.

    What it refused is forgotten, a held answer is taken even though it cannot be aligned, and a certificate
    that changed is trusted anew. A lock the phone itself set is still waited for.

    Args:
        config: The configuration.
        store: The store.
        name: A configured phone.
        swap: Also exchange the meaning of the two list codes in conflict.

    Raises:
        ConfigError: The phone was never read, or has no list codes in conflict.
    """
    said = _save_retried(config, store, name, swap=swap)
    if store.agent_is_running():
        store.request_poll(name)
        return f"The running agent reads {name} now.{said}"
    return f"{name} is read at the next `phonesync poll` or `phonesync run`.{said}"


def _save_retried(config: Config, store: Store, name: str, *, swap: bool) -> str:
    """Saves the state, decided anew where the agent has written in between."""
    for attempt in range(_ATTEMPTS):
        state = _known_state(store, name)
        said = ""
        after = _retried(state, now=datetime.now(UTC))
        if swap:
            driver = _driver_in_conflict(state)
            said = f" {_swap_sentence(config, state, driver)}"
            after = dataclasses.replace(after, swapped=_swapped(state, driver), swap_proposed=False)
        try:
            store.save_state(after, before=state)
        except StaleState:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        return said
    raise AssertionError("unreachable: the last attempt returns or raises")


def rename(config: Config, store: Store, old: str, new: str) -> str:
    """Lets the ledger of ``old`` go on under ``new``.

    Raises:
        ConfigError: The configuration does not say so yet, or the store does not know ``old``.
        PlanRefused: ``new`` has entries of its own.
    """
    config.phone(new)
    if old in config.phones_by_name:
        raise ConfigError(
            f"The configuration still lists {old}.",
            hint=f"Rename the phone in {config.path.name} first; then {new} can continue its ledger.",
        )
    store.rename(old, new)
    return f"{new} continues the ledger of {old}. A running agent must re-read its configuration (SIGHUP)."


def replace(config: Config, store: Store, name: str) -> str:
    """Starts a new incarnation: another phone stands under the name now.

    Raises:
        ConfigError: The store does not know the phone.
    """
    state = _known_state(store, name)
    mac = config.phone(name).mac
    store.new_incarnation(name, mac=mac if mac != state.mac else None, reason="phonesync phones replace")
    return f"{name} starts a new ledger; what the phone before it showed stays in the store."


def _known_state(store: Store, name: str) -> PhoneState:
    if name not in {state.name for state in store.phones()}:
        raise ConfigError(
            f"{name} is configured, but was never read, so there is nothing to order.",
            hint=f"`phonesync poll {name}` reads it.",
        )
    return store.phone(name)


def _retried(state: PhoneState, *, now: datetime) -> PhoneState:
    """The state of a phone that a person wants read again."""
    standing = state.standing
    if standing is PhoneStanding.REFUSED:
        standing = PhoneStanding.NEW if state.last_read is None else PhoneStanding.DOWN
    return dataclasses.replace(
        state,
        standing=standing,
        refused_credentials=None,
        offered_credentials=None,
        sign_in_lost_at=None,
        certificate=None if state.error_kind == CertificateChanged.__name__ else state.certificate,
        accept_unaligned=state.standing is PhoneStanding.HELD,
        next_due=now,
        due_reason="asked for by `phonesync phones retry`",
    )


def _swapped(state: PhoneState, driver: Driver) -> tuple[str, ...]:
    """The variants for which the exchange is ordered, once it is turned round for the present one.

    Where an order for another variant reaches the present one, that order is taken back.
    """
    assert state.variant is not None
    if swap_order(driver, state.variant, state.swapped) is None:
        return (*state.swapped, state.variant)
    left = state.swapped
    while (ordered := swap_order(driver, state.variant, left)) is not None:
        left = tuple(variant for variant in left if variant != ordered)
    return left


def _driver_in_conflict(state: PhoneState) -> Driver:
    """The driver of a phone whose variant has two list codes in conflict.

    Raises:
        ConfigError: It has none.
    """
    drivers = registry.drivers()
    driver = driver_of(drivers, vendor=state.vendor, variant=state.variant) if state.variant else None
    if driver is None or state.variant is None or driver.variants[state.variant].swap is None:
        raise ConfigError(
            f"{state.name} has no list codes in conflict that could be exchanged.",
            hint=f"`phonesync phones retry {state.name}` without --swap reads it again.",
        )
    return driver


def _swap_sentence(config: Config, state: PhoneState, driver: Driver) -> str:
    """What the two codes will mean after the swap.

    Raises:
        ConfigError: The quirks of this phone settle what they mean.
    """
    assert state.variant is not None
    identity = PhoneIdentity(
        vendor=driver.vendor, variant=state.variant, model=state.model, firmware=state.firmware
    )
    quirks = config.phone(state.name).quirks
    swap = swap_order(driver, state.variant, state.swapped) is not None
    now = variant_of(driver, identity, quirks, swap=swap)
    after = variant_of(driver, identity, quirks, swap=not swap)
    if now.lists == after.lists:
        raise ConfigError(
            f"The quirks of {state.name} in the configuration settle what its list codes mean.",
            hint="Change them there, or take them out.",
        )
    return " and ".join(f"List code {code} now means {after.lists[code]}" for code in now.swap or ()) + "."
