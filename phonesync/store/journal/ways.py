"""The ways that lead to the calls of a filter without looking at all calls by time.

What somebody asks for often names few things that have an index of their own: a number, a phone, an employee,
a tag. The calls of each come newest first from that index; those of several are merged. One way is taken, the
one that leads to the fewest calls as a rule; the conditions of the filter are tested in any case, so that a
way decides on nothing but the time it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, Select, Table, select

from phonesync.calls.linking import RAW
from phonesync.journal.access import Scope
from phonesync.journal.filters import Commented, JournalFilter
from phonesync.numbering import EXTENSION
from phonesync.store.journal.conditions import Condition
from phonesync.store.journal.records import Office
from phonesync.store.tables import (
    CALL_COMMENTS,
    CALL_LEGS,
    CALL_STARS,
    CALL_TAGS,
    CALLS,
    JOINED_ENTRIES,
    NUMBER_TAGS,
    PHONES,
)

MANY_NUMBERS = 100
"""Numbers that a statement names; with more of them, calls are tested instead."""

MANY = 8
"""Phones, employees or departments that are looked up."""

FEW = 3
"""Values for each of which a statement of its own is quicker than one for all."""

MANY_MARKED = 2000
"""Marked calls that are all looked at."""

Values: TypeAlias = "Sequence[object] | Select[Any]"
"""What a column is looked up by: values, or a query for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """Calls found by a column: an index leads from it and the time to them.

    Attributes:
        table: ``calls`` or ``call_legs``.
        column: Name of the column.
        only: What the index is restricted to.
    """

    table: Table
    column: str
    only: tuple[Condition, ...] = ()

    @property
    def by(self) -> Column[Any]:
        """The column."""
        return self.table.c[self.column]

    @property
    def at(self) -> Column[Any]:
        """When the call began."""
        return self.table.c.call_at if self.table is CALL_LEGS else self.table.c.started_at

    @property
    def call_id(self) -> Column[Any]:
        """Which call."""
        return self.table.c.call_id if self.table is CALL_LEGS else self.table.c.id


