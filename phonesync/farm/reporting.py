"""What emulated phones do by themselves: report their calls, fetch their phonebooks.

A phone does what its settings say (:class:`~phonesync.driver.emulation.PhoneSide`); here is when it does it,
what gets lost on the way, and the truth of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Protocol

from phonesync.driver.emulation import Fetch, Happening
from phonesync.farm.desk import Desk
from phonesync.farm.telephony import Leg, TrueCall
from phonesync.model import EventKind, ListName

LATENCY_S = (0.02, 0.4)
"""Seconds a report takes to arrive, at least and at most."""

LATE_S = (2.0, 30.0)
"""The same for one that is late."""

ECHO_S = (0.05, 3.0)
"""Seconds after which a doubled report arrives again."""

FIRST_FETCH_S = 60.0
"""A phone fetches first within so many seconds of being told to."""

ENDS_A_MISSED_CALL = 0.5
"""Share of the phones that report the end of a call nobody answered; no sheet says whether they do."""


NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request of a phone.

    Attributes:
        phone: Name of the phone.
        url: Whole address, as the phone sends it: it may hold raw spaces.
        headers: In order.
    """

    phone: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered to it."""

    status: int
    content: bytes = b""


Answered = Callable[[Reply | None], None]
"""Told what was answered to a request; None: nobody listened."""

Deliver = Callable[[Outgoing, Answered], None]
"""Carries a request to whoever listens, and tells what was answered, at once or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What becomes of reports on the way.

    Attributes:
        lost: Share that never arrives.
        doubled: Share that arrives twice.
        late: Share that arrives seconds late.
    """

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class ReportedCall:
    """One call on one phone, and what of it was heard.

    Attributes:
        phone: Name of the phone.
        leg: What truly happened.
        heard: What arrived, each with whether it was in time, in the order of arrival.
        unheard: How many reports of it did not arrive.
        first_heard_at: When the first of them arrived, UTC.
    """

    phone: str
    leg: Leg
    heard: list[tuple[EventKind, bool]] = field(default_factory=list)
    unheard: int = 0
    first_heard_at: datetime = NEVER

    @property
    def is_known(self) -> bool:
        """At least one report of it arrived."""
        return bool(self.heard)

    @property
    def start_is_known(self) -> bool:
        """The report of its beginning arrived in time."""
        return any(kind in _BEGINNINGS and in_time for kind, in_time in self.heard)


_BEGINNINGS = frozenset({EventKind.INCOMING, EventKind.OUTGOING})


class World(Protocol):
    """What reporting needs of the farm."""

    @property
    def now(self) -> datetime:
        """The instant the world has come to, UTC."""
        ...

    def later(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """Has ``happen`` called when the world comes to ``at``."""
        ...


class Reporting:
    """Lets the phones of a farm report and fetch.

    Args:
        world: Where they stand.
        desks: Extension to desk.
        deliver: Carries their requests.
        losses: What becomes of them.
        seed: Of all chance.

    Attributes:
        calls: Phone and Call-ID to what was heard of the call.
        took_book: Phone to the instant it first took a phonebook, UTC.
        fetches: How often phones fetched.
        first_heard: Phone to the instant its first report arrived, UTC.
        refused: Reports that were answered, but not with 200: phone and status.
    """

    def __init__(
        self, world: World, desks: Mapping[str, Desk], deliver: Deliver, *, losses: Losses, seed: int
    ) -> None:
        self._world = world
        self._desks = desks
        self._deliver = deliver
        self._losses = losses
        self._rng = Random(f"reports {seed}")
        self.calls: dict[tuple[str, str], ReportedCall] = {}
        self.took_book: dict[str, datetime] = {}
        self.fetches = 0
        self.first_heard: dict[str, datetime] = {}
        self.refused: list[str] = []
        self._followed: dict[str, set[Fetch]] = {}

    def instruct(self, desk: Desk, settings: str) -> None:
        """Gives a phone its settings, as ``phonesync phones setup`` prints them, and lets it follow them."""
        assert desk.side is not None, "a phone of this kind takes no settings"
        desk.side.take_settings(settings)
        followed = self._followed.setdefault(desk.name, set())
        for fetch in desk.side.fetches():
            if fetch in followed:
                continue
            followed.add(fetch)
            first = self._world.now + timedelta(seconds=self._rng.uniform(1.0, FIRST_FETCH_S))
            self._world.later(first, partial(self._fetch, desk, fetch))

    def ring(self, call: TrueCall) -> None:
        """Arranges the reports of a call, each for its instant."""
        for leg in call.legs:
            desk = self._desks[leg.extension]
            if desk.side is None:
                continue
            ends_missed = Random(f"habit {desk.name}").random() < ENDS_A_MISSED_CALL
            for at, kind in happenings(leg, ends_missed=ends_missed):
                self._world.later(at, partial(self._report, desk, leg, kind))

    def _report(self, desk: Desk, leg: Leg, kind: EventKind, at: datetime) -> None:
        assert desk.side is not None
        if not desk.online:
            return
        url = desk.side.report(happening_of(leg, kind))
        if url is None:
            return
        known = self.calls.setdefault((desk.name, leg.call_id), ReportedCall(phone=desk.name, leg=leg))
        if self._rng.random() < self._losses.lost:
            known.unheard += 1
            return
        late = self._rng.random() < self._losses.late
        after = self._rng.uniform(*(LATE_S if late else LATENCY_S))
        sent = Outgoing(phone=desk.name, url=url)
        arrives = at + timedelta(seconds=after)
        self._world.later(arrives, partial(self._arrive, sent, known, kind, in_time=not late))
        if self._rng.random() < self._losses.doubled:
            again = arrives + timedelta(seconds=self._rng.uniform(*ECHO_S))
            self._world.later(again, partial(self._arrive, sent, known, kind, in_time=False))

    def _arrive(
        self, sent: Outgoing, known: ReportedCall, kind: EventKind, _at: datetime, *, in_time: bool
    ) -> None:
        def answered(reply: Reply | None) -> None:
            if reply is None:
                known.unheard += 1
            elif reply.status != HTTPStatus.OK:
                self.refused.append(f"{sent.phone} {reply.status}")
            else:
                known.heard.append((kind, in_time))
                known.first_heard_at = min(known.first_heard_at, self._world.now)
                self.first_heard.setdefault(sent.phone, self._world.now)

        self._deliver(sent, answered)

    def _fetch(self, desk: Desk, fetch: Fetch, at: datetime) -> None:
        assert desk.side is not None
        if fetch not in desk.side.fetches():
            # Newer settings name another address.
            self._followed[desk.name].discard(fetch)
            return
        again = at + timedelta(seconds=fetch.every_s)
        self._world.later(again, partial(self._fetch, desk, fetch))
        if not desk.online or self._rng.random() < self._losses.lost:
            return
        self.fetches += 1
        sent = Outgoing(phone=desk.name, url=fetch.url, headers=fetch.headers)
        self._deliver(sent, partial(self._fetched, desk, fetch))

    def _fetched(self, desk: Desk, fetch: Fetch, reply: Reply | None) -> None:
        assert desk.side is not None
        if reply is None:
            return
        desk.side.fetched(fetch, status=reply.status, content=reply.content)
        if reply.status == HTTPStatus.OK and desk.name not in self.took_book:
            self.took_book[desk.name] = self._world.now


def happenings(leg: Leg, *, ends_missed: bool) -> Iterator[tuple[datetime, EventKind]]:
    """What happens on a phone during one call, each with its instant, in order.

    Args:
        leg: The call on this phone.
        ends_missed: It also reports the end of a call that nobody answered.
    """
    placed = leg.list_name is ListName.PLACED
    yield leg.started, EventKind.OUTGOING if placed else EventKind.INCOMING
    if leg.answered is not None:
        yield leg.answered, EventKind.ESTABLISHED
        yield leg.ended, EventKind.TERMINATED
        return
    yield leg.ended, _UNANSWERED[leg.list_name]
    if placed or ends_missed:
        yield leg.ended + timedelta(milliseconds=50), EventKind.TERMINATED


_UNANSWERED = {
    ListName.PLACED: EventKind.CANCELLED,
    ListName.RECEIVED: EventKind.MISSED,
    ListName.MISSED: EventKind.MISSED,
    ListName.FORWARDED: EventKind.FORWARDED,
}


def happening_of(leg: Leg, kind: EventKind) -> Happening:
    """What a phone knows of a call when it reports it."""
    return Happening(
        kind=kind,
        call_id=leg.call_id,
        account=leg.account,
        number=leg.number,
        name=leg.name,
        inbound=leg.list_name is not ListName.PLACED,
        duration_s=leg.duration_s if kind is EventKind.TERMINATED else 0,
    )


def is_out(outages: Iterable[tuple[datetime, datetime]], at: datetime) -> bool:
    """Whether the receiver is down at an instant."""
    return any(since <= at < until for since, until in outages)


def spread_outages(
    *, start: datetime, days: float, number: int, hours: float, seed: int
) -> Sequence[tuple[datetime, datetime]]:
    """Outages of a receiver: each in its own part of the run, in office hours where there are some.

    Args:
        start: First instant of the run, UTC.
        days: How long it runs.
        number: How many.
        hours: How long each lasts.
        seed: Of all chance.
    """
    rng = Random(f"outages {seed}")
    found = []
    for index in range(number):
        day = int(days * (index + 0.5) / number)
        since = start + timedelta(days=day, hours=rng.uniform(2.0, 8.0))
        found.append((since, since + timedelta(hours=hours)))
    return tuple(found)
