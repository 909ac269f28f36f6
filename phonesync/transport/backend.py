"""Sockets under httpx: asyncio's own, with the certificate judged before a byte is sent.

httpcore lets its sockets be replaced. Ours differ from its own in four ways: the certificate is judged inside
``start_tls``; the operating system's errors come up as they are, so that they can be put into words; the
bytes of an answer are counted, so that its head is bounded and a read is repeated only where nothing had
come back; and head and body of a request leave in one piece, as browsers send them.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from enum import Enum, auto
from typing import Any

import httpcore
import httpx

from phonesync.errors import CertificateChanged, UnexpectedResponse
from phonesync.transport.target import Bounds, Target
from phonesync.transport.tls import Trust, context_of

_HIGH_WATER = 256 * 1024


class Phase(Enum):
    """How far a request has come."""

    CONNECT = auto()
    HANDSHAKE = auto()
    HEAD = auto()
    BODY = auto()


class Progress:
    """How far the request in hand has come.

    Attributes:
        phase: What is being waited for.
        received: Bytes of the answer read so far, as they came off the wire.
    """

    def __init__(self) -> None:
        self.phase = Phase.HEAD
        self.received = 0

    def begin(self) -> None:
        """Starts counting for a new request."""
        self.phase = Phase.HEAD
        self.received = 0


class _Incoming(asyncio.Protocol):
    """What has arrived and was not read yet; knows when the phone has closed or broken the connection."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.ended = False
        self.error: Exception | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self._arrived: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.attach(transport)

    def attach(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > _HIGH_WATER and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = exc
        self.writable.set()
        self._wake()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    async def arrival(self) -> None:
        """Waits until something is there to read, or the connection has ended."""
        while not self.buffer and not self.ended:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived

    def take(self, most: int) -> bytes:
        """At most ``most`` bytes; nothing at the end of the connection.

        Raises:
            OSError: The connection broke, and all that had come before is read.
        """
        if not self.buffer and self.error is not None:
            raise self.error
        data = bytes(self.buffer[:most])
        del self.buffer[:most]
        if self._paused and not self.buffer and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)


