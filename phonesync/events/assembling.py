"""Reports of one phone become calls, one for each call on each line. Pure.

What comes out depends on the set of reports alone: not on the order in which they are given, nor on how
often one of them is. Reports with a Call-ID belong to the call of that id; where two lines of the phone take
part in it, to one call for each line. A report without one joins the open call that its line and number
allow, and begins another call where there is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from phonesync.events.numbers import same_number
from phonesync.events.values import SAYS_NO_CALL, EventEntry, Report, event_key
from phonesync.ledger.keys import entry_id
from phonesync.model import Direction, EventKind, ListName, Outcome, PhoneEvent, TimeOf

T = TypeVar("T")

CLOSE_AFTER = timedelta(hours=4)
"""A call without a Call-ID whose end was not reported takes no report in after such a silence."""

REORDERED = timedelta(seconds=2)
"""Reports that passed one another on the way arrive so close together."""

DOUBLED = timedelta(seconds=5)
"""A report that says the same again within this is the same report."""

TRAIL = timedelta(seconds=10)
"""What still belongs to a call without a Call-ID after its end was reported."""

DURATION_TOLERANCE_S = 5
"""The phone's own count of a talk is believed where it differs by no more from what was observed."""

_BEGINS = frozenset({EventKind.INCOMING, EventKind.OUTGOING})
_ENDS = frozenset(
    {
        EventKind.TERMINATED,
        EventKind.MISSED,
        EventKind.REJECTED,
        EventKind.FORWARDED,
        EventKind.CANCELLED,
        EventKind.BUSY,
    }
)
_INBOUND = frozenset({EventKind.INCOMING, EventKind.MISSED, EventKind.REJECTED, EventKind.FORWARDED})
_OUTBOUND = frozenset({EventKind.OUTGOING, EventKind.BUSY})
_ORDER = {kind: place for place, kind in enumerate(EventKind)}


class _Call:
    """The reports of one call on one line, in order of arrival.

    Attributes:
        call_id: What they share, or None.
        reports: In order.
        account: The line, as named first.
        remote_number: The other party, as named first.
    """

    def __init__(self, call_id: str | None, reports: Iterable[Report]) -> None:
        self.call_id = call_id
        self._begin(reports)

    def add(self, report: Report) -> None:
        if _place(report) < _place(self.reports[-1]):
            self._begin([*self.reports, report])
        else:
            self._go_on(report)

    def _begin(self, reports: Iterable[Report]) -> None:
        self.reports: list[Report] = []
        self.account: str | None = None
        self.remote_number: str | None = None
        self._first: dict[EventKind, datetime] = {}
        for report in sorted(reports, key=_place):
            self._go_on(report)

    def _go_on(self, report: Report) -> None:
        """Takes a report in that comes after all others."""
        event = report.event
        self.reports.append(report)
        self.account = _first_said((self.account, event.account))
        self.remote_number = _first_said((self.remote_number, event.remote_number))
        self._first.setdefault(event.kind, report.at)

    @property
    def first_at(self) -> datetime:
        return self.reports[0].at

    @property
    def last_at(self) -> datetime:
        return self.reports[-1].at

    def at(self, kinds: Iterable[EventKind]) -> datetime | None:
        """When the first report of these kinds arrived."""
        return min((self._first[kind] for kind in kinds if kind in self._first), default=None)

    def accepts(self, report: Report) -> bool:
        """Whether a report without a Call-ID may be of this call."""
        event = report.event
        return (
            self._is_open(report)
            and _may_be_one(self.account, event.account)
            and _may_be_same(self.remote_number, event.remote_number)
        )

    def is_over(self, at: datetime) -> bool:
        """Whether no report without a Call-ID that arrives from an instant on is of this call."""
        return at > self.last_at + (CLOSE_AFTER if self.at(_ENDS) is None else TRAIL)

    def _is_open(self, report: Report) -> bool:
        kind = report.event.kind
        if kind in _BEGINS:
            begun = self.at({kind})
            nearest = self.first_at if begun is None else begun
            return _apart(report.at, nearest) <= (TRAIL if begun is None else DOUBLED)
        ended = self.at(_ENDS)
        until = self.last_at + CLOSE_AFTER if ended is None else ended + TRAIL
        return self.first_at - REORDERED <= report.at <= until


