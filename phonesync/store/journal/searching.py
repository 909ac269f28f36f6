"""Calls found by any part of a number or of a name: first the numbers that fit, then their calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    intersect,
    literal,
    or_,
    select,
)

from phonesync.calls.linking import RAW
from phonesync.journal.search_text import Term, asks_for_withheld, folded_name, terms
from phonesync.numbering import EXTENSION
from phonesync.store.chunks import chunks
from phonesync.store.journal.conditions import (
    HIGHEST,
    IS_WITHHELD,
    LEGS,
    Condition,
    has_leg,
    is_one_of,
    one_by_one,
)
from phonesync.store.journal.records import Office
from phonesync.store.journal.ways import (
    BY_OWNER,
    MANY,
    MANY_NUMBERS,
    OUTSIDE,
    Key,
    Values,
    Way,
    of_parties,
)
from phonesync.store.tables import (
    ASSIGNMENTS,
    CALLS,
    CONTACT_NUMBERS,
    CONTACT_SOURCES,
    CONTACTS,
    PARTIES,
    PARTY_TAILS,
)

MANY_FOUND = 2000
"""Numbers whose calls are looked up; where more fit, calls are tested instead, and enough of those fit."""

MANY_NAMED = 1000
"""Numbers found by several terms that a statement names: to find them anew costs more than to name them."""

MANY_HELD = 5000
"""Numbers that a statement has at hand to test calls by; where more fit, each call's own are looked at."""

MANY_TAILS = 20_000
"""Tails that are gone through for one of several terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What a search leads to.

    Attributes:
        condition: What a call must be to be found.
        way: To all such calls; None where they are too many numbers to look up one by one.
    """

    condition: Condition
    way: Way | None = None


class ContactNames:
    """Names of contacts in the form in which they are searched, with their numbers; kept while they hold."""

    def __init__(self) -> None:
        self._version: object = None
        self._names: Sequence[tuple[str, str]] = ()

    def numbers(self, connection: Connection, wanted: Sequence[Term]) -> set[str]:
        """Numbers of the contacts whose names fit all terms."""
        query = select(CONTACT_SOURCES.c.name, CONTACT_SOURCES.c.digest).order_by(CONTACT_SOURCES.c.name)
        version = connection.execute(query).all()
        if version != self._version:
            self._names = tuple(_contact_names(connection))
            self._version = version
        return {number for name, number in self._names if _is_named(name, wanted)}


def _contact_names(connection: Connection) -> Iterator[tuple[str, str]]:
    numbers = select(CONTACTS.c.name, CONTACT_NUMBERS.c.canonical).join(
        CONTACT_NUMBERS, CONTACT_NUMBERS.c.contact_id == CONTACTS.c.id
    )
    for row in connection.execute(numbers.where(CONTACT_NUMBERS.c.canonical.is_not(None))):
        yield folded_name(row.name), row.canonical


def sought(connection: Connection, text: str, office: Office, contacts: ContactNames) -> Sought:
    """What a search leads to.

    Args:
        connection: In a transaction.
        text: A part of a number, however written, or parts of names.
        office: Dial plans of the sites.
        contacts: Names of contacts.
    """
    wanted = terms(text, office.plans)
    if not wanted:
        return Sought(condition=false(), way=Way(ids=()))
    if asks_for_withheld(text):
        # Their calls have nothing that could be looked up: they are met on the way through all calls.
        named = _named(connection, wanted, contacts)
        return Sought(condition=or_(IS_WITHHELD, named.condition))
    return _named(connection, wanted, contacts)


