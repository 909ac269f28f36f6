"""Requests, responses and sessions as a driver sees them; no sockets here.

A driver never opens a connection. It asks a :class:`Session` to send a :class:`Request` and reads the
:class:`Response`; signing in is a generator (:class:`LoginFlow`) that the core runs.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User and password of a phone's web page; neither appears in ``repr``."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, relative to the phone's configured address.

    Attributes:
        path: Begins with ``/`` and holds the query already encoded, exactly as it goes on the wire.
        method: ``GET``, ``POST`` or ``PUT``.
        headers: Extra headers in order, spelled as they should be sent.
        content: Body bytes; ``Content-Length`` is always sent with a POST, also when it is empty.
        follow_redirects: Follow up to five redirects on the same host and scheme.
        harmless: In a sign-in: it carries no password in any form, so that losing its answer leaves nothing
            in doubt. Needed for a POST only; without it each POST counts as an attempt.
        hidden: Query parameters that hold a secret, already encoded: a password, a session's id. They go on
            the wire behind the query of ``path``, and no error, log or kept answer shows them. In a sign-in,
            a request with them counts as an attempt.
        hidden_first: They go in front of the query of ``path``, where a phone wants them so.
        once: It changes something on the phone, so it is never repeated by itself. Needed for a GET only.
        wait_s: Seconds to wait before it goes out: for asking a phone whether it has done something.
    """

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)
    follow_redirects: bool = False
    harmless: bool = False
    hidden: str = field(default="", repr=False)
    hidden_first: bool = False
    once: bool = False
    wait_s: float = 0.0

    @property
    def target(self) -> str:
        """What goes on the wire: ``path`` with what it hides. Never to be shown."""
        if not self.hidden:
            return self.path
        if self.hidden_first:
            path, mark, query = self.path.partition("?")
            return f"{path}?{self.hidden}{'&' if mark else ''}{query}"
        return f"{self.path}{'&' if '?' in self.path else '?'}{self.hidden}"

    def with_headers(self, *headers: tuple[str, str]) -> Request:
        """The same request with ``headers`` added behind its own."""
        return replace(self, headers=(*self.headers, *headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer, read whole, within the core's bounds.

    Attributes:
        status: HTTP status code.
        headers: Name and value pairs in the order received; names as sent.
        content: The decoded (decompressed) body.
        path: Path and query of the request that brought it.
        at: When the answer had arrived, UTC.
        took_s: Seconds between sending the request and having the whole answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = field(default=b"", repr=False)
    path: str = ""
    at: datetime
    took_s: float = 0.0

    def header(self, name: str) -> str | None:
        """The first header called ``name`` in any letter case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def cookies(self) -> Mapping[str, str]:
        """Cookies the answer sets; lines without ``name=value`` (``Set-Cookie: HttpOnly``) are skipped."""
        found: dict[str, str] = {}
        for key, value in self.headers:
            if key.lower() != "set-cookie":
                continue
            name, equals, rest = value.split(";", 1)[0].partition("=")
            if equals and name.strip():
                found[name.strip()] = rest.strip()
        return MappingProxyType(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a sign-in brought: secrets all, so none of it appears in ``repr``.

    Attributes:
        cookies: To be sent with every later request.
        values: Tokens and the like, by the driver's own names.
    """

    cookies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def cookie_header(self) -> str:
        """The value of a ``Cookie`` header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Session(Protocol):
    """A conversation with one phone: one request at a time, bounded, redacted.

    Before sign-in the requests go out as they are; after it, the core has each one authorised by the
    driver's :class:`LoginFlow`, signs in again once when the session has expired, and signs out at the end.
    """

    async def send(self, request: Request, /) -> Response:
        """Sends one request and returns the whole answer, whatever its status.

        Raises:
            PhoneUnreachable: No connection, or it broke.
            PhoneTimeout: The answer took longer than the bound.
            UnexpectedResponse: The answer broke HTTP, a bound, or a redirect led elsewhere.
            CertificateChanged: Not the pinned certificate.
            SignInRefused: Signing in again was refused.
            SessionExpired: Expired again right after one new sign-in.
        """
        ...

    def now(self) -> datetime:
        """The core's clock, UTC: never ask another one."""
        ...


class LoginFlow(Protocol):
    """A vendor's sign-in without I/O: requests out, responses in.

    The core runs ``sign_in`` as a generator, authorises each later request, asks of each later response
    whether the session has expired, and sends what ``sign_out`` returns when it is done.
    """

    def sign_in(self, credentials: Credentials, *, now: datetime) -> Generator[Request, Response, SignedIn]:
        """Yields requests, receives their responses, returns what it got.

        Raises:
            SignInRefused: The phone says that user or password is wrong.
            LockedOut: The phone says that sign-in is locked.
            PhoneBusy: The phone says that somebody else is signed in.
            UnexpectedResponse: Anything else that is not a sign-in answer.
        """
        ...

    def authorize(self, request: Request, signed_in: SignedIn) -> Request:
        """The request with cookies, tokens or headers added."""
        ...

    def is_expired(self, response: Response) -> bool:
        """True where the response means that the session has ended."""
        ...

    def sign_out(self, signed_in: SignedIn) -> Request | None:
        """The request that ends the session, or None where this generation has none."""
        ...
