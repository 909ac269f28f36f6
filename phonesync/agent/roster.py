"""The configured phones and the store: who is to be read, who waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from phonesync.agent import health
from phonesync.agent.values import Stop
from phonesync.store.records import PhoneSpec, PhoneStanding, PhoneState

if TYPE_CHECKING:
    from phonesync.config import Config, PhoneConfig
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

_OF_THE_SOCKET = ("listen", "certificate", "private_key", "tls_legacy", "trusted_proxies")
"""Keys of ``[web]`` that are looked at when the server starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The enabled phones of a configuration.

    Attributes:
        readable: States of those to be read, without their ledgers.
        stopped: Names of those that wait for a person, because of the credentials they are configured with.
    """

    readable: tuple[PhoneState, ...]
    stopped: tuple[str, ...]


def introduce(store: Store, config: Config) -> None:
    """Tells the store of the configured phones.

    Raises:
        StoreError: The store cannot be used.
    """
    store.sync_phones(
        [spec_of(phone) for phone in config.phones],
        zone_of={phone.name: config.zone_of(phone) for phone in config.phones},
    )


def enrol(store: Store, config: Config, stopped_for: Callable[[PhoneState], Stop | None]) -> Roster:
    """Tells the store of the configured phones and sorts them.

    Args:
        store: The store.
        config: The configuration.
        stopped_for: Why a phone waits for a person, or None.

    Raises:
        StoreError: The store cannot be used.
    """
    introduce(store, config)
    states = {state.name: state for state in store.phones()}
    readable: list[PhoneState] = []
    stopped: list[str] = []
    for phone in config.phones:
        state = states[phone.name]
        if not phone.enabled:
            _disable(store, state)
        elif (stop := stopped_for(state)) is not None:
            _stop(store, state, stop)
            stopped.append(phone.name)
        else:
            readable.append(state)
    return Roster(readable=tuple(readable), stopped=tuple(stopped))


def warn_of_what_stays(before: Config, after: Config) -> None:
    """Says what a running agent does not take from another configuration."""
    if before.store.url != after.store.url:
        _log.warning("another store is only taken by a new start", store=after.store.url)
    if before.agent.health != after.agent.health:
        _log.warning("another address for health is only taken by a new start", health=after.agent.health)
    if any(getattr(before.web, key) != getattr(after.web, key) for key in _OF_THE_SOCKET):
        _log.warning("another [web] address, pair or proxy is only taken by a new start")


def spec_of(phone: PhoneConfig) -> PhoneSpec:
    """A configured phone as the store needs to know it."""
    return PhoneSpec(
        name=phone.name,
        extension=phone.extension,
        owner=phone.owner,
        department=phone.department,
        valid_from=phone.from_,
        mac=phone.mac,
    )


def _stop(store: Store, state: PhoneState, stop: Stop) -> None:
    if state.standing is not PhoneStanding.REFUSED:
        after = health.after_stop(state, text=stop.text, kind=stop.kind)
        store.save_state(after, before=state)


def _disable(store: Store, state: PhoneState) -> None:
    if state.standing is not PhoneStanding.DISABLED:
        off = replace(state, standing=PhoneStanding.DISABLED, next_due=None, due_reason="not enabled")
        store.save_state(off, before=state)
