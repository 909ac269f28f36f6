"""Every statement is compiled once in a run: tests open stores by the hundred, and each would compile all anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

MOST = 3000
"""Statements that are kept; there are fewer."""


class Compiled(LRUCache[Any, Any]):
    """What one store has compiled serves the next one on the same kind of database.

    SQLAlchemy's own key begins with the dialect, of which each store has one to itself.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """The compiled statement, or ``default``."""
        return super().get(_shared(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_shared(key), value)


def _shared(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (type(dialect), dialect.server_version_info, dialect.default_schema_name, *statement)


_COMPILED = Compiled(MOST)


def share() -> None:
    """From now on, for every connection of this process."""
    event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)
