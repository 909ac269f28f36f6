"""The tables of who may read the journal, and of who read, exported or changed what."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, Index, UniqueConstraint

from phonesync.store.tables.base import KEEP_COUNTING, NUMBER, PLAIN, Base, ShownText, table_of


class User(Base, table=True):
    """Somebody who may sign in."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("subject"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str = Field(sa_type=ShownText)
    """What is signed in with, case folded."""
    shown_name: str = Field(sa_type=ShownText)
    role: str = Field(sa_type=ShownText)
    """One of the built-in roles, or of the configuration's."""
    owner: str | None = Field(sa_type=ShownText)
    """The employee, as ``owner`` of phones, whose calls are this user's own; None for nobody's."""
    departments: str = Field(sa_type=ShownText)
    """JSON: the departments the user is head of."""
    password: str | None = Field(sa_type=PLAIN)
    """Argon2id as a PHC string; None where signing in with a password is not possible."""
    second_factor: str | None = Field(sa_type=PLAIN)
    """The TOTP secret, encrypted; None without one."""
    second_factor_step: int | None = Field(sa_type=NUMBER)
    """The last time step a code was taken for: none is taken twice."""
    subject: str | None = Field(sa_type=ShownText)
    """Issuer and subject of the identity provider, or None."""
    language: str | None = Field(sa_type=PLAIN)
    timezone: str | None = Field(sa_type=PLAIN)
    theme: str | None = Field(sa_type=PLAIN)
    failures: int
    """Wrong passwords or codes since the last right one."""
    locked_until: datetime | None
    created_at: datetime
    password_at: datetime | None
    disabled_at: datetime | None


class Session(Base, table=True):
    """A browser that is signed in."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "user_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    digest: str = Field(sa_type=PLAIN)
    """SHA-256 of what the cookie holds."""
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    peer: str = Field(sa_type=ShownText)
    browser: str = Field(sa_type=ShownText)
    complete: bool
    """False while the second factor is awaited."""


class ApiToken(Base, table=True):
    """A token for programs."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "user_id"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    digest: str = Field(sa_type=PLAIN)
    """SHA-256 of the token."""
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    name: str = Field(sa_type=ShownText)
    permissions: str = Field(sa_type=PLAIN)
    """JSON: never more than the user's own count."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class SignInLink(Base, table=True):
    """A link that signs in once."""

    __tablename__ = "sign_in_links"

    digest: str = Field(primary_key=True, sa_type=PLAIN)
    """SHA-256 of its secret part."""
    user_id: int = Field(foreign_key="users.id", sa_type=NUMBER)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class AuditEntry(Base, table=True):
    """Somebody saw, exported, changed or listened to something; nothing here is ever changed."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at"), KEEP_COUNTING)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    at: datetime
    user_name: str | None = Field(sa_type=ShownText)
    """None before anybody has signed in, or for the program itself."""
    peer: str = Field(sa_type=ShownText)
    action: str = Field(sa_type=PLAIN)
    object: str | None = Field(sa_type=ShownText)
    detail: str = Field(sa_type=ShownText)
    """JSON."""
    chain: str = Field(sa_type=PLAIN)
    """SHA-256 over the entry before and this one."""


USERS = table_of(User)
SESSIONS = table_of(Session)
API_TOKENS = table_of(ApiToken)
SIGN_IN_LINKS = table_of(SignInLink)
AUDIT_LOG = table_of(AuditEntry)
