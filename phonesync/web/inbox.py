"""Takes reports of phones in: stored before they are answered, many in one transaction.

A phone sends each report once and does not wait. So reports that arrive while the store writes gather, and
the next transaction takes all of them; what they mean is worked out afterwards, in the agent.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import structlog

from phonesync.driver.action_urls import parse
from phonesync.driver.contract import implied_variant
from phonesync.driver.events import ActionUrls, EventSource
from phonesync.errors import StoreBusy, StoreError
from phonesync.events.values import Report
from phonesync.store.event_records import NewReport
from phonesync.web.addresses import Addresses
from phonesync.web.refusals import Refusals

if TYPE_CHECKING:
    from phonesync.agent.hearing import Hearing
    from phonesync.config import PhoneConfig
    from phonesync.driver.contract import Driver
    from phonesync.model import PhoneEvent

_log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_WAITING = 5000
"""Reports that may wait for the store: a minute of the busiest installation."""

AT_ONCE = 500
"""Reports of one transaction."""

DOUBLED_S = 3.0
"""The same report again within this is the same report."""

MOST_RECENT = 5000
"""Reports remembered to know doubles by."""

PATIENCE_S = 10.0
"""How long a report waits for a store that is away before it is refused."""

RETRY_S = 0.25
"""When a store that is away is tried again."""

KNOWN_S = 60.0
"""How long it is remembered what a phone reports: its vendor may become known."""

FAREWELL_S = 2.0
"""Reports in hand may take so long to be stored once the server ends."""


class _Waiting(NamedTuple):
    """A report that waits for the store, and who waits for it: True kept, False not, None unknown phone."""

    report: NewReport
    kept: asyncio.Future[bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Whose secret an address holds.

    Attributes:
        config: The phone, as configured.
        sources: What its driver reports; what any driver does, where it is not known which it is.
        accounts: Its own accounts, as far as they are configured.
        until: When to look again, by the monotonic clock.
    """

    config: PhoneConfig
    sources: tuple[ActionUrls, ...]
    accounts: frozenset[str]
    until: float


