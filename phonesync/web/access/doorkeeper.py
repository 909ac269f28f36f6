"""Whether a name and a password belong together, and what is done about those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonesync.web import audit
from phonesync.web.access import passwords
from phonesync.web.access.throttle import Throttle
from phonesync.web.app import peer_of
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.clock import Clock
    from phonesync.journal.access import Reader
    from phonesync.store.access.records import User

PEER_FAILURES = 30
"""Wrong attempts of one address within :data:`WITHIN_S`: an office may stand behind one."""

WITHIN_S = 900.0


class Doorkeeper:
    """Looks at passwords and codes.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._peers = Throttle(clock.monotonic, most=PEER_FAILURES, within_s=WITHIN_S)

    def admitted(self, request: Request, name: str, password: str) -> User | None:
        """The user whose name and password these are; None for any reason why not.

        The same answer in about the same time, whether there is such a user, whether he has a password,
        and whether he is locked.

        Raises:
            StoreError: It cannot be looked at.
        """
        ground = ground_of(request)
        peer = peer_of(request)
        if self._peers.is_closed(peer):
            audit.note(request, None, "sign-in.failed", reason="peer")
            return None
        user = ground.store.user(name)
        may = user is not None and user.disabled_at is None and not user.is_locked(ground.clock.now())
        is_right = passwords.is_right(password, None if user is None else user.password)
        if user is not None and may and is_right:
            if user.second_factor is None:
                ground.store.note_success(user.id)
                self._peers.right(peer)
            return user
        self.failed(request, user if may else None, named=None if user is None else user.name)
        return None

    def failed(
        self, request: Request, user: User | None, *, named: str | None, what: str = "password"
    ) -> None:
        """Counts a wrong password or code.

        Args:
            request: It came with this.
            user: Whose it was meant to be, where that user may be locked for it.
            named: Name of the user it was meant for, or None where there is none of that name: what was
                typed there could be a password.
            what: What was wrong.
        """
        self._peers.wrong(peer_of(request))
        ground = ground_of(request)
        audit.note(request, None, "sign-in.failed", named, reason=what)
        if user is None:
            return
        rules = ground.config().access.journal
        if ground.store.note_failure(user.id, most=rules.failures, locked_s=rules.locked.total_seconds()):
            audit.note(request, None, "sign-in.locked", user.name)

    def came_in(self, request: Request, user: User, reader: Reader, *, way: str) -> None:
        """Notes that somebody has signed in with all that is asked for."""
        ground_of(request).store.note_success(user.id)
        self._peers.right(peer_of(request))
        audit.note(request, reader, "sign-in", way=way)


def doorkeeper_of(request: Request) -> Doorkeeper:
    """The doorkeeper of the site."""
    found = request.app.state.doorkeeper
    assert isinstance(found, Doorkeeper)
    return found
