"""Kept answers read again after their driver learned them: nothing lost, nothing doubled, nothing claimed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync.agent import replaying
from phonesync.agent.hearing import take_waiting
from phonesync.driver.session import Request
from phonesync.errors import StaleState, UnexpectedResponse
from phonesync.events.values import Report
from phonesync.ledger.values import SpanState
from phonesync.model import EventKind, PhoneEvent
from phonesync.store.event_records import NewReport
from phonesync.store.records import RawKind
from tests.agent import desks
from tests.agent.conftest import DRIVERS

pytestmark = pytest.mark.anyio


@pytest.fixture
def learned(monkeypatch):
    """Until it is called, the driver does not understand lists."""
    read = desks.DeskDriver.read_call_log

    async def puzzled(self, session, *, phone):
        response = await session.send(Request(path="/calls"))
        raise UnexpectedResponse("The list is new to us.", path="/calls", content=response.content)

    def forget():
        monkeypatch.setattr(desks.DeskDriver, "read_call_log", puzzled)

    def learn():
        monkeypatch.setattr(desks.DeskDriver, "read_call_log", read)

    learn.forget = forget
    return learn


def kept(lab):
    return list(lab.store.answers(None, RawKind.QUARANTINED))


async def replay(lab):
    return await replaying.replay(lab.config, lab.store, DRIVERS, kept(lab))


def spans(lab):
    return [(row.list_name, row.since, row.until, row.state) for row in lab.store.coverage("desk-101")]


async def test_rows_of_an_older_answer_go_in_as_of_then_and_coverage_stays(lab, learned):
    desk = lab.add()
    poller = lab.poller()
    desk.call("201")
    assert (await poller.poll("desk-101")).ok
    lab.clock.instant += timedelta(hours=1)
    desk.call("202")
    desk.call("203", code="1", duration_s=30, before_s=60)
    learned.forget()
    assert (await poller.poll("desk-101")).error_kind == "UnexpectedResponse"
    then = lab.clock.now()
    desk.lists["2"].clear()  # read by nobody else
    lab.clock.instant += timedelta(hours=1)
    desk.call("204")
    learned()
    assert (await poller.poll("desk-101")).ok
    assert sorted(lab.numbers()) == ["201", "203", "204"]
    before, state = spans(lab), lab.state()
    (done,) = await replay(lab)
    assert (done.ok, done.new, done.known) == (True, 1, 2)
    assert "coverage stays as stated" in done.text
    assert sorted(lab.numbers()) == ["201", "202", "203", "204"]
    (row,) = (entry for entry in lab.store.entries() if entry.remote_number == "202")
    assert (row.started_at, row.first_seen_at, row.last_seen_at) == (then - timedelta(seconds=5), then, then)
    assert not row.on_phone
    assert spans(lab) == before
    assert lab.state() == state
    assert kept(lab) == []
    assert await replay(lab) == []


async def test_the_next_read_after_a_replay_goes_on_as_if_nothing_had_been(lab, learned):
    desk = lab.add()
    poller = lab.poller()
    assert (await poller.poll("desk-101")).ok
    desk.call("202")
    learned.forget()
    await poller.poll("desk-101")
    lab.clock.instant += timedelta(hours=1)
    learned()
    assert (await poller.poll("desk-101")).new == 1
    (done,) = await replay(lab)
    assert (done.new, done.known) == (0, 1)
    lab.clock.instant += timedelta(hours=1)
    desk.call("203")
    assert (await poller.poll("desk-101")).new == 1
    assert lab.numbers() == ["202", "203"]


async def test_an_answer_newer_than_every_read_is_taken_as_that_read(lab, learned):
    desk = lab.add()
    poller = lab.poller()
    desk.call("201")
    assert (await poller.poll("desk-101")).ok
    lab.clock.instant += timedelta(hours=1)
    desk.call("202")
    learned.forget()
    await poller.poll("desk-101")
    then = lab.clock.now()
    learned()
    (done,) = await replay(lab)
    assert (done.ok, done.new) == (True, 1)
    assert lab.numbers() == ["201", "202"]
    # Claimed is only what the conversation cannot have missed.
    assert lab.state().last_read == then - replaying.ASKED_BEFORE
    lab.clock.instant += timedelta(hours=1)
    desk.call("203")
    assert (await poller.poll("desk-101")).new == 1


async def test_the_first_answer_of_a_phone_may_be_a_kept_one(lab, learned):
    desk = lab.add()
    desk.call("201")
    learned.forget()
    await lab.poller().poll("desk-101")
    learned()
    (done,) = await replay(lab)
    assert done.ok
    assert lab.numbers() == ["201"]


async def test_a_replayed_answer_of_an_experimental_reader_is_no_more_claimed_complete_than_a_read(
    lab, learned
):
    desk = lab.add(variant="desk-4", keys='url = "http://192.0.2.1"\nexperimental = true')
    desk.call("201")
    learned.forget()
    await lab.poller().poll("desk-101")
    learned()
    (done,) = await replay(lab)
    assert (done.ok, done.new) == (True, 1)
    assert {row.state for row in lab.store.coverage("desk-101")} == {SpanState.UNKNOWN}


async def test_what_is_not_understood_yet_stays(lab, learned):
    desk = lab.add()
    desk.call("201")
    learned.forget()
    await lab.poller().poll("desk-101")
    (done,) = await replay(lab)
    assert not done.ok
    assert "new to us" in done.text
    assert len(kept(lab)) == 1
    assert lab.numbers() == []


async def test_an_answer_of_a_phone_that_was_replaced_stays(lab, learned):
    lab.add().call("201")
    learned.forget()
    await lab.poller().poll("desk-101")
    lab.store.new_incarnation("desk-101", mac=None, reason="a test")
    learned()
    (done,) = await replay(lab)
    assert not done.ok
    assert "bore the name desk-101 before" in done.text


async def test_a_read_in_between_refuses_the_late_rows(lab, learned):
    lab.add()
    poller = lab.poller()
    assert (await poller.poll("desk-101")).ok
    old = lab.state()
    lab.clock.instant += timedelta(hours=1)
    assert (await poller.poll("desk-101")).ok
    with pytest.raises(StaleState):
        lab.store.take_late(
            old, (), [1], first_seen_at=lab.clock.now(), last_seen_at=lab.clock.now(), zone="UTC"
        )


@pytest.mark.parametrize("newer", [True, False])
async def test_rows_taken_in_late_meet_what_was_reported(lab, learned, newer):
    desk = lab.add()
    poller = lab.poller()
    assert (await poller.poll("desk-101")).ok
    lab.clock.instant += timedelta(hours=1)
    begun = lab.clock.now()
    for seconds, kind in ((0, EventKind.INCOMING), (20, EventKind.MISSED)):
        event = PhoneEvent(kind=kind, call_id="c1", account="101", remote_number="202")
        report = Report(at=begun + timedelta(seconds=seconds), event=event)
        lab.store.add_reports([NewReport(phone="desk-101", report=report)])
    lab.clock.instant += timedelta(seconds=25)
    desk.call("202", before_s=25)
    learned.forget()
    assert not (await poller.poll("desk-101")).ok
    take_waiting(lab.store)
    learned()
    lab.clock.instant += timedelta(hours=1)
    desk.lists["2"].clear()
    if newer:
        assert (await poller.poll("desk-101")).ok
    assert [entry.sources for entry in lab.store.entries()] == [("event",)]
    (done,) = await replay(lab)
    assert done.ok
    (entry,) = lab.store.entries()
    assert (entry.sources, entry.started_at, entry.outcome) == (("list", "event"), begun, "missed")
