"""The transport for phones that break HTTP: httpx's interface, our sockets, a lenient reader of answers.

It stands beside :class:`~phonesync.transport.backend.PhoneHTTP` and keeps every bound that one keeps, because
the bounds lie around it: time, redirects, decompression and the size of a body in
:mod:`phonesync.transport.client`, the size of a head and the judgement of certificates in
:mod:`phonesync.transport.backend`. Why it is not used with every phone is told in ADR 0021.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from phonesync.transport.answer import Content, Head, HeadReader, content_of, leaves_open
from phonesync.transport.backend import PhoneBackend, Progress
from phonesync.transport.target import Bounds, Target, origin
from phonesync.transport.tls import Trust, context_of

_PIECE = 64 * 1024

_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:: [\t -~\x80-\xff]*| /[!-~]* HTTP/1\.1)")
"""A line of a request as it may go out: a line end within it would begin another header."""

_TIMEOUTS = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}

_NO_ANSWER = "Server disconnected without sending a response."


class LenientHTTP(httpx.AsyncBaseTransport):
    """Speaks to one phone over one connection, one request at a time, and reads its answers leniently.

    A connection is used again only behind an answer without any fault.

    Args:
        target: The phone.
        trust: Judges its certificate.
        progress: Of the request in hand.
        bounds: The most it may take; of these, it keeps those of a head and of a line between chunks.
    """

    def __init__(self, target: Target, *, trust: Trust, progress: Progress, bounds: Bounds) -> None:
        self._context = context_of(target)
        self._line_bytes = bounds.header_bytes
        self._backend = PhoneBackend(target, trust=trust, progress=progress, header_bytes=bounds.header_bytes)
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request and reads the head of its answer.

        Raises:
            httpx.TimeoutException: Nothing came, or went, for too long.
            httpx.RemoteProtocolError: What came is no answer, however lenient the reader.
            httpx.LocalProtocolError: The request cannot be written as HTTP.
            UnexpectedResponse: The head of the answer is longer than the bound.
            CertificateChanged: Not the certificate pinned.
            OSError: The connection could not be made, or broke.
        """
        data = _written(request)
        limits = request.extensions["timeout"]
        answered = False
        try:
            with _as_httpx():
                stream = await self._connected(request.url, limits["connect"])
                await stream.write(data, timeout=limits["write"])
                head, rest = await _head(stream, limits["read"])
            content = content_of(head, method=request.method, line_bytes=self._line_bytes)
            answered = True
        finally:
            if not answered:
                await self.aclose()
        body = _Answer(self, stream, head, content, rest=rest, read_s=limits["read"])
        return httpx.Response(
            head.status, headers=head.headers, stream=body, extensions={"http_version": head.version}
        )

    async def _connected(self, url: httpx.URL, seconds: float) -> httpcore.AsyncNetworkStream:
        """The connection there is, or a new one where the phone has closed it or said something unasked."""
        if self._stream is not None and self._stream.get_extra_info("is_readable"):
            await self.aclose()
        if self._stream is None:
            host = url.raw_host.decode("ascii")
            stream = await self._backend.connect_tcp(host, origin(url)[2], timeout=seconds)
            if url.scheme == "https":
                stream = await stream.start_tls(self._context, server_hostname=host, timeout=seconds)
            self._stream = stream
        return self._stream

    async def aclose(self) -> None:
        """Closes the connection, if there is one."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()


class _Answer(httpx.AsyncByteStream):
    """The body of one answer, as it arrives; closing it closes a connection that cannot be used again."""

    def __init__(
        self,
        http: LenientHTTP,
        stream: httpcore.AsyncNetworkStream,
        head: Head,
        content: Content,
        *,
        rest: bytes,
        read_s: float,
    ) -> None:
        self._http = http
        self._stream = stream
        self._head = head
        self._content = content
        self._rest = rest
        self._read_s = read_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._content
        data = self._rest
        if data:
            yield content.feed(data)
        while not content.done:
            with _as_httpx():
                data = await self._stream.read(_PIECE, timeout=self._read_s)
            if data:
                yield content.feed(data)
            else:
                content.end()

    async def aclose(self) -> None:
        """Called once the answer was read or is not wanted any more."""
        if not leaves_open(self._head, self._content):
            await self._http.aclose()


async def _head(stream: httpcore.AsyncNetworkStream, seconds: float) -> tuple[Head, bytes]:
    """The head of the answer, and what came with it."""
    reader = HeadReader()
    while True:
        data = await stream.read(_PIECE, timeout=seconds)
        if not data:
            raise httpx.RemoteProtocolError(_NO_ANSWER)
        head = reader.feed(data)
        if head is not None:
            return head, reader.rest


def _written(request: httpx.Request) -> bytes:
    """The request as it goes on the wire.

    Raises:
        httpx.LocalProtocolError: Method, path or a header holds what would end its line.
    """
    path: bytes = request.extensions["target"]
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), path)]
    lines += [b"%b: %b" % pair for pair in request.headers.raw]
    if not all(map(_LINE.fullmatch, lines)):
        raise httpx.LocalProtocolError("The request cannot be written as HTTP.")
    return b"\r\n".join((*lines, b"", request.content))


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Time-outs of our sockets under the names that httpx has for them."""
    try:
        yield
    except httpcore.TimeoutException as exc:
        raise _TIMEOUTS[type(exc)](str(exc)) from exc
