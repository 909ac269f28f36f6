"""Why a call is not in the journal: what the store knows of it, as the page tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.journal.filters import JournalFilter, Period
from phonesync.journal.periods import bounds

if TYPE_CHECKING:
    from phonesync.store.journal.why import Away, Gap
    from phonesync.web.asking import Asked
    from phonesync.web.call_rows import CallRow

SHOWN = 5
"""Calls of other days that are told."""

CALM = timedelta(hours=12)
"""A phone that was read within this is not told as away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What may be why.

    Attributes:
        calls: Calls of the day that match, newest first, with the fields of the filter that hide each.
        others: Some of other days, where a number or name is looked for.
        gaps: Stretches of the day that are not proven.
        read_up_to: What came after this instant was not read yet, UTC; None where all of the day was.
        away: Phones that were not read for long.
        waiting: Rows that were read and are not joined yet.
    """

    calls: tuple[tuple[CallRow, tuple[str, ...]], ...]
    others: tuple[CallRow, ...]
    gaps: tuple[Gap, ...]
    read_up_to: datetime | None
    away: tuple[Away, ...]
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
    since, until = bounds(JournalFilter(since=day, until=day), this.view.zone, this.view.now)
    assert since is not None
    until = until or this.view.now
    said = store.journal_why(wanted, scope, this.viewpoint, number=wanted.search, since=since, until=until)
    calls = tuple((this.rows.of(one.call), one.hidden_by) for one in said.calls)
    others: list[CallRow] = []
    if wanted.search:
        plain = JournalFilter(search=wanted.search, period=Period.EVER, spam=True)
        shown = {row.call.id for row, _ in calls}
        found = store.journal_page(plain, scope, this.viewpoint, limit=SHOWN + len(shown))
        others = [row for row in this.shown(found.calls) if row.call.id not in shown]
    unread = [gap.since for gap in said.gaps if gap.until >= min(until, this.view.now)]
    return Reasons(
        calls=calls,
        others=tuple(others[:SHOWN]),
        gaps=tuple(gap for gap in said.gaps if gap.until < min(until, this.view.now)),
        read_up_to=min(unread, default=None),
        away=tuple(
            one
            for one in said.away
            if one.last_read is None or this.view.now - one.last_read > CALM or one.standing != "up"
        ),
        waiting=said.waiting,
    )
