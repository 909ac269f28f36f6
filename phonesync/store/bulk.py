"""INSERT statements that say what happens on a conflict, and many rows at once.

SQLAlchemy builds a dictionary for each row of an ``executemany``, which costs more than SQLite's own work on
a phone's first full lists. Rows are built by column instead, with parameters by position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Any, cast

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
    differs = or_(*(table.c[value].is_distinct_from(replacement) for value, replacement in new.items()))
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
    values: list[Iterable[Any]] = []
    for name, processor in zip(prepared.columns, prepared.processors, strict=True):
        if name in same:
            value = same[name]
            values.append(repeat(value if processor is None else processor(value)))
        else:
            values.append(_converted(each[name], processor))
    # The repeated ones have no end, so the rows end with the first column that has one.
    connection.exec_driver_sql(prepared.sql, list(zip(*values, strict=False)))


def insert_stream(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows as they come, as fast as the database takes them, into a table that holds none of them.

    Args:
        connection: In a transaction that writes.
        table: Where to.
        rows: Values of all columns, in the table's order.
    """
    dialect = connection.dialect
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    made = (
        [
            value if processor is None else processor(value)
            for value, processor in zip(row, processors, strict=True)
        ]
        for row in rows
    )
    with closing(connection.connection.cursor()) as cursor:
        names = ", ".join(dialect.identifier_preparer.format_column(column) for column in table.columns)
        where = dialect.identifier_preparer.format_table(table)
        if dialect.name == "postgresql":
            with cast("Any", cursor).copy(f"COPY {where} ({names}) FROM STDIN") as copy:
                for row in made:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(table.columns))
            # sqlite3 takes the rows from an iterator, one at a time.
            cursor.executemany(f"INSERT INTO {where} ({names}) VALUES ({marks})", cast("Any", made))  # noqa: S608  names of ours


def _converted(values: Sequence[Any], processor: Callable[[Any], Any] | None) -> Iterable[Any]:
    """The values as the driver takes them; in most columns the rows of one phone have few different ones."""
    if processor is None:
        return values
    made = {value: processor(value) for value in set(values)}
    return map(made.__getitem__, values)


@lru_cache(maxsize=32)
def _prepared(dialect: Dialect, table: Table, names: tuple[str, ...]) -> Prepared:
    """The statement as text, with parameters by position: every driver takes those too."""
    style = dialect if dialect.positional else cast("Any", type(dialect))(paramstyle="format")
    compiled = keeping(dialect.name, table).compile(dialect=style, column_keys=list(names))
    assert compiled.positiontup is not None
    columns = tuple(compiled.positiontup)
    return Prepared(
        sql=str(compiled),
        columns=columns,
        processors=tuple(
            table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns
        ),
    )
