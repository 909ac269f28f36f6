"""One connection of a phone: a mended request line, and bounds that hold before anything is parsed.

Derived from uvicorn's protocol over httptools. The head of each request is collected here, so its size and
the time it takes are bounded, and it is mended (:mod:`phonesync.web.requestline`) before the parser sees it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from phonesync.web.refusals import Refusals
from phonesync.web.requestline import end_of, is_of_phones, is_simple, mended

LINGER_S, LINGER_BYTES = 2.0, 1024 * 1024
"""How long, and how much of it, a refused peer may go on speaking before its connection is cut."""

NOT_TAKEN = "An answer was not taken in time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one connection, one peer and all of them together may take.

    Attributes:
        head_bytes: Request line and headers.
        body_bytes: Body of one request.
        head_s: Seconds until the head is complete.
        body_s: Seconds until the body is complete.
        answer_s: Seconds until the answer is taken, or some more of one that is long. The site may be longer
            over making one.
        connections: Open at once.
        per_peer: Open at once from one address that is no trusted proxy.
    """

    head_bytes: int = 16 * 1024
    body_bytes: int = 4 * 1024 * 1024
    head_s: float = 10.0
    body_s: float = 30.0
    answer_s: float = 60.0
    connections: int = 1000
    per_peer: int = 100


@dataclass(slots=True, kw_only=True)
class Hall:
    """What all connections of one server share.

    Attributes:
        bounds: What may be taken.
        refusals: Tells of what was refused.
        is_proxy: Whether an address is a trusted proxy, whose connections belong to many peers.
        peers: Open connections by address.
    """

    bounds: Bounds
    refusals: Refusals
    is_proxy: Callable[[str], bool]
    peers: Counter[str] = field(default_factory=Counter)


