"""Contacts of a CSV file, as spreadsheets write it: any encoding, any usual delimiter, any usual headings."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from phonesync.contacts import headings
from phonesync.contacts.cleaning import clean, made
from phonesync.contacts.text import decode
from phonesync.contacts.values import Found, Harvest, Place, Remark
from phonesync.errors import SourceError
from phonesync.model import NumberKind
from phonesync.spelling import unknown

DELIMITERS = (";", ",", "\t", "|")
MOST_ROWS = 200_000
LONGEST_ROW = 50
"""Lines of one row: text in quotation marks may hold line ends. More are taken for a mark left open."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_SHOWN_HEADINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file.

    Attributes:
        line: Its first line, from 1.
        cells: Its cells; empty where it is broken.
        broken: Why it cannot be read, or None.
    """

    line: int
    cells: tuple[str, ...] = ()
    broken: str | None = None


def parse(
    data: bytes,
    *,
    file: str,
    columns: Mapping[str, Sequence[str]],
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Harvest:
    """The contacts of a file.

    Args:
        data: The file.
        file: Its name, for remarks.
        columns: Role to headings, as configured; the others are recognised.
        delimiter: As configured; None: recognised.
        encoding: As configured; None: recognised.

    Raises:
        SourceError: It has no heading that is known, or one that is configured is missing, or too many rows.
    """
    text, _ = decode(data, encoding, file=file)
    lines = _LINE_END.split(text)
    first, separator = _after_sep(lines)
    sign = delimiter or separator or _delimiter(lines[first:])
    rows = rows_of(lines, first, sign)
    head = next((row for row in rows if _is_filled(row)), None)
    if head is None:
        return Harvest(found=())
    where = _columns(head, columns, file)
    found: list[Found] = []
    remarks: list[Remark] = []
    for count, row in enumerate(rows):
        if count >= MOST_ROWS:
            raise SourceError(f"{file} has more than {MOST_ROWS} rows.")
        if row.broken is None and not _is_filled(row):
            continue
        contact, said = _contact(row, where, file)
        remarks += said
        if contact is not None:
            found.append(contact)
    return Harvest(found=tuple(found), remarks=tuple(remarks))


def rows_of(lines: Sequence[str], first: int, delimiter: str) -> Iterator[Row]:
    """The rows of a file. A quotation mark that is left open spoils its own row, never those after it.

    Args:
        lines: Its lines without their ends.
        first: Position of the first line to read.
        delimiter: Between cells.
    """
    at = first
    while at < len(lines):
        row, at = _row(lines, at, delimiter)
        yield row


def _row(lines: Sequence[str], at: int, delimiter: str) -> tuple[Row, int]:
    """The row that begins at a line, and where the next one begins."""
    for length in range(1, min(LONGEST_ROW, len(lines) - at) + 1):
        text = "\n".join(lines[at : at + length])
        # A single line with a pair of marks ends for certain; whatever else is to end, must end properly.
        strict = length > 1 or text.count('"') % 2 == 1
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=strict), [])
        except csv.Error as error:
            if "unexpected end" in str(error):
                continue
            if length == 1:
                return Row(line=at + 1, broken=_spoiled(error)), at + 1
            break
        return Row(line=at + 1, cells=tuple(cells)), at + length
    return Row(line=at + 1, broken="a quotation mark is opened and never closed"), at + 1


def _spoiled(error: csv.Error) -> str:
    """Why a single line has no cells; what the library says of line ends is meant for programmers."""
    said = str(error)
    if said.startswith("new-line character"):
        return "cannot be read: a carriage return stands within it"
    return f"cannot be read: {said}"


def _contact(row: Row, where: headings.Columns, file: str) -> tuple[Found | None, list[Remark]]:
    place = Place(file=file, line=row.line)
    if row.broken is not None:
        return None, [Remark(place=place, reason=row.broken)]

    def texts(role: str) -> list[str]:
        return [row.cells[at] for at in where.get(role, ()) if at < len(row.cells)]

    def text(role: str) -> str | None:
        return clean(" ".join(texts(role)))

    return made(
        names=[text("name")],
        numbers=[(cell, NumberKind(role)) for role in headings.NUMBERS for cell in texts(role)],
        place=place,
        uid=text("id"),
        company=text("company"),
        department=text("department"),
    )


def _is_filled(row: Row) -> bool:
    return any(cell.strip() for cell in row.cells)


def _after_sep(lines: Sequence[str]) -> tuple[int, str | None]:
    """Position of the first line of data, and the delimiter that a line ``sep=;`` before it names."""
    match = _SEP.fullmatch(lines[0].strip("\r\n ")) if lines else None
    return (1, match[1]) if match else (0, None)


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that makes most known headings of the first row, or else most cells."""

    def known(sign: str) -> tuple[int, int]:
        head = next((row for row in rows_of(lines, 0, sign) if _is_filled(row)), Row(line=1))
        return sum(headings.role_of(cell) is not None for cell in head.cells), len(head.cells)

    return max(DELIMITERS, key=known)


def _columns(head: Row, wanted: Mapping[str, Sequence[str]], file: str) -> headings.Columns:
    """Role to columns: the configured ones, and the recognised ones for other roles.

    Raises:
        SourceError: A configured heading is missing, or there is no name or no number.
    """
    positions: dict[str, int] = {}
    for at, heading in enumerate(head.cells):
        positions.setdefault(headings.plain(heading), at)
    chosen: dict[str, tuple[int, ...]] = {}
    for role, names in wanted.items():
        missing = [name for name in names if headings.plain(name) not in positions]
        if missing:
            raise SourceError(
                f"{file}:{head.line}: {unknown('heading', missing[0], map(str.strip, head.cells))}",
                hint=f"columns.{role} of the source names it.",
            )
        chosen[role] = tuple(positions[headings.plain(name)] for name in names)
    taken = {at for some in chosen.values() for at in some}
    for role, some in headings.recognised(head.cells).items():
        free = tuple(at for at in some if at not in taken)
        if role not in chosen and free:
            chosen[role] = free
    if not (chosen.get("name") or chosen.get("company")) or not any(map(chosen.get, headings.NUMBERS)):
        shown = ", ".join(clean(cell) or "" for cell in head.cells[:_SHOWN_HEADINGS])
        raise SourceError(
            f"{file}:{head.line}: no heading of a name and of a number is known among: {shown}.",
            hint='Say what they hold, for example columns = { name = ["Staff"], work = ["Line"] }.',
        )
    return chosen
