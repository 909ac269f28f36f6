"""Web servers that are nobody's desk phone, and pages that are nobody's call list.

A driver must not recognise them, must not send them a password, and must not read a call list out of them.
The pages have the shape of what stands in offices and are invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from phonesync.driver.session import Request, Response
from phonesync.testing.fixtures import Case, Headers, RecordedResponse
from phonesync.testing.replay import NOT_FOUND, Replay

_HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
_NOISE = random.Random(1).randbytes(600)


@dataclass(slots=True, kw_only=True)
class StrangeServer:
    """A server that gives every request one answer; implements :class:`phonesync.driver.session.Session`."""

    answer: RecordedResponse
    sent: list[Request] = field(default_factory=list)

    async def send(self, request: Request, /) -> Response:
        """The one answer."""
        self.sent.append(request)
        return Response(
            status=self.answer.status,
            headers=self.answer.headers,
            content=self.answer.content,
            path=request.path,
            at=self.now(),
        )

    def now(self) -> datetime:
        """A fixed instant."""
        return datetime(2025, 3, 6, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """One server that is not the phone looked for.

    Attributes:
        title: What it is, in words.
        answer: What it says to everything; None where it is a whole exchange.
        case: The fixture of another vendor that it replays, or None.
    """

    title: str
    answer: RecordedResponse = NOT_FOUND
    case: Case | None = None

    def session(self) -> StrangeServer | Replay:
        """A fresh conversation with it."""
        if self.case is not None:
            return Replay(turns=self.case.turns, clock=self.case.now)
        return StrangeServer(answer=self.answer)


def _page(body: str, *, status: int = 200, headers: Headers = _HTML) -> RecordedResponse:
    return RecordedResponse(status=status, headers=headers, content=body.encode())


LOGIN_PAGE = _page(
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method='post' action='/login'>"
    "<input name='username'><input type='password' name='password'><button>Sign in</button></form>"
    "</body></html>"
)

PAGES: tuple[tuple[str, RecordedResponse], ...] = (
    ("a sign-in page", LOGIN_PAGE),
    ("an empty answer", RecordedResponse()),
    ("an empty page", _page("<html><head></head><body></body></html>")),
    ("a page of a web server just installed", _page("<html><body><h1>It works!</h1></body></html>")),
    ("a plain OK", RecordedResponse(headers=(("Content-Type", "text/plain"),), content=b"OK")),
    ("noise", RecordedResponse(headers=(("Content-Type", "application/octet-stream"),), content=_NOISE)),
    ("zeros", RecordedResponse(headers=_HTML, content=bytes(512))),
    ("an empty JSON object", _page("{}", headers=(("Content-Type", "application/json"),))),
    ("an empty JSON list", _page("[]", headers=(("Content-Type", "application/json"),))),
    ("JSON null", _page("null", headers=(("Content-Type", "application/json"),))),
    (
        "JSON that says no",
        _page('{"error":"unauthorized","code":401}', headers=(("Content-Type", "application/json"),)),
    ),
    ("an XML document", _page('<?xml version="1.0"?><root/>', headers=(("Content-Type", "text/xml"),))),
    (
        "an XML document with an entity bomb",
        _page(
            '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
            "<a>&c;</a>",
            headers=(("Content-Type", "text/xml"),),
        ),
    ),
    (
        "a captive portal",
        RecordedResponse(status=302, headers=(("Location", "http://192.0.2.254/portal"), *_HTML)),
    ),
)
"""Title and answer of pages that hold no call list."""

_SERVERS: tuple[tuple[str, RecordedResponse], ...] = (
    ("a server that finds nothing", NOT_FOUND),
    ("a server out of order", _page("<html><body>Internal Server Error</body></html>", status=500)),
    ("a server that forbids everything", _page("<html><body>Forbidden</body></html>", status=403)),
    (
        "a router that asks for a password",
        _page(
            "<html><head><title>401</title></head><body>Authorization required</body></html>",
            status=401,
            headers=(("WWW-Authenticate", 'Basic realm="Broadband Router"'), ("Server", "httpd"), *_HTML),
        ),
    ),
    (
        "a camera that asks for a digest",
        _page(
            "<html><body>Unauthorized</body></html>",
            status=401,
            headers=(("WWW-Authenticate", 'Digest realm="camera", nonce="1", qop="auth"'), *_HTML),
        ),
    ),
    (
        "a printer",
        _page(
            "<html><head><title>Office Printer</title></head><body>"
            "<a href='/status.htm'>Status</a> <a href='/cgi-bin/'>Settings</a> Toner 40 %</body></html>"
        ),
    ),
    (
        "a phone of another maker",
        _page(
            "<html><head><title>IP Phone</title><script src='/js/app.js'></script></head>"
            "<body><div id='app' data-model='Desk 9' data-firmware='1.0.0.1'></div></body></html>"
        ),
    ),
)


def strangers(others: Iterable[Case] = ()) -> tuple[Stranger, ...]:
    """Every server that no driver may take for its own, with the phones of other vendors.

    Args:
        others: Fixtures of other drivers.
    """
    servers = tuple(Stranger(title=title, answer=answer) for title, answer in (*PAGES, *_SERVERS))
    return servers + tuple(Stranger(title=f"another vendor's {case.name}", case=case) for case in others)
