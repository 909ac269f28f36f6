"""Links that sign in once: for a new user, for one who forgot his password, for the first administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from phonesync.journal.access import ADMINISTRATOR
from phonesync.store.access.records import Act
from phonesync.web.access.secrets import digest, new_secret

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.store.access.records import User
    from phonesync.store.repository import Store

FIRST = "administrator"
"""The user that is made where there is none."""


def site_address(config: Config) -> str:
    """Where the site is reached: scheme, host and port."""
    web = config.web
    if web.base_url is not None:
        parts = urlsplit(web.base_url)
        return f"{parts.scheme}://{parts.netloc}"
    scheme = "http" if web.certificate is None else "https"
    port = (web.listen or ":8080").rpartition(":")[2]
    return f"{scheme}://localhost:{port}"


def new_link(store: Store, config: Config, user: User, *, clock: Clock) -> str:
    """A link that signs in as a user, once.

    Args:
        store: Keeps its digest.
        config: Says for how long it can be used.
        user: As whom.
        clock: Where time comes from.
    """
    secret = new_secret()
    store.add_link(user.id, digest=digest(secret), expires_at=clock.now() + config.access.journal.link)
    return f"{site_address(config)}/sign-in/link/{secret}"


def first_link(store: Store, config: Config, *, clock: Clock) -> str | None:
    """A link for the first administrator, where nobody else is there and he has never signed in.

    Returns:
        None where somebody may sign in already.
    """
    if not store.has_users():
        user = store.add_user(FIRST, role=ADMINISTRATOR, shown_name="Administrator")
        store.note_act(Act(user=None, peer="", action="user.add", object=FIRST, detail={"first": True}))
        return new_link(store, config, user, clock=clock)
    some = store.users(limit=2)
    alone = some[0] if len(some) == 1 else None
    if alone is None or alone.name != FIRST or alone.password is not None or alone.subject is not None:
        return None
    signed_in = store.sessions_of(alone.id, idle_s=config.access.journal.session_idle.total_seconds())
    return None if signed_in else new_link(store, config, alone, clock=clock)
