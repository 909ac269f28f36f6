"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from phonesync.errors import StoreBusy
from phonesync.web import audit, guard
from phonesync.web.access.doorkeeper import doorkeeper_of
from phonesync.web.access.identifying import reader_of
from phonesync.web.access.opening import HOME, led, open_session, own_path, take_cookies
from phonesync.web.access.secrets import digest
from phonesync.web.ground import ground_of
from phonesync.web.rendering import page

router = APIRouter(default_response_class=Response)

Text = Annotated[str, Form(max_length=1000)]


@router.get("/sign-in", dependencies=[guard.PUBLIC])
def ask(request: Request, next: str = HOME) -> Response:  # noqa: A002  as the address names it
    """The form."""
    return form(request, to=own_path(next))


@router.post("/sign-in", dependencies=[guard.PUBLIC])
def enter(request: Request, name: Text = "", password: Text = "", next: Text = HOME) -> Response:  # noqa: A002
    """Signs in with a password."""
    to = own_path(next)
    try:
        user = doorkeeper_of(request).admitted(request, name, password)
    except StoreBusy:
        return form(request, to=to, name=name, problem="busy", status=503)
    if user is None:
        return form(request, to=to, name=name, problem="wrong", status=403)
    if user.second_factor is None:
        reader = reader_of(user, ground_of(request).config())
        doorkeeper_of(request).came_in(request, user, reader, way="password")
    return open_session(request, user, to=to)


@router.get("/sign-in/link/{secret}", dependencies=[guard.PUBLIC])
def show_link(request: Request, secret: str) -> Response:
    """A link that signs in once: a button, so that whoever looks at links beforehand uses none up."""
    usable = ground_of(request).store.is_link(digest(secret))
    return page(request, None, "sign_in_link.html", status=200 if usable else 404, usable=usable)


@router.post("/sign-in/link/{secret}", dependencies=[guard.PUBLIC])
def use_link(request: Request, secret: str) -> Response:
    """Signs in by a link; a second factor is asked for all the same."""
    ground = ground_of(request)
    user = ground.store.use_link(digest(secret))
    if user is None:
        doorkeeper_of(request).failed(request, None, named=None, what="link")
        return page(request, None, "sign_in_link.html", status=404, usable=False)
    to = HOME if user.password is not None or user.subject is not None else "/account"
    if user.second_factor is None:
        doorkeeper_of(request).came_in(request, user, reader_of(user, ground.config()), way="link")
    return open_session(request, user, to=to)


@router.post("/sign-out")
def leave(request: Request, reader: guard.SignedIn) -> Response:
    """Ends the session."""
    session = request.state.session
    if session is not None:
        ground_of(request).store.end_session(session.id, user_id=reader.user_id)
    audit.note(request, reader, "sign-out")
    answer = led("/sign-in")
    take_cookies(request, answer)
    return answer


def form(request: Request, *, to: str, name: str = "", problem: str = "", status: int = 200) -> Response:
    """The form of the sign-in page.

    Args:
        request: What was asked.
        to: Where the user wants to go.
        name: What was typed already.
        problem: ``wrong``, ``busy``, ``provider`` or ``stranger``; empty for none.
        status: Of the answer.
    """
    oidc = ground_of(request).config().access.oidc
    return page(
        request,
        None,
        "sign_in.html",
        status=status,
        next=to,
        user=name,
        problem=problem,
        provider=None if oidc is None else oidc.name,
    )
