"""Calls as their reader may see them: with what people said of them, and without what is hidden from him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from phonesync.calls.values import Call, CallDirection
from phonesync.journal.access import Scope
from phonesync.journal.marks import SPAM, Tag
from phonesync.journal.masking import hidden, masked
from phonesync.numbering import EXTENSION
from phonesync.store import call_keeping
from phonesync.store.chunks import chunks
from phonesync.store.journal.conditions import IS_STILL_OPEN, OTHER_END
from phonesync.store.journal.records import JournalCall
from phonesync.store.tables import (
    CALL_COMMENTS,
    CALL_STARS,
    CALL_TAGS,
    CALLS,
    JOINED_ENTRIES,
    NUMBER_TAGS,
    PRIVATE_CALLS,
    TAGS,
)

_TAG = (TAGS.c.id, TAGS.c.name, TAGS.c.color, TAGS.c.built_in)


def query() -> Select[Any]:
    """Calls with what is shown beside them, for :func:`shown`."""
    return select(CALLS, OTHER_END.label("other_end"), IS_STILL_OPEN.label("still_open"))


def shown(connection: Connection, rows: Sequence[RowMapping], scope: Scope) -> list[JournalCall]:
    """Rows of :func:`query` as their reader may see them, in the same order.

    Args:
        connection: In a transaction.
        rows: A page of them.
        scope: What the reader reaches.
    """
    calls = call_keeping.with_legs(connection, rows)
    marks = _Marks.load(connection, calls, rows, scope)
    return [_shown(call, row, marks, scope) for call, row in zip(calls, rows, strict=True)]


def _shown(call: Call, row: RowMapping, marks: _Marks, scope: Scope) -> JournalCall:
    owners = marks.private.get(call.id, frozenset())
    is_hidden = bool(owners) and scope.owner not in owners
    seen = hidden(call, owners) if is_hidden else call
    number_tags = [tag for end in ends(call, row["other_end"]) for tag in marks.number_tags.get(end, ())]
    favourite, rating = marks.stars.get(call.id, (False, None))
    return JournalCall(
        call=masked(seen) if scope.masked else seen,
        tags=_by_name(marks.tags.get(call.id, ())),
        number_tags=() if is_hidden else _by_name(number_tags),
        comments=marks.comments.get(call.id, 0),
        favourite=favourite,
        rating=rating,
        private=bool(owners),
        hidden=is_hidden,
        masked=scope.masked,
        spam=not is_hidden and any(tag.name == SPAM for tag in number_tags),
        callback_open=bool(row["still_open"]),
    )


def _by_name(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(sorted(set(tags), key=lambda tag: (tag.name, tag.id)))


def ends(call: Call, other_end: str | None) -> tuple[str, ...]:
    """The parties whose tags are a call's: the one outside, or both ends of an internal call."""
    if call.direction is CallDirection.INTERNAL:
        both = (call.calling.extension, call.called.extension)
        return tuple(f"{EXTENSION}{extension}" for extension in both if extension is not None)
    return () if other_end is None else (other_end,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What people said of some calls, by their ids; tags of numbers by number."""

    tags: Mapping[str, Sequence[Tag]]
    number_tags: Mapping[str, Sequence[Tag]]
    comments: Mapping[str, int]
    stars: Mapping[str, tuple[bool, int | None]]
    private: Mapping[str, frozenset[str]]

    @classmethod
    def load(
        cls, connection: Connection, calls: Sequence[Call], rows: Sequence[RowMapping], scope: Scope
    ) -> _Marks:
        """Those of a page of calls."""
        ids = [call.id for call in calls]
        parties = {end for call, row in zip(calls, rows, strict=True) for end in ends(call, row["other_end"])}
        return cls(
            tags=_tags(connection, ids),
            number_tags=_number_tags(connection, sorted(parties)),
            comments=_comments(connection, ids),
            stars=_stars(connection, ids, scope.user_id),
            private=_private(connection, ids),
        )


def said_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[tuple[Tag, ...], int]]:
    """Tags of calls, by name, and how many comments there are."""
    tags, comments = _tags(connection, ids), _comments(connection, ids)
    return {call: (_by_name(tags.get(call, ())), comments.get(call, 0)) for call in ids}


def _on_entries(table: Any, *columns: Any) -> Select[Any]:
    """Marks on entries, with the call of each."""
    return select(JOINED_ENTRIES.c.call_id, *columns).join_from(
        JOINED_ENTRIES, table, table.c.entry_id == JOINED_ENTRIES.c.entry_id
    )


def _tags(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[Tag]]:
    found: defaultdict[str, list[Tag]] = defaultdict(list)
    marked = _on_entries(CALL_TAGS, *_TAG).join(TAGS, TAGS.c.id == CALL_TAGS.c.tag_id)
    for some in chunks(ids):
        for row in connection.execute(marked.where(JOINED_ENTRIES.c.call_id.in_(some))):
            found[row.call_id].append(Tag(id=row.id, name=row.name, color=row.color, built_in=row.built_in))
    return found


def _number_tags(connection: Connection, parties: Sequence[str]) -> Mapping[str, list[Tag]]:
    found: defaultdict[str, list[Tag]] = defaultdict(list)
    marked = select(NUMBER_TAGS.c.party, *_TAG).join(TAGS, TAGS.c.id == NUMBER_TAGS.c.tag_id)
    for some in chunks(parties):
        for row in connection.execute(marked.where(NUMBER_TAGS.c.party.in_(some))):
            found[row.party].append(Tag(id=row.id, name=row.name, color=row.color, built_in=row.built_in))
    return found


def _comments(connection: Connection, ids: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    said = _on_entries(CALL_COMMENTS, func.count().label("said")).where(CALL_COMMENTS.c.deleted_at.is_(None))
    for some in chunks(ids):
        of = said.where(JOINED_ENTRIES.c.call_id.in_(some)).group_by(JOINED_ENTRIES.c.call_id)
        found |= {row.call_id: row.said for row in connection.execute(of)}
    return found


def _stars(
    connection: Connection, ids: Sequence[str], user_id: int | None
) -> Mapping[str, tuple[bool, int | None]]:
    """Calls to whether they are favourites, and their rating; the one given last counts."""
    found: dict[str, tuple[bool, int | None]] = {}
    if user_id is None:
        return found
    given = _on_entries(CALL_STARS, CALL_STARS.c.favourite, CALL_STARS.c.rating)
    given = given.where(CALL_STARS.c.user_id == user_id).order_by(CALL_STARS.c.at)
    for some in chunks(ids):
        for row in connection.execute(given.where(JOINED_ENTRIES.c.call_id.in_(some))):
            found[row.call_id] = (row.favourite, row.rating)
    return found


def _private(connection: Connection, ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    marked = _on_entries(PRIVATE_CALLS, PRIVATE_CALLS.c.owner)
    for some in chunks(ids):
        for row in connection.execute(marked.where(JOINED_ENTRIES.c.call_id.in_(some))):
            found[row.call_id].add(row.owner)
    return {call: frozenset(owners) for call, owners in found.items()}


def by_ids(ids: Sequence[str]) -> Select[Any]:
    """Calls by their ids, for :func:`shown`."""
    return query().where(CALLS.c.id.in_(ids))
