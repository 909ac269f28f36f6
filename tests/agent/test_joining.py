"""Joining in the background: after polls, in steps, and as often as something waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync.agent import commands
from phonesync.agent.joining import (
    A_DAY,
    FEWEST,
    MOST,
    bring_up_to_date,
    means_of,
    next_limit,
    recompute,
    step,
)
from phonesync.agent.opening import open_configured
from phonesync.calls.values import LegOutcome
from phonesync.store import call_pass
from phonesync.store.call_records import Passed
from tests.agent.conftest import DRIVERS
from tests.store.offices import ANNA, BORIS, NAMES, Office

pytestmark = pytest.mark.anyio

CALLER = "84955550001"


@pytest.fixture
def desks(lab):
    """Two desks with extensions."""
    return [
        lab.add(name, keys=f'url = "http://192.0.2.{n}"\nextension = "{name[-3:]}"\nowner = "Owner {n}"')
        for n, name in enumerate((ANNA, BORIS), 1)
    ]


def ring(desks):
    """A caller rings both; the second answers."""
    desks[0].call(CALLER, code="2")
    desks[1].call(CALLER, code="3", duration_s=30)


async def pass_time(lab, agent, span=A_DAY):
    return await agent.step_until(lab.clock.now() + span, advance=lab.clock.advance)


async def test_stepping_through_time_joins_what_was_read(lab, desks):
    agent = lab.agent()
    await pass_time(lab, agent, timedelta(minutes=20))
    ring(desks)
    await pass_time(lab, agent)
    outcomes = {leg.phone: leg.outcome for call in lab.store.calls() for leg in call.legs}
    assert outcomes.keys() == {ANNA, BORIS}
    assert outcomes[BORIS] is LegOutcome.ANSWERED
    assert lab.store.is_joined()


async def test_a_poll_by_hand_ends_with_the_calls_it_brought(lab, desks, monkeypatch):
    ring(desks)
    monkeypatch.setenv("PASSWORD", "right")
    await commands.poll_phones(
        lab.config, [ANNA, BORIS], clock=lab.clock, transport=lab.transport, drivers=DRIVERS
    )
    with open_configured(lab.config, clock=lab.clock) as store:
        assert store.is_joined()
        assert {leg.phone for call in store.calls() for leg in call.legs} == {ANNA, BORIS}


async def test_a_backlog_is_joined_in_steps_that_grow_while_they_are_quick(lab, desks, events):
    office = Office(lab.store)
    begun = lab.clock.now() - timedelta(days=1)
    for n in range(600):
        office.say(ANNA, "missed", begun + timedelta(minutes=n), number=f"8495555{n:04}")
    office.read_all(lab.clock.now())
    agent = lab.agent()
    await agent.joiner.work(most=30)
    assert 0 < lab.store.queued() < 600
    await agent.joiner.work()
    assert lab.store.is_joined()
    assert len(list(lab.store.calls())) == 600


async def test_the_agent_goes_on_without_an_entry_that_cannot_be_joined_and_says_so(
    lab, desks, monkeypatch, events
):
    office = Office(lab.store)
    wrong = office.say(ANNA, "missed", lab.clock.now(), number=CALLER)
    office.say(BORIS, "missed", lab.clock.now(), number="84955550002")
    office.read_all(lab.clock.now())
    join = call_pass.join

    def joining(rows, knowledge):
        if any(row.id == wrong for row in rows):
            raise ValueError("no such moment")
        return join(rows, knowledge)

    monkeypatch.setattr(call_pass, "join", joining)
    agent = lab.agent()
    await agent.joiner.work()
    await agent.joiner.work()
    assert events().count("entry set aside") == 1
    assert len(list(lab.store.calls())) == 1
    assert agent.vitals().set_aside == 1


async def test_a_command_joins_all_that_waits_and_tells_how_far_it_is(lab, desks):
    office = Office(lab.store)
    for n in range(MOST + 1):
        office.say(ANNA, "missed", lab.clock.now() - timedelta(minutes=n), number=f"8495555{n:04}")
    office.read_all(lab.clock.now())
    told = []
    assert bring_up_to_date(lab.config, lab.store, observe=told.append) == MOST + 1
    assert [(one.done, one.of) for one in told] == [(MOST, MOST + 1), (MOST + 1, MOST + 1)]
    assert bring_up_to_date(lab.config, lab.store) == 0
    before = list(lab.store.calls())
    assert recompute(lab.config, lab.store) == MOST + 1
    assert list(lab.store.calls()) == before


async def test_a_phone_that_left_the_configuration_goes_on_by_the_first_sites_dial_plan(lab, desks):
    office = Office(lab.store)
    office.say(NAMES[2], "missed", lab.clock.now(), number=CALLER)
    office.read_all(lab.clock.now())
    means = means_of(lab.config, lab.store)
    assert sorted(means.configured or ()) == [ANNA, BORIS]
    assert means.phones == {"101": (ANNA,), "102": (BORIS,)}
    assert step(lab.store, means, 10).outside == {"+74955550001"}
    assert step(lab.store, means, 10).entries == 0


def test_a_step_that_was_quick_lets_the_next_take_more_and_a_slow_one_less():
    assert next_limit(40, 0.05, Passed(entries=40, rows=40, left=True)) == 80
    assert next_limit(40, 0.05, Passed(entries=7, rows=7)) == 40
    assert next_limit(40, 0.2, Passed(entries=40, rows=40, left=True)) == 40
    assert next_limit(80, 0.5, Passed(entries=80, rows=80, left=True)) == 40
    assert next_limit(FEWEST, 0.5, Passed(entries=20, rows=20, left=True)) == FEWEST


def test_steps_grow_however_slow_they_are_where_each_joins_the_same_rows_again():
    assert next_limit(20, 0.5, Passed(entries=20, rows=900, left=True)) == 40
    assert next_limit(MOST, 2.0, Passed(entries=500, rows=5000, left=True)) == MOST
    assert next_limit(40, 0.5, Passed(entries=7, rows=900)) == 40
