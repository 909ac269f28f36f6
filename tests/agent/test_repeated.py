"""Lists whose answer is known are not parsed again; whatever makes the knowledge doubtful has them parsed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.driver.repeated import Repeated
from tests.agent.desks import DeskDriver

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


class KnowingDriver(DeskDriver):
    """Leaves known lists unparsed; ``parsed`` and ``left`` count."""

    def __init__(self) -> None:
        self.parsed = 0
        self.left = 0

    async def read_call_log(self, session, *, phone):
        log = await super().read_call_log(session, phone=phone)
        shown = json.loads(log.raw[0].content)["lists"]
        log = replace(log, raw=(replace(log.raw[0], content=json.dumps(shown).encode()),))

        def parse():
            self.parsed += 1
            return log.snapshots

        if phone.knows(log.raw[0].content):
            self.left += 1
            return replace(log, snapshots=Repeated(parse))
        return replace(log, snapshots=parse())


@pytest.fixture
def driver(lab, monkeypatch):
    """The driver of every phone in the lab."""
    knowing = KnowingDriver()
    monkeypatch.setitem(sys.modules[type(lab).__module__].DRIVERS, "desk", knowing)
    return knowing


@pytest.fixture
def desk(lab, driver):
    desk = lab.add()
    desk.call("202")
    return desk


async def poll(lab, poller):
    lab.clock.advance(lab.clock.now() + 5 * MINUTE)
    return await poller.poll("desk-101")


async def test_known_lists_are_not_parsed_and_counted_as_before(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    for left in (1, 2):
        result = await poll(lab, poller)
        assert (result.ok, result.new) == (True, 0)
        assert dict(result.lists) == {"placed": 0, "missed": 1, "received": 0}
        assert (driver.parsed, driver.left) == (1, left)
        assert lab.state().last_read == lab.clock.now()


async def test_another_row_is_parsed_and_becomes_what_is_known(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.call("203")
    assert (await poll(lab, poller)).new == 1
    assert (driver.parsed, driver.left) == (2, 0)
    assert dict((await poll(lab, poller)).lists) == {"placed": 0, "missed": 2, "received": 0}
    assert (driver.parsed, driver.left) == (2, 1)
    assert sorted(lab.numbers()) == ["202", "203"]


async def test_the_same_lists_from_another_phone_are_taken_into_its_own_record(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.mac = "00005e005377"
    result = await poller.poll("desk-101", forced=True)
    assert (result.ok, result.new, driver.left, driver.parsed) == (True, 1, 1, 2)
    assert lab.state().mac == "00005e005377"


async def test_the_same_lists_under_another_firmware_are_aligned_anew(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    digest = lab.state().ledger_digest
    desk.firmware = "2.0"
    result = await poller.poll("desk-101", forced=True)
    assert (result.ok, result.new, driver.left, driver.parsed) == (True, 0, 1, 2)
    assert lab.state().ledger_digest != digest


async def test_the_same_lists_under_exchanged_names_are_taken_anew(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    state = lab.state()
    lab.store.save_state(replace(state, swapped=(state.variant,)), before=state)
    result = await poll(lab, poller)
    assert (result.ok, result.new, driver.left) == (True, 0, 1)
    assert dict(result.lists) == {"placed": 0, "received": 1, "missed": 0}
    assert [entry.list_name for entry in lab.store.entries()] == ["received"]
    assert dict((await poll(lab, poller)).lists) == {"placed": 0, "received": 1, "missed": 0}


async def test_what_another_process_read_meanwhile_is_not_taken_for_known(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    desk.call("203")
    lab.clock.advance(lab.clock.now() + 5 * MINUTE)
    assert (await lab.poller().poll("desk-101")).new == 1
    del desk.lists["2"][0]
    result = await poll(lab, poller)
    assert (result.ok, driver.left, driver.parsed) == (True, 1, 3)
    assert dict(result.lists) == {"placed": 0, "missed": 1, "received": 0}
    removed = [row for row in lab.store.coverage(list_name="missed") if row.state == "removed"]
    assert len(removed) == 1


async def test_a_deadline_that_came_close_is_worked_out_anew_without_parsing(lab, driver, desk):
    poller = lab.poller()
    await poller.poll("desk-101")
    lab.clock.advance(lab.clock.now() + timedelta(days=2))
    result = await poller.poll("desk-101")
    assert (result.ok, result.new, driver.left, driver.parsed) == (True, 0, 1, 1)
    assert dict(result.lists) == {"placed": 0, "missed": 1, "received": 0}
    assert (await poll(lab, poller)).ok
    assert (driver.left, driver.parsed) == (2, 1)
