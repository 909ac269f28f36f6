"""An export as a workbook: calls, what they are, and what the words mean.

Nothing in it computes or links: numbers are texts, times are real dates in the reader's zone, durations are
figures that add up. Where a sheet is full the next one goes on. Memory stays the same however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from phonesync.journal.export_definitions import definitions
from phonesync.journal.export_table import About, Column, Exported, Kind, Tally, Value, columns

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_576
"""What a sheet holds, its line of headings included (ECMA-376 as Excel bounds it)."""

LONGEST_TEXT = 32_767
"""Characters of a cell (Excel's bound)."""

_FORMATS: Mapping[Kind, str] = {
    Kind.TEXT: "@",
    Kind.NUMBER: "@",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
    Kind.SECONDS: "[h]:mm:ss",
    Kind.COUNT: "0",
    Kind.SHARE: "0%",
}
_DAY_S = 86_400
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of a sheet is a wall clock's
_WIDE, _MEANING = 26, 110


def write_xlsx(
    path: Path,
    calls: Iterable[Exported],
    about: About,
    *,
    observe: Callable[[int], None] = lambda _: None,
    sheet_rows: int = SHEET_ROWS,
) -> Tally:
    """Writes calls into a workbook.

    Args:
        path: The file; whatever is in it is lost. Its folder takes temporary files too.
        calls: In order; taken one by one.
        about: Language, zone, and what is said of it.
        observe: Told how many are written, now and then; may raise to end it.
        sheet_rows: Lines of a sheet, its headings included.
    """
    tally, table = Tally(), columns(about)
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
        "use_zip64": True,
    }
    with _closed(xlsxwriter.Workbook(str(path), options)) as book:
        book.set_properties({"created": about.at.replace(tzinfo=None), "title": about.gettext("Calls")})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1})
        left, number = tally.counting(calls, observe), 1
        following: Exported | None = None
        while number == 1 or following is not None:
            sheet = book.add_worksheet(about.gettext("Calls") + ("" if number == 1 else f" {number}"))
            here = left if following is None else chain((following,), left)
            _fill(sheet, table, islice(here, sheet_rows - 1), formats, head)
            following = next(left, None)
            number += 1
        _say(book.add_worksheet(about.gettext("About")), _about(about, tally), book)
        words = [(about.gettext("Word"), about.gettext("Meaning")), *definitions(about.gettext)]
        _say(book.add_worksheet(about.gettext("Definitions")), words, book)
    return tally


@contextmanager
def _closed(book: xlsxwriter.Workbook) -> Iterator[xlsxwriter.Workbook]:
    """Puts the workbook together at the end, or, where something went wrong, throws its parts away."""
    whole = False
    try:
        yield book
        whole = True
    finally:
        if whole:
            book.close()
        else:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
                Path(sheet.row_data_filename).unlink()


def _fill(
    sheet: Worksheet,
    table: Sequence[Column],
    calls: Iterable[Exported],
    formats: Mapping[Kind, Format],
    head: Format,
) -> None:
    """One sheet of calls, from top to bottom: what stands above is written out already."""
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(table):
        sheet.set_column(at, at, column.width, formats[column.kind])
        sheet.write_string(0, at, column.title, head)
    row = 0
    for row, one in enumerate(calls, 1):
        for at, column in enumerate(table):
            value = column.of(one)
            if value is not None and value != "":
                _cell(sheet, row, at, value, column.kind, formats[column.kind])
    sheet.autofilter(0, 0, row, len(table) - 1)


def _cell(sheet: Worksheet, row: int, at: int, value: Value, kind: Kind, form: Format) -> None:
    if isinstance(value, str):
        sheet.write_string(row, at, value[:LONGEST_TEXT], form)
    elif isinstance(value, datetime):
        sheet.write_number(row, at, (value - _EPOCH).total_seconds() / _DAY_S, form)
    elif value is not None:
        sheet.write_number(row, at, value / _DAY_S if kind is Kind.SECONDS else value, form)


def _say(sheet: Worksheet, rows: Iterable[tuple[str, str]], book: Any) -> None:
    """A sheet of two columns of text, the first one bold."""
    bold, plain = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 1, _MEANING)
    for row, (word, meaning) in enumerate(rows):
        sheet.write_string(row, 0, word, bold)
        sheet.write_string(row, 1, meaning[:LONGEST_TEXT], plain)


def _about(about: About, tally: Tally) -> list[tuple[str, str]]:
    gettext, local = about.gettext, about.at.astimezone(about.zone)
    wanted = "\n".join(f"{name}: {value}" if value else name for name, value in about.wanted)
    coverage = tally.coverage
    return [
        (gettext("Made"), f"{local:%Y-%m-%d %H:%M:%S}"),
        (gettext("Time zone"), about.zone.key),
        (gettext("Asked for by"), about.by),
        (gettext("Filter"), wanted or gettext("none")),
        (gettext("Calls"), str(tally.rows)),
        (
            gettext("Coverage"),
            gettext("not known yet") if coverage is None else f"{int(coverage * 1000) / 10} %",
        ),
    ]
