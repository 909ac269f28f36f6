"""An HTTP answer read leniently, from its bytes, without any I/O.

Some phones write answers that are no HTTP: a shebang line before the status line or among the headers, header
lines without a colon, lengths that contradict each other, no length at all. What such an answer means is
nevertheless clear, and is read here; what would have to be guessed is an error. A body whose end nothing
marks is handed on as it came: the end mark that a driver's parser looks for decides whether it is whole.

Source of fact: the Grandstream sheet, "Known to go wrong" 1; the other deviations are those that common web
servers of small devices are known for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import httpx

_STATUS_LINE = re.compile(rb"[ \t]*HTTP(?:/(\d(?:\.\d)?))?[ \t]+([1-9]\d\d)(?!\d)", re.IGNORECASE)
_STRICT_STATUS_LINE = re.compile(rb"HTTP/1\.[01] \d{3}(?: .*)?")
_SHEBANG = b"#!"
_BLANK = b" \t"
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NEVER_FIRST = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")
_NEWEST = b"1.1"
_LOWEST_FINAL = 200
_BODILESS = frozenset({204, 304})
_MOST_DIGITS = 18
_SHOWN = 40

CUT = "peer closed connection without sending complete message body"
"""As httpcore says it, so that one table puts both into words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status and headers of an answer.

    Attributes:
        version: For example ``HTTP/1.0``; ``HTTP/1.0`` too where the phone names none.
        status: HTTP status code, 200 to 999.
        headers: Name and value pairs in the order received; names as sent.
        excused: Something had to be overlooked, so nothing behind this answer on the connection is trusted.
    """

    version: bytes
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    excused: bool

    def values(self, name: bytes) -> list[bytes]:
        """The values of every header of that name, given in lower case; comma lists taken apart."""
        found = [value for key, value in self.headers if key.lower() == name]
        return [part for value in found for item in value.split(b",") if (part := item.strip())]


class HeadReader:
    """Reads bytes up to the end of an answer's head; each line is looked at once, however it arrives.

    Interim answers (1xx) are passed over. The caller bounds how many bytes are fed.

    Attributes:
        rest: What followed the head.
    """

    def __init__(self) -> None:
        self.rest = b""
        self._buffer = bytearray()
        self._line = 0  # where the line in hand begins
        self._seen = 0  # up to where its end was looked for
        self._excused = False
        self._begin()

    def _begin(self) -> None:
        self._version = b""
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []

    def feed(self, data: bytes) -> Head | None:
        """The head, once it is whole; None before.

        Raises:
            httpx.RemoteProtocolError: There is no status line.
        """
        self._buffer += data
        while (end := self._buffer.find(b"\n", self._seen)) >= 0:
            line = bytes(self._buffer[self._line : end])
            self._line = self._seen = end + 1
            if line.endswith(b"\r"):
                line = line[:-1]
            else:
                self._excused = True
            if self._status == 0:
                self._take_first(line)
            elif line:
                self._take_header(line)
            elif self._status >= _LOWEST_FINAL:
                return self._finished()
            else:
                self._begin()
        self._seen = len(self._buffer)
        if self._status == 0 and self._line < self._seen and _NEVER_FIRST.match(self._buffer, self._line):
            raise _no_status(bytes(self._buffer[self._line :]))
        return None

    def _finished(self) -> Head:
        self.rest = bytes(self._buffer[self._line :])
        return Head(
            version=b"HTTP/" + (self._version or b"1.0"),
            status=self._status,
            headers=tuple(self._headers),
            excused=self._excused,
        )

    def _take_first(self, line: bytes) -> None:
        """The status line; blank lines and shebang lines before it are overlooked."""
        if not line.strip() or line.startswith(_SHEBANG):
            self._excused = True
            return
        match = _STATUS_LINE.match(line)
        if match is None:
            raise _no_status(line)
        self._version, self._status = match[1] or b"", int(match[2])
        self._excused = self._excused or not _STRICT_STATUS_LINE.fullmatch(line)

    def _take_header(self, line: bytes) -> None:
        """A header, or more of the one before; anything else is overlooked.

        A value with control bytes is overlooked as well: a driver may send it back, in a cookie.
        """
        name, colon, value = line.partition(b":")
        name = name.rstrip()
        if line[0] in _BLANK and self._headers and not _CONTROL.search(line):
            key, before = self._headers[-1]
            self._headers[-1] = (key, b" ".join((before, line.strip())).strip())
        elif colon and name and not line.startswith((_SHEBANG, b" ", b"\t")) and not _CONTROL.search(line):
            self._headers.append((name, value.strip()))
        else:
            self._excused = True


def _no_status(line: bytes) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"illegal status line: {line[:_SHOWN]!r}")


class Content(Protocol):
    """Takes a body out of what follows the head.

    Attributes:
        done: The body is whole, and nothing more belongs to it.
        excused: Bytes came that belong to nothing.
    """

    done: bool
    excused: bool

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body among ``data``."""
        ...

    def end(self) -> None:
        """The phone has closed the connection."""
        ...


