# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""What commands share: the configuration file named on the command line, and the store it names."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from phonesync.errors import ConfigError
from phonesync.spelling import capital, unknown

if TYPE_CHECKING:
    from phonesync.config import Config, PasswordSource
    from phonesync.store.repository import Store


DEBUG = "PHONESYNC_DEBUG"
"""Environment variable: ``1`` shows debug messages, and the traceback of a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options that stand before the command.

    Attributes:
        config: The configuration file, or None for the usual one.
    """

    config: Path | None = None


def is_debugging() -> bool:
    """Whether debug messages are to be shown."""
    return os.environ.get(DEBUG) == "1"


def load_config(ctx: typer.Context) -> "Config":
    """Reads the configuration and logs its warnings.

    Raises:
        ConfigError: Every mistake in it.
    """
    import structlog

    from phonesync import config

    loaded = config.load(options(ctx).config)
    for warning in loaded.warnings:
        structlog.get_logger(__name__).warning(warning)
    return loaded


def options(ctx: typer.Context) -> Options:
    """The options before the command."""
    found = ctx.find_object(Options)
    return found if found is not None else Options()


@contextmanager
def opened_store(config: "Config", *, create: bool = True) -> Iterator["Store"]:
    """The configuration's store; a missing one is created, an older one migrated.

    Args:
        config: The configuration.
        create: False refuses a missing store.

    Raises:
        ConfigError: Its password cannot be had.
        StoreError: It cannot be used.
    """
    from phonesync.agent.opening import open_configured
    from phonesync.clock import SystemClock

    store = open_configured(config, clock=SystemClock(), create=create)
    try:
        yield store
    finally:
        store.close()


def passwords_source(*, env: str | None, file: Path | None) -> "PasswordSource | None":
    """Where a password named on the command line comes from; None where none is named.

    Raises:
        ConfigError: Both are named.
    """
    from phonesync.config import PasswordKind, PasswordSource

    if env is not None and file is not None:
        raise ConfigError("--password-env and --password-file both name a password; keep one of the two.")
    if env is not None:
        return PasswordSource(kind=PasswordKind.ENV, name=env)
    return None if file is None else PasswordSource(kind=PasswordKind.FILE, name=str(file))


def known_name(name: str | None, known: Iterable[str]) -> str | None:
    """The name itself.

    Raises:
        ConfigError: It is none of the known phones; the sentence has the nearest right spelling.
    """
    names = list(known)
    if name is not None and name not in names:
        raise ConfigError(capital(unknown("phone", name, names)), hint="`phonesync phones` lists them.")
    return name


def is_stored(config: "Config", store: "Store", phone: str | None) -> bool:
    """False for a configured phone that was never read: it has no rows yet, which is no mistake.

    Raises:
        ConfigError: Neither the configuration nor the store knows the phone.
    """
    stored = {state.name for state in store.phones()}
    known_name(phone, {*config.phones_by_name, *stored})
    return phone is None or phone in stored
