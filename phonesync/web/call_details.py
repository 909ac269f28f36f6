"""What a call consists of: phones that rang, their rows, why they are one call, and what is proven then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.calls.explaining import APART
from phonesync.calls.values import Leg, Reason, Row
from phonesync.journal.access import Permission
from phonesync.journal.masking import masked_number
from phonesync.journal.shown_names import Plans
from phonesync.ledger.values import SpanState
from phonesync.web.marking import seen_marks

if TYPE_CHECKING:
    from phonesync.journal.marks import Marks
    from phonesync.store.journal.records import JournalCall
    from phonesync.store.records import CoverageRow
    from phonesync.store.repository import Store
    from phonesync.web.asking import Asked

AROUND = timedelta(minutes=30)
"""The hour of a call: so long before its start, and so long after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A span of a list of which it is not proven that no call is lacking.

    Attributes:
        list_name: The list.
        since: Its start, UTC.
        until: Its end, UTC.
        state: What is known of it.
        at_most: So many rows are lacking at most, or None.
    """

    list_name: str
    since: datetime
    until: datetime
    state: SpanState
    at_most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCoverage:
    """What is proven of a phone's lists in a span.

    Attributes:
        phone: Its name.
        holes: What is not proven.
        known: The phone was read at all.
    """

    phone: str
    holes: tuple[Hole, ...]
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A call opened.

    Attributes:
        legs: What each phone has of it.
        rows: The rows of phones it was joined from, oldest first; none where they may not be seen.
        joined: Why they are one call.
        apart: What was left apart from it, and why.
        since: The hour's first instant, UTC.
        until: The hour's end, UTC.
        coverage: By phone and list, of that hour.
        marks: What is said of it.
    """

    legs: tuple[Leg, ...]
    rows: tuple[Row, ...]
    joined: tuple[Reason, ...]
    apart: tuple[Reason, ...]
    since: datetime
    until: datetime
    coverage: tuple[PhoneCoverage, ...]
    marks: Marks


def details_of(this: Asked, one: JournalCall) -> Details:
    """What a call consists of, as its reader may see it.

    Args:
        this: Who asks.
        one: The call, as the store hands it to this reader.
    """
    call, store = one.call, this.ground.store
    since, until = call.started_at - AROUND, min(call.started_at + AROUND, this.view.now)
    phones = list(dict.fromkeys(leg.phone for leg in call.legs))
    return Details(
        legs=call.legs,
        rows=() if one.hidden else tuple(_rows(this, one)),
        joined=tuple(reason for reason in call.reasons if reason.rule not in APART),
        apart=tuple(reason for reason in call.reasons if reason.rule in APART),
        since=since,
        until=until,
        coverage=tuple(coverage_of(store, phone, since, until) for phone in phones),
        marks=seen_marks(store, one, this.reader),
    )


def _rows(this: Asked, one: JournalCall) -> Iterator[Row]:
    plans = Plans(this.ground.config())
    found = this.ground.store.call_rows(one.call.entry_ids, plan_of=plans.plan)
    for row in sorted(found, key=lambda row: (row.at, row.id)):
        inside = row.party is not None and row.party.startswith("ext:")
        if this.reader.may(Permission.NUMBERS) or inside:
            yield row
        else:
            yield replace(row, number=masked_number(row.number or "") if row.number else None, name=None)


def coverage_of(store: Store, phone: str, since: datetime, until: datetime) -> PhoneCoverage:
    """What is proven of a phone's lists in a span.

    Args:
        store: The store.
        phone: Its name.
        since: The first instant, UTC.
        until: The end, UTC.
    """
    rows = list(store.coverage(phone, since=since, until=until))
    holes = tuple(hole for row in rows for hole in holes_of(row, since, until))
    return PhoneCoverage(phone=phone, holes=holes, known=bool(rows))


def holes_of(row: CoverageRow, since: datetime, until: datetime) -> Iterator[Hole]:
    """The parts of a span that are not proven: all of it, or what lies behind the last read."""
    first = max(row.since or since, since)
    last = min(row.until or until, until)
    if row.state is SpanState.COMPLETE:
        if row.until is not None or row.proven_until is None:
            return
        first = max(row.proven_until, first)
    if first < last:
        yield Hole(list_name=row.list_name, since=first, until=last, state=row.state, at_most=row.at_most)
