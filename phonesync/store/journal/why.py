"""Why a call is not in the list: the filter, rights, time that is not proven, phones that were away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter, Period
from phonesync.store.journal.conditions import of_filter
from phonesync.store.journal.proven import Known, gaps
from phonesync.store.journal.records import JournalCall, Office
from phonesync.store.journal.showing import by_ids
from phonesync.store.tables import INCARNATIONS, PHONES, STATES

MOST = 50
"""Calls and gaps that are told at most."""

ANYTHING = JournalFilter(period=Period.EVER, spam=True)
"""The filter that hides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenCall:
    """A call that is there.

    Attributes:
        call: As its reader may see it.
        hidden_by: Fields of the filter that hide it (``spam``: its number is marked as spam, ``period``: its
            days); empty where it is in the list.
    """

    call: JournalCall
    hidden_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Time of a phone that is not proven: calls of it may be missing.

    Attributes:
        phone: Its name.
        since: UTC.
        until: UTC.
    """

    phone: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A phone whose last good read was before the end of the time asked about.

    Attributes:
        phone: Its name.
        standing: As the agent has it.
        last_read: Its last good read, UTC, or None.
        last_error: Why it could not be read, in words, or None.
    """

    phone: str
    standing: str
    last_read: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What is known of calls with a number in a stretch of time.

    Attributes:
        calls: Those that the reader reaches, newest first, at most :data:`MOST`.
        reaches_all: The reader reaches everybody's calls; else others may have had it.
        waiting: Rows that phones showed and that wait to be joined into calls.
        gaps: Time that is not proven, at most :data:`MOST` stretches, by phone and time.
        away: Phones that were not read since.
    """

    calls: tuple[HiddenCall, ...] = ()
    reaches_all: bool = False
    waiting: int = 0
    gaps: tuple[Gap, ...] = ()
    away: tuple[Away, ...] = ()


def hidden_by(
    connection: Connection,
    call: JournalCall,
    wanted: JournalFilter,
    scope: Scope,
    office: Office,
    span: tuple[datetime | None, datetime | None],
) -> tuple[str, ...]:
    """The fields of a filter that hide a call, each by itself.

    Args:
        connection: In a transaction.
        call: The call.
        wanted: The filter.
        scope: What its reader reaches.
        office: Sites of phones.
        span: The filter's days, UTC.
    """
    since, until = span
    at = call.call.started_at
    outside = (since is not None and at < since) or (until is not None and at >= until)
    days = {"period", "since", "until"}
    names = [name for name in wanted.set_fields if name not in days and name not in {"search", "spam"}]
    singles = {name: replace(ANYTHING, **{name: getattr(wanted, name)}) for name in names}
    if not wanted.spam:
        singles["spam"] = replace(ANYTHING, spam=False)
    hiding = [
        name for name, one in singles.items() if not _fits(connection, call.call.id, one, scope, office)
    ]
    return (*(["period"] if outside else []), *hiding)


def _fits(connection: Connection, call_id: str, one: JournalFilter, scope: Scope, office: Office) -> bool:
    query = by_ids([call_id]).where(*of_filter(one, scope, office))
    return connection.execute(query).first() is not None


def gaps_of(known: Mapping[str, Known], since: datetime, until: datetime) -> Iterator[Gap]:
    """Time of phones that is not proven, by phone and time."""
    for name in sorted(known):
        for start, end in gaps(known[name], since, until):
            yield Gap(phone=name, since=start, until=end)


def away(connection: Connection, known: Mapping[str, Known], until: datetime) -> Iterator[Away]:
    """Phones whose last good read was before an instant, by name."""
    query = (
        select(PHONES.c.name, STATES.c.standing, STATES.c.last_read, STATES.c.last_error)
        .join(INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .order_by(PHONES.c.name, INCARNATIONS.c.number)
    )
    newest = {row.name: row for row in connection.execute(query)}
    for name, row in newest.items():
        if name in known and (row.last_read is None or row.last_read < until):
            yield Away(phone=name, standing=row.standing, last_read=row.last_read, last_error=row.last_error)
