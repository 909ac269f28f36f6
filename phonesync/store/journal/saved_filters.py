"""The methods of the store that are about filters under names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, or_, select, update

from phonesync.errors import ConfigError
from phonesync.journal.marks import LONGEST_QUERY, NAME_OF_FILTER, NoSuchMark, SavedFilter, checked_name
from phonesync.spelling import N_, worded
from phonesync.store.part import StorePart
from phonesync.store.tables import SAVED_FILTERS, USERS


class SavedFiltersPart(StorePart):
    """Filters under names: everybody's own, and those that others share."""

    def saved_filters(self, user_id: int) -> tuple[SavedFilter, ...]:
        """A user's own filters by name, and then those that others share."""
        with self._database.read() as connection:
            rows = connection.execute(_query(_seen_by(user_id))).mappings()
            found = [SavedFilter(**row) for row in rows]
        return tuple(sorted(found, key=lambda one: (one.user_id != user_id, one.name.casefold(), one.id)))

    def save_filter(self, name: str, query: str, *, user_id: int, shared: bool = False) -> SavedFilter:
        """Keeps a filter under a name; one of this name of the same user is replaced.

        Args:
            name: What it is called.
            query: As in the address bar, checked by :func:`phonesync.journal.filters.from_query`.
            user_id: Whose it is.
            shared: Everybody may use it.

        Raises:
            ConfigError: The name is empty or too long, or the filter is too long.
        """
        name = checked_name(name, NAME_OF_FILTER)
        if len(query) > LONGEST_QUERY:
            raise ConfigError(
                worded(N_("The filter is longer than %(most)s letters."), most=LONGEST_QUERY),
                hint=N_("Choose fewer values."),
            )
        values = {"query": query, "shared": shared, "made_at": self._clock.now()}
        named = (SAVED_FILTERS.c.user_id == user_id) & (SAVED_FILTERS.c.name == name)
        with self._database.write() as connection:
            if not connection.execute(update(SAVED_FILTERS).where(named).values(**values)).rowcount:
                connection.execute(insert(SAVED_FILTERS).values(user_id=user_id, name=name, **values))
            return _one(connection, named)

    def remove_filter(self, filter_id: int, *, user_id: int) -> SavedFilter:
        """Removes one of a user's own filters; returns what it was.

        Raises:
            NoSuchMark: The user has none such.
        """
        mine = (SAVED_FILTERS.c.user_id == user_id) & (SAVED_FILTERS.c.id == filter_id)
        with self._database.write() as connection:
            found = _one(connection, mine)
            connection.execute(delete(SAVED_FILTERS).where(mine))
        return found


def _seen_by(user_id: int) -> ColumnElement[bool]:
    return or_(SAVED_FILTERS.c.user_id == user_id, SAVED_FILTERS.c.shared)


def _query(which: ColumnElement[bool]) -> Select[Any]:
    query = select(SAVED_FILTERS, USERS.c.shown_name.label("author"))
    return query.join(USERS, USERS.c.id == SAVED_FILTERS.c.user_id).where(which)


def _one(connection: Connection, which: ColumnElement[bool]) -> SavedFilter:
    row = connection.execute(_query(which)).mappings().one_or_none()
    if row is None:
        raise NoSuchMark(N_("There is no such filter of yours."))
    return SavedFilter(**row)
