"""Calls found by any part of a number or of a name: first the numbers that fit, then their calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, false, literal, or_, select

from phonesync.journal.search_text import Term, asks_for_withheld, folded_name, terms
from phonesync.numbering import EXTENSION
from phonesync.store.chunks import chunks
from phonesync.store.journal.conditions import (
    HIGHEST,
    IS_WITHHELD,
    LEGS,
    OTHER_END,
    Condition,
    has_leg,
    is_one_of,
    one_by_one,
)
from phonesync.store.journal.records import Office
from phonesync.store.journal.ways import BY_OWNER, MANY, MANY_NUMBERS, Way, of_parties
from phonesync.store.tables import (
    ASSIGNMENTS,
    CALLS,
    CONTACT_NUMBERS,
    CONTACT_SOURCES,
    CONTACTS,
    PARTIES,
    PARTY_TAILS,
)


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
    parties = _parties(connection, wanted, MANY_NUMBERS)
    mine = [has_leg((LEGS.c.owner + "").in_(owners))] if owners else []
    if len(parties | by_name) > MANY_NUMBERS or len(owners) > MANY:
        return Sought(condition=or_(_is_any(wanted), *map(is_one_of, chunks(sorted(by_name))), *mine))
    found = sorted(parties | by_name)
    keys = [*of_parties(found).keys, *([(BY_OWNER, owners)] if owners else [])]
    return Sought(condition=or_(is_one_of(found), *mine), way=Way(keys=keys, ids=()))


def _is_named(name: str, wanted: Sequence[Term]) -> bool:
    return all(any(reading in name for reading in term.readings) for term in wanted)


def _owners(connection: Connection, wanted: Sequence[Term]) -> list[str]:
    """Employees whose names fit all terms."""
    names = connection.execute(select(ASSIGNMENTS.c.owner).distinct()).scalars()
    return sorted(name for name in names if name and _is_named(folded_name(name), wanted))


def _parties(connection: Connection, wanted: Sequence[Term], most: int) -> set[str]:
    """Parties that fit all terms; one more than ``most`` where there are more."""
    first, *others = sorted(wanted, key=lambda term: -len(term.readings[0]))
    found: set[str] = set()
    for reading in first.readings:
        query = select(PARTIES.c.party).distinct().where(*map(_fits, others))
        query = query.join_from(PARTY_TAILS, PARTIES, PARTIES.c.id == PARTY_TAILS.c.party_id)
        query = query.where(PARTY_TAILS.c.tail >= reading, PARTY_TAILS.c.tail < reading + HIGHEST)
        found.update(connection.execute(query.limit(most + 1)).scalars())
    return found


def _fits(term: Term) -> Condition:
    """That a party fits one term."""
    columns = (PARTIES.c.digits, PARTIES.c.names)
    return or_(*(column.contains(reading) for column in columns for reading in term.readings))


def _is_any(wanted: Sequence[Term]) -> Condition:
    """That one of a call's ends fits all terms."""
    ends = (
        OTHER_END,
        *(literal(EXTENSION) + CALLS.c[f"{end}_extension"] for end in ("calling", "called")),
    )
    fitting = select(PARTIES.c.id).where(PARTIES.c.party.in_(ends), *map(_fits, wanted))
    return one_by_one(fitting.correlate(CALLS))
