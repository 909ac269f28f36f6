"""Opening and ending sessions: the cookie a browser gets, and where it is led next."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response

from phonesync.web.access.identifying import PLAIN_COOKIE, SECURE_COOKIE, cookie_name
from phonesync.web.access.secrets import digest, new_secret
from phonesync.web.app import peer_of
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.store.access.records import User

HOME = "/"
_LONGEST_BROWSER = 200
_SEE_OTHER = 303


def open_session(request: Request, user: User, *, to: str, complete: bool | None = None) -> Response:
    """Opens a session and leads on; a user with a second factor is asked for it first.

    Args:
        request: What was asked.
        user: Who signs in.
        to: Where the user wanted to go.
        complete: Whether no second factor is needed any more; by default where the user has none.
    """
    ground = ground_of(request)
    secret, now = new_secret(), ground.clock.now()
    is_complete = user.second_factor is None if complete is None else complete
    expires_at = now + ground.config().access.journal.session_end
    ground.store.open_session(
        user.id,
        digest=digest(secret),
        expires_at=expires_at,
        peer=peer_of(request),
        browser=request.headers.get("user-agent", "")[:_LONGEST_BROWSER],
        complete=is_complete,
    )
    answer = led(to if is_complete else f"/sign-in/code?next={quote(to, safe='/')}")
    give_cookie(request, answer, secret)
    return answer


def give_cookie(request: Request, answer: Response, secret: str) -> None:
    """Gives the browser the secret of its session."""
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(ground_of(request).config().access.journal.session_end.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def take_cookies(request: Request, answer: Response) -> None:
    """Takes a session's cookies from the browser."""
    for name in {PLAIN_COOKIE, SECURE_COOKIE} & set(request.cookies):
        answer.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="lax")


def led(to: str) -> RedirectResponse:
    """Leads a browser on after a form."""
    return RedirectResponse(to, status_code=_SEE_OTHER)


def own_path(text: str) -> str:
    """A place of this site to go to; the first page for anything that could lead elsewhere."""
    if not text.isprintable() or "\\" in text or not text.startswith("/") or text.startswith("//"):
        return HOME
    return HOME if urlsplit(text).path.startswith("/sign-") else text
