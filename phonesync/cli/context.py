# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""What commands share: the configuration file named on the command line, and the store it names."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from phonesync.errors import ConfigError
from phonesync.spelling import capital, unknown

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options that stand before the command.

    Attributes:
        config: The configuration file, or None for the usual one.
    """

    config: Path | None = None


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
def opened_store(config: "Config") -> Iterator["Store"]:
    """The configuration's store; a missing one is created, an older one migrated.

    Raises:
        StoreError: It cannot be used.
    """
    from phonesync.clock import SystemClock
    from phonesync.store.repository import open_store

    store = open_store(config.store.url, clock=SystemClock(), base=config.base)
    try:
        yield store
    finally:
        store.close()


def known_name(name: str | None, known: Iterable[str]) -> str | None:
    """The name itself.

    Raises:
        ConfigError: It is none of the known phones; the sentence has the nearest right spelling.
    """
    names = list(known)
    if name is not None and name not in names:
        raise ConfigError(capital(unknown("phone", name, names)), hint="`phonesync phones` lists them.")
    return name
