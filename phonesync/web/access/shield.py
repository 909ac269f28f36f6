"""What every request of the site passes: no foreign page may change anything, no answer is kept or framed.

OWASP's Cross-Site Request Forgery Prevention Cheat Sheet: an unsafe method counts where the browser says the
request is of this very site (``Sec-Fetch-Site``), or where ``Origin`` names the host that was asked. A token
in ``Authorization`` is sent by no browser of itself, so such a request needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from phonesync.web import problem_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY = 1024 * 1024
"""Bytes: more than any form of ours."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a form would send "Origin: null" then.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
KEPT_NOWHERE = "no-store"


class Shield:
    """The middleware.

    Args:
        app: What stands behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request pass, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE and not is_of_this_site(headers):
            await _refusal(scope, 403, "This request comes from another site.")(scope, receive, answer)
            return
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            await _refusal(scope, 413, "This is too much.")(scope, receive, answer)
            return
        await self._app(scope, receive, answer)


def _refusal(scope: Scope, status: int, text: str) -> Response:
    if scope["path"].startswith(problem_json.API):
        return problem_json.answer(status, detail=text)
    return PlainTextResponse(text, status_code=status)


def add_headers(headers: MutableHeaders) -> None:
    """Adds to an answer what each one says; what it says itself of being kept stays."""
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", KEPT_NOWHERE)


def is_of_this_site(headers: Headers) -> bool:
    """Whether an unsafe request may count."""
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
