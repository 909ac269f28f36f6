"""INSERT statements that say what happens on a conflict, and many rows at once.

SQLAlchemy builds a dictionary for each row of an ``executemany``, which costs more than SQLite's own work on
a phone's first full lists. Where the driver takes parameters by position, rows are built by column instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Dialect, Table, or_
from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One INSERT as text.

    Attributes:
        sql: The statement.
        columns: Column names in the order of its parameters.
        processors: For each, what makes a value one of the driver's; None where it is one already.
    """

    sql: str
    columns: tuple[str, ...]
    processors: tuple[Callable[[Any], Any] | None, ...]


@lru_cache(maxsize=64)
def keeping(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The INSERT that leaves a row alone which is there already.

    Args:
        dialect: Name of the database's dialect.
        table: Where to.
    """
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def replacing(dialect: str, table: Table, *values: str) -> sqlite.Insert | postgresql.Insert:
    """The INSERT that gives a row which is there already new values, where one differs.

    Args:
        dialect: Name of the database's dialect.
        table: Where to; its primary key tells which row is meant.
        values: The columns to replace.
    """
    statement = _insert(dialect, table)
    new = {value: statement.excluded[value] for value in values}
    differs = or_(*(table.c[value] != replacement for value, replacement in new.items()))
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=new, where=differs)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(
    connection: Connection, table: Table, *, each: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
) -> None:
    """Inserts rows; those that are there already stay as they are.

    Args:
        connection: In a transaction that writes.
        table: Where to.
        each: Column name to its values, one per row; all of one length, at least one.
        same: Column name to the value that all rows have.
    """
    prepared = _prepared(connection.dialect, table, (*each, *same))
    if prepared is None:
        names = tuple(each)
        rows = [{**same, **dict(zip(names, row, strict=True))} for row in zip(*each.values(), strict=True)]
        connection.execute(keeping(connection.dialect.name, table), rows)
        return
    values: list[Iterable[Any]] = []
    for name, processor in zip(prepared.columns, prepared.processors, strict=True):
        if name in same:
            value = same[name]
            values.append(repeat(value if processor is None else processor(value)))
        else:
            values.append(_converted(each[name], processor))
    # The repeated ones have no end, so the rows end with the first column that has one.
    connection.exec_driver_sql(prepared.sql, list(zip(*values, strict=False)))


def _converted(values: Sequence[Any], processor: Callable[[Any], Any] | None) -> Iterable[Any]:
    """The values as the driver takes them; in most columns the rows of one phone have few different ones."""
    if processor is None:
        return values
    made = {value: processor(value) for value in set(values)}
    return map(made.__getitem__, values)


@lru_cache(maxsize=32)
def _prepared(dialect: Dialect, table: Table, names: tuple[str, ...]) -> Prepared | None:
    """The statement as text; None where the driver takes parameters by name."""
    compiled = keeping(dialect.name, table).compile(dialect=dialect, column_keys=list(names))
    if not compiled.positional or compiled.positiontup is None:
        return None
    columns = tuple(compiled.positiontup)
    return Prepared(
        sql=str(compiled),
        columns=columns,
        processors=tuple(
            table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns
        ),
    )
