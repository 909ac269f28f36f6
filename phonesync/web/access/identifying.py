"""Who asks: the reader behind a session's cookie or a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from phonesync.journal.access import Reader
from phonesync.web.access.secrets import TOKEN_PREFIX, digest

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.config import Config
    from phonesync.store.access.records import Session, User
    from phonesync.store.repository import Store

PLAIN_COOKIE, SECURE_COOKIE = "phonesync", "__Host-phonesync"
_LONGEST_SECRET = 100


class Identity:
    """Finds out who asks; ``Ground.identify`` is one.

    Args:
        config: Gives the configuration in force.
        store: The store.
    """

    def __init__(self, config: Callable[[], Config], store: Store) -> None:
        self._config, self._store = config, store

    def __call__(self, request: Request) -> Reader | None:
        """The reader, or None for nobody. A token counts before a cookie: a request has one of the two."""
        request.state.session = None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._by_token(token.strip())
        found = self.session(request)
        if found is None or not found[0].complete:
            return None
        request.state.session = found[0]
        return self.reader(found[1])

    def session(self, request: Request) -> tuple[Session, User] | None:
        """The session of a request with its user, also one that awaits a second factor."""
        secret = request.cookies.get(cookie_name(request), "")
        if not secret or len(secret) > _LONGEST_SECRET:
            return None
        idle_s = self._config().access.journal.session_idle.total_seconds()
        return self._store.session(digest(secret), idle_s=idle_s)

    def reader(self, user: User) -> Reader:
        """A user as the reader of pages; a role that the configuration has no more allows nothing."""
        return reader_of(user, self._config())

    def _by_token(self, token: str) -> Reader | None:
        if not token.startswith(TOKEN_PREFIX) or len(token) > _LONGEST_SECRET:
            return None
        found = self._store.token(digest(token))
        if found is None:
            return None
        return reader_of(found[1], self._config(), at_most=found[0].permissions)


def reader_of(user: User, config: Config, *, at_most: frozenset[str] | None = None) -> Reader:
    """A user as the reader of pages.

    Args:
        user: The user.
        config: Knows the roles.
        at_most: What a token allows; None where none is used.
    """
    permissions = config.access.permissions.get(user.role, frozenset())
    if at_most is not None:
        permissions = frozenset(one for one in permissions if one.value in at_most)
    return Reader(
        user_id=user.id,
        name=user.name,
        shown_name=user.shown_name,
        role=user.role,
        permissions=permissions,
        owner=user.owner,
        departments=frozenset(user.departments),
        language=user.language,
        timezone=user.timezone,
        theme=user.theme,
    )


def cookie_name(request: Request) -> str:
    """The cookie of a session; under https one that no other host can set."""
    return SECURE_COOKIE if request.url.scheme == "https" else PLAIN_COOKIE