def assembled(incarnation: str, reports: Iterable[Report]) -> tuple[EventEntry, ...]:
    """The calls that reports of one phone tell of, by their first report.

    Args:
        incarnation: The physical phone that reported.
        reports: Of that phone, in any order; those that say nothing of a call are passed over.
    """
    said = [report for report in set(reports) if report.event.kind not in SAYS_NO_CALL]
    with_id: defaultdict[str, list[Report]] = defaultdict(list)
    without: list[Report] = []
    for report in said:
        if report.event.call_id is None:
            without.append(report)
        else:
            with_id[report.event.call_id].append(report)
    calls = [_Call(call_id, group) for call_id, one in sorted(with_id.items()) for group in _by_line(one)]
    calls = _completed(calls, sorted(without, key=_place))
    places: Counter[str] = Counter()
    entries = []
    for call in sorted(calls, key=lambda call: _place(call.reports[0])):
        key = event_key(incarnation, call.call_id, call.first_at, call.account)
        # Without a Call-ID, two calls may have begun on one line at one instant.
        places[key] += 1
        entries.append(_entry(incarnation, call, key, places[key]))
    return tuple(sorted(entries, key=lambda entry: (entry.first_at, entry.id)))


def _completed(with_id: Sequence[_Call], reports: Iterable[Report]) -> list[_Call]:
    """Those calls and further ones, once every report without a Call-ID has gone into one of them.

    A call is only asked while it is near: a busy phone has thousands that are long over.

    Args:
        with_id: The calls that have a Call-ID.
        reports: Without one, in order.
    """
    calls = list(with_id)
    coming = sorted(enumerate(calls), key=lambda placed: placed[1].first_at, reverse=True)
    near: dict[int, _Call] = {}
    for report in reports:
        while coming and coming[-1][1].first_at - TRAIL <= report.at:
            place, call = coming.pop()
            near[place] = call
        near = {place: call for place, call in near.items() if not call.is_over(report.at)}
        open_calls = [place for place in sorted(near) if near[place].accepts(report)]
        if open_calls:
            near[max(open_calls, key=lambda place: _likeness(near[place], report))].add(report)
        else:
            near[len(calls)] = _Call(None, [report])
            calls.append(near[len(calls)])
    return calls


def touched(entries: Iterable[EventEntry], fresh: Iterable[Report]) -> tuple[EventEntry, ...]:
    """The calls that new reports may have changed.

    Args:
        entries: As :func:`assembled` made them of all reports around the new ones.
        fresh: The new ones.
    """
    new = [report for report in fresh if report.event.kind not in SAYS_NO_CALL]
    ids = {report.event.call_id for report in new} - {None}
    since = min((report.at for report in new), default=None)
    return tuple(
        entry
        for entry in entries
        # What began earlier may be cut where the reports that were looked at begin.
        if entry.call_id in ids or (since is not None and entry.first_at >= since - CLOSE_AFTER)
    )


def has_ended(entry: EventEntry, fresh: Iterable[Report]) -> bool:
    """Whether new reports tell that a call is over."""
    return entry.complete and any(
        report.event.kind in _ENDS and entry.first_at <= report.at <= entry.last_at for report in fresh
    )


def _by_line(reports: Sequence[Report]) -> list[list[Report]]:
    """The reports of one Call-ID, line by line; those that name no line go with the line named first."""
    ordered = sorted(reports, key=_place)
    named = list(dict.fromkeys(one.event.account for one in ordered if one.event.account is not None))
    if len(named) <= 1:
        return [ordered]
    lines: dict[str, list[Report]] = {account: [] for account in named}
    for one in ordered:
        lines[named[0] if one.event.account is None else one.event.account].append(one)
    return list(lines.values())


def _likeness(call: _Call, report: Report) -> tuple[bool, bool, datetime]:
    """Of the calls that a report may be of: the same number, the same line, the one that began last."""
    event = report.event
    return (
        event.remote_number is not None and call.remote_number is not None,
        event.account is not None and call.account is not None,
        call.first_at,
    )


