"""A small HTTP/1.1 server of our own, because phones break HTTP and no proper server does.

It stands up many emulated phones on loopback addresses and sends exactly the bytes it is told to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, Emulator
from phonesync.errors import ConfigError
from phonesync.farm.faults import FaultKind, FaultPlan
from phonesync.farm.tls import TlsPipe
from phonesync.farm.wire import Delivery, Ending, WiredPhone, render_head, whole

_HEAD_BYTES = 64 * 1024
_BODY_BYTES = 4 * 1024 * 1024
_BACKLOG = 16
_LINGER_ZERO = struct.pack("ii", 1, 0)


class FarmServer:
    """Emulated phones on loopback addresses, as an asynchronous context manager.

    Args:
        max_connections: Open at one time over all phones; one more is reset.
    """

    def __init__(self, *, max_connections: int = 1024) -> None:
        self._max = max_connections
        self._listening: dict[str, tuple[asyncio.Server, WiredPhone]] = {}
        self._open: set[_Conversation] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for url in list(self._listening):
            await self.remove(url)

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._open)

    async def add(
        self,
        host: str,
        port: int,
        emulator: Emulator,
        *,
        secure: bool = False,
        faults: FaultPlan | None = None,
    ) -> str:
        """Stands up one phone and returns its address as the configuration takes it.

        Args:
            host: A loopback address, 127.x.y.z.
            port: 0 for any that is free.
            emulator: The phone's face.
            secure: Speak TLS, with a certificate of its own.
            faults: What goes wrong, and when; one may also be set later, on :meth:`phone`.

        Raises:
            ConfigError: Not a loopback address, or it cannot be listened on.
        """
        phone = WiredPhone(
            host=host, port=port, emulator=emulator, secure=secure, faults=faults or FaultPlan()
        )
        return await self.stand(phone)

    async def stand(self, phone: WiredPhone) -> str:
        """Stands up a phone that is wired already and returns its address.

        Raises:
            ConfigError: Not a loopback address, or it cannot be listened on.
        """
        host, port = phone.host, phone.port
        if not ipaddress.ip_address(host).is_loopback:
            raise ConfigError(f"Emulated phones stand on loopback addresses only, not on {host}.")
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: _Conversation(phone, self._open, self._max), host, port, backlog=_BACKLOG
            )
        except OSError as error:
            raise ConfigError(
                f"The emulated phone cannot listen on {host}, port {port}: {error.strerror}.",
                hint="Stop what listens there: perhaps another farm, a demo, or a service on all addresses.",
            ) from error
        phone.port = server.sockets[0].getsockname()[1]
        self._listening[phone.url] = (server, phone)
        return phone.url

    def phone(self, url: str) -> WiredPhone:
        """The phone at ``url``: its emulator and its plan may be exchanged."""
        return self._listening[url][1]

    async def remove(self, url: str) -> None:
        """Takes one phone away: its connections break, its address refuses new ones."""
        server, phone = self._listening.pop(url)
        server.close()
        ended = [conversation for conversation in self._open if conversation.phone is phone]
        for conversation in ended:
            conversation.abort()
        await server.wait_closed()
        playing = [conversation.playing for conversation in ended if conversation.playing is not None]
        if playing:
            await asyncio.wait(playing)


class _Conversation(asyncio.Protocol):
    """One connection: takes requests apart, sends what the phone delivers."""

    def __init__(self, phone: WiredPhone, company: set[_Conversation], most: int) -> None:
        self.phone = phone
        self.playing: asyncio.Task[None] | None = None
        self._company = company
        self._most = most
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._tls: TlsPipe | None = None
        self._buffer = bytearray()
        self._deaf = False
        self._writable = asyncio.Event()
        self._writable.set()

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = transport.get_extra_info("peername")[0]
        fault = self.phone.faults.of_connection()
        if len(self._company) >= self._most or (fault and fault.kind is FaultKind.OFFLINE):
            self._reset()
            return
        self._company.add(self)
        if self.phone.secure:
            self._tls = TlsPipe(self.phone.context(fault))

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._tls is not None:
            try:
                data = self._tls.feed(data)
            except ssl.SSLError:
                # A client that does not like our TLS, or none at all: tell it so and hang up.
                self._send_raw(self._tls.pending())
                self._close()
                return
            self._send_raw(self._tls.pending())
        self._buffer += data
        self._take_requests()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self._deaf = True
        self._company.discard(self)
        if self.playing is not None:
            self.playing.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # Requests in.

    def _take_requests(self) -> None:
        while not self._deaf and self.playing is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _HEAD_BYTES:
                    self._refuse(431)
                return
            head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
            words = head[0].split(" ")
            headers = tuple(_header(line) for line in head[1:])
            length = _length(headers)
            if len(words) != 3 or length is None:  # noqa: PLR2004  method, target, version
                self._refuse(400)
                return
            if length > _BODY_BYTES:
                self._refuse(413)
                return
            if len(self._buffer) < end + 4 + length:
                return
            content = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._answer(words[0], words[1], headers, content, keep=_keeps(words[2], headers))

    def _refuse(self, status: int) -> None:
        self._send(whole(EmulatedResponse(status=status)), keep=False)

    def _answer(
        self,
        method: str,
        target: str,
        headers: tuple[tuple[str, str], ...],
        content: bytes,
        *,
        keep: bool,
    ) -> None:
        request = EmulatedRequest(
            method=method,
            target=target,
            headers=headers,
            content=content,
            secure=self.phone.secure,
            peer=self._peer,
        )
        self._send(self.phone.deliver(request), keep=keep)

    # Answers out.

    def _send(self, delivery: Delivery, *, keep: bool) -> None:
        if delivery.is_plain and isinstance(delivery.body, tuple):
            assert delivery.answer is not None
            keep = keep and delivery.ending is Ending.KEEP
            head = render_head(delivery.answer, length=delivery.length, close=not keep)
            self._write(b"".join((head, *delivery.body)))
            if not keep:
                self._finish(delivery.ending)
            return
        self.playing = asyncio.get_running_loop().create_task(self._play(delivery, keep=keep))

    async def _play(self, delivery: Delivery, *, keep: bool) -> None:
        """Sends piece by piece; cancelled when the client goes."""
        await asyncio.sleep(delivery.wait_s)
        keep = keep and delivery.ending is Ending.KEEP
        if delivery.answer is not None:
            head = render_head(delivery.answer, length=delivery.length, close=not keep)
            self._write(head[: delivery.head_bytes])
        await self._write_pieces(() if delivery.head_bytes is not None else delivery.body, delivery.pause_s)
        self.playing = None
        if keep:
            self._take_requests()
        else:
            self._finish(delivery.ending)

    async def _write_pieces(self, pieces: Iterable[bytes], pause_s: float) -> None:
        for piece in pieces:
            await asyncio.sleep(pause_s)
            self._write(piece)
            await self._writable.wait()

    def _finish(self, ending: Ending) -> None:
        self._deaf = True
        if ending is Ending.RESET:
            self._reset()
        elif ending is not Ending.HANG:
            self._close()

    def _write(self, data: bytes) -> None:
        self._send_raw(self._tls.seal(data) if self._tls is not None and data else data)

    def _send_raw(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        self._deaf = True
        if self._tls is not None:
            self._send_raw(self._tls.farewell())
        if self._transport is not None:
            self._transport.close()

    def _reset(self) -> None:
        """Ends the connection with RST: what was sent and not read is lost, as when a phone crashes."""
        self._deaf = True
        if self._transport is not None:
            own = self._transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            self._transport.abort()

    def abort(self) -> None:
        """Breaks the connection at once."""
        if self.playing is not None:
            self.playing.cancel()
        self._reset()


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


def _length(headers: tuple[tuple[str, str], ...]) -> int | None:
    """The body's length, 0 where none is declared, or None where it cannot be told."""
    length = 0
    for name, value in headers:
        if name.lower() == "transfer-encoding":
            return None
        if name.lower() == "content-length":
            if not (value.isascii() and value.isdigit()):
                return None
            length = int(value)
    return length


def _keeps(version: str, headers: tuple[tuple[str, str], ...]) -> bool:
    """The client wants to go on over this connection."""
    said = next((value.lower() for name, value in headers if name.lower() == "connection"), "")
    return said != "close" if version == "HTTP/1.1" else said == "keep-alive"
