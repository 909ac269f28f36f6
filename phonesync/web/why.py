"""Why a call is not in the journal: what filters hide, what is not proven, and which phones are away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from phonesync.journal.filters import JournalFilter, Period
from phonesync.journal.periods import bounds
from phonesync.ledger.values import SpanState
from phonesync.store.records import PhoneStanding
from phonesync.web.call_details import Hole, PhoneCoverage, holes_of

if TYPE_CHECKING:
    from phonesync.store.records import PhoneState
    from phonesync.web.asking import Asked
    from phonesync.web.call_rows import CallRow

SHOWN = 5
"""Calls that are found without the filters."""

MOST_PHONES = 100
"""More phones with gaps, or away, are counted only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What may be why.

    Attributes:
        found: Some calls that match without any filter but what was said of the call, newest first.
        hidden: Field of the filter to how many calls it hides.
        spam: So many calls are left out because their number is marked as spam.
        since: The day's begin, UTC.
        until: Its end, UTC; not behind now.
        gaps: Phones in reach with what is not proven of that day; what was not read yet is no gap.
        read_up_to: Up to then all of them were read, UTC; None where the day is read to its end.
        away: Phones in reach that are not read as they should be.
        more: So many more phones with gaps or away.
        waiting: Rows that were read and are not joined yet.
    """

    found: tuple[CallRow, ...]
    hidden: dict[str, int]
    spam: int
    since: datetime
    until: datetime
    gaps: tuple[PhoneCoverage, ...]
    read_up_to: datetime | None
    away: tuple[PhoneState, ...]
    more: int
    waiting: int


def reasons_of(this: Asked, day: date) -> Reasons:
    """What may be why a call of a day is not shown.

    Args:
        this: Who asks, with the filter in force and the search for the call in it.
        day: In the reader's zone.

    Raises:
        ConfigError: The search is for numbers or names that are masked for the reader.
    """
    store, scope, wanted = this.ground.store, this.reader.scope, this.wanted
    plain = JournalFilter(search=wanted.search, period=Period.EVER, spam=True)
    if not wanted.search:
        plain = replace(plain, since=day, until=day)
    calls = store.journal_page(plain, scope, **this.span, limit=SHOWN)
    more_spam = store.journal_counts(replace(wanted, spam=True), scope, **this.span).tabs[wanted.tab]
    without = store.journal_counts(wanted, scope, **this.span).tabs[wanted.tab]
    since, until = bounds(JournalFilter(since=day, until=day), this.view.zone, this.view.now)
    assert since is not None
    until = min(until or this.view.now, this.view.now)
    holes = _holes(this, since, until)
    gaps = [
        PhoneCoverage(phone=phone, holes=some, known=True)
        for phone, found in holes.items()
        if (some := tuple(hole for hole in found if hole.state is not SpanState.COMPLETE))
    ]
    gaps += [
        PhoneCoverage(phone=phone, holes=(), known=False) for phone in _reached(this) if phone not in holes
    ]
    unread = [hole.since for found in holes.values() for hole in found if hole.state is SpanState.COMPLETE]
    away = _away(this)
    return Reasons(
        found=tuple(this.shown(calls.calls)),
        hidden=dict(store.journal_hidden(wanted, scope, **this.span)),
        spam=more_spam - without,
        since=since,
        until=until,
        gaps=tuple(gaps[:MOST_PHONES]),
        read_up_to=min(unread, default=None),
        away=tuple(away[:MOST_PHONES]),
        more=max(len(gaps) - MOST_PHONES, 0) + max(len(away) - MOST_PHONES, 0),
        waiting=store.queued(),
    )


def _holes(this: Asked, since: datetime, until: datetime) -> dict[str, list[Hole]]:
    """What is not proven of the lists of each phone in reach."""
    found: dict[str, list[Hole]] = {}
    reached = set(_reached(this))
    for row in this.ground.store.coverage(since=since, until=until):
        if row.phone in reached:
            found.setdefault(row.phone, []).extend(holes_of(row, since, until))
    return found  # A phone of which nothing is known has no list at all.


def _away(this: Asked) -> list[PhoneState]:
    reached = set(_reached(this))
    return [
        state
        for state in this.ground.store.phones()
        if state.name in reached and state.standing is not PhoneStanding.UP
    ]


def _reached(this: Asked) -> tuple[str, ...]:
    return this.ground.store.journal_choices(this.reader.scope, office=this.office).phones
