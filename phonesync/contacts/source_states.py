"""How each source of contacts fares: the configured ones, phonesync's own, and those configured no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from phonesync.clock import iso
from phonesync.config.contacts import OWN
from phonesync.store.contact_records import ContactSourceState

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.phonebook.winner import Scope
    from phonesync.store.repository import Store

SOURCE_FIELDS = (
    "name", "kind", "configured", "scope", "precedence", "every_s", "contacts", "tried_at", "imported_at",
    "bad_rows", "error", "held",
)  # fmt: skip
"""The fields of a source, in the order in which they are written."""


def source_states(config: Config, store: Store) -> list[Mapping[str, object]]:
    """Each source as one JSON object.

    Raises:
        StoreError: The store cannot be read.
    """
    states = {state.name: state for state in store.contact_sources()}
    names = [source.name for source in config.contact_sources]
    names += [OWN] if OWN in states else []
    names += [name for name in states if name not in names]
    return [_source(config, name, states.get(name)) for name in names]


def _source(config: Config, name: str, state: ContactSourceState | None) -> Mapping[str, object]:
    found = {source.name: source for source in config.contact_sources}
    source, scope = found.get(name), config.contact_scopes.get(name)
    known = state or ContactSourceState(name=name, kind=source.kind if source else "")
    values = (
        name,
        source.kind if source else known.kind,
        scope is not None,
        None if scope is None else _scope(scope),
        None if scope is None else scope.precedence,
        None if source is None else int(source.every.total_seconds()),
        known.contacts,
        iso(known.tried_at),
        iso(known.imported_at),
        known.bad_rows,
        known.error,
        known.held,
    )
    return dict(zip(SOURCE_FIELDS, values, strict=True))


def _scope(scope: Scope) -> str:
    parts = [
        f"{word} {value}" for word, value in (("site", scope.site), ("department", scope.department)) if value
    ]
    return ", ".join(parts) or "everyone"
