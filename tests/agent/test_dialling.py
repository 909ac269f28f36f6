"""Letting a phone dial: one request, after the poll in hand, and never a second time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from phonesync.agent import dialling
from phonesync.agent.checking import NotTried
from phonesync.agent.dialling import Dialler
from phonesync.agent.poller import Poller
from phonesync.agent.roster import introduce
from phonesync.agent.writer import StoreWriter
from phonesync.driver.dialling import DialRefused, DialRoute, WhyNot
from phonesync.driver.session import Request
from phonesync.errors import (
    ConfigError,
    DriverError,
    LockedOut,
    PhoneBusy,
    PhoneUnreachable,
    SignInRefused,
    Unsupported,
)
from phonesync.model import Evidence
from tests.agent.desks import Desk, DeskDriver

pytestmark = pytest.mark.anyio

ROUTE = DialRoute(evidence=Evidence.CERTAIN, note="As its papers say.", allow="Nothing.", confirms=True)


class DialDriver(DeskDriver):
    """Desk phones that dial; ``route`` says how well that is known."""

    route: DialRoute | None = ROUTE
    endless = False

    def dial_route(self, *, variant, model):
        return self.route

    def dial(self, order, credentials, *, phone):
        path = f"/dial?number={order.number}&line={order.line}&from={order.account}@{order.server}"
        while True:
            request = Request(path=path, hidden=f"p={credentials.password}", once=True)
            answer = yield request
            if answer.status == 401:
                raise SignInRefused("The phone refused user or password.")
            if answer.status == 409:
                raise DialRefused("The phone has a call already.", why=WhyNot.IN_CALL)
            if answer.status == 423:
                raise LockedOut("The phone has locked sign-in.")
            if not self.endless:
                return


class DialDesk(Desk):
    """A desk that answers orders; each that reached it is kept."""

    def __init__(self, **knobs) -> None:
        super().__init__(**knobs)
        self.orders: list[str] = []
        self.says: int | None = 200

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/dial":
            return await super().answer(request)
        self.orders.append(request.url.query.decode())
        await asyncio.sleep(0)
        if self.says is None:
            raise httpx.ReadError("the answer is lost")
        return httpx.Response(self.says)


class Ring:
    """A lab with one desk whose password has been proven, and what lets it dial."""

    def __init__(self, lab, *, keys="", route=ROUTE) -> None:
        self.lab = lab
        self.driver = DialDriver()
        self.driver.route = route
        keys = f'url = "http://192.0.2.1"\nextension = "201"\n{keys}'
        lab.add(keys=keys)
        self.desk = lab.wires["desk-101"] = DialDesk(clock=lab.clock)
        self.config = lab.config
        introduce(lab.store, self.config)
        self.writer = StoreWriter(lab.store, clock=lab.clock, threaded=False)
        self.poller = Poller(
            self.config,
            lab.store,
            lab.transport,
            {"desk": self.driver},
            lab.clock,
            env=lab.env,
            writer=self.writer,
        )
        self.dialler = Dialler(lambda: self.config, self.poller, self.writer, lab.clock)

    async def dial(self, number="84955550123"):
        return await self.dialler.dial("desk-101", number)

    def wait(self, seconds):
        self.lab.clock.instant += timedelta(seconds=seconds)


async def test_a_phone_that_was_read_is_told_once_and_without_signing_in(lab):
    ring = Ring(lab)
    assert (await ring.poller.poll("desk-101")).ok
    ring.desk.asked.clear()
    done = await ring.dial()
    assert (done.phone, done.confirmed) == ("desk-101", True)
    assert ring.desk.orders == ["number=84955550123&line=1&from=201@None&p=right"]
    assert ring.desk.asked == [], "nothing is asked and no session opened beside the order"


async def test_line_and_server_of_the_account_are_told(lab):
    ring = Ring(lab, keys='lines = { "1" = "200", "2" = "201" }\n[dial]\nserver = "pbx.example"')
    await ring.poller.poll("desk-101")
    await ring.dial("*21")
    assert ring.desk.orders == ["number=*21&line=2&from=201@pbx.example&p=right"]


async def test_a_password_that_was_never_proven_is_not_offered(lab):
    ring = Ring(lab)
    with pytest.raises(NotTried, match="never signed in"):
        await ring.dial()
    assert (ring.desk.asked, ring.desk.orders) == ([], [])


async def test_an_order_whose_answer_is_lost_is_not_sent_again(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    ring.desk.says = None
    with pytest.raises(PhoneUnreachable) as lost:
        await ring.dial()
    assert dialling.is_unsettled(lost.value)
    with pytest.raises(PhoneBusy, match="a moment ago"):
        await ring.dial()
    assert len(ring.desk.orders) == 1


async def test_two_clicks_are_one_call_and_another_number_another(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    done = await asyncio.gather(ring.dial(), ring.dial(), return_exceptions=True)
    assert [type(one) for one in done] == [dialling.Dialled, PhoneBusy]
    assert not dialling.is_unsettled(PhoneBusy("a moment ago"))
    await ring.dial("84955550124")
    ring.wait(6)
    await ring.dial("84955550124")
    assert len(ring.desk.orders) == 3


async def test_a_phone_with_a_call_may_be_told_again_at_once(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    ring.desk.says = 409
    with pytest.raises(DialRefused):
        await ring.dial()
    ring.desk.says = 200
    assert (await ring.dial()).confirmed


async def test_a_refused_password_is_not_offered_again_for_a_while_and_stops_no_poll(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    ring.desk.says = 401
    with pytest.raises(SignInRefused):
        await ring.dial()
    with pytest.raises(NotTried, match="not told to dial again for 10 minutes"):
        await ring.dial()
    assert len(ring.desk.orders) == 1
    assert (await ring.poller.poll("desk-101")).ok
    ring.desk.says = 200
    ring.wait(601)
    assert (await ring.dial()).confirmed


async def test_a_lock_holds_polls_back_too(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    ring.desk.says = 423
    with pytest.raises(LockedOut):
        await ring.dial()
    assert (await ring.poller.poll("desk-101")).error_kind == "LockedOut"
    with pytest.raises(NotTried, match="locked sign-in"):
        await ring.dial()
    assert len(ring.desk.orders) == 1


async def test_the_end_of_a_read_is_waited_for_and_the_next_one_waits(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def hold():
        reading.set()
        await go_on.wait()
        assert ring.desk.orders == []

    ring.desk.hold = hold
    poll = asyncio.create_task(ring.poller.poll("desk-101"))
    await reading.wait()
    order = asyncio.create_task(ring.dial())
    await asyncio.sleep(0)
    go_on.set()
    assert (await poll).ok
    assert (await order).confirmed


async def test_a_read_that_takes_too_long_is_said(lab, monkeypatch):
    ring = Ring(lab)
    monkeypatch.setattr(dialling, "PATIENCE_S", 0.01)
    async with ring.poller.turns.of("desk-101"):
        with pytest.raises(PhoneBusy, match="being read just now"):
            await ring.dial()


async def test_an_experimental_way_has_to_be_allowed(lab):
    ring = Ring(lab, route=replace(ROUTE, experimental=True, confirms=False))
    await ring.poller.poll("desk-101")
    with pytest.raises(Unsupported, match="experimental = true"):
        await ring.dial()
    allowed = Ring(lab, keys="experimental = true", route=ring.driver.route)
    await allowed.poller.poll("desk-101")
    assert not (await allowed.dial()).confirmed
    assert ring.desk.orders == []


@pytest.mark.parametrize("keys", ["enabled = false", ""])
async def test_what_must_not_or_cannot_be_asked_is_not(lab, keys):
    ring = Ring(lab, keys=keys, route=None)
    if not keys:
        await ring.poller.poll("desk-101")
    with pytest.raises(NotTried if keys else Unsupported):
        await ring.dial()
    assert ring.desk.orders == []


async def test_what_is_no_number_is_not_dialled(lab):
    ring = Ring(lab)
    with pytest.raises(ConfigError, match="cannot be dialled"):
        await ring.dial("tel:1&p=2")


async def test_an_order_without_end_is_a_fault_of_the_driver(lab):
    ring = Ring(lab)
    await ring.poller.poll("desk-101")
    ring.driver.endless = True
    with pytest.raises(DriverError, match="does not end"):
        await ring.dial()
