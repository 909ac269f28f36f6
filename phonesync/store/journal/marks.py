"""The methods of the store that are about what people say of calls.

Marks are kept by an entry of the call: the call they are of is the one that holds the entry now, so that they
stay with it when calls merge or split. Where an entry becomes another name of a row, they go over to the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, exists, insert, literal, select, update

from phonesync.errors import ConfigError
from phonesync.journal.marks import (
    BUILT_IN_TAGS,
    NAME_OF_TAG,
    Comment,
    Marks,
    NoSuchMark,
    Tag,
    checked_color,
    checked_comment,
    checked_name,
    checked_rating,
    party_of,
)
from phonesync.spelling import N_, worded
from phonesync.store import call_finding, call_keeping
from phonesync.store.bulk import keeping
from phonesync.store.part import StorePart
from phonesync.store.tables import (
    CALL_COMMENTS,
    CALL_STARS,
    CALL_TAGS,
    JOINED_ENTRIES,
    NUMBER_TAGS,
    PRIVATE_CALLS,
    TAGS,
    USERS,
)


class MarksPart(StorePart):
    """Tags, favourites, ratings, comments and private marks.

    Who may mark which call is not asked here: see :class:`phonesync.web.marking.Marking`.
    """

    # Tags

    def tags(self) -> tuple[Tag, ...]:
        """All tags: those that every journal has first, then the others by name."""
        with self._database.read() as connection:
            found = _tags(connection)
        if sum(tag.built_in for tag in found) == len(BUILT_IN_TAGS):
            return found
        with self._database.write() as connection:
            for name, color in BUILT_IN_TAGS.items():
                row = {"name": name, "color": color, "built_in": True}
                connection.execute(keeping(connection.dialect.name, TAGS), [row])
            return _tags(connection)

    def add_tag(self, name: str, color: str) -> Tag:
        """Makes a tag.

        Raises:
            ConfigError: There is one of that name, or name or colour cannot be one.
        """
        values = {"name": checked_name(name, NAME_OF_TAG), "color": checked_color(color), "built_in": False}
        self.tags()
        with self._database.write() as connection:
            _refuse_twice(connection, values["name"], other_than=None)
            key = connection.execute(insert(TAGS).values(**values)).inserted_primary_key
            assert key is not None
            return Tag(id=key[0], name=str(values["name"]), color=color, built_in=False)

    def change_tag(self, tag_id: int, *, name: str | None = None, color: str | None = None) -> Tag:
        """Renames a tag, or gives it another colour.

        Raises:
            NoSuchMark: There is none.
            ConfigError: It cannot be renamed, or not to this.
        """
        with self._database.write() as connection:
            tag = _tag(connection, tag_id)
            if name is not None and name != tag.name:
                if tag.built_in:
                    raise ConfigError(
                        worded(
                            N_("The tag %(name)s comes with the journal: it cannot be renamed."),
                            name=tag.name,
                        )
                    )
                name = checked_name(name, NAME_OF_TAG)
                _refuse_twice(connection, name, other_than=tag_id)
            values = {"name": name or tag.name, "color": tag.color if color is None else checked_color(color)}
            connection.execute(update(TAGS).where(TAGS.c.id == tag_id).values(**values))
            return _tag(connection, tag_id)

    def remove_tag(self, tag_id: int) -> Tag:
        """Removes a tag from every call and number, and then itself; returns what it was.

        Raises:
            NoSuchMark: There is none.
            ConfigError: It comes with the journal.
        """
        with self._database.write() as connection:
            tag = _tag(connection, tag_id)
            if tag.built_in:
                raise ConfigError(
                    worded(
                        N_("The tag %(name)s comes with the journal: it cannot be removed."), name=tag.name
                    )
                )
            for table in (CALL_TAGS, NUMBER_TAGS):
                connection.execute(delete(table).where(table.c.tag_id == tag_id))
            connection.execute(delete(TAGS).where(TAGS.c.id == tag_id))
        return tag

    def tag_call(self, any_id: str, tag_id: int, *, user_id: int | None) -> bool:
        """Puts a tag on a call.

        Returns:
            False where it has it already.

        Raises:
            NoSuchMark: There is no such call or tag.
        """
        with self._database.write() as connection:
            call_id = call_id_of(connection, any_id)
            _tag(connection, tag_id)
            there = CALL_TAGS.c.entry_id.in_(_entries(call_id)), CALL_TAGS.c.tag_id == tag_id
            if connection.execute(select(exists().where(*there))).scalar_one():
                return False
            row = {"entry_id": call_id, "tag_id": tag_id, "user_id": user_id, "at": self._clock.now()}
            connection.execute(insert(CALL_TAGS), row)
            return True

    def untag_call(self, any_id: str, tag_id: int) -> bool:
        """Takes a tag off a call; returns whether it had it.

        Raises:
            NoSuchMark: There is no such call.
        """
        with self._database.write() as connection:
            mine = CALL_TAGS.c.entry_id.in_(_entries(call_id_of(connection, any_id)))
            return (
                connection.execute(delete(CALL_TAGS).where(mine, CALL_TAGS.c.tag_id == tag_id)).rowcount > 0
            )

    def tag_number(self, party: str, tag_id: int, *, user_id: int | None) -> bool:
        """Puts a tag on a number, and so on all its calls.

        Args:
            party: E.164, ``ext:`` and an extension, or ``raw:`` and a number as shown.
            tag_id: Of the tag.
            user_id: Who does it.

        Returns:
            False where it has it already.

        Raises:
            NoSuchMark: There is no such tag.
        """
        with self._database.write() as connection:
            _tag(connection, tag_id)
            there = NUMBER_TAGS.c.party == party, NUMBER_TAGS.c.tag_id == tag_id
            if connection.execute(select(exists().where(*there))).scalar_one():
                return False
            row = {"party": party, "tag_id": tag_id, "user_id": user_id, "at": self._clock.now()}
            connection.execute(insert(NUMBER_TAGS), row)
            return True

    def untag_number(self, party: str, tag_id: int) -> bool:
        """Takes a tag off a number; returns whether it had it."""
        mine = NUMBER_TAGS.c.party == party, NUMBER_TAGS.c.tag_id == tag_id
        with self._database.write() as connection:
            return connection.execute(delete(NUMBER_TAGS).where(*mine)).rowcount > 0

    def number_tags(self, party: str) -> tuple[Tag, ...]:
        """The tags of a number, by name."""
        with self._database.read() as connection:
            return _tags_of(connection, NUMBER_TAGS, NUMBER_TAGS.c.party == party)

    # What one user says

    def star_call(self, any_id: str, *, user_id: int, favourite: bool, rating: int | None) -> None:
        """Says what a user thinks of a call, in place of what was said before.

        Raises:
            NoSuchMark: There is no such call.
            ConfigError: The rating is not 1 to 5.
        """
        values = {"favourite": favourite, "rating": checked_rating(rating), "at": self._clock.now()}
        with self._database.write() as connection:
            call_id = call_id_of(connection, any_id)
            mine = CALL_STARS.c.user_id == user_id, CALL_STARS.c.entry_id.in_(_entries(call_id))
            connection.execute(delete(CALL_STARS).where(*mine))
            if favourite or rating is not None:
                row = {"user_id": user_id, "entry_id": call_id, **values}
                connection.execute(insert(CALL_STARS), row)

    def hide_call(self, any_id: str, owner: str, *, user_id: int | None, hidden: bool) -> None:
        """Marks a call as private to one of its employees, or takes that back.

        Raises:
            NoSuchMark: There is no such call.
        """
        with self._database.write() as connection:
            call_id = call_id_of(connection, any_id)
            mine = PRIVATE_CALLS.c.owner == owner, PRIVATE_CALLS.c.entry_id.in_(_entries(call_id))
            connection.execute(delete(PRIVATE_CALLS).where(*mine))
            if hidden:
                row = {"entry_id": call_id, "owner": owner, "user_id": user_id, "at": self._clock.now()}
                connection.execute(insert(PRIVATE_CALLS), row)

    # Comments

    def comment_call(self, any_id: str, text: str, *, user_id: int) -> Comment:
        """Writes something about a call.

        Raises:
            NoSuchMark: There is no such call.
            ConfigError: The text is empty or too long.
        """
        values = {"user_id": user_id, "at": self._clock.now(), "text": checked_comment(text)}
        with self._database.write() as connection:
            call_id = call_id_of(connection, any_id)
            done = connection.execute(
                insert(CALL_COMMENTS).values(entry_id=call_id, deleted_at=None, **values)
            )
            assert done.inserted_primary_key is not None
            query = _comments().where(CALL_COMMENTS.c.id == done.inserted_primary_key[0])
            return Comment(**connection.execute(query).mappings().one())

    def comment(self, comment_id: int) -> tuple[Comment, str] | None:
        """A comment and an entry of the call it is on; None where there is none, or it was deleted."""
        query = _comments().add_columns(CALL_COMMENTS.c.entry_id).where(CALL_COMMENTS.c.id == comment_id)
        with self._database.read() as connection:
            found = connection.execute(query).mappings().one_or_none()
        if found is None:
            return None
        values: dict[str, Any] = dict(found)
        entry_id = values.pop("entry_id")
        return Comment(**values), entry_id

    def delete_comment(self, comment_id: int) -> bool:
        """Deletes a comment, which is kept but never shown again; returns whether it was there."""
        there = CALL_COMMENTS.c.id == comment_id, CALL_COMMENTS.c.deleted_at.is_(None)
        gone = update(CALL_COMMENTS).where(*there).values(deleted_at=self._clock.now())
        with self._database.write() as connection:
            return connection.execute(gone).rowcount > 0

    # All of it

    def marks_of(self, any_id: str, *, user_id: int | None) -> Marks:
        """All that is said of a call.

        Args:
            any_id: Of the call, or of one of its entries, or a name that one bore.
            user_id: Whose favourite and rating; None for nobody's.

        Raises:
            NoSuchMark: There is no such call.
        """
        with self._database.read() as connection:
            call_id = call_id_of(connection, any_id)
            call = call_keeping.load(connection, [call_id])[call_id]
            entries, party = _entries(call_id), party_of(call)
            mine = CALL_STARS.c.user_id == user_id, CALL_STARS.c.entry_id.in_(entries)
            stars = connection.execute(select(CALL_STARS).where(*mine).order_by(CALL_STARS.c.at)).all()
            hidden = select(PRIVATE_CALLS.c.owner).where(PRIVATE_CALLS.c.entry_id.in_(entries))
            said = _comments().where(CALL_COMMENTS.c.entry_id.in_(entries)).order_by(CALL_COMMENTS.c.id)
            return Marks(
                tags=_tags_of(connection, CALL_TAGS, CALL_TAGS.c.entry_id.in_(entries)),
                number_tags=()
                if party is None
                else _tags_of(connection, NUMBER_TAGS, NUMBER_TAGS.c.party == party),
                favourite=any(star.favourite for star in stars),
                rating=next((star.rating for star in reversed(stars) if star.rating is not None), None),
                private_of=frozenset(connection.execute(hidden).scalars()),
                comments=tuple(Comment(**row) for row in connection.execute(said).mappings()),
            )


def call_id_of(connection: Connection, any_id: str) -> str:
    """The call of an entry, or of a name that an entry bore once.

    Raises:
        NoSuchMark: There is none.
    """
    found = call_finding.call_of(connection, any_id)
    if found is None:
        raise NoSuchMark(N_("There is no such call."))
    return found


def hand_journal_marks_on(connection: Connection, entry_id: str, new_id: str) -> None:
    """What people said of an entry is said of the entry that bears its name now."""
    everybody = select(USERS.c.id)  # The index of stars begins with the user.
    said: Mapping[Table, Any] = {
        CALL_TAGS: CALL_TAGS.c.entry_id == entry_id,
        CALL_COMMENTS: CALL_COMMENTS.c.entry_id == entry_id,
        PRIVATE_CALLS: PRIVATE_CALLS.c.entry_id == entry_id,
        CALL_STARS: CALL_STARS.c.user_id.in_(everybody) & (CALL_STARS.c.entry_id == entry_id),
    }
    if not connection.execute(select(*(exists().where(mine) for mine in said.values()))).one().count(True):
        return
    for table, mine in said.items():
        if table is CALL_COMMENTS:
            connection.execute(update(table).where(mine).values(entry_id=new_id))
            continue
        others = [column for column in table.columns if column.name != "entry_id"]
        moved = select(literal(new_id), *others).where(mine)
        names = ["entry_id", *(column.name for column in others)]
        connection.execute(keeping(connection.dialect.name, table).from_select(names, moved))
        connection.execute(delete(table).where(mine))


def _entries(call_id: str) -> Select[tuple[str]]:
    return select(JOINED_ENTRIES.c.entry_id).where(JOINED_ENTRIES.c.call_id == call_id)


def _comments() -> Select[Any]:
    """Comments that nobody has deleted, as :class:`Comment` takes them."""
    named = ("id", "user_id", "at", "text")
    query = select(*(CALL_COMMENTS.c[name] for name in named), USERS.c.shown_name.label("author"))
    joined = query.join(USERS, USERS.c.id == CALL_COMMENTS.c.user_id)
    return joined.where(CALL_COMMENTS.c.deleted_at.is_(None))


def _tags(connection: Connection) -> tuple[Tag, ...]:
    query = select(TAGS).order_by(TAGS.c.built_in.desc(), TAGS.c.name)
    return tuple(Tag(**row) for row in connection.execute(query).mappings())


def _tags_of(connection: Connection, table: Table, mine: Any) -> tuple[Tag, ...]:
    query = select(TAGS).where(TAGS.c.id.in_(select(table.c.tag_id).where(mine))).order_by(TAGS.c.name)
    return tuple(Tag(**row) for row in connection.execute(query).mappings())


def _tag(connection: Connection, tag_id: int) -> Tag:
    row = connection.execute(select(TAGS).where(TAGS.c.id == tag_id)).mappings().one_or_none()
    if row is None:
        raise NoSuchMark(worded(N_("There is no tag %(number)s."), number=tag_id))
    return Tag(**row)


def _refuse_twice(connection: Connection, name: object, *, other_than: int | None) -> None:
    # Not in the database: SQLite folds only the letters of English.
    same = str(name).casefold()
    if any(tag.name.casefold() == same and tag.id != other_than for tag in _tags(connection)):
        raise ConfigError(worded(N_('There is a tag "%(name)s" already.'), name=name))
