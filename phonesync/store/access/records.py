"""What the store tells of users, sessions, tokens and links, and of the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in.

    Attributes:
        id: Row of the user.
        name: What is signed in with, case folded.
        shown_name: What the user is called.
        role: Name of the role.
        owner: The employee whose calls are the user's own, or None.
        departments: The departments the user is head of, sorted.
        password: Argon2id as a PHC string, or None.
        second_factor: The sealed TOTP secret, or None.
        second_factor_step: The last time step a code was taken for.
        subject: Issuer and subject of the identity provider, or None.
        language: ``ru``, ``en`` or None.
        timezone: IANA name, or None.
        theme: ``light``, ``dark`` or None.
        failures: Wrong passwords or codes since the last right one.
        locked_until: No password or code is looked at before that, UTC; or None.
        created_at: UTC.
        password_at: When the password was set, UTC; or None.
        disabled_at: Since when nobody may sign in as this user, UTC; or None.
    """

    id: int
    name: str
    shown_name: str
    role: str
    owner: str | None
    departments: tuple[str, ...]
    password: str | None = field(repr=False)
    second_factor: str | None = field(repr=False)
    second_factor_step: int | None
    subject: str | None
    language: str | None
    timezone: str | None
    theme: str | None
    failures: int
    locked_until: datetime | None
    created_at: datetime
    password_at: datetime | None
    disabled_at: datetime | None

    def is_locked(self, now: datetime) -> bool:
        """Whether too many wrong passwords or codes were given of late."""
        return self.locked_until is not None and self.locked_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in.

    Attributes:
        id: Row of the session.
        user_id: Whose it is.
        created_at: UTC.
        seen_at: When it was used last, to the minute, UTC.
        expires_at: It ends then, however much it is used, UTC.
        peer: Address it was opened from.
        browser: What the browser calls itself.
        complete: False while the second factor is awaited.
    """

    id: int
    user_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    peer: str
    browser: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token for programs.

    Attributes:
        id: Row of the token.
        user_id: Whose it is.
        user: Name of the user.
        name: What it is for.
        permissions: At most these; never more than the user's own.
        created_at: UTC.
        expires_at: UTC.
        used_at: When it was used last, to the minute, UTC; or None.
        revoked_at: UTC, or None.
    """

    id: int
    user_id: int
    user: str
    name: str
    permissions: frozenset[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did, before it is in the log.

    Attributes:
        user: Name of the user; None before anybody has signed in, or for the program itself.
        peer: Address it came from; empty for the command line.
        action: One word of :data:`phonesync.journal.acts.ACTIONS`.
        object: What it was done to, or None.
        detail: Further values that JSON can hold.
    """

    user: str | None
    peer: str
    action: str
    object: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One line of the audit log.

    Attributes:
        id: Row of the line; later lines have greater ones.
        at: When it was done, UTC.
        user: As in :class:`Act`; the others too.
        detail: JSON.
        chain: SHA-256 over the line before and this one, hex.
    """

    id: int
    at: datetime
    user: str | None
    peer: str
    action: str
    object: str | None
    detail: str
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines of the audit log are asked for; None asks for any.

    Attributes:
        user: Name of the user.
        action: The action.
        since: From then on, UTC.
        until: Before then, UTC.
    """

    user: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole audit log has shown.

    Attributes:
        lines: Lines looked at.
        broken_at: Id of the first line that does not follow from those before it; None where all do.
        last_at: When the last line was written, UTC; None for an empty log.
        chain: The chain behind the last line; empty for an empty log.
        expected: A chain that was to be in the log is in it.
    """

    lines: int
    broken_at: int | None
    last_at: datetime | None
    chain: str
    expected: bool
