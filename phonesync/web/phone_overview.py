"""The state of the phones, page by page: what the status page and the API show of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from phonesync import registry
from phonesync.agent.name_coverage import PhoneNames, name_coverage
from phonesync.agent.phone_status import NEVER_READ, NOT_CONFIGURED, PhoneStatus, all_names, statuses
from phonesync.ledger.bars import Piece, Span, bar, proven
from phonesync.ledger.values import SpanState
from phonesync.store.records import CoverageRow, KeptAnswer, PhoneStanding, PhoneState, RawKind

if TYPE_CHECKING:
    from phonesync.web.ground import Ground

WEEK = timedelta(days=7)
PIECES = 28
"""Pieces of a bar: six hours each."""

LOOKED_AT = 200
"""Phones looked at for one page of gaps."""

STANDINGS = (*(standing.value for standing in PhoneStanding), NEVER_READ, NOT_CONFIGURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPhone:
    """A phone.

    Attributes:
        status: How it fares.
        site: Its site; "" where it is not configured.
        last_report: When it reported last, UTC, or None.
        pieces: How much of the last 7 days is proven.
        coverage: The same of all of them.
        names: How far names have come, or None where nothing was ever read.
    """

    status: PhoneStatus
    site: str
    last_report: datetime | None
    pieces: tuple[Piece, ...]
    coverage: float | None
    names: PhoneNames | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePage:
    """Some phones, by name.

    Attributes:
        counts: Standing to how many phones have it, of all phones.
        phones: Those of the page.
        next: Name that the next page comes after; None at the end.
    """

    counts: Mapping[str, int]
    phones: tuple[ShownPhone, ...]
    next: str | None


class Overview:
    """Looks at phones for one request.

    Args:
        ground: What the site stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._config, self._store = ground.config(), ground.store
        self._now = ground.clock.now()

    def page(self, *, standing: str = "", search: str = "", after: str = "", limit: int) -> PhonePage:
        """Phones by name.

        Args:
            standing: Only those of this standing, or "".
            search: Only those with this text in their name or owner, or "".
            after: Only those behind this name.
            limit: So many at most.

        Raises:
            StoreError: The store cannot be read.
        """
        states = {state.name: state for state in self._store.phones()}
        names = sorted(all_names(self._config, states))
        fares = {name: self._small(name, states).standing for name in names}
        wanted = [
            name for name in names if standing in ("", fares[name]) and search.casefold() in self._words(name)
        ]
        here = wanted[bisect_right(wanted, after) :]
        more = len(here) > limit
        here = here[:limit]
        return PhonePage(
            counts=Counter(fares.values()),
            phones=tuple(self._shown(here, states)),
            next=here[-1] if more else None,
        )

    def gaps(self, *, days: int, after: str = "", limit: int) -> tuple[list[CoverageRow], str | None]:
        """Spans of the last days of which it is not proven that no row is lacking, phone by phone.

        Args:
            days: So far back is looked.
            after: Only phones behind this name.
            limit: No further phone is begun once so many are found.

        Returns:
            The spans, and the name that the next page comes after, or None at the end.
        """
        names = sorted(state.name for state in self._store.phones())
        found: list[CoverageRow] = []
        since, last = self._now - timedelta(days=days), ""
        left = names[bisect_right(names, after) :]
        for name in left[:LOOKED_AT]:
            rows = self._store.coverage(name, since=since, until=self._now)
            found += [row for row in rows if row.state is not SpanState.COMPLETE]
            last = name
            if len(found) >= limit:
                break
        return found, last if left and last != left[-1] else None

    def quarantined(self, *, after: int, limit: int) -> tuple[list[KeptAnswer], int | None]:
        """Answers that could not be understood, oldest first, and the id that the next page comes after."""
        found = list(islice(self._store.answers(None, RawKind.QUARANTINED, after=after), limit + 1))
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def _small(self, name: str, states: Mapping[str, PhoneState]) -> PhoneStatus:
        return PhoneStatus(name=name, phone=self._config.phones_by_name.get(name), state=states.get(name))

    def _words(self, name: str) -> str:
        phone = self._config.phones_by_name.get(name)
        return f"{name} {phone.owner or '' if phone else ''}".casefold()

    def _shown(self, names: list[str], states: Mapping[str, PhoneState]) -> Iterator[ShownPhone]:
        reports = self._store.last_reports()
        known = [name for name in names if name in states and name in self._config.phones_by_name]
        told = {
            one.phone: one
            for one in name_coverage(self._config, self._store, registry.drivers(), self._ground.clock, known)
        }
        for status in statuses(
            self._config, self._store, registry.drivers(), names, states=states, now=self._now
        ):
            pieces = () if status.state is None else self._bar(status.state)
            reported = reports.get(status.name)
            yield ShownPhone(
                status=status,
                site="" if status.phone is None else status.phone.site,
                last_report=None if reported is None else reported.last_at,
                pieces=pieces,
                coverage=proven(pieces),
                names=told.get(status.name),
            )

    def _bar(self, state: PhoneState) -> tuple[Piece, ...]:
        """The last 7 days up to now; where the phone is read as planned, up to its last read."""
        until = self._now
        if state.standing is PhoneStanding.UP and state.last_read is not None:
            until = min(state.last_read, self._now)
        since = until - WEEK
        lists: dict[str, list[Span]] = {}
        for row in self._store.coverage(state.name, since=since, until=until):
            spans = lists.setdefault(row.list_name, [])
            end = row.until or row.proven_until
            if row.state is SpanState.COMPLETE and end is not None:
                spans.append((row.since, end))
        return bar(list(lists.values()), since, until, pieces=PIECES)