OUTSIDE = Key(CALLS, "outside")
CALLING = Key(CALLS, "calling_extension")
CALLED = Key(CALLS, "called_extension")
OUTCOME = Key(CALLS, "disposition")
OF_DEPARTMENT = Key(CALLS, "department")
ON_PHONE = Key(CALL_LEGS, "phone_id")
BY_OWNER = Key(CALL_LEGS, "owner")
IN_DEPARTMENT = Key(CALL_LEGS, "department")
RAW_CALLING = Key(
    CALLS, "calling_number", (CALLS.c.calling_e164.is_(None), CALLS.c.calling_extension.is_(None))
)
RAW_CALLED = Key(CALLS, "called_number", (CALLS.c.called_e164.is_(None), CALLS.c.called_extension.is_(None)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to calls.

    Attributes:
        keys: Columns and the values looked up in each.
        ids: Or the calls themselves, all of them; None for none of this.
        implied: Fields of the filter that hold for all calls to which it leads: they need not be tested,
            which matters where they name hundreds of numbers.
    """

    keys: Sequence[tuple[Key, Values]] = ()
    ids: Sequence[str] | None = None
    implied: tuple[str, ...] = ()


def one_by_one(values: Values) -> Sequence[object] | None:
    """The values, where a statement for each of them is quicker than one for all; else None."""
    return None if isinstance(values, Select) or len(values) > FEW else values


def of_parties(parties: Sequence[str]) -> Way:
    """To the calls of numbers, as in ``parties``."""
    extensions = [party.removeprefix(EXTENSION) for party in parties if party.startswith(EXTENSION)]
    raw = [party.removeprefix(RAW) for party in parties if party.startswith(RAW)]
    outside = [party for party in parties if not party.startswith((EXTENSION, RAW))]
    keys = (
        (OUTSIDE, outside),
        (CALLING, extensions),
        (CALLED, extensions),
        (RAW_CALLING, raw),
        (RAW_CALLED, raw),
    )
    return Way(keys=[(key, values) for key, values in keys if values])


def chosen(connection: Connection, wanted: JournalFilter, scope: Scope, office: Office) -> Way | None:
    """The way to the calls of a filter; None where all calls are gone through by time.

    Args:
        connection: In a transaction.
        wanted: The filter; what was searched for is not looked at.
        scope: What its reader reaches.
        office: Sites of phones.
    """
    makers: tuple[Callable[[], Way | None], ...] = (
        lambda: _by_parties(wanted),
        lambda: _marked(connection, wanted, scope),
        lambda: _on_phones(connection, wanted, office),
        lambda: _few_values(BY_OWNER, wanted.employees),
        lambda: _of_owner(scope),
        lambda: _few_values(OUTCOME, [one.value for one in wanted.outcomes]),
        lambda: _of_departments(wanted.departments),
        lambda: _of_scope(scope),
    )
    return next((way for way in (make() for make in makers) if way is not None), None)


def _by_parties(wanted: JournalFilter) -> Way | None:
    if not 0 < len(wanted.parties) <= MANY_NUMBERS:
        return None
    return replace(of_parties(wanted.parties), implied=("parties",))


def _on_phones(connection: Connection, wanted: JournalFilter, office: Office) -> Way | None:
    names = wanted.phones or [name for name, site in office.sites.items() if site in wanted.sites]
    if not 0 < len(names) <= MANY:
        return None
    ids = connection.execute(select(PHONES.c.id).where(PHONES.c.name.in_(names))).scalars()
    return Way(keys=[(ON_PHONE, list(ids))])


def _few_values(key: Key, values: Sequence[str]) -> Way | None:
    return Way(keys=[(key, values)]) if 0 < len(values) <= MANY else None


def _of_departments(names: Sequence[str]) -> Way | None:
    return Way(keys=[(OF_DEPARTMENT, names), (IN_DEPARTMENT, names)]) if 0 < len(names) <= MANY else None


def _of_owner(scope: Scope) -> Way | None:
    """To the calls of an employee who sees nobody else's."""
    alone = scope.owner is not None and not scope.everybody and not scope.departments
    return Way(keys=[(BY_OWNER, [scope.owner])]) if alone else None


def _of_scope(scope: Scope) -> Way | None:
    theirs = None if scope.everybody else _of_departments(sorted(scope.departments))
    if theirs is None:
        return None
    mine = [] if scope.owner is None else [(BY_OWNER, [scope.owner])]
    return Way(keys=[*mine, *theirs.keys])


def _marked(connection: Connection, wanted: JournalFilter, scope: Scope) -> Way | None:
    """To calls that somebody marked, where these are few."""
    if wanted.tags:
        tagged = _calls_with(CALL_TAGS).where(CALL_TAGS.c.tag_id.in_(wanted.tags))
        numbers = select(NUMBER_TAGS.c.party).where(NUMBER_TAGS.c.tag_id.in_(wanted.tags))
        parties = list(connection.execute(numbers.limit(MANY_NUMBERS + 1)).scalars())
        marked = _few(connection, tagged)
        if marked is None or len(parties) > MANY_NUMBERS:
            return None
        return Way(keys=of_parties(parties).keys, ids=marked)
    if wanted.favourite:
        mine = (CALL_STARS.c.user_id == scope.user_id, CALL_STARS.c.favourite)
        marked = _few(connection, _calls_with(CALL_STARS).where(*mine))
        return None if marked is None else Way(ids=marked)
    if wanted.comments is Commented.WITH:
        marked = _few(connection, _calls_with(CALL_COMMENTS).where(CALL_COMMENTS.c.deleted_at.is_(None)))
        return None if marked is None else Way(ids=marked)
    return None


def _calls_with(table: Table) -> Select[Any]:
    joined = table.join(JOINED_ENTRIES, JOINED_ENTRIES.c.entry_id == table.c.entry_id)
    return select(JOINED_ENTRIES.c.call_id).distinct().select_from(joined)


def _few(connection: Connection, query: Select[Any]) -> Sequence[str] | None:
    found = list(connection.execute(query.limit(MANY_MARKED + 1)).scalars())
    return found if len(found) <= MANY_MARKED else None
