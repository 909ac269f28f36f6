"""The second factor, asked for after the password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from phonesync.web import guard
from phonesync.web.access import second_factor
from phonesync.web.access.doorkeeper import doorkeeper_of
from phonesync.web.access.identifying import Identity, reader_of
from phonesync.web.access.opening import HOME, give_cookie, led, own_path, take_cookies
from phonesync.web.access.secrets import digest, new_secret
from phonesync.web.ground import ground_of
from phonesync.web.rendering import page

router = APIRouter()


@router.get("/sign-in/code", dependencies=[guard.PUBLIC])
def ask_code(request: Request, next: str = HOME) -> Response:  # noqa: A002  as the address names it
    """The form."""
    return page(request, None, "sign_in_code.html", next=own_path(next), wrong=False)


@router.post("/sign-in/code", dependencies=[guard.PUBLIC])
def enter_code(
    request: Request,
    code: Annotated[str, Form(max_length=100)] = "",
    next: Annotated[str, Form(max_length=1000)] = HOME,  # noqa: A002
) -> Response:
    """Completes a session; each code counts once."""
    ground, to = ground_of(request), own_path(next)
    found = Identity(ground.config, ground.store).session(request)
    if found is None or found[0].complete or found[1].second_factor is None:
        answer = led("/sign-in")
        take_cookies(request, answer)
        return answer
    session, user = found
    now = ground.clock.now()
    secret = second_factor.opened(user, ring=second_factor.ring_of(ground.config()))
    step = None if user.is_locked(now) else second_factor.step_of(secret, code, now=ground.code_time())
    if step is None or not ground.store.take_step(user.id, step):
        doorkeeper_of(request).failed(request, user, named=user.name, what="code")
        return page(request, None, "sign_in_code.html", status=403, next=to, wrong=True)
    renewed = new_secret()
    ground.store.complete_session(session.id, digest=digest(renewed))
    doorkeeper_of(request).came_in(request, user, reader_of(user, ground.config()), way="code")
    answer = led(to)
    give_cookie(request, answer, renewed)
    return answer