def _entry(incarnation: str, call: _Call, key: str, occurrence: int) -> EventEntry:
    account, first_at = call.account, call.first_at
    begun = call.at(_BEGINS)
    answered = call.at({EventKind.ESTABLISHED})
    talk_s = _talk_s(call, answered)
    outbound = _is_outbound(call)
    outcome = _outcome(call, outbound=outbound, talk_s=talk_s)
    own_id = entry_id(key, occurrence)
    former = sorted(_former_ids(incarnation, call) - {own_id})
    return EventEntry(
        id=own_id,
        key=key,
        former_ids=tuple(former),
        list_name=_list_name(outbound=outbound, outcome=outcome),
        account=account,
        remote_number=call.remote_number,
        remote_host=_first_said(report.event.remote_host for report in call.reports),
        remote_name=_first_said(report.event.remote_name for report in call.reports),
        call_id=call.call_id,
        started_at=first_at.replace(microsecond=0),
        time_of=_time_of(call, begun),
        ring_s=_ring_s(begun, call.at(_ENDS) if outcome in _UNANSWERED else answered),
        duration_s=talk_s,
        outcome=outcome,
        first_at=first_at,
        last_at=call.last_at,
        complete=call.at(_ENDS) is not None,
    )


def _former_ids(incarnation: str, call: _Call) -> set[str]:
    """Ids under which parts of a call may have been kept before the reports were there that joined them."""
    keys = [
        event_key(incarnation, None, report.at, account)
        for report in call.reports
        if report.event.call_id is None
        for account in {report.event.account, call.account, None}
    ]
    if call.call_id is not None and any(report.event.account is None for report in call.reports):
        keys.append(event_key(incarnation, call.call_id, call.first_at, None))
    return {entry_id(key, 1) for key in keys}


def _time_of(call: _Call, begun: datetime | None) -> TimeOf:
    """What the first report is the time of; two reports that passed one another are of one instant."""
    if begun is not None and begun - call.first_at <= REORDERED:
        return TimeOf.START
    established = call.reports[0].event.kind is EventKind.ESTABLISHED
    return TimeOf.ANSWERED if established else TimeOf.RECORDED


_UNANSWERED = frozenset(
    {Outcome.MISSED, Outcome.REJECTED, Outcome.FORWARDED, Outcome.BUSY, Outcome.NO_ANSWER}
)


def _ring_s(begun: datetime | None, stopped: datetime | None) -> int | None:
    if begun is None or stopped is None or begun > stopped + REORDERED:
        return None
    return max(0, round((stopped - begun).total_seconds()))


def _talk_s(call: _Call, answered: datetime | None) -> int | None:
    counted = max(
        (report.event.duration_s for report in call.reports if report.event.duration_s is not None),
        default=None,
    )
    ended = call.at({EventKind.TERMINATED})
    if answered is None or ended is None or ended < answered:
        return counted or None
    observed = round((ended - answered).total_seconds())
    if counted is not None and abs(counted - observed) <= DURATION_TOLERANCE_S:
        return counted
    return observed


def _is_outbound(call: _Call) -> bool | None:
    """Which way a call went; None where no report says so."""
    for report in call.reports:
        event = report.event
        if event.kind in _INBOUND:
            return False
        if event.kind in _OUTBOUND:
            return True
    said = _first_said(report.event.direction for report in call.reports)
    return None if said is None else said is Direction.OUTBOUND


def _outcome(call: _Call, *, outbound: bool | None, talk_s: int | None) -> Outcome | None:
    kinds = {report.event.kind for report in call.reports}
    if EventKind.ESTABLISHED in kinds or talk_s:
        return Outcome.ANSWERED
    for kind, outcome in (
        (EventKind.FORWARDED, Outcome.FORWARDED),
        (EventKind.REJECTED, Outcome.REJECTED),
        (EventKind.MISSED, Outcome.MISSED),
        (EventKind.BUSY, Outcome.BUSY),
    ):
        if kind in kinds:
            return outcome
    if EventKind.CANCELLED in kinds and outbound is not None:
        return Outcome.NO_ANSWER if outbound else Outcome.MISSED
    return None


def _list_name(*, outbound: bool | None, outcome: Outcome | None) -> ListName | None:
    if outbound is None:
        return None
    if outbound:
        return ListName.PLACED
    return {Outcome.MISSED: ListName.MISSED, Outcome.FORWARDED: ListName.FORWARDED}.get(
        outcome or Outcome.ANSWERED, ListName.RECEIVED
    )


def _place(report: Report) -> tuple[datetime, int, str]:
    """Where a report stands among others; what it says decides between reports of one instant."""
    return (report.at, _ORDER[report.event.kind], _text(report.event))


def _text(event: PhoneEvent) -> str:
    return repr(event)


def _first_said(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _may_be_one(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _may_be_same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or same_number(one, other)


def _apart(one: datetime, other: datetime) -> timedelta:
    return abs(one - other)
