"""The store that a configuration names, opened with the password that stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from phonesync.config import resolve_store_password
from phonesync.store.repository import Store, open_store

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config


def open_configured(
    config: Config, *, clock: Clock, create: bool = True, env: Mapping[str, str] | None = None
) -> Store:
    """Opens the store of a configuration; see :func:`phonesync.store.repository.open_store`.

    Args:
        config: The configuration.
        clock: Where "now" comes from.
        create: False refuses a missing store.
        env: Environment variables; the process's own by default.

    Raises:
        ConfigError: Its password cannot be had.
        StoreError: It cannot be used.
    """
    password = resolve_store_password(config, env=env)
    return open_store(config.store.url, clock=clock, base=config.base, password=password, create=create)
