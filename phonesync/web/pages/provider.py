"""Signing in by an identity provider: there, and back."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from phonesync.errors import ConfigError, SourceError
from phonesync.web import guard
from phonesync.web.access.arriving import user_of
from phonesync.web.access.doorkeeper import doorkeeper_of
from phonesync.web.access.identifying import reader_of
from phonesync.web.access.opening import HOME, led, open_session, own_path
from phonesync.web.access.provider import BEGUN_S, Provider
from phonesync.web.app import peer_of
from phonesync.web.ground import ground_of
from phonesync.web.pages.sign_in import form

router = APIRouter()
_log = structlog.get_logger(__name__)

COOKIE, PATH, BACK = "phonesync-provider", "/sign-in/provider", "/sign-in/provider/back"

Text = Annotated[str, Query(max_length=4000)]


@router.get(PATH, dependencies=[guard.PUBLIC])
def go(request: Request, next: Text = HOME) -> Response:  # noqa: A002  as the address names it
    """Leads to the provider."""
    url = request.url
    try:
        address, state = _provider(request).begin(
            ground_of(request).config(), to=own_path(next), back=f"{url.scheme}://{url.netloc}{BACK}"
        )
    except (SourceError, ConfigError) as error:
        return _failed(request, error)
    answer = led(address)
    answer.set_cookie(
        COOKIE,
        state,
        max_age=int(BEGUN_S),
        path=PATH,
        secure=url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(BACK, dependencies=[guard.PUBLIC])
def come_back(request: Request, state: Text = "", code: Text = "") -> Response:
    """Opens a session for whom the provider confirms."""
    ground = ground_of(request)
    config = ground.config()
    try:
        cookie = request.cookies.get(COOKIE, "")
        claims, to = _provider(request).end(config, state=state, cookie=cookie, code=code)
        oidc = config.access.oidc
        assert oidc is not None
        user = user_of(ground.store, oidc, claims, peer=peer_of(request))
    except (SourceError, ConfigError) as error:
        return _failed(request, error)
    if user is None:
        doorkeeper_of(request).failed(request, None, named=None, what="provider")
        return form(request, to=HOME, problem="stranger", status=403)
    if user.second_factor is None:
        doorkeeper_of(request).came_in(request, user, reader_of(user, config), way="provider")
    answer = open_session(request, user, to=to)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _provider(request: Request) -> Provider:
    """Whom to ask; not found where the configuration names no identity provider."""
    if ground_of(request).config().access.oidc is None:
        raise HTTPException(404)
    found = request.app.state.provider
    assert isinstance(found, Provider)
    return found


def _failed(request: Request, error: SourceError | ConfigError) -> Response:
    # The sentences are ours: nothing that a provider or a browser sent.
    _log.warning("sign-in by the identity provider failed", reason=error.message)
    doorkeeper_of(request).failed(request, None, named=None, what="provider")
    return form(request, to=HOME, problem="provider", status=502)
