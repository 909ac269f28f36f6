"""The schema's age: a new store is created, an older one migrated, a newer one refused."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, inspect, select, table
from sqlalchemy import column as named_column

from phonesync.errors import StoreError
from phonesync.store.engine import MIGRATION_TIMEOUT_S, sqlite_engine, use_wal
from phonesync.store.faults import told_plainly

REVISIONS = ("0001",)
"""Every revision there is, oldest first. Alembic is loaded only where one is missing."""

HEAD = REVISIONS[-1]

_VERSION = table("alembic_version", named_column("version_num"))


def create_file(path: Path) -> None:
    """Makes an empty store file that only its user can read: calls are personal data.

    Raises:
        StoreError: The directory is missing or cannot be written, or a directory bears the name.
    """
    if path.is_dir():
        raise StoreError(
            f"The store {path} is a directory.", hint="Let [store] url name a file, for example in it."
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except FileNotFoundError as error:
        raise StoreError(
            f"The store {path} cannot be created: there is no directory {path.parent}.",
            hint="Create it, or change [store] url.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be created: {error.strerror}.",
            hint=f"See that this user may write in {path.parent}, and that its disk has space.",
        ) from error


def prepare(path: Path) -> None:
    """Brings an existing file, which may be empty, to the schema of this version.

    Two processes may do so at once: the second waits for the first, and finds the work done.

    Raises:
        StoreError: It is no store of ours, or a newer one.
        StoreBusy: Another process holds it.
    """
    place = str(path)
    engine = sqlite_engine(path, begin="BEGIN", timeout_s=MIGRATION_TIMEOUT_S, writes=True, checks=False)
    with told_plainly(place), engine.connect() as connection:
        if revision_of(connection, place) == HEAD:
            return
    migrating = sqlite_engine(
        path, begin="BEGIN IMMEDIATE", timeout_s=MIGRATION_TIMEOUT_S, writes=True, checks=False
    )
    with told_plainly(place):
        use_wal(path)
        with migrating.begin() as connection:
            if revision_of(connection, place) != HEAD:
                _upgrade(connection)
                _check_references(connection, place)


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


def _check_references(connection: Connection, place: str) -> None:
    # Foreign keys are off while tables are rebuilt, so they are looked at once before the commit.
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError(
            f"The store {place} cannot be migrated: some of its rows refer to rows that are not there.",
            hint="It is unchanged. Keep a copy of it, and restore the newest backup.",
        )
