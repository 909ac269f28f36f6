"""Reads what was added to a switch's record, batch by batch; each batch is kept before the next is read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from phonesync.cdr import layouts
from phonesync.cdr.files import GrowingFile, Piece, opened, rotated
from phonesync.cdr.lines import Layout, read_line
from phonesync.contacts.csv_file import DELIMITERS, LONGEST_ROW, Row, rows_of
from phonesync.contacts.headings import plain
from phonesync.contacts.values import Place, Remark
from phonesync.store.cdr_records import CdrReached, CdrTaken, NewCdrLine

if TYPE_CHECKING:
    from phonesync.config import CdrConfig, Config

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some lines that were read.

    Attributes:
        lines: In the order of the file.
        reached: How far that is.
        remarks: Lines that could not be read.
        fresh: None of the lines may be known: the file was read up to them before. Where one is, it may be
            an equal one, and the file is to be read from its beginning to tell them apart.
    """

    lines: tuple[NewCdrLine, ...]
    reached: CdrReached
    remarks: tuple[Remark, ...]
    fresh: bool


class RecordReader:
    """One file of a switch being read.

    Args:
        config: The configuration.
        record: One of its records, or one made on the command line.
        path: The file.
        reached: How far it was read before; None: not at all.
    """

    def __init__(
        self, config: Config, record: CdrConfig, path: Path, *, reached: CdrReached | None = None
    ) -> None:
        self._config, self._record, self.path = config, record, path
        self._reached = reached
        self._held = ExitStack()
        self._parts: Iterator[_Part] = iter(())
        self._part: _Part | None = None
        self._last: _Part | None = None

    def __enter__(self) -> Self:
        """Opens the file; see :meth:`open`."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    def open(self) -> None:
        """Opens the file.

        Raises:
            SourceError: It is not there, cannot be read, or lacks a heading.
        """
        with ExitStack() as held:
            self._parts = self._all_parts(held)
            self._part = next(self._parts, None)
            self._held = held.pop_all()

    def close(self) -> None:
        """Closes the file."""
        self._held.close()

    def batch(self) -> Batch | None:
        """The next lines, or None where all whole lines were read.

        Raises:
            SourceError: The file cannot be read.
        """
        while self._part is not None:
            batch = self._part.batch()
            if batch is not None:
                return batch
            self._part = next(self._parts, None)
        return None

    def took(self, taken: CdrTaken | None) -> None:
        """Tells that the last batch was kept; None: it was not, because one of its lines is known."""
        assert self._part is not None
        self._part.took(kept=taken is not None)

    def unfinished(self) -> Place | None:
        """Where a line stands that is not whole yet, once all others were read; or None."""
        with opened(self.path) as file:
            found = GrowingFile(file, name=self.path.name, encoding=self._record.encoding)
            at = self._last.reached if self._last is not None else None
            offset, lines = (0, 0) if at is None else (at.offset, at.lines)
            return Place(file=self.path.name, line=lines + 1) if found.left(offset) else None

    def _all_parts(self, held: ExitStack) -> Iterator[_Part]:
        """The rest of a rotated file, where it is found; then the file itself."""
        file = self._opened(held, self.path)
        reached = self._reached
        if reached is not None and not file.has_grown(reached):
            old = rotated(self.path, reached, encoding=self._record.encoding)
            if old is not None:
                yield _Part(self._opened(held, old), self._config, self._record, reached)
            reached = None
        self._last = _Part(file, self._config, self._record, reached)
        yield self._last

    def _opened(self, held: ExitStack, path: Path) -> GrowingFile:
        file = held.enter_context(opened(path))
        return GrowingFile(file, name=path.name, encoding=self._record.encoding)


class _Part:
    """One file, from where it was read to."""

    def __init__(
        self, file: GrowingFile, config: Config, record: CdrConfig, reached: CdrReached | None
    ) -> None:
        self._file = file
        self._kind = record.kind
        self._sign, self._layout, self._head = _laid_out(file, config, record)
        self.reached = reached
        self._fresh = reached is not None
        self._next = reached
        self._seen: Counter[bytes] = Counter()

    def batch(self) -> Batch | None:
        offset, lines = (0, 0) if self.reached is None else (self.reached.offset, self.reached.lines)
        piece = self._file.piece(offset, lines)
        if piece is None:
            return None
        rows, cut = _rows(piece, self._sign)
        if cut is not None:
            piece = self._file.piece(offset, lines, most=cut)
            assert piece is not None
            rows = [row for row in rows if row[0].line <= cut]
        after = None if self.reached is None else self.reached.ended_at
        found: list[NewCdrLine] = []
        remarks: list[Remark] = []
        for row, text in rows:
            number = piece.line + row.line - 1
            if number == self._head or not (row.broken or any(cell.strip() for cell in row.cells)):
                continue
            try:
                line = read_line(self._layout, row, after=after)
            except (ValueError, OverflowError) as error:
                remarks.append(Remark(place=Place(file=self._file.name, line=number), reason=str(error)))
                continue
            if self._kind == "asterisk" and line.ended_at is not None:
                after = line.ended_at if after is None else max(after, line.ended_at)
            found.append(NewCdrLine(line=line, digest=self._digest(text), text=text))
        self._next = CdrReached(
            offset=piece.end, lines=piece.lines, mark=self._file.mark(piece.end), ended_at=after
        )
        return Batch(lines=tuple(found), reached=self._next, remarks=tuple(remarks), fresh=self._fresh)

    def took(self, *, kept: bool) -> None:
        if kept:
            self.reached = self._next
        else:
            self.reached, self._fresh = None, False
            self._seen.clear()

    def _digest(self, text: str) -> str:
        """Of a line and of which of several equal ones it is."""
        digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()[:16]
        count = self._seen[digest]
        self._seen[digest] = count + 1
        return f"{digest.hex()}.{count}"


def _rows(piece: Piece, sign: str) -> tuple[list[tuple[Row, str]], int | None]:
    """The rows of a piece with their texts, and how many lines to keep of it.

    A row with line ends in it may be cut by the end of a piece; it is then left for the next one.
    """
    lines = [line.removesuffix("\r") for line in piece.text.split("\n")]
    rows = list(rows_of(lines, 0, sign))
    cut = None
    if not piece.last:
        torn = (row for row in rows if row.broken and row.line > max(1, len(lines) - LONGEST_ROW))
        first = next(torn, None)
        cut = None if first is None else first.line - 1
    ends = [row.line - 1 for row in rows[1:]] + [len(lines)]
    texts = ("\n".join(lines[row.line - 1 : end]) for row, end in zip(rows, ends, strict=True))
    return list(zip(rows, texts, strict=True)), cut


def _laid_out(file: GrowingFile, config: Config, record: CdrConfig) -> tuple[str, Layout, int | None]:
    """What stands between the cells of a file, how its lines are read, and which line has its headings.

    Raises:
        SourceError: A heading is missing.
    """
    site = config.site_named(record.site)
    zone = _UTC if record.utc else ZoneInfo(record.timezone or site.timezone)
    roles = {**layouts.ROLES[record.kind], **record.columns}
    if record.keys is not None:
        roles["keys"] = record.keys
    sign, head, places = record.delimiter or ",", None, MappingProxyType[str, int]({})
    if record.kind != "asterisk":
        sign, head, places = _headed(file, record, roles)
    layout = Layout(
        source=record.name, kind=record.kind, plan=site.dial_plan, zone=zone,
        time_format=record.time_format, roles=MappingProxyType(roles), places=places,
    )  # fmt: skip
    return sign, layout, head


def _headed(
    file: GrowingFile, record: CdrConfig, roles: Mapping[str, str]
) -> tuple[str, int | None, MappingProxyType[str, int]]:
    lines = [line.removesuffix("\r") for line in file.head_text().split("\n")]
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return ",", None, MappingProxyType({"": 0})
    sign = record.delimiter or (_sign(lines[first:], roles) if record.kind == "csv" else ",")
    head = next(rows_of(lines, first, sign))
    # What FreePBX's own table lacks on an old system is left out; what a person named must be there.
    wanted = {role: roles[role] for role in ("start", "src", "dst")} | dict(record.columns)
    if record.keys is not None:
        wanted["keys"] = record.keys
    places = layouts.positions(head.cells, wanted, file=file.name)
    return sign, head.line, MappingProxyType(dict(places))


def _sign(lines: Sequence[str], roles: Mapping[str, str]) -> str:
    """The delimiter that makes most of the named headings."""
    named = {plain(heading) for heading in roles.values()}

    def known(sign: str) -> int:
        row = next(rows_of(lines, 0, sign))
        return sum(plain(cell) in named for cell in row.cells)

    return max(DELIMITERS, key=known)
