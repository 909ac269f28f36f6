"""An export as CSV (RFC 4180) that a spreadsheet opens with a click, and in which no text can compute.

A text that a spreadsheet would take for a formula begins with an apostrophe in the file. A number that is a
plus and digits stays as it is: it can compute nothing, and programs get it as E.164. Spreadsheets read it as
a figure, without its plus; for them there is XLSX. Every text stands in quotes, so that none can break out of
its cell where a program expects another separator.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from phonesync.journal.export_table import About, Column, Exported, Kind, Tally, columns

SEPARATORS = {"ru": ";"}
"""Language to separator, where it is not a comma: where the comma stands in figures."""

_NUMBER = re.compile(r"\+?[0-9]+")
_COMPUTES = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a formula begins with; the last four are the wide forms of East Asia, which Excel takes too."""


def write_csv(
    path: Path, calls: Iterable[Exported], about: About, *, observe: Callable[[int], None] = lambda _: None
) -> Tally:
    """Writes calls into a file: UTF-8 with a mark at its beginning, a first line of headings.

    Args:
        path: The file; whatever is in it is lost.
        calls: In order; taken one by one.
        about: Language and zone.
        observe: Told how many are written, now and then; may raise to end it.
    """
    tally, table = Tally(), columns(about)
    separator = SEPARATORS.get(about.language, ",")
    with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow([column.title for column in table])
        for one in tally.counting(calls, observe):
            writer.writerow([_cell(column, one) for column in table])
    return tally


def _cell(column: Column, one: Exported) -> str | int:
    value = column.of(one)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if column.kind is Kind.SHARE:
        return f"{float(value):.0%}"
    return safe(value) if isinstance(value, str) else int(value)


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _COMPUTES.match(text) and not _NUMBER.fullmatch(text) else text