class PhoneStream(httpcore.AsyncNetworkStream):
    """One TCP or TLS connection to a phone."""

    def __init__(self, transport: asyncio.Transport, incoming: _Incoming, backend: PhoneBackend) -> None:
        self._transport = transport
        self._incoming = incoming
        self._backend = backend
        self._unsent = bytearray()
        self._closed = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  httpcore's signature
        """What has arrived; empty at the end of the connection.

        Raises:
            httpcore.ReadTimeout: Nothing came for ``timeout`` seconds.
            httpcore.WriteTimeout: The phone took nothing for ``timeout`` seconds.
            UnexpectedResponse: The head of the answer is longer than the bound.
            OSError: The connection broke.
        """
        await self._flush(timeout)
        progress = self._backend.progress
        if progress.phase is not Phase.BODY:
            room = self._backend.header_bytes - progress.received
            if room <= 0:
                raise UnexpectedResponse(
                    f"Phone {self._backend.name} sends an endless head: "
                    f"more than {self._backend.header_bytes} bytes without an end."
                )
            max_bytes = min(max_bytes, room)
        if not self._incoming.buffer and not self._incoming.ended:
            try:
                async with asyncio.timeout(timeout):
                    await self._incoming.arrival()
            except TimeoutError:
                raise httpcore.ReadTimeout from None
        data = self._incoming.take(max_bytes)
        progress.received += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  httpcore's signature
        """Keeps ``buffer`` until the answer is asked for, so that head and body leave in one piece."""
        self._unsent += buffer

    async def _flush(self, seconds: float | None) -> None:
        if not self._unsent:
            return
        data, self._unsent = bytes(self._unsent), bytearray()
        if self._incoming.ended and self._incoming.error is not None:
            return  # an answer may have come before the break; reading tells
        self._transport.write(data)
        try:
            async with asyncio.timeout(seconds):
                await self._incoming.writable.wait()
        except TimeoutError:
            raise httpcore.WriteTimeout from None

    async def aclose(self) -> None:
        """Closes at once: TLS says good-bye, but nobody waits for the phone to answer it."""
        if self._closed:
            # Python before 3.11.5 cannot abort a TLS transport that was closed twice.
            return
        self._closed = True
        self._transport.close()
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Shakes hands and judges the certificate; no request byte has been sent yet.

        Raises:
            httpcore.ConnectTimeout: The handshake took longer than ``timeout`` seconds.
            CertificateChanged: Not the certificate pinned.
            OSError: The handshake failed (``ssl.SSLError`` is one).
        """
        self._backend.progress.phase = Phase.HANDSHAKE
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self._incoming, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError:
            self._transport.abort()
            raise httpcore.ConnectTimeout from None
        except OSError:
            self._transport.abort()
            raise
        assert transport is not None
        self._incoming.attach(transport)
        stream = PhoneStream(transport, self._incoming, self._backend)
        try:
            self._backend.trust.judge(transport.get_extra_info("ssl_object").getpeercert(binary_form=True))
        except CertificateChanged:
            await stream.aclose()
            raise
        self._backend.progress.phase = Phase.HEAD
        return stream

    def get_extra_info(self, info: str) -> Any:
        """Tells httpcore whether an idle connection has become readable, that is: was closed by the phone."""
        if info == "is_readable":
            return self._incoming.ended or bool(self._incoming.buffer)
        return self._transport.get_extra_info(info)


class PhoneBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to one phone.

    Attributes:
        name: The phone's name.
        header_bytes: The longest head of an answer.
        trust: Judges certificates.
        progress: Of the request in hand.
    """

    def __init__(self, target: Target, *, trust: Trust, progress: Progress, header_bytes: int) -> None:
        self.name = target.name
        self.header_bytes = header_bytes
        self.trust = trust
        self.progress = progress

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects.

        Raises:
            httpcore.ConnectTimeout: It took longer than ``timeout`` seconds.
            OSError: It failed.
        """
        assert local_address is None
        assert not socket_options
        self.progress.phase = Phase.CONNECT
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout) as scope:
                transport, incoming = await loop.create_connection(_Incoming, host, port)
        except TimeoutError:
            if scope.expired():
                raise httpcore.ConnectTimeout from None
            raise  # the operating system's own, ETIMEDOUT
        self.progress.phase = Phase.HEAD
        return PhoneStream(transport, incoming, self)


class _OneConnection(httpcore.AsyncConnectionPool):
    """A pool of one: whoever speaks to one phone, one request at a time, needs no queue and no search."""

    def __init__(self, *, context: ssl.SSLContext, backend: PhoneBackend) -> None:
        super().__init__(ssl_context=context, network_backend=backend)
        self._only: httpcore.AsyncConnectionInterface | None = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Sends over the connection there is, or a new one where the phone has closed it."""
        if self._only is not None and (self._only.has_expired() or not self._only.is_available()):
            await self.aclose()
        if self._only is None:
            self._only = self.create_connection(request.url.origin)
        return await self._only.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the connection, if there is one."""
        only, self._only = self._only, None
        if only is not None:
            await only.aclose()


class PhoneHTTP(httpx.AsyncHTTPTransport):
    """httpx's own transport, with one connection to one phone and our sockets under it."""

    def __init__(self, target: Target, *, trust: Trust, progress: Progress, bounds: Bounds) -> None:
        context = context_of(target)
        super().__init__(verify=context, trust_env=False)
        # httpx offers no way to hand sockets to its pool, so the pool it has just made is replaced; being a
        # subclass, this transport is still found by whatever replaces httpx's (pytest-httpx).
        self._pool = _OneConnection(
            context=context,
            backend=PhoneBackend(target, trust=trust, progress=progress, header_bytes=bounds.header_bytes),
        )
