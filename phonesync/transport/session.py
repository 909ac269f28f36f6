"""A conversation that signs in: runs a driver's sign-in, keeps the session, and signs out.

The rules of politeness are here, once for all vendors: after a refusal nothing more is sent; an expired
session is renewed once; whoever signed in signs out, whatever happened in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import unquote_plus

import structlog

from phonesync.driver.session import Credentials, LoginFlow, Request, Response, SignedIn
from phonesync.errors import (
    DriverError,
    LockedOut,
    PhoneBusy,
    PhoneError,
    SessionExpired,
    SignInRefused,
    UnexpectedResponse,
)
from phonesync.transport.client import Connection

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_MOST_STEPS = 16
"""Requests of one sign-in; the longest known takes four."""

_FIRST_ERROR_STATUS = 400

_VERDICTS = (SignInRefused, LockedOut, PhoneBusy)
"""What a phone says of a sign-in that it does not let in."""


class SignedInSession:
    """Sends requests as a signed-in user; signs in at the first one, or when told to.

    Implements :class:`phonesync.driver.session.Session`. One object serves one read: it renews an expired
    session once, and after a failed sign-in it repeats that error without asking the phone again.

    Args:
        connection: The conversation to send through.
        flow: The vendor's sign-in.
        credentials: User and password of the phone.
        signed_in: A session kept from an earlier read, for generations without a sign-out.
        before_offer: Awaited each time before a request goes out that may hold the password.
    """

    def __init__(
        self,
        connection: Connection,
        flow: LoginFlow,
        credentials: Credentials,
        *,
        signed_in: SignedIn | None = None,
        before_offer: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._connection = connection
        self._flow = flow
        self._credentials = credentials
        self._before_offer = before_offer
        self._signed_in = signed_in
        self._failed: PhoneError | None = None
        self._renewed = False
        self._accepted = False
        self._offered = False
        self._unanswered = False
        self._left_open = False
        self._lock = asyncio.Lock()
        connection.hide(credentials.password)
        if signed_in is not None:
            self._hide(signed_in)

    @property
    def signed_in(self) -> SignedIn | None:
        """The session held now, to be kept for a later read, or None."""
        return self._signed_in

    @property
    def accepted(self) -> bool:
        """True where the phone let these very credentials in, in this conversation."""
        return self._accepted

    @property
    def offered(self) -> bool:
        """True where a request that may hold the password may have reached the phone."""
        return self._offered

    @property
    def unanswered(self) -> bool:
        """True where the last sign-in got no verdict: the phone may have counted a wrong password."""
        return self._unanswered

    @property
    def left_open(self) -> bool:
        """True where the sign-out failed: the web session may still be open on the phone."""
        return self._left_open

    def now(self) -> datetime:
        """The core's clock, UTC."""
        return self._connection.now()

    def excerpt(self, content: bytes) -> str:
        """The start of an answer, redacted; for errors that drivers raise over its content."""
        return self._connection.excerpt(content)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sign_out()

    async def sign_in(self) -> None:
        """Signs in, unless signed in already.

        Raises:
            SignInRefused: User or password is wrong; raised again, without a request, at each later attempt.
            LockedOut: The phone has locked sign-in.
            PhoneBusy: Somebody else is signed in.
            PhoneError: The phone could not be reached, or answered something else.
        """
        async with self._lock:
            await self._ensure()

    async def send(self, request: Request, /) -> Response:
        """Sends one request as the signed-in user.

        Raises:
            SessionExpired: Expired again after one new sign-in.
            PhoneError: As :meth:`sign_in` and :meth:`Connection.send`.
        """
        async with self._lock:
            response = await self._authorized(request)
            if not self._flow.is_expired(response):
                return response
            if not self._renewed:
                self._renewed = True
                # Where the phone only seems to have ended it, the old session would keep out the new one.
                await self._leave()
                response = await self._authorized(request)
                if not self._flow.is_expired(response):
                    return response
            raise SessionExpired(
                f"Phone {self._connection.target.name} ended the session again right after a new sign-in.",
                hint="Somebody may be using its web page; it is tried again later.",
            )

    async def sign_out(self) -> None:
        """Ends the session on the phone where it has a sign-out; a failure is logged, never raised."""
        async with self._lock:
            error = await self._leave()
        if error:
            _log.warning("sign-out failed", phone=self._connection.target.name, error=error)

    async def _leave(self) -> str:
        """Ends the session where the phone has a sign-out; tells why that failed, or ""."""
        signed_in, self._signed_in = self._signed_in, None
        request = None if signed_in is None else self._flow.sign_out(signed_in)
        if request is None:
            return ""
        self._left_open = True
        try:
            response = await self._connection.send_last(request)
        except PhoneError as exc:
            return str(exc)
        if response.status >= _FIRST_ERROR_STATUS:
            return f"The phone answered with status {response.status}."
        self._left_open = False
        return ""

    async def _authorized(self, request: Request) -> Response:
        signed_in = await self._ensure()
        ready = self._flow.authorize(request, signed_in)
        if not self._shows_password(ready):
            return await self._connection.send(ready)
        # Without sessions every request is a sign-in, and is not repeated either.
        response = await self._attempt(ready)
        self._unanswered = False
        return response

    async def _ensure(self) -> SignedIn:
        if self._signed_in is not None:
            return self._signed_in
        if self._failed is not None:
            raise self._failed
        steps = self._flow.sign_in(self._credentials, now=self.now())
        try:
            signed_in = await self._run(steps)
        except PhoneError as exc:
            self._failed = exc
            if isinstance(exc, _VERDICTS):
                self._unanswered = False
            if isinstance(exc, UnexpectedResponse) and exc.content and not exc.excerpt:
                exc.excerpt = self.excerpt(exc.content)
            raise
        finally:
            steps.close()
        self._signed_in = signed_in
        self._accepted = True
        self._unanswered = False
        self._hide(signed_in)
        return signed_in

    async def _run(self, steps: Generator[Request, Response, SignedIn]) -> SignedIn:
        try:
            request = next(steps)
            for _ in range(_MOST_STEPS):
                response = await self._attempt(request)
                request = steps.send(response)
                self._unanswered = False  # the flow goes on, so what it has read was no refusal
        except StopIteration as done:
            signed_in: SignedIn = done.value
            return signed_in
        raise DriverError(
            f"The driver's sign-in to phone {self._connection.target.name} does not end: "
            f"more than {_MOST_STEPS} requests."
        )

    async def _attempt(self, request: Request) -> Response:
        if not self._may_hold_password(request):
            return await self._connection.send_once(request)
        if self._before_offer is not None:
            await self._before_offer()
        # Before, not after: who is cancelled, or killed, while waiting does not know the verdict either.
        before = self._offered
        self._offered = self._unanswered = True
        try:
            return await self._connection.send_once(request, whole=True)
        except PhoneError:
            self._unanswered = self._connection.request_left
            self._offered = before or self._unanswered
            raise

    def _may_hold_password(self, request: Request) -> bool:
        return not request.harmless and (request.method != "GET" or self._shows_password(request))

    def _shows_password(self, request: Request) -> bool:
        if any(name.lower() == "authorization" for name, _ in request.headers):
            return True
        password = self._credentials.password
        return bool(request.hidden) or (bool(password) and password in unquote_plus(request.path))

    def _hide(self, signed_in: SignedIn) -> None:
        secrets = (*signed_in.cookies.values(), *signed_in.values.values())
        self._connection.hide(*(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET))


_SHORTEST_SECRET = 4
"""Shorter values (a flag, a line number) are no secrets, and masking them would blank the whole excerpt."""
