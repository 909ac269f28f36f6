# ruff: noqa: PLC0415  commands import what they need when they run, so that --help answers at once
"""Data and tables on stdout: data as it is, tables made safe for a terminal."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console

BLOCK = 500
"""Rows a table holds: a long one comes in blocks, so that a large store fits in memory."""

_UNBOUNDED = 10_000
_MINUTE = 60


class Format(StrEnum):
    """How ``entries`` are written."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


class CallFormat(StrEnum):
    """How ``calls`` are written."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


class Language(StrEnum):
    """Of headings and words in a workbook."""

    ENGLISH = "en"
    RUSSIAN = "ru"


class TableOrJsonl(StrEnum):
    """How ``coverage`` is written."""

    TABLE = "table"
    JSONL = "jsonl"


def talk(seconds: int) -> str:
    """A duration for people: ``m:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, rest = divmod(seconds, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def write_jsonl(rows: Iterable[Mapping[str, object]]) -> None:
    """One JSON object a line, UTF-8."""
    out = _data_out()
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()


def write_csv(fields: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """RFC 4180, UTF-8, with a header; null is empty, lists are joined by a semicolon."""
    out = _data_out()
    writer = csv.writer(out)
    writer.writerow(fields)
    writer.writerows([_cell(row[field]) for field in fields] for row in rows)
    out.flush()


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table for people; ``empty`` is said on stderr where there are no rows."""
    console = _console()
    left = iter(rows)
    block = list(islice(left, BLOCK))
    if not block:
        typer.echo(empty, err=True)
    while block:
        _print_block(console, columns, block)
        block = list(islice(left, BLOCK))


def _print_block(console: "Console", columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from phonesync.logs import visible

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console.print(table)


def _console() -> "Console":
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(
        file=sys.stdout,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if terminal else _UNBOUNDED,
    )


def _data_out() -> TextIO:
    """The stdout as UTF-8 without changed line ends, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    return sys.stdout


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(map(str, value)) if isinstance(value, list) else value
