"""What every table is made of: names of constraints, kinds of columns."""

from __future__ import annotations

from typing import cast

from sqlalchemy import (
    BigInteger,
    Dialect,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can change it on any database."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""Surrogate ids; only ``INTEGER`` counts up by itself on SQLite."""

KEEP_COUNTING = {"sqlite_autoincrement": True}
"""Ids of deleted rows are never given again: another process may still hold one."""


PLAIN = String().with_variant(String(collation="C"), "postgresql")
"""Text of our own. PostgreSQL compares it by code point, as SQLite and Python do: pages walk in the order of
ids, and no index depends on the language of a server or on the version of its C library."""


def storable(text: str | None) -> str | None:
    """A text as any database takes it: NUL and halves of surrogate pairs become U+FFFD."""
    # What is printable holds neither, and asking is much faster than looking at each letter.
    if text is None or text.isprintable():
        return text
    return "".join(
        "\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in text
    )


class ShownText(TypeDecorator[str]):
    """Text that a phone showed, which may hold what no database takes.

    NUL and halves of surrogate pairs become U+FFFD; the answer's own bytes are kept besides.
    """

    impl = PLAIN
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Makes a text storable."""
        return storable(value)


class Real(TypeDecorator[float]):
    """A number of seconds or calls. Zero has no sign here: SQLite forgets it, PostgreSQL would keep it."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002  SQLAlchemy's signature
        """Drops the sign of a zero."""
        return None if value is None else value + 0.0


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Our own metadata, so that tables of other packages never enter our migrations."""


METADATA: MetaData = Base.metadata


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements."""
    return METADATA.tables[cast("str", model.__tablename__)]
