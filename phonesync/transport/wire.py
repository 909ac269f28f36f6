"""Between a driver's request and httpx's: exact paths, headers in order and case, redirects at home."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

import httpx

from phonesync.driver.session import Request, Response
from phonesync.errors import DriverError, UnexpectedResponse
from phonesync.transport.target import Bounds, origin

_CORE_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "te", "trailer", "upgrade"})
"""Headers that frame a request: the core writes them."""

_OFFERED = frozenset({"gzip", "deflate", "identity"})

_DEFAULTS = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"), ("User-Agent", "phonesync"))

_WITH_BODY = frozenset({"POST", "PUT"})

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_LENGTH = re.compile(r"[0-9]{1,18}")
"""A length that is a number; Python refuses to read thousands of digits as one."""

_VISIBLE = re.compile(r"/[!-~]*")

_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))
"""Characters of a redirect's path that stay as they are: all that HTTP can carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A redirect to another scheme, host or port, or to an address that cannot be read.

    Attributes:
        where: Scheme, host and port, without a user name or password, or words.
        path: Path and query there, as sent.
        hint: What the user can do, where that is clear.
    """

    where: str
    path: str = ""
    hint: str = ""


def outgoing(request: Request, *, base: httpx.URL, bounds: Bounds, phone: str) -> httpx.Request:
    """The request for httpx.

    The path goes on the wire as it stands, through httpcore's ``target`` extension: an httpx URL would encode
    some characters anew.

    Raises:
        DriverError: A path, method or header that cannot be written as HTTP.
    """
    if not _VISIBLE.fullmatch(request.target):
        raise DriverError(
            f"The driver asked phone {phone} for a path that does not begin with / "
            "or holds a character that must be encoded first."
        )
    target = request.target.encode("ascii")
    timeout = httpx.Timeout(bounds.read_s, connect=bounds.connect_s, pool=None)
    try:
        return httpx.Request(
            request.method,
            base.copy_with(
                raw_path=target.replace(b"#", b"%23")
            ),  # for the eye only: target goes on the wire
            headers=_headers(request, host=base.netloc, phone=phone),
            content=request.content,
            extensions={"target": target, "timeout": timeout.as_dict()},
        )
    except (httpx.InvalidURL, UnicodeEncodeError):
        # Neither sentence nor cause repeats the text: it may hold a secret.
        raise DriverError(f"The driver asked phone {phone} for something that HTTP cannot carry.") from None


def _headers(request: Request, *, host: bytes, phone: str) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in request.headers}
    for name, value in request.headers:
        if name.lower() in _CORE_HEADERS or (name.lower() == "accept-encoding" and not _is_offered(value)):
            raise DriverError(f"The driver set the header {name} towards phone {phone}; the core writes it.")
    pairs = [(b"Host", host)]
    pairs += [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    pairs += [(name.encode(), value.encode()) for name, value in _DEFAULTS if name.lower() not in given]
    if request.content or request.method in _WITH_BODY:
        pairs.append((b"Content-Length", str(len(request.content)).encode()))
    return pairs


def _is_offered(value: str) -> bool:
    return {word.partition(";")[0].strip().lower() for word in value.split(",")} <= _OFFERED


def headers(answer: httpx.Response, *, phone: str, most: int) -> tuple[tuple[str, str], ...]:
    """The headers as received, in order, names as sent.

    Raises:
        UnexpectedResponse: More than ``most`` bytes of them.
    """
    raw = answer.headers.raw
    if sum(len(name) + len(value) + 4 for name, value in raw) > most:
        raise UnexpectedResponse(f"Phone {phone} sends an endless head: more than {most} bytes.")
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def declared_length(answer: httpx.Response) -> int | None:
    """How many bytes of body follow by the answer's own word, or None where it does not say."""
    value = answer.headers.get("content-length", "")
    chunked = "transfer-encoding" in answer.headers
    bodiless = answer.request.method == "HEAD" or answer.status_code in {204, 304}
    return int(value) if _LENGTH.fullmatch(value) and not chunked and not bodiless else None


def redirected(request: Request, response: Response, *, base: httpx.URL) -> Request | Elsewhere | None:
    """The request that follows a redirect on the same phone; where else it leads; None for no redirect.

    A POST becomes a GET after 301, 302 and 303, as in every browser.
    """
    location = response.header("location")
    if response.status not in _REDIRECTS or not location:
        return None
    here = str(base.copy_with(raw_path=b"/")).rstrip("/")
    try:
        where = urljoin(here + request.path, location.strip())
        parts = urlsplit(where)
        there = httpx.URL(where)
    except (httpx.InvalidURL, ValueError):
        return Elsewhere(where="an address that cannot be read")
    if origin(there) != origin(base) or there.userinfo:
        return _elsewhere(there, base)
    path = quote(
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE, encoding="latin-1"
    )
    step = replace(request, path=path, hidden="")
    if response.status == 303 or (response.status in {301, 302} and request.method == "POST"):  # noqa: PLR2004  RFC 9110
        kept = tuple(pair for pair in request.headers if not pair[0].lower().startswith("content-"))
        return replace(step, method="GET", content=b"", headers=kept)
    return step


def _elsewhere(there: httpx.URL, base: httpx.URL) -> Elsewhere:
    if there.scheme not in {"http", "https"} or there.userinfo:
        return Elsewhere(where=f"{there.scheme}://{there.host}")
    same_host = there.host.lower() == base.host.lower()
    hint = f'Write url = "{there.scheme}://{there.netloc.decode("ascii")}".' if same_host else ""
    path = there.raw_path.decode("ascii")
    return Elsewhere(where=f"{there.scheme}://{there.netloc.decode('ascii')}", path=path, hint=hint)
