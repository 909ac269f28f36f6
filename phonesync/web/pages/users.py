"""Who may sign in: made, changed, locked; their sessions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import Response

from phonesync.errors import ConfigError
from phonesync.journal.access import Permission, Reader
from phonesync.store.access.records import User
from phonesync.web.access import deeds
from phonesync.web.access.opening import led
from phonesync.web.ground import ground_of
from phonesync.web.guard import Needs
from phonesync.web.rendering import page

router = APIRouter()
LIMIT = 100

Manager = Annotated[Reader, Depends(Needs(Permission.USERS))]
Text = Annotated[str, Form(max_length=1000)]
Texts = Annotated[list[str] | None, Form(max_length=1000)]


@router.get("/users")
def list_users(request: Request, reader: Manager, after: str = "") -> Response:
    """All of them, by name."""
    return _list(request, reader, after=after)


@router.post("/users")
def add_user(
    request: Request,
    reader: Manager,
    name: Text = "",
    shown_name: Text = "",
    role: Text = "",
    owner: Text = "",
    department: Texts = None,
) -> Response:
    """Takes one in, and shows a link that signs in once."""
    try:
        user, link = deeds.add_user(
            request,
            reader,
            name=name,
            role=role,
            shown_name=shown_name or None,
            owner=owner or None,
            departments=department or (),
        )
    except ConfigError as error:
        return _list(request, reader, problem=error, status=400)
    return _one(request, reader, user, link=link)


@router.get("/users/{number}")
def show_user(request: Request, reader: Manager, number: int) -> Response:
    """One of them, with sessions and tokens."""
    return _one(request, reader, _known(request, number))


@router.post("/users/{number}")
def change_user(
    request: Request,
    reader: Manager,
    number: int,
    shown_name: Text = "",
    role: Text = "",
    owner: Text = "",
    department: Texts = None,
) -> Response:
    """Changes what a user is called, may do, and whose calls are the user's."""
    user = _known(request, number)
    values: dict[str, Any] = {"owner": owner or None, "departments": [one for one in department or () if one]}
    if shown_name.strip():
        values["shown_name"] = shown_name.strip()
    if role != user.role:
        values["role"] = role
    return _changed(request, reader, user, **values)


@router.post("/users/{number}/lock")
def lock_user(request: Request, reader: Manager, number: int) -> Response:
    """Lets nobody sign in as this user."""
    return _changed(request, reader, _known(request, number), disabled=True)


@router.post("/users/{number}/unlock")
def unlock_user(request: Request, reader: Manager, number: int) -> Response:
    """Lets the user sign in again."""
    return _changed(request, reader, _known(request, number), disabled=False, locked=False)


@router.post("/users/{number}/second-factor/off")
def remove_second_factor(request: Request, reader: Manager, number: int) -> Response:
    """Asks the user for no second factor any more."""
    user = _known(request, number)
    return _changed(request, reader, user, second_factor=None, second_factor_step=None)


@router.post("/users/{number}/link")
def make_link(request: Request, reader: Manager, number: int) -> Response:
    """Shows a link that signs in as the user once."""
    user = _known(request, number)
    try:
        link = deeds.link_for(request, reader, user)
    except ConfigError as error:
        return _one(request, reader, user, problem=error, status=400)
    return _one(request, reader, user, link=link)


@router.post("/users/{number}/sessions/{session}/end")
def end_session(request: Request, reader: Manager, number: int, session: int) -> Response:
    """Ends a session of the user."""
    user = _known(request, number)
    try:
        deeds.end_session(request, reader, session, user=user)
    except ConfigError as error:
        return _one(request, reader, user, problem=error, status=400)
    return led(f"/users/{number}")


@router.post("/users/{number}/tokens/{token}/revoke")
def revoke_token(request: Request, reader: Manager, number: int, token: int) -> Response:
    """Ends a token of the user."""
    deeds.revoke_token(request, reader, token)
    return led(f"/users/{number}")


def _changed(request: Request, reader: Reader, user: User, **values: Any) -> Response:
    try:
        deeds.change_user(request, reader, user, **values)
    except ConfigError as error:
        return _one(request, reader, user, problem=error, status=400)
    return led(f"/users/{user.id}")


def _known(request: Request, number: int) -> User:
    user = ground_of(request).store.user_of(number)
    if user is None:
        raise HTTPException(404)
    return user


def _list(
    request: Request,
    reader: Reader,
    *,
    after: str = "",
    status: int = 200,
    problem: ConfigError | None = None,
) -> Response:
    found = ground_of(request).store.users(after=after, limit=LIMIT + 1)
    return page(
        request,
        reader,
        "users.html",
        status=status,
        users=found[:LIMIT],
        next=found[LIMIT - 1].name if len(found) > LIMIT else None,
        problem=problem,
        **_choices(request),
    )


def _one(
    request: Request,
    reader: Reader,
    user: User,
    *,
    status: int = 200,
    problem: ConfigError | None = None,
    link: str = "",
) -> Response:
    return page(
        request,
        reader,
        "user.html",
        status=status,
        user=user,
        sessions=deeds.sessions_of(request, user.id),
        tokens=ground_of(request).store.tokens(user_id=user.id),
        problem=problem,
        link=link,
        **_choices(request),
    )


def _choices(request: Request) -> dict[str, Any]:
    config = ground_of(request).config()
    return {
        "roles": sorted(config.access.permissions),
        "owners": sorted({phone.owner for phone in config.phones if phone.owner}),
        "departments": sorted({phone.department for phone in config.phones if phone.department}),
    }
