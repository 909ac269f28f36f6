"""phonesync as the phones of a simulation meet it: reports go into the store, phonebooks come out.

Everything but sockets and the loop is the real thing: addresses, parsing, the store, the taking of reports
into entries, the making of books.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from phonesync.agent.bookmaking import Bookmaker
from phonesync.agent.hearing import Hearing
from phonesync.driver.action_urls import parse
from phonesync.driver.contract import Driver, PhoneContext
from phonesync.driver.events import EventSource, SettingsWriter, WantedSettings
from phonesync.errors import PlanRefused, Unsupported
from phonesync.events.values import Report
from phonesync.farm.desk import Desk
from phonesync.farm.reporting import Answered, Outgoing, Reply, is_out
from phonesync.farm.simulation import FarmWorld
from phonesync.model import PhoneIdentity
from phonesync.store.event_records import NewReport

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.repository import Store

BASE = "http://192.0.2.10:8080"
"""Where phones are told to find us; nobody listens there."""

BEAT = timedelta(minutes=1)
SETTLE = timedelta(hours=1)
TAKE = timedelta(seconds=1)
"""What arrives within so long is taken together, as by an agent that has other work too."""

_AS_SENT = "!#$%&'()*+,/:;=?@[]~"
"""Characters that a request line may hold; all others arrive percent-encoded, as our server mends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the phones of a run are to do by themselves.

    Attributes:
        reporting: Share of the phones that report their calls.
        books: Phones fetch phonebooks.
        lost: Share of the requests that never arrive.
        doubled: Share of the reports that arrive twice.
        late: Share that arrives seconds late.
        outages: How often our receiver is down.
        outage_hours: How long each time.
    """

    reporting: float = 0.0
    books: bool = False
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    outages: int = 0
    outage_hours: float = 3.0

    @property
    def any(self) -> bool:
        """Phones do something by themselves."""
        return self.books or self.reporting > 0


class Outside:
    """What emulated phones reach when they call.

    Args:
        world: Where they stand.
        config: The configuration.
        store: The store.
        drivers: Installed drivers by name.
        hearing: Takes reports in for the agent, which uses the store in the caller's thread.
        outages: When nobody listens, UTC.
    """

    def __init__(
        self,
        world: FarmWorld,
        config: Config,
        store: Store,
        drivers: Mapping[str, Driver],
        *,
        hearing: Hearing,
        outages: Sequence[tuple[datetime, datetime]] = (),
    ) -> None:
        self._world, self._config, self._store, self._drivers = world, config, store, drivers
        self._hearing = hearing
        self.outages = outages
        self._books = Bookmaker(config, store, drivers, WorldClock(world))
        self._beaten = self._settled = world.now
        self._listens = False
        self._waits = False

    def instruct(self, *, reporting: float, books: bool) -> None:
        """Tells phones what is wanted of them, in their vendor's own settings.

        Args:
            reporting: Share of the phones that report, the same ones for the same seed.
            books: Those that can fetch a phonebook do.
        """
        assert self._world.reporting is not None
        for desk in self._world.desks.values():
            reports = desk.rng.random() < reporting
            if desk.side is None or not (reports or books):
                continue
            text = self._settings(desk, reports=reports, books=books)
            if text is not None:
                self._world.reporting.instruct(desk, text)

    def deliver(self, sent: Outgoing, answered: Answered) -> None:
        """Carries a phone's request to us, at the instant the world has come to."""
        if is_out(self.outages, self._world.now):
            answered(None)
            return
        area, token, rest = sent.url.removeprefix(f"{BASE}/").split("/", 2)
        phone = self._store.phone_at(token)
        if phone is None:
            answered(Reply(status=HTTPStatus.NOT_FOUND))
        elif area == "b":
            answered(self._book(phone, rest))
        else:
            word, _, query = rest.partition("?")
            answered(self._report(phone, word, quote(query, safe=_AS_SENT)))

    def look(self) -> None:
        """States that we listen, and what is known of phones that only report; to be called often."""
        now = self._world.now
        if is_out(self.outages, now):
            if self._listens:
                self._hearing.end()
            self._listens = False
            return
        if not self._listens:
            self._hearing.begin()
            self._listens, self._beaten = True, now
        if now - self._beaten >= BEAT:
            self._beaten = now
            _at_once(self._hearing.beat())
        if now - self._settled >= SETTLE:
            self._settled = now
            _at_once(self._hearing.settle())

    def _settings(self, desk: Desk, *, reports: bool, books: bool) -> str | None:
        """What is pasted into a phone; None where its kind takes nothing of the sort."""
        driver = self._drivers[desk.kind.driver]
        if not isinstance(driver, SettingsWriter):
            return None
        identity = PhoneIdentity(
            vendor=driver.vendor,
            variant=desk.kind.variant,
            model=desk.memory.model,
            firmware=desk.memory.firmware,
            mac=desk.memory.mac,
        )
        phone = PhoneContext(identity=identity, variant=driver.capabilities(identity))
        token = self._store.address_of(desk.name)
        for wanted_books, wanted_reports in _attempts(reports=reports, books=books):
            wanted = WantedSettings(
                book_url=f"{BASE}/b/{token}" if wanted_books else None,
                event_url=f"{BASE}/e/{token}" if wanted_reports else None,
                book_title=self._config.phonebook.title,
            )
            try:
                return driver.settings(wanted, phone=phone).text
            except Unsupported:
                continue
        return None

    def _book(self, phone: str, file: str) -> Reply:
        try:
            found = self._books.format_of(phone, file=file)
            built = self._books.book(phone, limits=found.limits)
            if not built.visible:
                return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE)
            return Reply(status=HTTPStatus.OK, content=self._books.file(phone, built, found, file))
        except PlanRefused:
            return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE)
        except Unsupported:
            return Reply(status=HTTPStatus.NOT_FOUND)

    def _report(self, phone: str, word: str, query: str) -> Reply:
        desk = self._world.desks[phone]
        driver = self._drivers[desk.kind.driver]
        urls = driver.action_urls(variant=None) if isinstance(driver, EventSource) else None
        event = None if urls is None else parse(word, query, urls, accounts=desk.employee.lines.values())
        if event is None:
            return Reply(status=HTTPStatus.NOT_FOUND)
        report = NewReport(phone=phone, report=Report(at=self._world.now, event=event))
        _at_once(self._hearing.keep([report]))
        if not self._waits:
            self._waits = True
            self._world.later(self._world.now + TAKE, self._take)
        return Reply(status=HTTPStatus.OK)

    def _take(self, _at: datetime) -> None:
        """Takes what waits into entries."""
        self._waits = False
        _at_once(self._hearing.work())


class WorldClock:
    """The instant the world has come to, which may lie before that of the agent's clock."""

    def __init__(self, world: FarmWorld) -> None:
        self._world = world

    def now(self) -> datetime:
        """The world's instant, UTC."""
        return self._world.now

    def monotonic(self) -> float:
        """Its seconds since the start."""
        return (self._world.now - self._world.truth.start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Nobody sleeps by this clock."""
        raise AssertionError(f"nothing here may sleep, least of all {seconds} seconds")


def _at_once(work: Coroutine[None, None, object]) -> None:
    """Does work that waits for nothing, because the store is used in the caller's thread."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited for something")


def _attempts(*, reports: bool, books: bool) -> Sequence[tuple[bool, bool]]:
    """What to ask for: all that is wanted, and where a kind cannot do all of it, each by itself."""
    return [
        (wanted_books, wanted_reports)
        for wanted_books, wanted_reports in ((books, reports), (False, reports), (books, False))
        if wanted_books or wanted_reports
    ]
