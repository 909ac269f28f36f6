"""Polls as tasks: places, lanes, order, end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from phonesync.agent.dispatch import AFTER_GIVING_UP_S, Dispatcher
from phonesync.agent.schedule import Schedule
from phonesync.agent.values import Due, Polled, PollResult
from phonesync.errors import StoreError
from phonesync.store.records import PhoneStanding
from tests.agent.desks import START, StillClock
from tests.passing import pass_time, turns

pytestmark = pytest.mark.anyio


class Floor:
    """A dispatcher over polls that end when the test says so."""

    def __init__(self, *, places: int) -> None:
        self.clock = StillClock()
        self.schedule = Schedule()
        self.begun: list[tuple[str, bool]] = []
        self.ended: list[tuple[str, float]] = []
        self.doors: dict[str, asyncio.Future[None]] = {}
        self.dispatcher = Dispatcher(
            self.poll, schedule=self.schedule, clock=self.clock, places=places, ended=self.told
        )

    async def poll(self, name: str, forced: bool) -> Polled:
        self.begun.append((name, forced))
        self.doors[name] = asyncio.get_running_loop().create_future()
        await self.doors[name]
        result = PollResult(name=name, ok=True, standing=PhoneStanding.UP)
        return Polled(result=result, due=None)

    def told(self, name: str, polled: Polled, late_s: float) -> None:
        self.ended.append((name, late_s))

    def put(self, name: str, seconds: float, *, slow: bool = False) -> None:
        at = START + timedelta(seconds=seconds)
        self.schedule.put(name, Due(at=at, deadline=at, slow=slow))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.begun]

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self.doors[name].set_result(None)
        await self.settle()


async def test_no_more_polls_run_than_there_are_places_and_an_end_makes_room_at_once():
    floor = Floor(places=2)
    for number, name in enumerate("abc"):
        floor.put(name, number - 10)
    floor.dispatcher.start_due()
    await floor.settle()
    assert floor.names == ["a", "b"]
    await floor.end("a")
    assert floor.names == ["a", "b", "c"]
    assert floor.ended == [("a", 10.0)]
    assert (floor.dispatcher.is_running("a"), floor.dispatcher.is_running("c")) == (False, True)
    await floor.end("b")
    await floor.end("c")


async def test_a_phone_that_is_due_again_at_once_may_be_started_before_its_poll_is_quite_over():
    floor = Floor(places=2)
    mistakes = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: mistakes.append(context))
    told = floor.told

    def told_and_due_again(name: str, polled: Polled, late_s: float) -> None:
        told(name, polled, late_s)
        if len(floor.ended) == 1:
            floor.put("a", -5)
            floor.dispatcher.start_due()

    floor.dispatcher._ended = told_and_due_again
    floor.put("a", -10)
    floor.dispatcher.start_due()
    await floor.settle()
    await floor.end("a")
    assert floor.names == ["a", "a"]
    assert floor.dispatcher.is_running("a")
    await floor.end("a")
    assert not floor.dispatcher.is_running("a")
    assert mistakes == []


async def test_phones_that_failed_lately_never_take_the_places_of_those_that_answer():
    floor = Floor(places=4)
    for name in ("dead-1", "dead-2", "dead-3", "dead-4"):
        floor.put(name, -100, slow=True)
    floor.dispatcher.start_due()
    await floor.settle()
    assert len(floor.names) == 1
    for name in ("x", "y", "z", "w"):
        floor.put(name, -1)
    floor.dispatcher.start_due()
    await floor.settle()
    assert floor.names[1:] == ["x", "y", "z"]
    for name in floor.names[:]:
        await floor.end(name)
    assert "w" in floor.names
    assert await floor.dispatcher.finish(grace_s=0.0, farewell_s=0.1) > 0


async def test_a_phone_asked_for_by_a_person_comes_before_all_others():
    floor = Floor(places=1)
    floor.put("a", -100)
    floor.put("b", 3600)
    floor.dispatcher.force("b")
    floor.dispatcher.start_due()
    await floor.settle()
    assert floor.begun == [("b", True)]
    await floor.end("b")
    assert floor.begun == [("b", True), ("a", False)]
    await floor.end("a")


async def test_what_falls_due_within_the_second_gets_a_timer_of_its_own():
    floor = Floor(places=1)
    floor.put("a", 0.05)
    floor.dispatcher.start_due()
    await floor.settle()
    assert floor.names == []
    floor.clock.advance(START + timedelta(seconds=0.05))
    for _ in range(100):
        await asyncio.sleep(0.01)
        if floor.names:
            break
    assert floor.names == ["a"]
    await floor.end("a")


async def test_a_poll_the_store_gave_up_on_is_planned_again(events):
    floor = Floor(places=1)

    async def broken(name: str, forced: bool) -> Polled:
        raise StoreError("The store is damaged.")

    floor.dispatcher._poll = broken
    floor.put("a", 0)
    floor.dispatcher.start_due()
    await floor.settle()
    assert floor.schedule.next_at() == START + timedelta(seconds=AFTER_GIVING_UP_S)
    assert events() == ["poll given up"]
    assert not floor.dispatcher.is_running("a")


async def test_at_the_end_running_polls_are_waited_for_and_then_dropped():
    floor = Floor(places=3)
    floor.put("quick", 0)
    floor.put("hung", 0)
    floor.dispatcher.start_due()
    await floor.settle()
    floor.put("next", 0)
    finishing = asyncio.create_task(floor.dispatcher.finish(grace_s=30, farewell_s=30))
    await floor.settle()
    floor.doors["quick"].set_result(None)
    await turns()
    pass_time(30)
    assert await finishing == 1
    assert [name for name, _ in floor.ended] == ["quick"]
    assert "next" not in floor.names
    assert not floor.dispatcher.is_running("hung")


async def test_an_end_without_running_polls_is_at_once():
    floor = Floor(places=1)
    floor.put("later", 0.5)
    floor.dispatcher.start_due()
    assert await floor.dispatcher.finish(grace_s=5, farewell_s=5) == 0
