"""Holds the records of switches against the joined calls, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.calls.cdr import SwitchCall, switch_calls
from phonesync.calls.loss import End, Seen, ends_of
from phonesync.calls.matching import match
from phonesync.calls.values import Call
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from phonesync.store.call_records import CallFilter
from phonesync.store.records import CoverageRow

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store

DAY = timedelta(days=1)

MARGIN = timedelta(hours=3)
"""Calls and lines of so long before and after a day are looked at with it."""

AROUND = timedelta(seconds=60)
"""A list must be proven from so long before a call to so long after it."""

_PLACED = frozenset({ListName.PLACED.value})
_RUNG = frozenset({ListName.RECEIVED.value, ListName.MISSED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A call in both, or in one of both.

    Attributes:
        record: As the switch has it, or None.
        call: As phones show it, or None.
        ambiguous: Several fit, and none was taken.
    """

    record: SwitchCall | None
    call: Call | None
    ambiguous: bool = False


class Report:
    """What is in both, and what in one alone, within the time that the records cover.

    Args:
        config: The configuration.
        store: The store, with everything in it joined.
        since: First instant, UTC, or None.
        until: End, UTC, or None.

    Attributes:
        span: From the first line of a record to the last within those, UTC; None where there is none.
    """

    def __init__(
        self, config: Config, store: Store, *, since: datetime | None, until: datetime | None
    ) -> None:
        self._config, self._store = config, store
        self.span = store.cdr_span(since, until)
        self._bearers: defaultdict[str, list[str]] = defaultdict(list)
        for phone in config.phones:
            if phone.extension is not None:
                self._bearers[phone.extension].append(phone.name)
        self._coverage: dict[str, list[CoverageRow]] = {}

    def pairs(self) -> Iterator[Pair]:
        """Everything, by the switch's time or the phones'."""
        if self.span is None:
            return
        clocks = self._store.cdr_clocks()
        since, last = self.span
        while since <= last:
            until = min(since + DAY, last + timedelta(microseconds=1))
            lines = (kept.line for kept in self._store.cdr_lines(since - MARGIN, until + MARGIN))
            records = switch_calls(lines)
            calls = list(self._store.calls(CallFilter(since=since - MARGIN, until=until + MARGIN)))
            matches = match(calls, records, clocks)
            call_of = {at: call for call, at in matches.record_of.items()}
            known = {call.id: call for call in calls}
            found = [
                Pair(record=record, call=known.get(call_of.get(at, "")), ambiguous=at in matches.unclear)
                for at, record in enumerate(records)
                if since <= record.started_at < until
            ]
            found += [
                Pair(record=None, call=call, ambiguous=call.id in matches.ambiguous)
                for call in calls
                if call.id not in matches.record_of and since <= call.started_at < until
            ]
            yield from sorted(found, key=_begins)
            since = until

    def seen(self) -> Iterator[Seen]:
        """Every end of a call of the switch at a phone of the configuration."""
        for pair in self.pairs():
            if pair.record is None:
                continue
            for end in ends_of(pair.record):
                for phone in self._bearers.get(end.extension, ())[:1]:
                    yield self._seen(pair, end, phone)

    def _seen(self, pair: Pair, end: End, phone: str) -> Seen:
        record = pair.record
        assert record is not None, "an end is of a record"
        known: bool | None = None if pair.ambiguous else pair.call is not None
        if pair.call is not None:
            known = any(leg.extension == end.extension for leg in pair.call.legs)
        zone = self._config.zone_of(self._config.phone(phone))
        return Seen(
            phone=phone,
            day=record.started_at.astimezone(zone).date(),
            end=end,
            known=known,
            confessed=self._may_miss(phone, record, _PLACED if end.placed else _RUNG),
        )

    def _may_miss(self, phone: str, record: SwitchCall, lists: frozenset[str]) -> bool:
        """Whether coverage says that the lists of a phone may lack something about a call."""
        since = record.started_at - AROUND
        until = (record.ended_at or record.started_at) + AROUND
        rows = [row for row in self._rows(phone) if row.list_name in lists and _touches(row, since, until)]
        return not rows or any(_is_open(row, until) for row in rows)

    def _rows(self, phone: str) -> Sequence[CoverageRow]:
        if phone not in self._coverage:
            names = {state.name for state in self._store.phones()}
            self._coverage[phone] = list(self._store.coverage(phone)) if phone in names else []
        return self._coverage[phone]


def _begins(pair: Pair) -> tuple[datetime, str]:
    if pair.record is not None:
        return pair.record.started_at, ""
    assert pair.call is not None, "a pair has a side"
    return pair.call.started_at, pair.call.id


def _touches(row: CoverageRow, since: datetime, until: datetime) -> bool:
    return (row.since is None or row.since < until) and (row.until is None or row.until > since)


def _is_open(row: CoverageRow, until: datetime) -> bool:
    """Whether a span proves nothing, or not up to an instant."""
    if row.state is not SpanState.COMPLETE:
        return True
    return row.until is None and (row.proven_until is None or row.proven_until < until)
