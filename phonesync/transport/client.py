"""One conversation with one phone: requests out, whole answers in, everything bounded.

This is the only place where phonesync speaks HTTP to phones. Each conversation has an httpx transport of its
own over a shared TLS context: one with idle connections to many hosts is ten times slower. It is used without
httpx's client, whose cookies, redirects and authentication a driver and this module see to themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from phonesync.clock import Clock
from phonesync.driver.session import Request, Response
from phonesync.errors import PhoneError, PhonesyncError, PhoneTimeout, UnexpectedResponse
from phonesync.transport import redact, wire
from phonesync.transport.backend import Phase, PhoneHTTP, Progress
from phonesync.transport.body import Body
from phonesync.transport.faults import Failure, cut, is_worth_repeating, translate
from phonesync.transport.lenient import LenientHTTP
from phonesync.transport.tape import Tape
from phonesync.transport.target import Bounds, Target, base_url
from phonesync.transport.tls import Trust

DEFAULT_BOUNDS = Bounds()

_LIBRARY_LOGS = ("httpx", "httpcore")


class Transport:
    """Opens conversations with phones.

    Args:
        clock: Says when an answer arrived, and how long it took.
        bounds: The most that one phone may take.
        http: Makes the httpx transport for a phone in place of real sockets (simulation, tests). It
            finds the path as the driver wrote it, byte for byte, in ``request.extensions["target"]``.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        bounds: Bounds = DEFAULT_BOUNDS,
        http: Callable[[Target], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._clock = clock
        self._bounds = bounds
        self._http = http
        self._tape: Tape | None = None
        for name in _LIBRARY_LOGS:
            # They log addresses with their queries, and headers with their cookies, whatever they hold.
            logging.getLogger(name).setLevel(logging.WARNING)

    def taped(self, tape: Tape) -> Transport:
        """The same transport, whose conversations are taken down on ``tape``."""
        other = Transport(clock=self._clock, bounds=self._bounds, http=self._http)
        other._tape = tape
        return other

    @asynccontextmanager
    async def connect(self, target: Target, *, certificate: str | None = None) -> AsyncIterator[Connection]:
        """Opens a conversation; no byte is sent before the first request.

        Args:
            target: The phone.
            certificate: SHA-256 remembered from its first use (64 lower-case hex digits), for tofu.
        """
        progress = Progress()
        trust = Trust(target, remembered=certificate)
        strict: httpx.AsyncBaseTransport
        if self._http:
            strict = lenient = self._http(target)
        else:
            strict = PhoneHTTP(target, trust=trust, progress=progress, bounds=self._bounds)
            lenient = LenientHTTP(target, trust=trust, progress=progress, bounds=self._bounds)
        connection = Connection(
            target,
            strict=strict,
            lenient=lenient,
            clock=self._clock,
            bounds=self._bounds,
            trust=trust,
            progress=progress,
            tape=self._tape,
        )
        try:
            yield connection
        finally:
            await connection.aclose()


@dataclass(slots=True, kw_only=True)
class _Partial:
    """What an answer has shown so far, for the error that may end it."""

    path: str
    status: int | None = None
    content_type: str | None = None
    body: Body | None = field(default=None, repr=False)


class Connection:
    """A conversation with one phone, anonymous: requests go out as they are.

    Implements :class:`phonesync.driver.session.Session`.

    Attributes:
        target: The phone.
        broke_http: An answer was none by HTTP, which a lenient reader may see otherwise.
    """

    def __init__(
        self,
        target: Target,
        *,
        strict: httpx.AsyncBaseTransport,
        lenient: httpx.AsyncBaseTransport,
        clock: Clock,
        bounds: Bounds,
        trust: Trust,
        progress: Progress,
        tape: Tape | None = None,
    ) -> None:
        self.target = target
        self._tape = tape
        self._base = base_url(target)
        self.broke_http = False
        self._strict = self._http = strict
        self._lenient = lenient
        self._clock = clock
        self._bounds = bounds
        self._trust = trust
        self._progress = progress
        self._secrets: frozenset[str] = frozenset()
        self._lock = asyncio.Lock()
        self._ends = asyncio.get_running_loop().time() + bounds.total_s

    @property
    def certificate(self) -> str | None:
        """SHA-256 of the certificate seen, 64 lower-case hex digits; None on http or before any request."""
        return self._trust.seen

    @property
    def reads_leniently(self) -> bool:
        """Answers that break HTTP are understood where that is possible (ADR 0021)."""
        return self._http is self._lenient

    async def read_answers(self, *, leniently: bool) -> None:
        """Reads the answers from the next one on by the letter of HTTP, as at first, or leniently.

        What is bounded stays bounded. Simulated phones, which send no bytes, are read alike either way.
        """
        http = self._lenient if leniently else self._strict
        if http is not self._http:
            await self.aclose()  # a phone may serve one connection at a time
            self._http = http

    async def aclose(self) -> None:
        """Closes the connection to the phone; a later request opens another one."""
        await self._http.aclose()

    def now(self) -> datetime:
        """The core's clock, UTC."""
        return self._clock.now()

    def hide(self, *secrets: str) -> None:
        """Adds to what must never be shown of this conversation; empty strings are passed over."""
        self._secrets = self._secrets.union(filter(None, secrets))

    def excerpt(self, content: bytes) -> str:
        """The start of an answer, redacted, with everything masked that this conversation knows as secret."""
        return redact.excerpt(content, secrets=self._secrets)

    async def send(self, request: Request, /) -> Response:
        """Sends one request; a GET is repeated once where the connection broke before any answer byte.

        One that is to go out once is not repeated; one that is to wait goes out after its time.

        Raises:
            PhoneUnreachable: No connection, or it broke, also in the middle of the answer.
            PhoneTimeout: A bound on time was reached.
            UnexpectedResponse: The answer broke HTTP or a bound, or a redirect led elsewhere.
            CertificateChanged: Not the certificate pinned.
            DriverError: The request cannot be written as HTTP.
        """
        if request.wait_s:
            await self._clock.sleep(request.wait_s)
        return await self._within_total(request, repeats=request.method == "GET" and not request.once)

    async def send_once(self, request: Request, /, *, whole: bool = False) -> Response:
        """As :meth:`send`, but never repeated: for sign-in, where each attempt counts on the phone.

        Args:
            request: What to send.
            whole: Do not even begin where the conversation would be over before a slow answer has come.
        """
        if whole and self._left() < min(self._bounds.read_s, self._bounds.total_s / 2):
            self._progress.phase = Phase.CONNECT
            raise self._too_long(self._bounds.total_s)
        return await self._within_total(request, repeats=False)

    async def send_last(self, request: Request, /) -> Response:
        """As :meth:`send_once`, within a time of its own: a sign-out is owed to the phone however late."""
        bound_s = self._bounds.farewell_s
        return await self._bounded(request, repeats=False, seconds=bound_s, bound_s=bound_s)

    @property
    def request_left(self) -> bool:
        """True where the request in hand, or the last one, may have reached the phone."""
        return self._progress.phase in {Phase.HEAD, Phase.BODY}

    def _left(self) -> float:
        """Seconds until the conversation must be over."""
        return self._ends - asyncio.get_running_loop().time()

    async def _within_total(self, request: Request, *, repeats: bool) -> Response:
        left = self._left()
        if left <= 0:
            self._progress.phase = Phase.CONNECT
            raise self._too_long(self._bounds.total_s)
        bound_s = self._bounds.request_s
        if left < bound_s:
            bound_s = self._bounds.total_s
        return await self._bounded(request, repeats=repeats, seconds=min(left, bound_s), bound_s=bound_s)

    async def _bounded(self, request: Request, *, repeats: bool, seconds: float, bound_s: float) -> Response:
        """Follows a request for the seconds left until the bound that comes first."""
        try:
            async with asyncio.timeout(seconds), self._lock:
                response = await self._follow(request, repeats=repeats)
        except TimeoutError:  # only ever our own: those from below have been put into words
            raise self._too_long(bound_s) from None
        if self._tape is not None:
            self._tape.add(request, response)
        return response

    def _too_long(self, bound_s: float) -> PhoneTimeout:
        return PhoneTimeout(
            f"Phone {self.target.name} at {self.target.url} took longer than {bound_s:g} s in all to answer."
        )

    async def _follow(self, request: Request, *, repeats: bool) -> Response:
        response = await self._repeat(request, repeats=repeats)
        for _ in range(self._bounds.redirects):
            step = self._next(request, response)
            if step is None:
                return response
            request = step
            response = await self._repeat(request, repeats=repeats and request.method == "GET")
        if self._next(request, response) is None:
            return response
        raise self._unexpected(
            f"Phone {self.target.name} redirects without end: more than {self._bounds.redirects} times.",
            response,
        )

    def _next(self, request: Request, response: Response) -> Request | None:
        if not request.follow_redirects:
            return None
        step = wire.redirected(request, response, base=self._base)
        if isinstance(step, wire.Elsewhere):
            shown = step.where + redact.path(step.path, secrets=self._secrets)
            raise self._unexpected(
                f"Phone {self.target.name} at {self.target.url} redirects elsewhere, to {shown}.",
                response,
                hint=step.hint,
            )
        return step

    def _unexpected(self, message: str, response: Response, *, hint: str = "") -> UnexpectedResponse:
        error = UnexpectedResponse(message, hint=hint, content=response.content)
        partial = _Partial(
            path=response.path, status=response.status, content_type=response.header("content-type")
        )
        self._explain(error, partial)
        return error

    async def _repeat(self, request: Request, *, repeats: bool) -> Response:
        try:
            return await self._once(request)
        except PhoneError as exc:
            if not repeats or self._progress.received or not is_worth_repeating(exc):
                raise
        return await self._once(request)

    async def _once(self, request: Request) -> Response:
        partial = _Partial(path=request.path)
        began = self._clock.monotonic()
        self._progress.begin()
        outgoing = wire.outgoing(request, base=self._base, bounds=self._bounds, phone=self.target.name)
        try:
            answer = await self._http.handle_async_request(outgoing)
            answer.request = outgoing
            try:
                return await self._receive(answer, partial, began)
            finally:
                await answer.aclose()
        except UnexpectedResponse as exc:
            self._explain(exc, partial)
            raise
        except (httpx.ProtocolError, httpx.InvalidURL) as exc:
            raise self._translated(exc, partial) from None  # their words may quote what the phone sent
        except (httpx.HTTPError, OSError) as exc:
            raise self._translated(exc, partial) from exc

    async def _receive(self, answer: httpx.Response, partial: _Partial, began: float) -> Response:
        self._progress.phase = Phase.BODY
        self._progress.received = max(self._progress.received, 1)  # sockets of others do not count for us
        partial.status = answer.status_code
        partial.content_type = answer.headers.get("content-type")
        headers = wire.headers(answer, phone=self.target.name, most=self._bounds.header_bytes)
        body = partial.body = Body(
            phone=self.target.name,
            encoding=answer.headers.get("content-encoding"),
            most=self._bounds.body_bytes,
        )
        declared = wire.declared_length(answer)
        if declared is not None:
            body.refuse_length(declared)
        received = 0
        # The bare stream, undecoded; httpx's aiter_raw() refuses the answers of simulated phones, made whole.
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        async for piece in answer.stream:
            received += len(piece)
            body.feed(piece)
        if declared is not None and received < declared:
            raise cut(self._failure(partial))
        return Response(
            status=answer.status_code,
            headers=headers,
            content=body.finish(),
            path=partial.path,
            at=self._clock.now(),
            took_s=self._clock.monotonic() - began,
        )

    def _failure(self, partial: _Partial) -> Failure:
        return Failure(
            target=self.target,
            bounds=self._bounds,
            phase=self._progress.phase,
            path=partial.path,
            secrets=self._secrets,
        )

    def _translated(self, exc: Exception, partial: _Partial) -> PhonesyncError:
        if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout) and self._progress.phase is Phase.HEAD:
            self._progress.phase = Phase.CONNECT  # sockets of others do not tell
        error = translate(exc, self._failure(partial))
        if isinstance(error, UnexpectedResponse):
            self.broke_http = True
            self._explain(error, partial)
        return error

    def _explain(self, error: UnexpectedResponse, partial: _Partial) -> None:
        error.path = redact.path(partial.path, secrets=self._secrets)
        error.status = partial.status
        error.content_type = partial.content_type
        if partial.body is not None and not error.content:
            error.content = partial.body.so_far
        error.excerpt = self.excerpt(error.content)
