"""One import from end to end: read the source, decide, and write what was decided or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from phonesync.clock import Clock
from phonesync.contacts import reading
from phonesync.contacts.importing import Decision, decide
from phonesync.contacts.values import Harvest
from phonesync.errors import ConfigError, PlanRefused, SourceError
from phonesync.store.contact_records import ContactSourceState, KeptContact

if TYPE_CHECKING:
    from phonesync.config import Config, ContactSourceConfig
    from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the store knew of a source when an import began.

    Attributes:
        state: Of the source.
        kept: Its contacts.
    """

    state: ContactSourceState
    kept: tuple[KeptContact, ...]


def import_source(
    config: Config,
    store: Store,
    source: ContactSourceConfig,
    *,
    clock: Clock,
    env: Mapping[str, str] | None = None,
) -> Decision:
    """Imports a source: :func:`before`, :func:`fetch`, :func:`decided` and :func:`take`, one after the other.

    The agent calls them by itself, the last one alone in front of other writes.

    Raises:
        SourceError: It cannot be read; that is noted.
        PlanRefused: What it brought is held; that is noted.
        StoreError: The store cannot be used.
    """
    known = before(store, source)
    try:
        brought = fetch(config, source, known, env=env)
    except SourceError as error:
        note(store, source, error, clock=clock)
        raise
    return take(store, source, decided(config, source, known, brought, clock=clock), clock=clock)


def before(store: Store, source: ContactSourceConfig) -> Before:
    """What the store knows of a source."""
    state = store.contact_source(source.name) or ContactSourceState(name=source.name, kind=source.kind)
    return Before(state=state, kept=tuple(store.contacts(source=source.name)))


def fetch(
    config: Config, source: ContactSourceConfig, known: Before, *, env: Mapping[str, str] | None = None
) -> Harvest:
    """Reads a source, without the store.

    Raises:
        SourceError: It cannot be read.
    """
    return reading.harvest(config, source, state=known.state, kept=known.kept, env=env)


def decided(
    config: Config, source: ContactSourceConfig, known: Before, brought: Harvest, *, clock: Clock
) -> Decision:
    """What an import changes, without the store."""
    return decide(
        brought,
        state=replace(known.state, kind=source.kind),
        kept=known.kept,
        plans=reading.plans_of(config, source),
        shrink_percent=source.shrink_percent,
        now=clock.now(),
    )


def take(store: Store, source: ContactSourceConfig, decision: Decision, *, clock: Clock) -> Decision:
    """Writes what was decided.

    Raises:
        PlanRefused: It is held; that is noted.
        StaleState: Another process has imported the source meanwhile.
        StoreError: The store cannot be used.
    """
    if decision.held is None:
        store.take_contacts(decision.change)
        return decision
    store.hold_contacts(
        source.name,
        kind=source.kind,
        at=clock.now(),
        why=decision.held,
        digest=decision.change.digest,
        bad_rows=decision.change.bad_rows,
    )
    raise PlanRefused(
        f"The contacts of {source.name} are held: {decision.held}.",
        hint=f"If that is right: phonesync contacts import {source.name} --confirm",
    )


def note(store: Store, source: ContactSourceConfig, error: SourceError, *, clock: Clock) -> None:
    """Notes that a source could not be read."""
    store.note_contact_source(source.name, kind=source.kind, at=clock.now(), error=error.message)


def confirm(store: Store, source: ContactSourceConfig) -> None:
    """Lets exactly what is held of a source through at the next import.

    Raises:
        ConfigError: Nothing of it is held.
    """
    state = store.contact_source(source.name)
    digest = None if state is None else state.held_digest
    if digest is None or not store.confirm_contacts(source.name, digest):
        raise ConfigError(
            f"Nothing of {source.name} is held, so there is nothing to confirm.",
            hint="`phonesync contacts sources` shows what is.",
        )
