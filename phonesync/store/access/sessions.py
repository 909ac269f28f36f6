"""The methods of the store that are about sessions of browsers, and about links that sign in once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from phonesync.store.access.records import Session, User
from phonesync.store.access.users import BESIDE, user_of_row, with_user
from phonesync.store.part import StorePart
from phonesync.store.tables import SESSIONS, SIGN_IN_LINKS

SEEN_EVERY = timedelta(minutes=1)
"""A session's last use is noted at most so often."""

_COLUMNS = tuple(column for column in SESSIONS.c if column.name != "digest")


class SessionsPart(StorePart):
    """Sessions and links."""

    def open_session(
        self, user_id: int, *, digest: str, expires_at: datetime, peer: str, browser: str, complete: bool
    ) -> int:
        """Keeps a new session; those that have ended are forgotten.

        Args:
            user_id: Whose it is.
            digest: SHA-256 of its secret.
            expires_at: It ends then, however much it is used, UTC.
            peer: Address it is opened from.
            browser: What the browser calls itself.
            complete: False while the second factor is awaited.

        Returns:
            Its id.
        """
        now = self._clock.now()
        row = {
            "digest": digest,
            "user_id": user_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": expires_at,
            "peer": peer,
            "browser": browser,
            "complete": complete,
        }
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
            done = connection.execute(insert(SESSIONS).values(**row))
        key = done.inserted_primary_key
        assert key is not None
        return int(key[0])

    def session(self, digest: str, *, idle_s: float) -> tuple[Session, User] | None:
        """The session of that secret with its user, as long as it lasts; its use is noted.

        Args:
            digest: SHA-256 of its secret.
            idle_s: A session unused for so many seconds has ended.

        Returns:
            None where it has ended, or where its user may not sign in any more.
        """
        now = self._clock.now()
        lasting = SESSIONS.c.expires_at > now, SESSIONS.c.seen_at > now - timedelta(seconds=idle_s)
        query = with_user(SESSIONS, _COLUMNS, digest, *lasting)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        found = _session(row, prefix=BESIDE)
        if now - found.seen_at >= SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(update(SESSIONS).where(SESSIONS.c.id == found.id).values(seen_at=now))
        return found, user_of_row(row)

    def complete_session(self, session_id: int, *, digest: str) -> None:
        """Notes that the second factor was right; the session gets another secret with it."""
        with self._database.write() as connection:
            connection.execute(
                update(SESSIONS).where(SESSIONS.c.id == session_id).values(digest=digest, complete=True)
            )

    def sessions_of(self, user_id: int, *, idle_s: float) -> list[Session]:
        """The sessions of a user that last, the one used last first."""
        now = self._clock.now()
        query = (
            select(*_COLUMNS)
            .where(
                SESSIONS.c.user_id == user_id,
                SESSIONS.c.expires_at > now,
                SESSIONS.c.seen_at > now - timedelta(seconds=idle_s),
            )
            .order_by(SESSIONS.c.seen_at.desc(), SESSIONS.c.id.desc())
        )
        with self._database.read() as connection:
            return [_session(row) for row in connection.execute(query)]

    def end_session(self, session_id: int, *, user_id: int) -> bool:
        """Ends one session of a user.

        Returns:
            False where the user has no such session.
        """
        mine = (SESSIONS.c.id == session_id) & (SESSIONS.c.user_id == user_id)
        with self._database.write() as connection:
            return connection.execute(delete(SESSIONS).where(mine)).rowcount == 1

    # Links

    def add_link(self, user_id: int, *, digest: str, expires_at: datetime) -> None:
        """Keeps a link that signs in once; those used or expired are forgotten.

        Args:
            user_id: As whom.
            digest: SHA-256 of its secret part.
            expires_at: UTC.
        """
        now = self._clock.now()
        row = {"digest": digest, "user_id": user_id, "created_at": now, "expires_at": expires_at}
        over = or_(SIGN_IN_LINKS.c.expires_at <= now, SIGN_IN_LINKS.c.used_at.is_not(None))
        with self._database.write() as connection:
            connection.execute(delete(SIGN_IN_LINKS).where(over))
            connection.execute(insert(SIGN_IN_LINKS).values(**row))

    def is_link(self, digest: str) -> bool:
        """Whether a link would sign somebody in."""
        with self._database.read() as connection:
            return connection.execute(self._usable(digest)).first() is not None

    def use_link(self, digest: str) -> User | None:
        """Uses a link up.

        Returns:
            Whom it signs in; None where it was used before, has expired, or its user may not sign in.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            row = connection.execute(self._usable(digest)).one_or_none()
            if row is None:
                return None
            connection.execute(
                update(SIGN_IN_LINKS).where(SIGN_IN_LINKS.c.digest == digest).values(used_at=now)
            )
        return user_of_row(row)

    def _usable(self, digest: str) -> Any:
        lasting = SIGN_IN_LINKS.c.used_at.is_(None), SIGN_IN_LINKS.c.expires_at > self._clock.now()
        return with_user(SIGN_IN_LINKS, (), digest, *lasting)


def _session(row: Row[Any], *, prefix: str = "") -> Session:
    values = row._mapping  # noqa: SLF001  SQLAlchemy's name for it
    return Session(**{column.name: values[f"{prefix}{column.name}"] for column in _COLUMNS})
