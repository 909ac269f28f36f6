"""The methods of the store that are about users."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from phonesync.errors import ConfigError
from phonesync.journal.access import ADMINISTRATOR
from phonesync.spelling import N_, worded
from phonesync.store.access.records import User
from phonesync.store.part import StorePart
from phonesync.store.tables import SESSIONS, USERS

NO_USER = "There is no user {name}."
KNOWN = N_("`phonesync user list` shows all.")


class UsersPart(StorePart):
    """Users."""

    def add_user(
        self,
        name: str,
        *,
        role: str,
        shown_name: str | None = None,
        owner: str | None = None,
        departments: Collection[str] = (),
        password: str | None = None,
        subject: str | None = None,
    ) -> User:
        """Takes a user in.

        Args:
            name: What is signed in with; letter case does not count.
            role: Name of a role.
            shown_name: What the user is called; the name by default.
            owner: The employee whose calls are the user's own.
            departments: The departments the user is head of.
            password: Argon2id as a PHC string.
            subject: Issuer and subject of the identity provider.

        Raises:
            ConfigError: The name is taken, or empty.
        """
        folded = name.strip().casefold()
        if not folded:
            raise ConfigError(N_("A user needs a name."))
        now = self._clock.now()
        values = {
            "name": folded,
            "shown_name": (shown_name or name).strip(),
            "role": role,
            "owner": owner,
            "departments": _listed(departments),
            "password": password,
            "password_at": None if password is None else now,
            "subject": subject,
            "failures": 0,
            "created_at": now,
        }
        with self._database.write() as connection:
            if _one(connection, USERS.c.name == folded) is not None:
                raise ConfigError(
                    worded(N_("There is a user %(name)s already."), name=folded),
                    hint=N_("`phonesync user set` changes one."),
                )
            connection.execute(insert(USERS).values(**values))
            found = _one(connection, USERS.c.name == folded)
        assert found is not None
        return found

    def user(self, name: str) -> User | None:
        """The user of that name, letter case aside; or None."""
        with self._database.read() as connection:
            return _one(connection, USERS.c.name == name.strip().casefold())

    def user_of(self, user_id: int) -> User | None:
        """The user of that row, or None."""
        with self._database.read() as connection:
            return _one(connection, USERS.c.id == user_id)

    def user_by_subject(self, subject: str) -> User | None:
        """The user whom an identity provider calls so, or None."""
        with self._database.read() as connection:
            return _one(connection, USERS.c.subject == subject)

    def users(self, *, after: str = "", limit: int = 100) -> list[User]:
        """Users by name.

        Args:
            after: Only names behind this one.
            limit: At most so many.
        """
        query = select(USERS).where(USERS.c.name > after).order_by(USERS.c.name).limit(limit)
        with self._database.read() as connection:
            return [user_of_row(row) for row in connection.execute(query)]

    def has_users(self) -> bool:
        """Whether anybody was ever taken in."""
        with self._database.read() as connection:
            return connection.execute(select(USERS.c.id).limit(1)).first() is not None

    def change_user(self, user_id: int, **values: Any) -> User:
        """Changes a user; what is not named stays.

        Args:
            user_id: Row of the user.
            values: Columns of the table to new values; ``departments`` a collection of names, ``disabled``
                and ``locked`` as booleans. A new password ends every session of the user.

        Raises:
            ConfigError: There is no such user, the subject belongs to another one, or nobody would be left
                who may make users.
        """
        now = self._clock.now()
        new = _columns(values, now)
        with self._database.write() as connection:
            before = _one(connection, USERS.c.id == user_id)
            if before is None:
                raise ConfigError(N_("There is no such user any more."), hint=KNOWN)
            _check(connection, before, new)
            connection.execute(update(USERS).where(USERS.c.id == user_id).values(**new))
            if new.get("disabled_at") is not None or "password" in new:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user_id))
            found = _one(connection, USERS.c.id == user_id)
        assert found is not None
        return found

    def note_failure(self, user_id: int, *, most: int, locked_s: float) -> bool:
        """Counts a wrong password or code; the one too many locks the user for a while.

        Args:
            user_id: Row of the user.
            most: So many wrong ones in a row are allowed.
            locked_s: Seconds.

        Returns:
            Whether the user is locked now.
        """
        now = self._clock.now()
        mine = USERS.c.id == user_id
        with self._database.write() as connection:
            connection.execute(update(USERS).where(mine).values(failures=USERS.c.failures + 1))
            failures = connection.execute(select(USERS.c.failures).where(mine)).scalar_one_or_none() or 0
            if failures < most:
                return False
            until = now + timedelta(seconds=locked_s)
            connection.execute(update(USERS).where(mine).values(failures=0, locked_until=until))
        return True

    def note_success(self, user_id: int) -> None:
        """Forgets the wrong passwords and codes before a right one."""
        mine = (USERS.c.id == user_id) & or_(USERS.c.failures > 0, USERS.c.locked_until.is_not(None))
        with self._database.write() as connection:
            connection.execute(update(USERS).where(mine).values(failures=0, locked_until=None))

    def replace_second_factors(self, sealed_again: Callable[[User], str]) -> int:
        """Replaces what is kept of every second factor, all of them or none.

        Args:
            sealed_again: Gives what is kept of a user's from now on.

        Returns:
            How many there are.
        """
        query = select(USERS).where(USERS.c.second_factor.is_not(None))
        with self._database.write() as connection:
            some = [user_of_row(row) for row in connection.execute(query)]
            for user in some:
                kept = sealed_again(user)
                connection.execute(update(USERS).where(USERS.c.id == user.id).values(second_factor=kept))
        return len(some)

    def take_step(self, user_id: int, step: int) -> bool:
        """Uses a time step of a second factor up.

        Returns:
            False where this step, or a later one, was used before.
        """
        unused = or_(USERS.c.second_factor_step.is_(None), USERS.c.second_factor_step < step)
        with self._database.write() as connection:
            done = connection.execute(
                update(USERS).where(USERS.c.id == user_id, unused).values(second_factor_step=step)
            )
        return done.rowcount == 1


BESIDE = "beside_"
"""Stands before the names of columns that are not the user's."""