class LenientProtocol(HttpToolsProtocol):
    """One connection.

    Args:
        config: Of uvicorn.
        server_state: Of uvicorn: all connections and tasks.
        hall: What all connections share.
    """

    def __init__(self, config: Config, server_state: ServerState, hall: Hall) -> None:
        super().__init__(config=config, server_state=server_state, app_state={})
        self._hall = hall
        self._peer = ""
        self._head = bytearray()
        self._in_head, self._parsing = True, False
        self._left: int | None = None
        self._taken = 0
        self._timer: asyncio.TimerHandle | None = None
        self._refused, self._discarded = False, 0
        self._early = b""

    # --- the transport's side -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts the connection, and refuses one too many."""
        super().connection_made(transport)
        if self.client is not None:
            # An IPv4 peer of a socket for both is to bear the name it has everywhere else.
            self.client = (self.client[0].removeprefix("::ffff:"), self.client[1])
            self._peer = self.client[0]
        hall = self._hall
        hall.peers[self._peer] += 1
        if len(self.connections) > hall.bounds.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections are open.")
        elif hall.peers[self._peer] > hall.bounds.per_peer and not hall.is_proxy(self._peer):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections of this peer are open.")
        else:
            self._within(hall.bounds.head_s, "A request did not come in time.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._in_time()
        peers = self._hall.peers
        peers[self._peer] -= 1
        if peers[self._peer] <= 0:
            del peers[self._peer]
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A peer that says no more may still wait for its answer."""
        if self._in_head and not self._is_answering and is_simple(self._head):
            self.data_received(b"\r\n\r\n")
        if self._refused or not self._is_answering or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return self.scheme == "http"

    def data_received(self, data: bytes) -> None:
        """Collects heads, mends them, and hands bodies on as far as they are bounded."""
        while data:
            if self._refused:
                self._discard(len(data))
                return
            if self._in_head and self._is_answering:
                # The next request, sent before the answer to this one: it waits.
                self._early += data
                self.flow.pause_reading()
                return
            if self._in_head:
                data = self._collect(data)
            elif self._left is None:
                if self._parsing:
                    self._feed(data)
                return
            else:
                body, data = data[: self._left], data[self._left :]
                self._left -= len(body)
                self._feed(body)

    def resume_writing(self) -> None:
        """The peer has taken some of a long answer: it may take as long over the next piece."""
        super().resume_writing()
        if self._is_answering and not self._parsing and not self._refused and self._timer is not None:
            self._within(self._hall.bounds.answer_s, NOT_TAKEN)

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # --- heads --------------------------------------------------------------------------------------------

    def _collect(self, data: bytes) -> bytes:
        """Takes what belongs to the head; returns what follows it."""
        if not self._head:
            self._unset_keepalive_if_required()
            data = data.lstrip(b"\r\n")
            if not data:
                return b""
            if self._timer is None:
                self._within(self._hall.bounds.head_s, "A request did not come in time.")
        self._head += data
        end = end_of(self._head)
        if (len(self._head) if end is None else end) > self._hall.bounds.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A request had too long a head.")
            return b""
        if end is None:
            return b""
        head, rest = bytes(self._head[:end]), bytes(self._head[end:])
        self._head.clear()
        self._in_time()
        try:
            head = mended(head)
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST, "A request was none of a phone.")
            return b""
        self._in_head, self._left, self._taken, self._parsing = False, None, 0, True
        self._feed(head)
        return rest

    def on_headers_complete(self) -> None:
        """Looks at how long the body will be before anything else happens."""
        if not self._parsing:
            return
        headers = dict(self.headers)
        chunked = b"transfer-encoding" in headers
        self._left = None if chunked else int(headers.get(b"content-length", b"0"))
        if self.parser.should_upgrade():
            self._refuse(HTTPStatus.BAD_REQUEST, "A request was none of a phone.")
        elif (self._left or 0) > self._hall.bounds.body_bytes:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request had too long a body.")
        else:
            self._within(self._hall.bounds.body_s, "A body did not come in time.")
            super().on_headers_complete()
            if chunked:
                # What follows the last chunk cannot be told from it, so nothing may.
                self.cycle.keep_alive = False

    # --- bodies -------------------------------------------------------------------------------------------

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(HTTPStatus.BAD_REQUEST, "A request was none of a phone.")

    def on_message_begin(self) -> None:
        """A second message inside a body of chunks is not taken."""
        if self._parsing:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        if self._parsing:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._parsing:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """A piece of the body, as long as it is not too long."""
        if not self._parsing or self._refused:
            return
        self._taken += len(body)
        if self._taken > self._hall.bounds.body_bytes:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request had too long a body.")
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The next bytes begin a head, and the answer is waited for."""
        if not self._parsing or self._refused:
            return
        self._parsing = False
        self._in_head = self._left is not None
        if self._is_answering:
            self._within(self._hall.bounds.answer_s, NOT_TAKEN)
        else:
            self._in_time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Where the peer has taken all of it, nothing is waited for any more but the next request."""
        if not self._parsing and self.transport.get_write_buffer_size() == 0:
            self._in_time()
        super().on_response_complete()
        early, self._early = self._early, b""
        if early and not self.transport.is_closing():
            self.data_received(early)

    # --- bounds -------------------------------------------------------------------------------------------

    def _within(self, seconds: float, reason: str) -> None:
        self._in_time()
        self._timer = self.loop.call_later(seconds, self._late, reason)

    def _in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _goes_on(self) -> bool:
        """Whether an answer of the site is being made, and all that there is of it was taken."""
        if not self._is_answering or self._parsing or is_of_phones(self.scope["path"]):
            return False
        return bool(self.cycle.response_started) and self.transport.get_write_buffer_size() == 0

    def _late(self, reason: str) -> None:
        self._timer = None
        if self._goes_on():
            self._within(self._hall.bounds.answer_s, reason)
            return
        if self._is_answering or self._head or not self._in_head:
            if self.cycle is not None and self.cycle.response_complete:
                self._hall.refusals.add(self._peer, reason)
                self.transport.abort()
            else:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT, reason)
            return
        # Either a connection without a word, as monitors open them, or an answer that was never taken.
        if self.transport.get_write_buffer_size() > 0:
            self._hall.refusals.add(self._peer, reason)
        self.transport.abort()

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Ends the connection, with a status as long as no answer has begun."""
        if self._refused:
            return
        self._refused = True
        self._head.clear()
        self._hall.refusals.add(self._peer, reason)
        answering = self._is_answering
        if answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if answering and self.cycle.response_started:
            self.transport.abort()
            return
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.transport.write(line.encode("ascii"))
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            # What is still on its way is read and dropped: closing at once would destroy the answer.
            self.transport.write_eof()
        else:
            self.transport.close()
        self._in_time()
        self._timer = self.loop.call_later(LINGER_S, self.transport.abort)

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > LINGER_BYTES:
            self.transport.abort()


def factory(config: Config, state: ServerState, hall: Hall) -> Callable[[], asyncio.Protocol]:
    """Makes a protocol for each connection."""

    def make(*_: Any) -> asyncio.Protocol:
        return LenientProtocol(config, state, hall)

    return make
