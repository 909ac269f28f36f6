"""Emulated phones without sockets: an httpx transport that hands requests straight to the emulators.

For simulation over an injected clock. A fault becomes the exception that a real socket would have raised.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx

from phonesync.clock import Clock
from phonesync.driver.emulation import EmulatedRequest
from phonesync.errors import CertificateChanged
from phonesync.farm.faults import Fault, FaultKind
from phonesync.farm.wire import Delivery, Ending, WiredPhone

_PORTS = {"http": 80, "https": 443}
_NO_ANSWER = "Server disconnected without sending a response."


class InProcessTransport(httpx.AsyncBaseTransport):
    """Routes each request by host and port to an emulated phone.

    Args:
        phones: By host and port; looked up at each request, so phones may come and go.
        clock: Moves on while an answer is slow; None: delays take no time, only their time-outs are kept.
        peer: The address the requests seem to come from.
        tls_legacy: The reader also speaks TLS 1.0.
    """

    def __init__(
        self,
        phones: Mapping[tuple[str, int], WiredPhone],
        *,
        clock: Clock | None = None,
        peer: str = "127.0.0.1",
        tls_legacy: bool = False,
    ) -> None:
        self._phones = phones
        self._clock = clock
        self._peer = peer
        self._tls_legacy = tls_legacy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answers one request.

        Raises:
            httpx.TransportError: What a socket would have raised: connection, time-out, broken HTTP.
            CertificateChanged: The plan says that the phone shows another certificate.
        """
        url = request.url
        phone = self._phones.get((url.host, url.port or _PORTS[url.scheme]))
        if phone is None:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        await self._connect(phone, request)
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise TypeError("InProcessTransport answers asynchronous requests only")
        content = await request.aread()
        delivery = phone.deliver(
            EmulatedRequest(
                method=request.method,
                # The transport sends its own byte-exact target; httpx may have encoded the path again.
                target=request.extensions.get("target", url.raw_path).decode("ascii"),
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
                ),
                content=content,
                secure=phone.secure,
                peer=self._peer,
            )
        )
        return await self._receive(delivery, request)

    async def _connect(self, phone: WiredPhone, request: httpx.Request) -> None:
        fault = phone.faults.of_connection()
        if fault is not None and fault.kind is FaultKind.OFFLINE:
            await self._pass(_limit(request, "connect"))
            raise httpx.ConnectTimeout("The phone does not answer", request=request)
        wants_tls = request.url.scheme == "https"
        if wants_tls and not phone.secure:
            raise httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number", request=request)
        if phone.secure and not wants_tls:
            raise httpx.RemoteProtocolError(_NO_ANSWER, request=request)
        if wants_tls and fault is not None:
            self._shake_hands(phone, fault, request)

    def _shake_hands(self, phone: WiredPhone, fault: Fault, request: httpx.Request) -> None:
        if fault.kind is FaultKind.OLD_TLS and not self._tls_legacy:
            raise httpx.ConnectError("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", request=request)
        if fault.kind is FaultKind.CHANGED_CERTIFICATE:
            raise CertificateChanged(
                f"The phone at {phone.url} shows another certificate than the one pinned; "
                "nothing was sent to it."
            )

    async def _receive(self, delivery: Delivery, request: httpx.Request) -> httpx.Response:
        limit = _limit(request, "read")
        await self._wait(delivery.wait_s, limit, request)
        answer = delivery.answer
        if answer is None:
            raise await self._no_http(delivery, limit, request)
        if delivery.head_bytes is not None:
            raise httpx.RemoteProtocolError(_NO_ANSWER, request=request)
        # What a phone puts before or among its headers breaks HTTP on a wire; here there is none.
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers if name
        ]
        if delivery.length is not None:
            headers.append((b"Content-Length", str(delivery.length).encode()))
        plain = (
            delivery.is_plain
            and delivery.length == len(answer.content)
            and delivery.body == (answer.content,)
        )
        stream = httpx.ByteStream(answer.content) if plain else _Body(delivery, self, request)
        version = {"http_version": answer.version.encode()}
        return httpx.Response(answer.status, headers=headers, stream=stream, extensions=version)

    async def _no_http(
        self, delivery: Delivery, limit: float | None, request: httpx.Request
    ) -> httpx.TransportError:
        if delivery.ending is Ending.HANG:
            await self._pass(limit)
            return httpx.ReadTimeout("The phone does not answer", request=request)
        if delivery.ending is Ending.RESET:
            return httpx.ReadError("Connection reset by peer", request=request)
        return httpx.RemoteProtocolError("illegal status line", request=request)

    async def wait_for_piece(self, delivery: Delivery, request: httpx.Request) -> None:
        """Waits for the next piece of a slow body.

        Raises:
            httpx.ReadTimeout: It takes longer than the reader waits.
        """
        await self._wait(delivery.pause_s, _limit(request, "read"), request)

    async def _wait(self, seconds: float, limit: float | None, request: httpx.Request) -> None:
        if not seconds:
            return
        if limit is not None and seconds >= limit:
            await self._pass(limit)
            raise httpx.ReadTimeout("The phone answers too slowly", request=request)
        await self._pass(seconds)

    async def _pass(self, seconds: float | None) -> None:
        if self._clock is not None and seconds:
            await self._clock.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    """A body that is slow, cut, or without end."""

    def __init__(self, delivery: Delivery, network: InProcessTransport, request: httpx.Request) -> None:
        self._delivery = delivery
        self._network = network
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        for piece in self._delivery.body:
            await self._network.wait_for_piece(self._delivery, self._request)
            received += len(piece)
            yield piece
        expected = self._delivery.length
        if expected is not None and received < expected:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {received} bytes, expected {expected})",
                request=self._request,
            )


def _limit(request: httpx.Request, what: str) -> float | None:
    """The reader's time-out, seconds, or None for none."""
    limits = request.extensions.get("timeout", {})
    limit = limits.get(what)
    return None if limit is None else float(limit)
