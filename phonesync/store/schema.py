"""The schema's age: a new store is created, an older one migrated, a newer one refused."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, table
from sqlalchemy import column as named_column

from phonesync.errors import StoreError
from phonesync.store.engine import Place
from phonesync.store.faults import told_plainly

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision there is, oldest first. Alembic is loaded only where one is missing."""

HEAD = REVISIONS[-1]

_VERSION = table("alembic_version", named_column("version_num"))


def prepare(place: Place) -> str | None:
    """Brings an existing store, which may be empty, to the schema of this version.

    Two processes may do so at once: the second waits for the first, and finds the work done.

    Returns:
        The revision it was at before; None for an empty one.

    Raises:
        StoreError: It is no store of ours, or a newer one.
        StoreBusy: Another process holds it, or it cannot be reached.
    """
    with told_plainly(place.shown):
        with place.look() as connection:
            found = revision_of(connection, place.shown)
        if found == HEAD:
            return found
        with place.migrate() as connection:
            found = revision_of(connection, place.shown)
            if found != HEAD:
                _upgrade(connection)
                place.check(connection)
    return found


def revision_of(connection: Connection, place: str) -> str | None:
    """The revision the store is at; None for an empty one.

    Raises:
        StoreError: It is a database of something else, or of a newer version.
    """
    names = inspect(connection).get_table_names()
    if not names:
        return None
    if _VERSION.name not in names:
        raise StoreError(
            f"The store {place} is a database, but not one of phonesync.",
            hint="Let [store] url name another file.",
        )
    revision = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The store {place} was written by a newer phonesync "
            f"(its schema is {revision}, this version knows {HEAD}).",
            hint="Install the newer version again, or restore the backup made before the update.",
        )
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  a quarter of a second that an up-to-date store need not pay
    from alembic.config import Config  # noqa: PLC0415  likewise

    config = Config()
    # ConfigParser reads % as the start of a reference.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
