"""What the lists of phones prove of a stretch of time: whether a call that nobody saw can have been there."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import Connection, select

from phonesync.calls.settling import Proof
from phonesync.calls.values import Call
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from phonesync.store.abutting import Stated, abutting
from phonesync.store.assignments import EVER
from phonesync.store.chunks import chunks
from phonesync.store.reading import Incarnation, incarnations, stated_spans
from phonesync.store.records import CoverageRow
from phonesync.store.tables import ALIVE_SIGNS, PHONES

Interval: TypeAlias = tuple[datetime, datetime]

_NEVER = datetime.max.replace(tzinfo=UTC)
_OF_INBOUND = frozenset({ListName.RECEIVED.value, ListName.MISSED.value})
"""A call that a phone answered or missed stands in one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneProof:
    """What is proven of one phone.

    Attributes:
        starts: Where each proven interval starts, oldest first, UTC.
        ends: Where each ends.
        read: The last good read, or how far reports have stated its time, UTC; None before any.
    """

    starts: Sequence[datetime]
    ends: Sequence[datetime]
    read: datetime | None

    def share(self, since: datetime, until: datetime) -> float:
        """Share of [since, until) that is proven, 0 to 1."""
        proven = 0.0
        first = max(0, bisect_right(self.starts, since) - 1)
        for start, end in zip(self.starts[first:], self.ends[first:], strict=True):
            if start >= until:
                break
            proven += max(0.0, (min(end, until) - max(start, since)).total_seconds())
        return proven / (until - since).total_seconds()


class Proofs:
    """The proof of each phone, loaded once within a transaction.

    Args:
        connection: In a transaction.
        configured: Names of the phones that go on being read; None for all.

    Attributes:
        waiting: What was asked of and is not final: phone and the end of the stretch.
    """

    def __init__(self, connection: Connection, configured: Collection[str] | None) -> None:
        self._connection = connection
        self._configured = configured
        self._phones: dict[str, PhoneProof] = {}
        self._ids: dict[str, int] = {}
        self.waiting: set[tuple[int, datetime]] = set()

    def learn(self, names: Iterable[str]) -> None:
        """Loads what is stated of some phones."""
        new = sorted(set(names) - self._phones.keys())
        for some in chunks(new):
            found = _phones(self._connection, some)
            self._ids |= {name: number for name, (number, _) in found.items()}
            self._phones |= {name: proof for name, (_, proof) in found.items()}

    def proven(self, phone: str, since: datetime, until: datetime) -> Proof:
        """What is proven of a phone that was learned."""
        of = self._phones.get(phone)
        if of is None:
            # It was renamed; the calls that name it are joined anew.
            return Proof(share=0.0, final=True)
        left = self._configured is not None and phone not in self._configured
        final = left or (of.read is not None and of.read >= until)
        if not final:
            self.waiting.add((self._ids[phone], until))
        return Proof(share=of.share(since, until), final=final)


def proofs(connection: Connection, names: Collection[str]) -> dict[str, PhoneProof]:
    """What is proven of some phones, by name."""
    found: dict[str, PhoneProof] = {}
    for some in chunks(sorted(names)):
        found |= {name: proof for name, (_, proof) in _phones(connection, some).items()}
    return found


def phones_of(call: Call) -> set[str]:
    """Names of the phones whose proof a call rests on."""
    return {leg.phone for leg in call.legs} | set(call.could_answer)


def _phones(connection: Connection, names: Sequence[str]) -> dict[str, tuple[int, PhoneProof]]:
    """Of each phone its row, and what is proven of it."""
    ids = {
        row.name: row.id
        for row in connection.execute(select(PHONES.c.name, PHONES.c.id).where(PHONES.c.name.in_(names)))
    }
    found = incarnations(connection, list(ids.values()))
    heard = _heard_until(connection, list(found))
    of_phone: defaultdict[str, list[Incarnation]] = defaultdict(list)
    for one in found.values():
        of_phone[one.phone].append(one)
    spans: defaultdict[str, list[Stated]] = defaultdict(list)
    for number, span in stated_spans(connection, found):
        spans[found[number].phone].append(_ended(span, found[number], heard.get(number)))
    return {name: (number, _proof(of_phone[name], spans[name], heard)) for name, number in ids.items()}


def _heard_until(connection: Connection, incarnation_ids: Sequence[int]) -> dict[int, datetime]:
    """How far the time of phones that only report is stated."""
    found: dict[int, datetime] = {}
    for some in chunks(incarnation_ids):
        query = select(ALIVE_SIGNS.c.incarnation_id, ALIVE_SIGNS.c.settled_until)
        query = query.where(ALIVE_SIGNS.c.incarnation_id.in_(some))
        found |= {row.incarnation_id: row.settled_until for row in connection.execute(query)}
    return found


def _ended(span: Stated, of: Incarnation, heard: datetime | None) -> Stated:
    """An open span ends with what it proves: the last good read, or how far reports have stated it."""
    if span.row.until is not None:
        return span
    return replace(span, row=replace(span.row, proven_until=of.last_read or heard))


def _proof(phones: Sequence[Incarnation], spans: Sequence[Stated], heard: dict[int, datetime]) -> PhoneProof:
    good: defaultdict[str, list[Interval]] = defaultdict(list)
    bad: list[Interval] = []
    for row in abutting(spans):
        if row.list_name in _OF_INBOUND:
            (good[row.list_name] if row.state is SpanState.COMPLETE else bad).append(_interval(row))
    lists = [united(some) for some in good.values()]
    proven = lists[0] if lists else []
    for others in lists[1:]:
        proven = list(common(proven, others))
    intervals = list(without(proven, united(bad)))
    reads = [of.last_read or heard.get(of.id) for of in phones]
    return PhoneProof(
        starts=[start for start, _ in intervals],
        ends=[end for _, end in intervals],
        read=max((read for read in reads if read is not None), default=None),
    )


def _interval(row: CoverageRow) -> Interval:
    if row.until is not None:
        return row.since or EVER, row.until
    end = _NEVER if row.state is not SpanState.COMPLETE else row.proven_until
    since = row.since or EVER
    return since, max(since, end or since)


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in as few intervals as it takes, oldest first."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        elif start < end:
            found.append((start, end))
    return found


def common(some: Sequence[Interval], others: Sequence[Interval]) -> Iterator[Interval]:
    """The time that is in both; each united."""
    one = other = 0
    while one < len(some) and other < len(others):
        start = max(some[one][0], others[other][0])
        end = min(some[one][1], others[other][1])
        if start < end:
            yield start, end
        if some[one][1] < others[other][1]:
            one += 1
        else:
            other += 1


def without(some: Sequence[Interval], others: Sequence[Interval]) -> Iterator[Interval]:
    """The time of the first that is not in the others; each united."""
    yield from common(some, list(_gaps(others)))


def _gaps(intervals: Sequence[Interval]) -> Iterator[Interval]:
    start = EVER
    for begin, end in intervals:
        if start < begin:
            yield start, begin
        start = end
    if start < _NEVER:
        yield start, _NEVER