class Counted:
    """A body of a known length, of one of several lengths, or of none.

    Args:
        least: Shorter is cut, bytes.
        most: More does not belong to it, bytes; None: it ends with the connection.
        excused: Something was overlooked already.

    Attributes:
        done: The body is whole.
        excused: Bytes came that belong to nothing, or nothing marks the end.
    """

    def __init__(self, *, least: int, most: int | None, excused: bool = False) -> None:
        self.done = most == 0
        self.excused = excused or least != most
        self._least = least
        self._most = most
        self._received = 0

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body among ``data``."""
        if self._most is None:
            self._received += len(data)
            return data
        mine = data[: self._most - self._received]
        self._received += len(mine)
        self.done = self._received == self._most
        self.excused = self.excused or len(mine) < len(data)
        return mine

    def end(self) -> None:
        """The phone has closed the connection.

        Raises:
            httpx.RemoteProtocolError: The body is shorter than every length declared for it.
        """
        if self._received < self._least:
            raise httpx.RemoteProtocolError(CUT)
        self.done = True


class Chunked:
    """A body in chunks; its lines may end in a bare LF, and the connection may end right after the last one.

    Args:
        line_bytes: The longest line of a chunk's size, and all trailers together.
        excused: Something was overlooked already.

    Attributes:
        done: The body is whole.
        excused: Something had to be overlooked.
    """

    def __init__(self, *, line_bytes: int, excused: bool = False) -> None:
        self.done = False
        self.excused = excused
        self._room = self._line_bytes = line_bytes
        self._line = bytearray()
        self._left = 0
        self._behind_chunk = False
        self._last = False

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body among ``data``.

        Raises:
            httpx.RemoteProtocolError: The chunks are damaged.
        """
        pieces: list[bytes] = []
        place = 0
        while place < len(data) and not self.done:
            if self._left:
                piece = data[place : place + self._left]
                pieces.append(piece)
                place += len(piece)
                self._left -= len(piece)
                self._behind_chunk = self._left == 0
                continue
            end = data.find(b"\n", place)
            stop = len(data) if end < 0 else end
            self._line += data[place:stop]
            if len(self._line) > self._room:
                raise httpx.RemoteProtocolError("endless line between chunks")
            place = stop + 1
            if end >= 0:
                self._take_line()
        self.excused = self.excused or place < len(data)
        return b"".join(pieces)

    def _take_line(self) -> None:
        line = bytes(self._line).removesuffix(b"\r")
        self._line.clear()
        if self._last:
            self._room -= len(line)
            self.done = not line
            return
        if self._behind_chunk:
            if line:
                raise httpx.RemoteProtocolError("chunk longer than its size")
            self._behind_chunk = False
            return
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise httpx.RemoteProtocolError("illegal size of a chunk")
        self._left = int(match[1], 16)
        self._last = self._left == 0

    def end(self) -> None:
        """The phone has closed the connection.

        Raises:
            httpx.RemoteProtocolError: The last chunk has not come.
        """
        if not self._last:
            raise httpx.RemoteProtocolError(CUT)
        self.done = self.excused = True


def content_of(head: Head, *, method: str, line_bytes: int) -> Content:
    """What takes the body out of the bytes behind a head.

    Chunks stand above a length. Equal lengths are one; where they differ, the body has one of them, so that
    fewer bytes than the least are a cut answer, and none beyond the greatest is waited for. A length that is
    no number says nothing.

    Args:
        head: The head of the answer.
        method: Of the request: nothing follows the head of an answer to ``HEAD``.
        line_bytes: The longest line between chunks.

    Raises:
        httpx.RemoteProtocolError: The body is wrapped in a transfer coding other than chunks.
    """
    if method == "HEAD" or head.status in _BODILESS:
        return Counted(least=0, most=0)
    codings = [coding.lower() for coding in head.values(b"transfer-encoding")]
    codings = [coding for coding in codings if coding != b"identity"]
    declared = head.values(b"content-length")
    if codings == [b"chunked"]:
        return Chunked(line_bytes=line_bytes, excused=bool(declared))
    if codings:
        raise httpx.RemoteProtocolError("transfer coding other than chunked")
    lengths = {int(value) for value in declared if value.isdigit() and len(value) <= _MOST_DIGITS}
    if not lengths:
        return Counted(least=0, most=None)
    return Counted(least=min(lengths), most=max(lengths), excused=len(declared) > 1)


def leaves_open(head: Head, content: Content) -> bool:
    """Whether the next request may go over the same connection: only behind an answer without a fault."""
    return (
        content.done
        and not content.excused
        and not head.excused
        and head.version.endswith(_NEWEST)
        and b"close" not in [value.lower() for value in head.values(b"connection")]
    )
