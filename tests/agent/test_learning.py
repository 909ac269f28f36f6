"""Learning of groups by the agent, and what follows from it: calls and call-backs made anew."""

from datetime import timedelta

import pytest

from phonesync.agent.joining import bring_up_to_date
from phonesync.agent.learning import groups_of
from phonesync.calls.group_history import Verdict
from phonesync.store.callback_records import CallbackFilter
from tests.store.offices import ANNA, BORIS, Office

pytestmark = pytest.mark.anyio


@pytest.fixture
def office(lab):
    """Two desks that ring together for five callers, whom nobody answers."""
    for n, name in enumerate((ANNA, BORIS), 1):
        lab.add(name, keys=f'url = "http://192.0.2.{n}"\nextension = "{name[-3:]}"\ndepartment = "Sales"')
    office = Office(lab.store)
    for n in range(5):
        at = lab.clock.now() - timedelta(hours=8 - n)
        for name in (ANNA, BORIS):
            office.say(name, "missed", at, number=f"8495555{n:04}")
    office.read_all(lab.clock.now())
    return office


def group_names(lab):
    return [group.name for group in groups_of(lab.config, lab.store)]


async def test_groups_are_learned_at_night_and_whenever_a_day_has_passed(lab, office):
    agent = lab.agent()
    await agent.joiner.learn()
    assert group_names(lab) == ["101 + 102"]
    (kept,) = lab.store.learned_groups()
    assert lab.store.learned_at() == lab.clock.now()
    assert groups_of(lab.config, lab.store)[0].department == "Sales"
    lab.store.judge_group(kept.id, Verdict.REJECTED)
    await agent.joiner.learn()
    assert group_names(lab) == []


async def test_an_agent_that_has_learned_nothing_yet_does_so_at_once(lab, office):
    await lab.agent().joiner.work()
    assert group_names(lab) == ["101 + 102"]
    assert lab.store.is_joined()


async def test_calls_of_a_new_group_are_joined_anew(lab, office):
    bring_up_to_date(lab.config, lab.store)
    assert lab.store.learned_groups() == []
    await lab.agent().joiner.learn()
    assert lab.store.queued() == 10


async def test_call_backs_follow_the_calls(lab, office):
    await lab.agent().joiner.work()
    wanted = CallbackFilter(opened_before=lab.clock.now())
    missed = [call for call in lab.store.calls() if call.disposition.value == "missed"]
    assert missed
    assert [one.callback.first_call for one in lab.store.callbacks(wanted)] == [call.id for call in missed]
