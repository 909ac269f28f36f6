"""Bringing a store to the schema of this version, as a command of its own."""

from __future__ import annotations

from pathlib import Path

from phonesync.store import schema
from phonesync.store.places import place_of
from phonesync.store.records import Migration


def migrate_store(url: str, *, base: Path, password: str = "") -> Migration:
    """Brings a store to the schema of this version; a missing one is created.

    Args:
        url: As configured.
        base: Directory that relative paths start from.
        password: Of the user of a PostgreSQL store; empty where its server asks for none.

    Raises:
        StoreError: It is newer, not a store, or cannot be created; the sentence says which.
        StoreBusy: It is locked, or its server cannot be reached.
    """
    place = place_of(url, base=base, password=password)
    place.create()
    return Migration(place=place.shown, before=schema.prepare(place), after=schema.HEAD)
