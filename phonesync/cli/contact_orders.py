"""What a person orders about contacts; each returns what to show or the exit code."""

from collections.abc import Sequence

import typer

from phonesync.clock import SystemClock
from phonesync.config import Config, ContactSourceConfig
from phonesync.config.contacts import OWN
from phonesync.contacts import own, taking
from phonesync.contacts.importing import Decision
from phonesync.contacts.reading import plans_of
from phonesync.errors import ConfigError, PlanRefused, SourceError, StaleState
from phonesync.logs import visible
from phonesync.spelling import capital, unknown
from phonesync.store.contact_records import KeptContact
from phonesync.store.repository import Store

_ATTEMPTS = 3
"""The agent may import the same source at the same time."""


def import_all(config: Config, store: Store, names: Sequence[str], *, confirm: bool) -> int:
    """Imports sources one after the other and says what came of each.

    Args:
        config: The configuration.
        store: The store.
        names: Of sources; none for all.
        confirm: Let what is held of them through.

    Returns:
        The exit code: that of the worst that happened.

    Raises:
        ConfigError: A name is unknown, or there is nothing to confirm.
    """
    sources = [config.contact_source(name) for name in dict.fromkeys(names)] or list(config.contact_sources)
    if not sources:
        raise ConfigError(
            "No source of contacts is configured.", hint=f"Add [[contacts]] to {config.path.name}."
        )
    if confirm and not names:
        raise ConfigError(
            "--confirm needs the names of the sources.", hint="phonesync contacts import NAME --confirm"
        )
    if confirm:
        for source in sources:
            taking.confirm(store, source)
    worst = 0
    for source in sources:
        try:
            _say(source.name, _import(config, store, source))
        except (SourceError, PlanRefused) as error:
            typer.echo(visible(f"{source.name}: {error.message}"), err=True)
            if error.hint:
                typer.echo(visible(f"  {error.hint}"), err=True)
            worst = max(worst, error.exit_code)
    return worst


def _import(config: Config, store: Store, source: ContactSourceConfig) -> Decision:
    for _ in range(_ATTEMPTS - 1):
        try:
            return taking.import_source(config, store, source, clock=SystemClock())
        except StaleState:
            continue
    return taking.import_source(config, store, source, clock=SystemClock())


def _say(name: str, decision: Decision) -> None:
    typer.echo(
        visible(
            f"{name}: {decision.total} contacts; {decision.new} new, {decision.changed} changed, "
            f"{decision.gone} gone; {decision.change.bad_rows} did not go in"
        )
    )
    for remark in decision.remarks:
        typer.echo(visible(f"  {remark}{' (went in)' if remark.kept else ''}"))


def add(
    config: Config,
    store: Store,
    *,
    name: str,
    numbers: Sequence[str],
    company: str | None,
    department: str | None,
) -> str:
    """Adds a contact of phonesync's own."""
    kept = own.add(
        store,
        name=name,
        numbers=numbers,
        company=company,
        department=department,
        plans=plans_of(config, None),
        clock=SystemClock(),
    )
    return _told("Added", kept)


def edit(
    config: Config,
    store: Store,
    contact: str,
    *,
    name: str | None,
    numbers: Sequence[str] | None,
    company: str | None,
    department: str | None,
) -> str:
    """Changes a contact of phonesync's own."""
    kept = own.edit(
        store,
        contact,
        name=name,
        numbers=numbers or None,
        company=company,
        department=department,
        plans=plans_of(config, None),
        clock=SystemClock(),
    )
    return _told("Changed", kept)


def remove(store: Store, contact: str) -> str:
    """Removes a contact of phonesync's own."""
    return _told("Removed", own.remove(store, contact, clock=SystemClock()))


def forget(config: Config, store: Store, name: str) -> str:
    """Removes the contacts of a source that is configured no longer.

    Raises:
        ConfigError: It is still configured, or the store knows none of that name.
    """
    if name == OWN or name in {source.name for source in config.contact_sources}:
        raise ConfigError(
            f"{name} is a source in force, and would bring its contacts again.",
            hint=f"Take it out of {config.path.name} first; one of phonesync's own goes with `contacts rm`.",
        )
    known = [state.name for state in store.contact_sources()]
    if name not in known:
        raise ConfigError(capital(unknown("source of contacts", name, known)))
    return visible(f"{store.forget_contact_source(name)} contacts of {name} removed.")


def _told(word: str, kept: KeptContact) -> str:
    contact = kept.contact
    numbers = ", ".join(number.number for number in contact.numbers)
    return visible(f"{word} {contact.id}: {contact.name}, {numbers}")
