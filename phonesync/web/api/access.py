"""Who may sign in, for programs: oneself, users, sessions, tokens, and the audit log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from phonesync.clock import iso
from phonesync.journal.access import Permission, Reader
from phonesync.journal.acts import ACTIONS
from phonesync.store.access.records import AuditFilter, Session, Token, User
from phonesync.web import audit, guard
from phonesync.web.access import deeds
from phonesync.web.ground import ground_of

router = APIRouter(prefix="/api/v1", tags=["access"])
MOST = 500

Manager = Annotated[Reader, Depends(guard.Needs(Permission.USERS))]
Auditor = Annotated[Reader, Depends(guard.Needs(Permission.AUDIT))]
Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Path(max_length=200)]
Number = Annotated[int, Path(ge=1, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="So many at most.")]


class Body(BaseModel):
    """What is sent: nothing but the fields named."""

    model_config = ConfigDict(extra="forbid")


class Me(BaseModel):
    """Whoever asks."""

    name: str
    shown_name: str
    role: str
    permissions: list[Permission] = Field(
        description="What the role, and the token where one is used, allows."
    )
    owner: str | None = Field(description="The employee whose calls are one's own.")
    departments: list[str] = Field(description="The departments one is head of.")
    language: str | None
    timezone: str | None
    theme: str | None


class ShownUser(BaseModel):
    """Somebody who may sign in."""

    name: str
    shown_name: str
    role: str
    owner: str | None
    departments: list[str]
    password: bool
    second_factor: bool
    provider: bool
    locked: bool
    disabled_at: str | None
    created_at: str


class ShownUsers(BaseModel):
    """Users, by name."""

    users: list[ShownUser]
    next: str | None = Field(description="The cursor of what follows; null at the end.")


class NewUser(Body):
    """A user to be taken in."""

    name: Text
    role: Text
    shown_name: Text | None = None
    owner: Text | None = None
    departments: list[Text] = Field([], max_length=100)


class MadeUser(BaseModel):
    """A user who was taken in."""

    user: ShownUser
    link: str = Field(description="It signs in once; nobody can see it again.")


class UserChange(Body):
    """What is to be changed; what is left out stays."""

    role: Text | None = None
    shown_name: Text | None = None
    owner: Text | None = None
    departments: list[Text] | None = Field(None, max_length=100)
    disabled: bool | None = Field(None, description="True: nobody may sign in as this user any more.")
    locked: bool | None = Field(None, description="False: wrong passwords and codes are forgotten.")


class SignInLink(BaseModel):
    """A link that signs in once."""

    link: str


class ShownSession(BaseModel):
    """A browser that is signed in."""

    id: int
    created_at: str
    seen_at: str
    expires_at: str
    peer: str
    browser: str


class ShownToken(BaseModel):
    """A token for programs."""

    id: int
    user: str
    name: str
    permissions: list[str]
    created_at: str
    expires_at: str
    used_at: str | None


class NewToken(Body):
    """A token to be made."""

    name: Text
    permissions: list[Permission] = Field(
        [], max_length=len(Permission), description="None: all of one's own."
    )
    days: int = Field(90, ge=1, le=deeds.LONGEST_DAYS)


class MadeToken(BaseModel):
    """A token that was made."""

    id: int
    token: str = Field(description="Nobody can see it again.")


class AuditLine(BaseModel):
    """A line of the audit log."""

    id: int
    at: str
    user: str | None
    peer: str
    action: str
    object: str | None
    detail: dict[str, Any]
    chain: str


class AuditLines(BaseModel):
    """Lines, newest first."""

    lines: list[AuditLine]
    next: int | None = Field(description="The cursor of what follows; null at the end.")


@router.get("/me")
def me(reader: guard.SignedIn) -> Me:
    """Whoever asks."""
    return Me(
        name=reader.name,
        shown_name=reader.shown_name,
        role=reader.role,
        permissions=sorted(reader.permissions),
        owner=reader.owner,
        departments=sorted(reader.departments),
        language=reader.language,
        timezone=reader.timezone,
        theme=reader.theme,
    )


@router.get("/sessions")
def list_sessions(request: Request, reader: guard.SignedIn) -> list[ShownSession]:
    """One's own sessions."""
    return [_session(one) for one in deeds.sessions_of(request, reader.user_id)]


@router.delete("/sessions/{number}", status_code=204)
def end_session(request: Request, reader: guard.SignedIn, number: Number) -> None:
    """Ends one of one's own sessions."""
    if not deeds.end_session(request, reader, number):
        raise HTTPException(404)


@router.get("/tokens")
def list_tokens(request: Request, reader: guard.SignedIn) -> list[ShownToken]:
    """One's own tokens that last."""
    return [_token(one) for one in ground_of(request).store.tokens(user_id=reader.user_id)]


@router.post("/tokens", status_code=201)
def add_token(request: Request, reader: guard.SignedIn, wanted: NewToken) -> MadeToken:
    """Makes a token; it allows no more than whoever asks may do."""
    number, token = deeds.add_token(
        request, reader, name=wanted.name, permissions=wanted.permissions, days=wanted.days
    )
    return MadeToken(id=number, token=token)


@router.delete("/tokens/{number}", status_code=204)
def revoke_token(request: Request, reader: guard.SignedIn, number: Number) -> None:
    """Ends a token: one's own, or anybody's with the right to change users."""
    if not deeds.revoke_token(request, reader, number):
        raise HTTPException(404)


