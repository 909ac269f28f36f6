"""The methods of the store that are about tokens of programs."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from phonesync.store.access.records import Token, User
from phonesync.store.access.users import BESIDE, user_of_row, with_user
from phonesync.store.part import StorePart
from phonesync.store.tables import API_TOKENS, USERS

USED_EVERY = timedelta(minutes=1)
"""A token's last use is noted at most so often."""

_COLUMNS = tuple(column for column in API_TOKENS.c if column.name != "digest")


class TokensPart(StorePart):
    """Tokens of programs."""

    def add_token(
        self, user_id: int, *, digest: str, name: str, permissions: Collection[str], expires_at: datetime
    ) -> int:
        """Keeps a new token.

        Args:
            user_id: Whose it is.
            digest: SHA-256 of it.
            name: What it is for.
            permissions: At most these.
            expires_at: UTC.

        Returns:
            Its id.
        """
        row = {
            "digest": digest,
            "user_id": user_id,
            "name": name,
            "permissions": json.dumps(sorted(permissions)),
            "created_at": self._clock.now(),
            "expires_at": expires_at,
        }
        with self._database.write() as connection:
            done = connection.execute(insert(API_TOKENS).values(**row))
        key = done.inserted_primary_key
        assert key is not None
        return int(key[0])

    def token(self, digest: str) -> tuple[Token, User] | None:
        """A token with its user, as long as it lasts; its use is noted.

        Returns:
            None where it has expired or was revoked, or where its user may not sign in any more.
        """
        now = self._clock.now()
        lasting = API_TOKENS.c.expires_at > now, API_TOKENS.c.revoked_at.is_(None)
        query = with_user(API_TOKENS, _COLUMNS, digest, *lasting)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        found = _token(row, user=row.name, prefix=BESIDE)
        if found.used_at is None or now - found.used_at >= USED_EVERY:
            with self._database.write() as connection:
                connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == found.id).values(used_at=now))
        return found, user_of_row(row)

    def tokens(self, *, user_id: int | None = None) -> list[Token]:
        """The tokens that last, newest first.

        Args:
            user_id: Of this user alone; None for everybody's.
        """
        query = (
            select(*_COLUMNS, USERS.c.name.label("user"))
            .join(USERS, USERS.c.id == API_TOKENS.c.user_id)
            .where(API_TOKENS.c.expires_at > self._clock.now(), API_TOKENS.c.revoked_at.is_(None))
            .order_by(API_TOKENS.c.id.desc())
        )
        if user_id is not None:
            query = query.where(API_TOKENS.c.user_id == user_id)
        with self._database.read() as connection:
            return [_token(row, user=row.user) for row in connection.execute(query)]

    def revoke_token(self, token_id: int, *, user_id: int | None = None) -> bool:
        """Ends a token.

        Args:
            token_id: Row of the token.
            user_id: Only where it is this user's; None for anybody's.

        Returns:
            False where there is no such token that lasts.
        """
        mine = (API_TOKENS.c.id == token_id) & API_TOKENS.c.revoked_at.is_(None)
        if user_id is not None:
            mine &= API_TOKENS.c.user_id == user_id
        with self._database.write() as connection:
            done = connection.execute(update(API_TOKENS).where(mine).values(revoked_at=self._clock.now()))
        return done.rowcount == 1


def _token(row: Any, *, user: str, prefix: str = "") -> Token:
    found = row._mapping  # noqa: SLF001  SQLAlchemy's name for it
    values = {column.name: found[f"{prefix}{column.name}"] for column in _COLUMNS}
    values["permissions"] = frozenset(json.loads(values["permissions"]))
    return Token(user=user, **values)
