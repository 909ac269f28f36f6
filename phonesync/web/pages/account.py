"""One's own account: password, second factor, sessions, tokens, language, zone and look."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from phonesync.errors import ConfigError
from phonesync.journal.access import Permission, Reader
from phonesync.web import guard
from phonesync.web.access import deeds, second_factor
from phonesync.web.access.opening import led, open_session
from phonesync.web.ground import ground_of
from phonesync.web.languages import LANGUAGES
from phonesync.web.rendering import page
from phonesync.web.view import THEMES

router = APIRouter()
ACCOUNT = "/account"

Text = Annotated[str, Form(max_length=1000)]


@router.get(ACCOUNT)
def show_account(request: Request, reader: guard.SignedIn) -> Response:
    """All of it."""
    return _account(request, reader)


@router.post("/account/password")
def change_password(
    request: Request, reader: guard.SignedIn, old: Text = "", new: Text = "", again: Text = ""
) -> Response:
    """Sets another password; this browser stays signed in, every other one has to sign in anew."""
    try:
        user = deeds.change_password(request, reader, old=old, new=new, again=again)
    except ConfigError as error:
        return _account(request, reader, problem=error, status=400)
    return open_session(request, user, to=ACCOUNT, complete=True)


@router.get("/account/second-factor")
def show_second_factor(request: Request, reader: guard.SignedIn) -> Response:
    """A new secret, as picture and text."""
    try:
        deeds.key_ring(request)
    except ConfigError as error:
        return _account(request, reader, problem=error, status=409)
    return _enrolment(request, reader, second_factor.new_secret())


@router.post("/account/second-factor")
def turn_on(request: Request, reader: guard.SignedIn, secret: Text = "", code: Text = "") -> Response:
    """Turns it on, where the code shows that an authenticator has the secret."""
    known = second_factor.unspelled(secret)
    if known is None:
        return led("/account/second-factor")
    try:
        deeds.turn_on(request, reader, secret=known, code=code)
    except ConfigError as error:
        return _enrolment(request, reader, known, problem=error, status=400)
    return led(ACCOUNT)


@router.post("/account/second-factor/off")
def turn_off(request: Request, reader: guard.SignedIn, password: Text = "") -> Response:
    """Turns it off."""
    try:
        deeds.turn_off(request, reader, password=password)
    except ConfigError as error:
        return _account(request, reader, problem=error, status=400)
    return led(ACCOUNT)


@router.post("/account/look")
def change_look(
    request: Request, reader: guard.SignedIn, language: Text = "", timezone: Text = "", theme: Text = ""
) -> Response:
    """Changes language, zone and theme; empty takes them from browser and site."""
    wanted = {
        "language": language if language in LANGUAGES else None,
        "timezone": timezone if timezone in available_timezones() else None,
        "theme": theme if theme in THEMES else None,
    }
    deeds.change_look(request, reader, **wanted)
    return led(ACCOUNT)


@router.post("/account/sessions/{number}/end")
def end_session(request: Request, reader: guard.SignedIn, number: int) -> Response:
    """Ends one session of one's own."""
    deeds.end_session(request, reader, number)
    return led(ACCOUNT)


@router.post("/account/tokens")
def add_token(
    request: Request,
    reader: guard.SignedIn,
    name: Text = "",
    days: Annotated[int, Form(ge=1, le=deeds.LONGEST_DAYS)] = 90,
    permission: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Makes a token and shows it, this once."""
    try:
        _, token = deeds.add_token(request, reader, name=name, permissions=permission or (), days=days)
    except ConfigError as error:
        return _account(request, reader, problem=error, status=400)
    return _account(request, reader, token=token)


@router.post("/account/tokens/{number}/revoke")
def revoke_token(request: Request, reader: guard.SignedIn, number: int) -> Response:
    """Ends one token."""
    deeds.revoke_token(request, reader, number)
    return led(ACCOUNT)


def _account(
    request: Request,
    reader: Reader,
    *,
    status: int = 200,
    problem: ConfigError | None = None,
    token: str = "",
) -> Response:
    ground = ground_of(request)
    session = request.state.session
    return page(
        request,
        reader,
        "account.html",
        status=status,
        user=deeds.own_user(request, reader),
        sessions=deeds.sessions_of(request, reader.user_id),
        this=None if session is None else session.id,
        tokens=ground.store.tokens(user_id=reader.user_id),
        permissions=[one.value for one in Permission if one in reader.permissions],
        zones=sorted(available_timezones()),
        problem=problem,
        token=token,
    )


def _enrolment(
    request: Request, reader: Reader, secret: bytes, *, status: int = 200, **values: Any
) -> Response:
    return page(
        request,
        reader,
        "second_factor.html",
        status=status,
        secret=second_factor.spelled(secret),
        picture=second_factor.picture(secret, reader.name),
        **{"problem": None, **values},
    )
