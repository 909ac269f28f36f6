"""Which place an URL of the configuration names."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from phonesync.errors import StoreError
from phonesync.store.engine import Place
from phonesync.store.sqlite import SqlitePlace

HOW = 'url = "sqlite:///phonesync.db" or url = "postgresql+psycopg://phonesync@db.example/phonesync"'


def folder_of(url: str, *, base: Path) -> Path:
    """The folder of a store that is a file; ``base`` for one on a server.

    Args:
        url: As for :func:`place_of`.
        base: Directory that relative paths start from.
    """
    place = place_of(url, base=base)
    return place.path.parent if isinstance(place, SqlitePlace) else base


def place_of(url: str, *, base: Path, password: str = "") -> Place:
    """The place an URL names.

    Args:
        url: For example ``sqlite:///phonesync.db``.
        base: Directory that relative paths start from.
        password: Of the user of a server; empty where there is none.

    Raises:
        StoreError: It names no store that phonesync can use.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("The store's url cannot be read.", hint=f"Write it like {HOW}.") from error
    if parsed.get_backend_name() == "sqlite":
        return SqlitePlace.named(parsed, base)
    if parsed.get_backend_name() == "postgresql":
        from phonesync.store.postgres import PostgresPlace  # noqa: PLC0415  only where a server is used

        return PostgresPlace.named(parsed, password)
    raise StoreError(
        f"The store {parsed.render_as_string(hide_password=True)} is not one that phonesync can use.",
        hint=f"Write it like {HOW}.",
    )
