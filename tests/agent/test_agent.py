"""The agent: many phones, one clock, signals, requests, a store that goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from phonesync import config as configuration
from phonesync.agent import agent as module
from phonesync.agent.values import INTERNAL, PollResult
from phonesync.clock import SystemClock
from phonesync.errors import ConfigError, StoreBusy, StoreError
from phonesync.store.records import PhoneStanding
from tests.agent.conftest import DRIVERS

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def step(lab, agent, span: timedelta) -> list[PollResult]:
    return await agent.step_until(lab.clock.now() + span, advance=lab.clock.advance)


async def test_stepping_polls_all_that_falls_due_and_ends_at_the_instant(lab):
    for number in range(3):
        lab.add(f"desk-{number}", keys=f'url = "http://192.0.2.{number + 1}"\npoll = "{5 + 5 * number}m"')
    begun = lab.clock.now()
    results = await step(lab, lab.agent(), HOUR)
    assert lab.clock.now() == begun + HOUR
    counts = {name: sum(result.name == name for result in results) for name in lab.wires}
    assert counts == {"desk-0": 12, "desk-1": 6, "desk-2": 4}
    assert all(result.ok for result in results)


async def test_a_busy_list_is_read_sooner_than_the_interval_says(lab):
    lab.poll = "2h"
    desk = lab.add()
    agent = lab.agent()
    for number in range(60):
        desk.call(str(200 + number))
        await step(lab, agent, timedelta(minutes=4))
    await step(lab, agent, HOUR)
    assert len(desk.lists["2"]) == 10
    assert lab.numbers() == [str(200 + number) for number in range(60)]
    assert {str(row.state) for row in lab.store.coverage()} == {"unknown", "complete"}
    assert 60 / 10 < len(desk.sign_ins) < 30


async def test_a_list_that_overflowed_unread_is_confessed(lab, logged):
    desk = lab.add()
    agent = lab.agent()
    desk.call("200")
    await step(lab, agent, timedelta(minutes=1))
    for number in range(30):
        desk.call(str(300 + number), before_s=0)
        lab.clock.advance(lab.clock.now() + timedelta(minutes=1))
    await step(lab, agent, timedelta(minutes=1))
    assert "gap" in {str(row.state) for row in lab.store.coverage(list_name="missed")}
    assert any("may have been overwritten unread" in str(line.get("text")) for line in logged)


async def test_a_dead_phone_delays_no_other_and_is_spoken_of_twice(lab, events):
    dead, well = lab.add("dead"), lab.add("well")
    agent = lab.agent()
    await step(lab, agent, HOUR)
    dead.fault = "unreachable"
    await step(lab, agent, 6 * HOUR)
    dead.fault = ""
    well.asked.clear()
    results = await step(lab, agent, HOUR)
    assert events().count("phone is down") == 1
    assert events().count("phone is back") == 1
    assert sum(result.name == "well" and result.ok for result in results) >= 6
    assert lab.state("dead").standing is PhoneStanding.UP


async def test_a_phone_that_stays_down_is_asked_ever_more_rarely(lab):
    dead = lab.add("dead")
    agent = lab.agent()
    await step(lab, agent, HOUR)
    dead.fault, dead.asked = "unreachable", []
    await step(lab, agent, 24 * HOUR)
    # Every two minutes while the deadline presses, then every five minutes: 288 times a day and a few.
    assert 288 <= len(dead.asked) / 2 <= 330
    dead.asked.clear()
    await step(lab, agent, HOUR)
    assert 11 <= len(dead.asked) / 2 <= 14


async def test_a_wrong_password_is_tried_once_in_a_week_of_restarts_and_single_polls(lab):
    desk = lab.add(password="another")
    lab.add("well", keys='url = "http://192.0.2.2"\npoll = "3h"')
    for _ in range(7):
        agent = lab.agent()
        await step(lab, agent, 24 * HOUR)
        await agent.poll_now(["desk-101"])
        lab.restart()
    assert len(desk.sign_ins) == 1


async def test_a_mistake_in_a_driver_stops_no_other_phone_and_is_logged_with_its_place(lab, logged):
    lab.add("broken", fault="bug")
    lab.add("well")
    results = await step(lab, lab.agent(), HOUR)
    broken = [result for result in results if result.name == "broken"]
    assert {result.error_kind for result in broken} == {INTERNAL}
    assert len(broken) > 1
    assert sum(result.ok for result in results) >= 6
    state = lab.state("broken")
    assert (state.standing, state.error_kind) == (PhoneStanding.DOWN, INTERNAL)
    assert "Internal error (ZeroDivisionError)" in str(state.last_error)
    bug = next(line for line in logged if line["event"] == "bug")
    assert (bug["phone"], bug["kind"]) == ("broken", "ZeroDivisionError")


async def test_a_phone_that_is_not_enabled_is_left_alone_and_can_come_back(lab):
    desk = lab.add(keys='url = "http://192.0.2.1"\nenabled = false')
    await step(lab, lab.agent(), HOUR)
    assert desk.asked == []
    assert lab.state().standing is PhoneStanding.DISABLED
    lab.keys["desk-101"] = 'url = "http://192.0.2.1"'
    await step(lab, lab.agent(), HOUR)
    assert lab.state().standing is PhoneStanding.UP


async def test_a_restart_does_not_read_again_what_was_read_just_now(lab):
    desk = lab.add()
    await step(lab, lab.agent(), timedelta(minutes=1))
    desk.asked.clear()
    lab.restart()
    await step(lab, lab.agent(), timedelta(minutes=5))
    assert desk.asked == []


async def test_while_the_store_is_away_a_read_is_held_and_nothing_is_lost(lab, events):
    desk = lab.add()
    agent = lab.agent()
    await step(lab, agent, timedelta(minutes=1))
    desk.call("202")
    blocker = sqlite3.connect(lab.folder / "lab.db", isolation_level=None)
    sleep, waits = lab.clock.sleep, []

    async def lock():
        if not waits:
            blocker.execute("BEGIN IMMEDIATE")

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 4:
            blocker.execute("ROLLBACK")
        await sleep(seconds)

    desk.hold, lab.clock.sleep = lock, wait
    results = await step(lab, agent, timedelta(minutes=12))
    blocker.close()
    assert all(result.ok for result in results)
    assert len(waits) == 4
    assert lab.numbers() == ["202"]
    assert [event for event in events() if event.startswith("store")] == ["store is away", "store is back"]


async def test_old_answers_are_removed_at_night(lab):
    desk = lab.add()
    agent = lab.agent()
    for number in range(3):
        desk.call(f"20{number}")
        await step(lab, agent, timedelta(minutes=20))
    assert len(list(lab.store.answers())) == 3
    lab.clock.advance(lab.clock.now() + timedelta(days=91))
    await agent._chore("retention", agent._purge)
    await asyncio.sleep(0)
    await asyncio.gather(*agent._chores._tasks.values())
    assert len(list(lab.store.answers())) == 1


async def test_a_stopped_phone_is_read_again_once_a_person_said_so(lab):
    desk = lab.add(password="another")
    agent = lab.agent()
    await step(lab, agent, HOUR)
    await agent._free()
    assert len(desk.sign_ins) == 1
    desk.password = "right"
    state = lab.state()
    lab.store.save_state(replace(state, refused_credentials=None), before=state)
    await agent._free()
    await step(lab, agent, HOUR)
    assert lab.state().standing is PhoneStanding.UP


async def test_a_chore_that_fails_is_logged_and_the_agent_goes_on(lab, logged, monkeypatch):
    lab.add()
    agent = lab.agent()
    await agent.prepare()

    def broken(older_than):
        raise StoreError("The store is damaged.")

    monkeypatch.setattr(lab.store, "purge_raw", broken)
    await agent._chore("retention", agent._purge)
    await asyncio.gather(*agent._chores._tasks.values(), return_exceptions=True)
    await asyncio.sleep(0)
    assert [line["chore"] for line in logged if line["event"] == "chore failed"] == ["retention"]
    assert all(result.ok for result in await step(lab, agent, HOUR))


async def test_a_configuration_without_a_file_is_not_taken_anew(lab, events):
    lab.add()
    await lab.agent().reload()
    assert events() == []


async def test_a_phone_taken_out_of_the_configuration_is_read_no_more_and_keeps_its_rows(lab):
    gone, stays = lab.add("gone"), lab.add("stays")
    gone.call("202")
    agent = lab.agent(reload=lambda: lab.config)
    await step(lab, agent, HOUR)
    del lab.keys["gone"]
    lab.keys["stays"] += '\nenabled = true\npoll = "20m"'
    await agent.reload()
    gone.asked.clear()
    results = await step(lab, agent, HOUR)
    assert gone.asked == []
    assert 2 <= len(results) <= 4
    assert lab.numbers() == ["202"]
    assert stays.asked


async def test_another_store_in_a_new_configuration_is_only_taken_by_a_new_start(lab, events):
    lab.add()
    other = lambda: lab.config.model_copy(  # noqa: E731
        update={"store": lab.config.store.model_copy(update={"url": "sqlite:///other.db"})}
    )
    await lab.agent(reload=other).reload()
    assert "another store is only taken by a new start" in events()
    assert not (lab.folder / "other.db").exists()


@pytest.mark.parametrize("change", ["removed", "moved", "renamed site"])
async def test_a_phone_that_changes_in_the_configuration_while_it_is_read_ends_that_read_well(
    lab, events, change
):
    desk = lab.add()
    lab.add("other")
    agent = lab.agent(reload=lambda: lab.config)
    await agent.prepare()
    desk.call("200")

    async def hold():
        desk.hold = None
        if change == "removed":
            del lab.keys["desk-101"]
        elif change == "moved":
            lab.keys["desk-101"] = 'url = "http://192.0.2.77"'
        else:
            lab.site = "Elsewhere"
        await agent.reload()

    desk.hold = hold
    results = await step(lab, agent, timedelta(minutes=1))
    assert "bug" not in events()
    assert results[0].ok
    assert lab.numbers() == ["200"]
    assert "configuration taken" in events()
    # What was known of the phone as it was says nothing of it as it is.
    assert "desk-101" not in agent.poller._memory


async def test_a_down_phone_is_asked_at_once_when_it_is_reached_in_another_way(lab):
    desk = lab.add()
    agent = lab.agent(reload=lambda: lab.config)
    desk.fault = "unreachable"
    await step(lab, agent, HOUR)
    desk.fault = ""
    asked = len(desk.asked)
    lab.keys["desk-101"] += '\nowner = "Somebody"'
    await agent.reload()
    await step(lab, agent, timedelta(seconds=2))
    assert len(desk.asked) == asked
    lab.keys["desk-101"] = 'url = "http://192.0.2.77"'
    await agent.reload()
    assert (await step(lab, agent, timedelta(seconds=2)))[0].ok


# --- running in real time ---------------------------------------------------------------------------------


@asynccontextmanager
async def running(lab, **more):
    """The agent in real time; ended by a signal, as a service manager would."""
    lab.clock = SystemClock()
    for desk in lab.wires.values():
        desk.clock = lab.clock
    agent = lab.agent(threaded=True, **more)
    task = asyncio.create_task(agent.run())
    try:
        yield agent, task
    finally:
        if not task.done():
            # Only once the handlers are there would a signal not end the tests.
            agent.stop()
        with suppress(StoreBusy):
            await task


async def until(condition, *, seconds: float = 30.0) -> None:
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for lies in the store
            await asyncio.sleep(0.02)


async def test_the_agent_reads_until_it_is_told_to_stop(lab, events):
    lab.add("a").call("202")
    lab.add("b").call("203")
    async with running(lab) as (_, task):
        await until(lambda: sorted(lab.numbers()) == ["202", "203"])
        os.kill(os.getpid(), signal.SIGTERM)
        with anyio.fail_after(30):
            await task
    assert events()[-1] == "agent stopped"
    assert not lab.store.agent_is_running()


async def test_a_second_agent_on_the_same_store_is_refused_with_a_sentence(lab):
    lab.add()
    async with running(lab):
        await until(lab.store.agent_is_running)
        second = lab.agent(threaded=True)
        with pytest.raises(StoreBusy, match="already runs"):
            await second.run()


async def test_a_signal_lets_the_read_in_hand_finish(lab):
    desk = lab.add()
    desk.call("202")
    begun, door = asyncio.Event(), asyncio.Event()

    async def hold():
        begun.set()
        await door.wait()

    desk.hold = hold
    async with running(lab) as (_, task):
        with anyio.fail_after(30):
            await begun.wait()
        os.kill(os.getpid(), signal.SIGINT)
        asyncio.get_running_loop().call_later(0.05, door.set)
        with anyio.fail_after(30):
            await task
    assert lab.numbers() == ["202"]
    assert desk.asked[-1] == "/out"


async def test_a_read_that_hangs_is_dropped_at_a_signal_and_signs_out(lab, events, monkeypatch):
    monkeypatch.setattr(module, "GRACE_S", 0.05)
    desk = lab.add()
    desk.call("202")
    begun = asyncio.Event()

    async def hold():
        begun.set()
        await asyncio.Event().wait()

    desk.hold = hold
    async with running(lab) as (_, task):
        with anyio.fail_after(30):
            await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        with anyio.fail_after(30):
            await task
    assert lab.numbers() == []
    assert "reads dropped" in events()
    assert desk.asked[-1] == "/out"
    assert lab.state().open_session


async def test_a_store_that_stays_away_does_not_keep_the_agent_from_ending(lab, monkeypatch):
    monkeypatch.setattr(module, "GRACE_S", 0.05)
    desk = lab.add()
    desk.call("202")
    locked = asyncio.Event()
    blocker = sqlite3.connect(lab.folder / "lab.db", isolation_level=None)

    async def lock():
        blocker.execute("BEGIN IMMEDIATE")
        locked.set()

    desk.hold = lock
    async with running(lab) as (_, task):
        with anyio.fail_after(30):
            await locked.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        with anyio.fail_after(30):
            await task
    blocker.execute("ROLLBACK")
    blocker.close()
    assert lab.numbers() == []


async def test_an_agent_that_waits_for_a_locked_store_at_its_start_can_be_stopped(lab, events):
    lab.add()
    blocker = sqlite3.connect(lab.folder / "lab.db", isolation_level=None)
    assert lab.store.phones() == []
    blocker.execute("BEGIN IMMEDIATE")
    async with running(lab) as (_, task):
        await until(lambda: "store is away" in events())
        os.kill(os.getpid(), signal.SIGTERM)
        with anyio.fail_after(30):
            await task
    blocker.execute("ROLLBACK")
    blocker.close()
    assert lab.store.phones() == []


async def test_a_hung_phone_delays_no_other(lab, monkeypatch):
    monkeypatch.setattr(module, "GRACE_S", 0.05)
    lab.concurrency = 4
    hung = lab.add("hung")
    for number in range(6):
        lab.add(f"well-{number}").call("202")

    async def hold():
        await asyncio.Event().wait()

    hung.hold = hold
    async with running(lab):
        await until(lambda: len(lab.numbers()) == 6)


async def test_sighup_takes_a_new_configuration(lab, events):
    lab.add("a")
    reload = lambda: configuration.load(lab.folder / "config.toml", env={}, drivers=lambda: DRIVERS)  # noqa: E731
    async with running(lab, reload=reload):
        await until(lambda: lab.store.phones() and lab.state("a").standing is PhoneStanding.UP)
        desk = lab.add("b")
        desk.call("202")
        lab.write()
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: lab.numbers() == ["202"])
    assert "configuration taken" in events()


async def test_a_bad_new_configuration_is_reported_and_the_old_one_stays(lab, events):
    lab.add("a")

    def bad():
        raise ConfigError("config.toml:3: phone[0].url: is missing.")

    async with running(lab, reload=bad) as (agent, _):
        await until(lambda: lab.store.phones() and lab.state("a").standing is PhoneStanding.UP)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: "configuration not taken" in events())
        assert (await agent.poll_now(["a"]))[0].ok


async def test_sighup_with_a_corrected_password_frees_a_stopped_phone(lab):
    desk = lab.add("a", password="another")
    reload = lambda: configuration.load(lab.folder / "config.toml", env={}, drivers=lambda: DRIVERS)  # noqa: E731
    async with running(lab, reload=reload):
        await until(lambda: lab.store.phones() and lab.state("a").standing is PhoneStanding.REFUSED)
        lab.env["PASSWORD"] = "another"
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: lab.state("a").standing is PhoneStanding.UP)
    assert len(desk.sign_ins) == 2


async def test_polls_asked_for_by_other_commands_are_made_and_answered(lab):
    desk = lab.add("a")
    refused = lab.add("refused", password="another")
    async with running(lab):
        await until(
            lambda: (
                len(lab.store.phones()) == 2
                and lab.state("a").standing is PhoneStanding.UP
                and lab.state("refused").standing is PhoneStanding.REFUSED
            )
        )
        desk.call("202")
        wishes = [lab.store.request_poll("a"), lab.store.request_poll("refused")]
        await until(lambda: all(lab.store.request(wish.id).outcome for wish in wishes))
    first, second = (PollResult.from_json(lab.store.request(wish.id).outcome) for wish in wishes)
    assert (first.name, first.ok, first.new) == ("a", True, 1)
    assert (second.error_kind, len(refused.sign_ins)) == ("SignInRefused", 1)


async def test_a_request_for_a_phone_the_agent_does_not_know_is_answered(lab):
    lab.add("a")
    await lab.agent().prepare()
    lab.keys.clear()
    lab.add("b")
    async with running(lab):
        wish = lab.store.request_poll("a")
        await until(lambda: lab.store.request(wish.id).outcome)
    result = PollResult.from_json(lab.store.request(wish.id).outcome)
    assert (result.ok, result.error_kind) == (False, "ConfigError")
    assert "SIGHUP" in str(result.error)


async def test_each_poll_is_told_to_whoever_observes(lab):
    lab.add("a")
    seen: list[tuple[PollResult, float]] = []
    async with running(lab, observe=lambda result, late_s: seen.append((result, late_s))):
        await until(lambda: seen)
    assert seen[0][0].ok
    assert 0 <= seen[0][1] < 5
