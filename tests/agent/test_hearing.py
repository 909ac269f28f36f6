"""Reports in the agent: entries, meetings with rows of real reads, reads brought forward, coverage."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from phonesync.agent.haste import Haste
from phonesync.agent.hearing import AFTER_END, AT_ONCE, STILL_NEWS
from phonesync.agent.retention import purge
from phonesync.agent.schedule import Schedule
from phonesync.agent.values import Due, Polled, PollResult
from phonesync.events.values import Report
from phonesync.ledger.values import SpanState
from phonesync.model import EventKind, PhoneEvent
from phonesync.store.event_records import NewReport
from phonesync.store.records import PhoneStanding, PhoneState
from tests.agent.desks import START

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
NUMBER = "84950000001"


def at(seconds):
    return START + timedelta(seconds=seconds)


def report(lab, kind, *, call="c1", number=NUMBER, **more):
    event = PhoneEvent(kind=EventKind(kind), call_id=call, account="101", remote_number=number, **more)
    return Report(at=lab.clock.now(), event=event)


async def say(lab, agent, *kinds, phone="desk-101", apart_s=0, **more):
    """The phone reports one thing after the other, and the agent works it out."""
    for kind in kinds:
        await agent.hearing.keep([NewReport(phone=phone, report=report(lab, kind, **more))])
        await agent.hearing.work()
        lab.clock.instant += timedelta(seconds=apart_s)


async def step(lab, agent, seconds):
    return await agent.step_until(lab.clock.now() + timedelta(seconds=seconds), advance=lab.clock.advance)


async def test_a_call_that_ended_is_read_within_seconds_and_is_one_entry(lab):
    desk = lab.add(ahead_s=30)
    agent = lab.agent()
    await step(lab, agent, 300)
    await say(lab, agent, "incoming", "established", apart_s=10)
    began = lab.clock.now() - timedelta(seconds=20)
    desk.call(NUMBER, code="3", duration_s=40, before_s=20 - desk.ahead_s)
    lab.clock.instant += timedelta(seconds=30)
    await say(lab, agent, "terminated")
    (result,) = await step(lab, agent, AFTER_END.total_seconds())
    assert (result.new, result.ok) == (1, True)
    (entry,) = lab.store.entries()
    assert entry.sources == ("list", "event")
    assert (entry.started_at, entry.resolution_s, entry.time_of) == (began, 1, "start")
    assert (entry.ring_s, entry.duration_s, entry.outcome, entry.call_id) == (10, 40, "answered", "c1")
    assert entry.shown_at is not None
    assert lab.store.unmet("desk-101#1", START, lab.clock.now()).events == ()


async def test_a_row_read_before_its_reports_were_taken_meets_them_later(lab):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, 120)
    desk.call(NUMBER, before_s=0)
    sent = [report(lab, "incoming"), report(lab, "missed")]
    await step(lab, agent, 900)
    assert [entry.sources for entry in lab.store.entries()] == [("list",)]
    await agent.hearing.keep([NewReport(phone="desk-101", report=one) for one in sent])
    await agent.hearing.work()
    (entry,) = lab.store.entries()
    assert (entry.sources, entry.outcome) == (("list", "event"), "missed")


async def test_a_report_that_came_late_meets_its_row_once_the_phone_was_read_after_it(lab):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, 300)
    began = lab.clock.now()
    desk.call(NUMBER, before_s=0)
    lab.clock.instant += timedelta(seconds=20)
    await say(lab, agent, "incoming", "missed", apart_s=1)
    assert [entry.sources for entry in lab.store.entries()] == [("event",)]
    await step(lab, agent, 60)
    (entry,) = lab.store.entries()
    assert (entry.sources, entry.started_at, entry.outcome) == (("list", "event"), began, "missed")


async def test_rows_and_reports_without_one_another_stay_as_they_are(lab):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, 60)
    desk.call("84950000002")
    await say(lab, agent, "incoming", "missed")
    await step(lab, agent, 900)
    assert {entry.remote_number: entry.sources for entry in lab.store.entries()} == {
        "84950000002": ("list",),
        NUMBER: ("event",),
    }


async def test_reports_that_were_only_stored_become_entries_at_the_next_start(lab):
    lab.add(variant="desk-3")
    agent = lab.agent()
    await agent.prepare()
    await agent.hearing.keep([NewReport(phone="desk-101", report=report(lab, "missed"))])
    assert list(lab.store.entries()) == []
    lab.restart()
    await lab.agent().prepare()
    assert [entry.outcome for entry in lab.store.entries()] == ["missed"]


async def test_a_meeting_that_was_cut_off_is_made_at_the_next_start(lab, monkeypatch):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, 60)
    desk.call(NUMBER, before_s=0)
    await say(lab, agent, "incoming", "missed")
    with monkeypatch.context() as patched:
        patched.setattr("phonesync.agent.taking.meet_new", lambda *_: None)
        agent.hearing._open.clear()
        await step(lab, agent, 900)
    assert len(list(lab.store.entries())) == 2
    lab.restart()
    await lab.agent().prepare()
    assert [entry.sources for entry in lab.store.entries()] == [("list", "event")]


async def test_a_night_without_kept_answers_leaves_the_reports_of_calls_that_go_on(lab):
    lab.add(variant="desk-3")
    agent = lab.agent()
    await agent.prepare()
    began = lab.clock.now()
    await say(lab, agent, "incoming", "established", apart_s=10)
    await purge(agent.writer, lab.clock, days=0)
    await say(lab, agent, "terminated")
    (entry,) = lab.store.entries()
    assert (entry.started_at, entry.ring_s, entry.duration_s) == (began, 10, 10)
    lab.clock.instant += timedelta(days=8)
    await purge(agent.writer, lab.clock, days=0)
    assert lab.store.purge_reports(lab.clock.now()) == 0


async def test_more_reports_than_one_transaction_takes_are_all_taken(lab):
    lab.add(variant="desk-3")
    agent = lab.agent()
    await agent.prepare()
    many = [
        NewReport(phone="desk-101", report=report(lab, "missed", call=f"c{number}"))
        for number in range(AT_ONCE + 10)
    ]
    await agent.hearing.keep(many)
    await agent.hearing.work()
    assert len(list(lab.store.entries())) == len(many)


async def test_the_end_of_a_call_is_told_once_and_only_while_it_is_news(lab):
    lab.add()
    told = []
    agent = lab.agent()
    agent.hearing._hasten = lambda *wish: told.append(wish)
    await step(lab, agent, 60)
    await say(lab, agent, "incoming", "terminated", "terminated", "missed", apart_s=1)
    await say(lab, agent, "alive")
    assert told == [("desk-101", at(61) + AFTER_END, "a call has ended")]
    old = report(lab, "missed", call="c2")
    lab.clock.instant += STILL_NEWS + MINUTE
    await agent.hearing.keep([NewReport(phone="desk-101", report=old)])
    await agent.hearing.work()
    assert len(told) == 1


async def test_what_was_told_is_forgotten_in_time(lab, monkeypatch):
    monkeypatch.setattr("phonesync.agent.hearing.MOST_REMEMBERED", 2)
    lab.add()
    agent = lab.agent()
    await step(lab, agent, 60)
    for number in range(4):
        await say(lab, agent, "missed", call=f"c{number}")
    assert len(agent.hearing._told) == 2


async def test_reports_of_a_phone_that_was_replaced_hurry_nobody(lab):
    lab.add()
    agent = lab.agent()
    await step(lab, agent, 300)
    await agent.hearing.keep([NewReport(phone="desk-101", report=report(lab, "missed"))])
    lab.store.new_incarnation("desk-101", mac=None, reason="another one")
    due = agent._schedule.due_of("desk-101")
    await agent.hearing.work()
    assert agent._schedule.due_of("desk-101") == due


async def test_outages_of_the_receiver_are_gaps_of_a_phone_without_a_list(lab):
    lab.add(variant="desk-3")
    agent = lab.agent()
    await agent.prepare()
    agent.hearing.begin()
    for minute in range(30):
        if minute == 10:
            agent.hearing.end()
        if minute == 20:
            agent.hearing.begin()
        if minute == 0:
            await say(lab, agent, "missed")
        await agent.hearing.settle()
        lab.clock.instant += MINUTE
    spans = [(row.since, row.until, row.state) for row in lab.store.coverage(list_name="missed")]
    assert spans == [
        (None, START, SpanState.UNKNOWN),
        (START, START + 9 * MINUTE, SpanState.UNKNOWN),
        (START + 9 * MINUTE, START + 20 * MINUTE, SpanState.GAP),
        (START + 20 * MINUTE, None, SpanState.UNKNOWN),
    ]


async def test_a_receiver_that_is_not_up_states_nothing(lab):
    lab.add(variant="desk-3")
    agent = lab.agent()
    await agent.prepare()
    await agent.hearing.beat()
    await agent.hearing.settle()
    assert list(lab.store.coverage()) == []


# --- haste --------------------------------------------------------------------------------------------------


def read(**more):
    result = PollResult(name="desk", ok=True, standing=PhoneStanding.UP)
    return Polled(result=result, due=Due(at=at(600), deadline=at(600), **more))


@pytest.fixture
def hurried():
    schedule = Schedule()
    haste = Haste(schedule)
    schedule.put("desk", Due(at=at(600), deadline=at(700)))
    haste.planned("desk", read(), now=at(0))
    return schedule, haste


def test_a_read_is_brought_forward(hurried):
    schedule, haste = hurried
    assert haste.hasten("desk", at(200), "a call")
    assert schedule.due_of("desk") == Due(at=at(200), deadline=at(200))
    assert not haste.hasten("desk", at(300), "a later call")
    assert schedule.next_at() == at(200)


def test_two_reads_stay_a_minute_apart(hurried):
    schedule, haste = hurried
    assert haste.hasten("desk", at(10), "a call")
    assert schedule.due_of("desk").at == at(60)


def test_what_is_read_now_is_brought_forward_after_it(hurried):
    schedule, haste = hurried
    assert schedule.take(at(600)) is not None
    assert haste.hasten("desk", at(601), "a call")
    schedule.put("desk", Due(at=at(1200), deadline=at(1200)))
    haste.planned("desk", read(), now=at(605))
    assert schedule.due_of("desk").at == at(665)


@pytest.mark.parametrize(
    "polled",
    [
        Polled(result=PollResult(name="desk", ok=False, standing=PhoneStanding.UP), due=None),
        Polled(result=PollResult(name="desk", ok=False, standing=PhoneStanding.DOWN), due=None),
        Polled(result=PollResult(name="desk", ok=False, standing=PhoneStanding.REFUSED), due=None),
    ],
)
def test_a_phone_that_does_not_answer_is_not_hurried(hurried, polled):
    schedule, haste = hurried
    haste.planned("desk", polled, now=at(100))
    assert not haste.hasten("desk", at(200), "a call")
    assert schedule.due_of("desk").at == at(600)


def test_a_phone_in_the_slow_lane_stays_there(hurried):
    schedule, haste = hurried
    schedule.put("desk", Due(at=at(600), deadline=at(700), slow=True))
    assert not haste.hasten("desk", at(200), "a call")


def test_after_a_start_only_phones_that_were_up_are_hurried():
    schedule = Schedule()
    haste = Haste(schedule)
    for name in ("up", "down", "new"):
        schedule.put(name, Due(at=at(600), deadline=at(600)))
    haste.learn(
        [
            PhoneState(name="up", incarnation="1", standing=PhoneStanding.UP, last_attempt=at(0)),
            PhoneState(name="down", incarnation="2", standing=PhoneStanding.DOWN, last_attempt=at(0)),
            PhoneState(name="new", incarnation="3"),
        ]
    )
    assert [haste.hasten(name, at(100), "a call") for name in ("up", "down", "new")] == [True, False, False]


async def test_a_locked_phone_is_not_read_sooner_for_a_report(lab):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, 60)
    desk.fault = "locked"
    await step(lab, agent, 700)
    asked = len(desk.asked)
    due = agent._schedule.due_of("desk-101")
    await say(lab, agent, "missed")
    assert agent._schedule.due_of("desk-101") == due
    await step(lab, agent, 10)
    assert len(desk.asked) == asked


async def test_reports_of_many_reads_never_come_closer_than_a_minute(lab):
    lab.add()
    reads = []
    agent = lab.agent()
    chance = Random(3)
    await step(lab, agent, 60)
    for number in range(60):
        await say(lab, agent, "missed", call=f"c{number}")
        for _ in range(chance.randint(1, 40)):
            reads += [lab.clock.now() for _ in await step(lab, agent, 1)]
    assert len(reads) > 5
    assert min(later - earlier for earlier, later in pairwise(reads)) >= MINUTE