def with_user(
    table: Table, columns: Iterable[Column[Any]], digest: str, *lasting: ColumnElement[bool]
) -> Select[Any]:
    """What a secret is kept as, with its user; nothing where that may not sign in any more.

    Args:
        table: Sessions, tokens or links.
        columns: Those of it that are wanted, named with ``BESIDE`` before them.
        digest: SHA-256 of the secret.
        lasting: It lasts where all of this holds.
    """
    named = (column.label(f"{BESIDE}{column.name}") for column in columns)
    query: Select[Any] = select(*named, *USERS.c).join_from(table, USERS, USERS.c.id == table.c.user_id)
    return query.where(table.c.digest == digest, *lasting, USERS.c.disabled_at.is_(None))


def user_of_row(row: Row[Any]) -> User:
    """A row of the table as a value."""
    values = {column.name: row._mapping[column.name] for column in USERS.c}  # noqa: SLF001  SQLAlchemy's name for it
    values["departments"] = tuple(json.loads(values["departments"]))
    return User(**values)


def _one(connection: Connection, wanted: Any) -> User | None:
    query: Select[Any] = select(USERS).where(wanted)
    row = connection.execute(query).one_or_none()
    return None if row is None else user_of_row(row)


def _listed(departments: Collection[str]) -> str:
    return json.dumps(sorted(set(departments)), ensure_ascii=False)


def _columns(values: dict[str, Any], now: datetime) -> dict[str, Any]:
    new = dict(values)
    if "departments" in new:
        new["departments"] = _listed(new["departments"])
    if "disabled" in new:
        new["disabled_at"] = now if new.pop("disabled") else None
    if new.pop("locked", None) is False:
        new |= {"locked_until": None, "failures": 0}
    if "password" in new:
        new["password_at"] = None if new["password"] is None else now
    return new


def _check(connection: Connection, before: User, new: dict[str, Any]) -> None:
    subject = new.get("subject")
    if subject is not None:
        other = _one(connection, USERS.c.subject == subject)
        if other is not None and other.id != before.id:
            raise ConfigError(worded(N_("The user %(name)s has that subject already."), name=other.name))
    goes = new.get("role", before.role) != ADMINISTRATOR or new.get("disabled_at") is not None
    if before.role != ADMINISTRATOR or before.disabled_at is not None or not goes:
        return
    others = (
        select(func.count())
        .select_from(USERS)
        .where(USERS.c.role == ADMINISTRATOR, USERS.c.disabled_at.is_(None), USERS.c.id != before.id)
    )
    if connection.execute(others).scalar_one() == 0:
        raise ConfigError(
            worded(
                N_("%(name)s is the only administrator, and nobody could make users any more."),
                name=before.name,
            ),
            hint=N_("Make another administrator first."),
        )