def _named(connection: Connection, wanted: Sequence[Term], contacts: ContactNames) -> Sought:
    """What leads to the numbers and names that fit all terms."""
    by_name = contacts.numbers(connection, wanted)
    owners = _owners(connection, wanted)
    fitting = _fitting(connection, wanted)
    parties = None if fitting is None else _few(connection, fitting)
    most = MANY_NAMED if len(wanted) > 1 else MANY_NUMBERS
    mine = [has_leg((LEGS.c.owner + "").in_(owners))] if owners else []
    if parties is None or len(parties) > most:
        # Of several terms it takes longer to find all parties than to look at those of a call.
        fits = _is_any(wanted) if fitting is None or len(wanted) > 1 else _is_among(fitting)
        condition = or_(fits, *map(is_one_of, chunks(sorted(by_name))), *mine)
    else:
        condition = or_(is_one_of(sorted(parties | by_name)), *mine)
    if fitting is None or parties is None or len(by_name) > MANY_NUMBERS or len(owners) > MANY:
        return Sought(condition=condition)
    keys: list[tuple[Key, Values]] = [(BY_OWNER, owners)] if owners else []
    if len(parties | by_name) > most:
        # Too many to be named in a statement: it looks them up by itself.
        keys.append((OUTSIDE, fitting))
        parties = {party for party in parties if party.startswith((EXTENSION, RAW))}
    if len(parties | by_name) > most:
        return Sought(condition=condition)
    keys += of_parties(sorted(parties | by_name)).keys
    return Sought(condition=condition, way=Way(keys=keys, ids=()))


def _few(connection: Connection, fitting: Select[Any]) -> set[str] | None:
    """The parties of a query; None where they are too many."""
    found = set(connection.execute(fitting.limit(MANY_FOUND + 1)).scalars())
    return found if len(found) <= MANY_FOUND else None


def _is_named(name: str, wanted: Sequence[Term]) -> bool:
    return all(any(reading in name for reading in term.readings) for term in wanted)


def _owners(connection: Connection, wanted: Sequence[Term]) -> list[str]:
    """Employees whose names fit all terms."""
    names = connection.execute(select(ASSIGNMENTS.c.owner).distinct()).scalars()
    return sorted(name for name in names if name and _is_named(folded_name(name), wanted))


def _fitting(connection: Connection, wanted: Sequence[Term]) -> Select[Any] | None:
    """A query for the parties that fit all terms; None where too many fit each of the terms."""
    counts = {term: _count(connection, term) for term in wanted}
    # What is common to the two rarest leaves so few that the others are tested.
    few = sorted((term for term in counts if counts[term] <= MANY_TAILS), key=counts.__getitem__)[:2]
    if not few or (len(counts) == 1 and counts[few[0]] > MANY_HELD):
        return None
    # Set operations: PostgreSQL expects one tail in any stretch, and would go through others for each.
    holding = select(intersect(*map(_holding, few)).subquery().c.party) if len(few) > 1 else _holding(few[0])
    tested = [_fits(term) for term in counts if term not in few]
    return select(PARTIES.c.party).where(PARTIES.c.party.in_(holding), *tested) if tested else holding


def _count(connection: Connection, term: Term) -> int:
    """How many tails begin with a term; one more than are gone through where there are more."""
    some = _holding(term).limit(MANY_TAILS + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _holding(term: Term) -> Select[Any]:
    """The parties whose number or one of whose names holds a term; some of them twice."""
    tail = PARTY_TAILS.c.tail
    ranges = (and_(tail >= reading, tail < reading + HIGHEST) for reading in term.readings)
    return select(PARTY_TAILS.c.party).where(or_(*ranges))


def _fits(term: Term) -> Condition:
    """That a party fits one term."""
    columns = (PARTIES.c.digits, PARTIES.c.names)
    return or_(*(column.contains(reading) for column in columns for reading in term.readings))


def _is_any(wanted: Sequence[Term]) -> Condition:
    """That one of a call's ends fits all terms."""
    fitting = select(PARTIES.c.id).where(PARTIES.c.party.in_(_ends()), *map(_fits, wanted))
    return one_by_one(fitting.correlate(CALLS))


def _is_among(fitting: Select[Any]) -> Condition:
    """That one of a call's ends is among some parties."""
    return or_(*(end.in_(fitting) for end in _ends()))


def _ends() -> tuple[ColumnElement[Any], ...]:
    """The parties of a call; none of them leads to it by an index."""
    return (CALLS.c.outside + "", *(_inner_party(end) for end in ("calling", "called")))


def _inner_party(end: str) -> ColumnElement[Any]:
    """The party at an end of a call where it is an extension or some other short number."""
    extension, is_raw = CALLS.c[f"{end}_extension"], CALLS.c[f"{end}_e164"].is_(None)
    return case(
        (extension.is_not(None), literal(EXTENSION) + extension),
        (is_raw, literal(RAW) + CALLS.c[f"{end}_number"]),
    )
