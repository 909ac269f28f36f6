"""Files of a switch that grow and are rotated, read in pieces of whole lines."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from phonesync.contacts.text import recognised
from phonesync.errors import SourceError
from phonesync.store.cdr_records import CdrReached

STEP = 1024 * 1024
"""Bytes read at a time."""

HEAD = 256 * 1024
"""Bytes from which the encoding is recognised and the headings are read."""

MARKED = 1024
"""Bytes at both ends of what was read that tell a file that grew from another one."""

MOST_BESIDE = 200
"""Files beside it that are looked at for the rest of a rotated one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole lines of a file.

    Attributes:
        text: The lines, without the end of the last.
        line: Number of its first line, from 1.
        end: Offset behind it, bytes.
        lines: Lines up to there.
        last: Nothing whole comes after it.
    """

    text: str
    line: int
    end: int
    lines: int
    last: bool


class GrowingFile:
    """One file, open for reading.

    Args:
        file: Open, binary.
        name: For errors.
        encoding: As configured; None: recognised.
    """

    def __init__(self, file: BinaryIO, *, name: str, encoding: str | None) -> None:
        self._file = file
        self.name = name
        self.head = self._bytes(0, HEAD)
        self._codec = _codec(encoding or recognised(self.head), self.head)
        self._end = "\n".encode(self._codec)

    def head_text(self) -> str:
        """The beginning of the file."""
        return self._decoded(self.head)

    def has_grown(self, reached: CdrReached) -> bool:
        """Whether it is the file that was read so far, with the same bytes before."""
        return self.size() >= reached.offset and self.mark(reached.offset) == reached.mark

    def size(self) -> int:
        """Bytes."""
        return self._file.seek(0, 2)

    def mark(self, offset: int) -> str:
        """A digest of the first bytes, and of those before an offset."""
        first = self._bytes(0, min(MARKED, offset))
        last = self._bytes(max(0, offset - MARKED), min(MARKED, offset))
        return hashlib.sha256(first + b"|" + last).hexdigest()

    def piece(self, offset: int, lines: int, *, most: int | None = None) -> Piece | None:
        """The next whole lines; what stands behind the last line end is left.

        Args:
            offset: Where to begin, at the start of a line.
            lines: Lines before it.
            most: No more lines than this.

        Returns:
            None where no whole line is left.
        """
        data = self._bytes(offset, STEP)
        cut = self._cut(data) if most is None else self._behind(data, most)
        if cut == 0:
            return None
        text = self._decoded(data[:cut]).removesuffix("\n")
        count = text.count("\n") + 1
        last = most is None and len(data) < STEP
        return Piece(text=text, line=lines + 1, end=offset + cut, lines=lines + count, last=last)

    def left(self, offset: int) -> bool:
        """Whether something stands behind an offset: a line that is not whole yet."""
        return self.size() > offset

    def _cut(self, data: bytes) -> int:
        """Where the last whole line of some bytes ends; a line longer than a step is cut into pieces."""
        width = len(self._end)
        at = data.rfind(self._end)
        while at >= 0 and at % width:
            at = data.rfind(self._end, 0, at + width - 1)
        if at >= 0:
            return at + width
        return len(data) if len(data) == STEP else 0

    def _behind(self, data: bytes, lines: int) -> int:
        """Where the line of that number ends."""
        width, at = len(self._end), 0
        for _ in range(lines):
            found = data.find(self._end, at)
            while found % width:
                found = data.find(self._end, found + 1)
            at = found + width
        return at

    def _decoded(self, data: bytes) -> str:
        return data.decode(self._codec, "replace").removeprefix("\ufeff")

    def _bytes(self, offset: int, count: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(count)
        except OSError as error:
            raise SourceError(f"The file {self.name} cannot be read: {error.strerror}.") from error


def opened(path: Path) -> BinaryIO:
    """A file open for reading.

    Raises:
        SourceError: It is not there or cannot be opened.
    """
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise SourceError(f"The file {path} does not exist.", hint="Is the path right?") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"The file {path} cannot be read: {reason}.") from error


def rotated(path: Path, reached: CdrReached, *, encoding: str | None) -> Path | None:
    """The file under whose new name the one lies that was read so far: ``Master.csv.1``, say.

    Args:
        path: Where it lay.
        reached: How far it was read.
        encoding: As configured.
    """
    beside = [one for one in path.parent.glob(f"{_escaped(path.stem)}*") if one != path and one.is_file()]
    for one in sorted(beside)[:MOST_BESIDE]:
        with opened(one) as file:
            if GrowingFile(file, name=one.name, encoding=encoding).has_grown(reached):
                return one
    return None


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _codec(name: str, head: bytes) -> str:
    """The encoding of a piece from the middle, where no byte order mark stands."""
    plain = codecs.lookup(name).name
    if plain == "utf-8-sig":
        return "utf-8"
    if plain == "utf-32":
        return "utf-32-be" if head.startswith(codecs.BOM_UTF32_BE) else "utf-32-le"
    if plain == "utf-16":
        return "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return plain