class Inbox:
    """Takes reports in, as :class:`phonesync.web.app.EventDesk`.

    Args:
        hearing: Stores them and works out what they mean.
        addresses: Knows whose secrets they are; its own by default.
        refusals: Tells of what was refused.
        most: Reports that may wait for the store.
    """

    def __init__(
        self,
        hearing: Hearing,
        *,
        addresses: Addresses | None = None,
        refusals: Refusals | None = None,
        most: int = MOST_WAITING,
    ) -> None:
        self._hearing = hearing
        self._clock = hearing.clock
        self._refusals = refusals or Refusals(hearing.clock.monotonic)
        self._addresses = addresses or Addresses(
            lambda: hearing.writer.run(lambda store: store.addresses()), hearing.clock.monotonic
        )
        self._most = most
        self._waiting: list[_Waiting] = []
        self._senders: dict[str, _Sender] = {}
        self._recent: OrderedDict[tuple[str, str, bytes], tuple[float, asyncio.Future[bool | None]]] = (
            OrderedDict()
        )
        self._writing: asyncio.Task[None] | None = None
        self._working: asyncio.Task[None] | None = None
        self._more = False
        hearing.begin()

    async def receive(self, token: str, word: str, query: bytes, *, peer: str) -> int:
        """Takes one report in and answers once it is stored.

        Args:
            token: From the address.
            word: From the address.
            query: As sent.
            peer: Who sent it.

        Returns:
            200 once it is stored, also for a double; 404 for an unknown token or word; 503 where it could
            not be stored in time.
        """
        try:
            return await self._received(token, word, query, peer=peer)
        except StoreError as error:
            _log.error("report not taken in", error=str(error))
            return HTTPStatus.SERVICE_UNAVAILABLE

    async def _received(self, token: str, word: str, query: bytes, *, peer: str) -> int:
        for anew in (False, True):
            sender = await self._sender(token, anew=anew)
            event = None if sender is None else _understood(sender, word, query)
            if sender is None or event is None:
                break
            kept = await self._stored(sender, event, (sender.config.name, word, query))
            # None: the phone bears another name since we looked.
            if kept is not None:
                return HTTPStatus.OK if kept else HTTPStatus.SERVICE_UNAVAILABLE
        self._refusals.add(peer, "The address of a report is unknown.")
        return HTTPStatus.NOT_FOUND

    async def deliver(self, token: str, word: str, query: bytes, *, peer: str = "") -> int:
        """Takes one report in and waits until it has gone into its entry; for simulations."""
        status = await self.receive(token, word, query, peer=peer)
        while self._working is not None:
            await asyncio.shield(self._working)
        return status

    async def close(self) -> None:
        """Nothing more is heard; reports in hand are stored, if the store takes them soon."""
        self._hearing.end()
        for task in (self._writing, self._working):
            if task is not None:
                await asyncio.wait({task}, timeout=FAREWELL_S)
                task.cancel()

    # --- who speaks -------------------------------------------------------------------------------------

    async def _sender(self, token: str, *, anew: bool) -> _Sender | None:
        """Whose secret it is; ``anew`` where what is remembered of it has turned out to be wrong."""
        if anew:
            name = await self._patiently(
                lambda: self._hearing.writer.run(lambda store: store.phone_at(token))
            )
        else:
            name = await self._patiently(lambda: self._addresses.find(token))
        phone = None if name is None else self._hearing.config.phones_by_name.get(name)
        if phone is None:
            # A name that is not configured may be that of a phone which was renamed since.
            return None if name is None or anew else await self._sender(token, anew=True)
        known = self._senders.get(phone.name)
        if known is None or self._clock.monotonic() >= known.until or known.config is not phone:
            known = self._senders[phone.name] = await self._looked_up(phone)
        return known

    async def _looked_up(self, phone: PhoneConfig) -> _Sender:
        driver = self._hearing.drivers.get(phone.driver) if phone.driver else None
        fitting = [driver] if driver is not None else await self._fitting(phone)
        sources = (one.action_urls(variant=None) for one in fitting if isinstance(one, EventSource))
        own = {*phone.lines.values(), *([] if phone.extension is None else [phone.extension])}
        return _Sender(
            config=phone,
            sources=tuple(urls for urls in sources if urls is not None),
            accounts=frozenset(own),
            until=self._clock.monotonic() + KNOWN_S,
        )

    async def _fitting(self, phone: PhoneConfig) -> list[Driver]:
        """Drivers of its vendor; all, as long as that is not known."""
        state = await self._patiently(
            lambda: self._hearing.writer.run(lambda store: store.known_as(phone.name))
        )
        drivers = self._hearing.drivers.values()
        if state.vendor is None:
            # Phones of a driver that recognises none are named in the configuration.
            return [one for one in drivers if implied_variant(one) is None]
        return [one for one in drivers if one.vendor == state.vendor]

    # --- storing ----------------------------------------------------------------------------------------

    async def _stored(self, sender: _Sender, event: PhoneEvent, sent: tuple[str, str, bytes]) -> bool | None:
        """Whether a report is in the store; None where the store does not know its phone."""
        now = self._clock.monotonic()
        while self._recent and now - next(iter(self._recent.values()))[0] > DOUBLED_S:
            self._recent.popitem(last=False)
        same = self._recent.get(sent)
        if same is not None:
            return await asyncio.shield(same[1])
        if len(self._waiting) >= self._most:
            self._refusals.add("", "More reports arrive than the store takes.")
            return False
        kept: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._recent[sent] = (now, kept)
        if len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)
        report = Report(at=self._clock.now(), event=event)
        self._waiting.append(_Waiting(NewReport(phone=sender.config.name, report=report), kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="store reports")
        result = await asyncio.shield(kept)
        if not result and self._recent.get(sent, (0.0, None))[1] is kept:
            del self._recent[sent]
        return result

    async def _write(self) -> None:
        """Stores what waits until nothing does."""
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._write_some(some)
                self._work()
        finally:
            self._writing = None

    async def _write_some(self, some: Sequence[_Waiting]) -> None:
        try:
            unknown = await self._patiently(lambda: self._hearing.keep([one.report for one in some]))
            for one in some:
                one.kept.set_result(None if one.report.phone in unknown else True)
        except StoreError as error:
            _log.error("reports not stored", reports=len(some), error=str(error))
        finally:
            for one in some:
                if not one.kept.done():
                    one.kept.set_result(False)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Uses the store, however often it is away within our patience."""
        begun = self._clock.monotonic()
        while True:
            try:
                return await work()
            except StoreBusy:
                if self._clock.monotonic() - begun >= PATIENCE_S:
                    raise
            await self._clock.sleep(RETRY_S)

    # --- working out ------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Lets the agent work out what came; once more where it is at it."""
        self._more = True
        if self._working is None:
            self._working = asyncio.create_task(self._work_out(), name="take reports")

    async def _work_out(self) -> None:
        try:
            while self._more:
                self._more = False
                await self._hearing.work()
        except StoreError as error:
            _log.error("reports not taken", error=str(error), text="They are taken with the next ones.")
        finally:
            self._working = None


def _understood(sender: _Sender, word: str, query: bytes) -> PhoneEvent | None:
    found = (parse(word, query, urls, accounts=sender.accounts) for urls in sender.sources)
    return next((event for event in found if event is not None), None)