@router.get("/users")
def list_users(
    request: Request, reader: Manager, cursor: Annotated[str, Query(max_length=200)] = "", limit: Limit = 100
) -> ShownUsers:
    """Users, by name."""
    del reader
    found = ground_of(request).store.users(after=cursor, limit=limit + 1)
    more = found[limit - 1].name if len(found) > limit else None
    return ShownUsers(users=[_user(request, one) for one in found[:limit]], next=more)


@router.post("/users", status_code=201)
def add_user(request: Request, reader: Manager, wanted: NewUser) -> MadeUser:
    """Takes a user in."""
    values = wanted.model_dump()
    user, link = deeds.add_user(request, reader, **values)
    return MadeUser(user=_user(request, user), link=link)


@router.get("/users/{name}")
def show_user(request: Request, reader: Manager, name: Name) -> ShownUser:
    """One user."""
    del reader
    return _user(request, _known(request, name))


@router.patch("/users/{name}")
def change_user(request: Request, reader: Manager, name: Name, wanted: UserChange) -> ShownUser:
    """Changes a user; what is left out stays."""
    user = _known(request, name)
    values = wanted.model_dump(exclude_unset=True)
    for needed in ("role", "shown_name", "departments", "disabled", "locked"):
        if needed in values and values[needed] is None:
            del values[needed]
    return _user(request, deeds.change_user(request, reader, user, **values) if values else user)


@router.post("/users/{name}/link", status_code=201)
def make_link(request: Request, reader: Manager, name: Name) -> SignInLink:
    """Makes a link that signs in as the user once."""
    return SignInLink(link=deeds.link_for(request, reader, _known(request, name)))


@router.delete("/users/{name}/second-factor", status_code=204)
def remove_second_factor(request: Request, reader: Manager, name: Name) -> None:
    """Asks the user for no second factor any more."""
    deeds.change_user(request, reader, _known(request, name), second_factor=None, second_factor_step=None)


@router.get("/users/{name}/sessions")
def list_sessions_of(request: Request, reader: Manager, name: Name) -> list[ShownSession]:
    """The sessions of a user."""
    del reader
    return [_session(one) for one in deeds.sessions_of(request, _known(request, name).id)]


@router.delete("/users/{name}/sessions/{number}", status_code=204)
def end_session_of(request: Request, reader: Manager, name: Name, number: Number) -> None:
    """Ends a session of a user."""
    if not deeds.end_session(request, reader, number, user=_known(request, name)):
        raise HTTPException(404)


@router.get("/users/{name}/tokens")
def list_tokens_of(request: Request, reader: Manager, name: Name) -> list[ShownToken]:
    """The tokens of a user that last."""
    del reader
    user = _known(request, name)
    return [_token(one) for one in ground_of(request).store.tokens(user_id=user.id)]


@router.get("/audit")
def list_audit(
    request: Request,
    reader: Auditor,
    user: Annotated[str | None, Query(max_length=200)] = None,
    action: Annotated[str | None, Query(max_length=50)] = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 100,
) -> AuditLines:
    """Lines of the audit log, newest first; looking at it stands in it too."""
    if action is not None and action not in ACTIONS:
        raise HTTPException(400, "There is no such action.")
    wanted = AuditFilter(user=user, action=action, since=_instant(since), until=_instant(until))
    audit.note(request, reader, "audit.view")
    found = ground_of(request).store.audit_page(wanted, before=cursor, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    lines = [
        AuditLine(
            id=line.id,
            at=iso(line.at),
            user=line.user,
            peer=line.peer,
            action=line.action,
            object=line.object,
            detail=json.loads(line.detail),
            chain=line.chain,
        )
        for line in found[:limit]
    ]
    return AuditLines(lines=lines, next=more)


def _instant(at: datetime | None) -> datetime | None:
    """A time as sent, UTC."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise HTTPException(400, "A time needs its offset, for example 2026-01-31T14:00:00+03:00.")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise HTTPException(400, "This time is out of range.") from error


def _known(request: Request, name: str) -> User:
    user = ground_of(request).store.user(name)
    if user is None:
        raise HTTPException(404)
    return user


def _user(request: Request, user: User) -> ShownUser:
    return ShownUser(
        name=user.name,
        shown_name=user.shown_name,
        role=user.role,
        owner=user.owner,
        departments=list(user.departments),
        password=user.password is not None,
        second_factor=user.second_factor is not None,
        provider=user.subject is not None,
        locked=user.is_locked(ground_of(request).clock.now()),
        disabled_at=None if user.disabled_at is None else iso(user.disabled_at),
        created_at=iso(user.created_at),
    )


def _session(one: Session) -> ShownSession:
    return ShownSession(
        id=one.id,
        created_at=iso(one.created_at),
        seen_at=iso(one.seen_at),
        expires_at=iso(one.expires_at),
        peer=one.peer,
        browser=one.browser,
    )


def _token(one: Token) -> ShownToken:
    return ShownToken(
        id=one.id,
        user=one.user,
        name=one.name,
        permissions=sorted(one.permissions),
        created_at=iso(one.created_at),
        expires_at=iso(one.expires_at),
        used_at=None if one.used_at is None else iso(one.used_at),
    )
