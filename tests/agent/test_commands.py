"""``run``, ``poll`` and ``check`` as the command line calls them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import anyio
import httpx
import pytest

from phonesync.agent import commands
from phonesync.agent.values import NO_ANSWER, CheckItem, CheckResult, PollResult
from phonesync.clock import SystemClock
from phonesync.errors import StoreBusy
from phonesync.events.values import Report
from phonesync.model import EventKind, PhoneEvent
from phonesync.store.event_records import NewReport
from phonesync.store.records import PhoneStanding
from phonesync.store.repository import open_store
from tests import stores
from tests.agent.conftest import DRIVERS

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("PASSWORD", "right")


def given(lab):
    return {"clock": lab.clock, "transport": lab.transport, "drivers": DRIVERS}


async def poll(lab, *names: str) -> list[PollResult]:
    return await commands.poll_phones(lab.config, names, **given(lab))


async def check(lab, name: str = "desk-101") -> dict[str, CheckItem]:
    (result,) = await commands.check_phones(lab.config, [name], **given(lab))
    assert result.name == name
    return {item.what: item for item in result.items}


@pytest.fixture(autouse=True)
def laid(lab):
    """The store that the configuration names."""
    stores.lay(lab.folder / "phonesync.db")


def as_lab(lab):
    """The store under the name that the configuration gives it."""
    return open_store("sqlite:///phonesync.db", clock=lab.clock, base=lab.folder)


async def test_a_single_poll_reads_whatever_the_deadlines_say_in_the_order_asked(lab):
    lab.add("a").call("202")
    lab.add("b")
    for expected in (1, 0):
        first, second = await poll(lab, "b", "a")
        assert (first.name, second.name, second.new) == ("b", "a", expected)
        assert first.ok
        assert second.ok


async def test_one_phone_that_fails_does_not_keep_the_others_from_being_read(lab):
    lab.add("a", fault="unreachable")
    lab.add("b", fault="bug")
    lab.add("c")
    results = await poll(lab, "a", "b", "c")
    assert [(result.ok, result.error_kind) for result in results] == [
        (False, "PhoneUnreachable"),
        (False, "InternalError"),
        (True, None),
    ]


async def test_no_more_phones_are_read_at_once_than_configured(lab):
    lab.concurrency = 2
    inside, most = 0, 0

    async def hold():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1

    for number in range(6):
        lab.add(f"desk-{number}").hold = hold
    results = await poll(lab, *lab.wires)
    assert all(result.ok for result in results)
    assert most == 2


async def test_single_polls_never_try_a_refused_password_again(lab):
    desk = lab.add(password="another")
    for _ in range(3):
        (result,) = await poll(lab, "desk-101")
        assert (result.error_kind, result.standing) == ("SignInRefused", PhoneStanding.REFUSED)
    await check(lab)
    assert len(desk.sign_ins) == 1


async def test_a_running_agent_is_asked_to_poll(lab):
    lab.clock = SystemClock()
    desk = lab.add("a")
    agent = asyncio.create_task(commands.run_agent(lab.config, **given(lab)))
    store = as_lab(lab)
    with anyio.fail_after(30):
        while "/out" not in desk.asked:  # noqa: ASYNC110  another task's doing
            await asyncio.sleep(0.02)
        desk.call("202")
        (result,) = await poll(lab, "a")
    assert (result.ok, result.new) == (True, 1)
    assert store.open_requests() == []
    agent.cancel()
    with pytest.raises(asyncio.CancelledError):
        await agent
    store.close()


async def test_an_agent_that_does_not_report_is_not_waited_for_for_ever(lab):
    desk = lab.add("a")
    store = as_lab(lab)
    with store.agent_lock():
        (result,) = await poll(lab, "a")
    assert (result.ok, result.error_kind, desk.asked) == (False, NO_ANSWER, [])
    assert "has not reported on a within 90 s" in str(result.error)
    assert len(store.open_requests()) == 1
    store.close()


async def test_where_the_agent_ends_before_it_reported_the_command_reads_itself(lab):
    lab.add("a").call("202")
    store = as_lab(lab)
    lock = store.agent_lock()
    lock.__enter__()
    sleep = lab.clock.sleep

    async def wait(seconds: float) -> None:
        lock.__exit__(None, None, None)
        lab.clock.sleep = sleep

    lab.clock.sleep = wait
    (result,) = await poll(lab, "a")
    assert (result.ok, result.new) == (True, 1)
    assert store.open_requests() == []
    store.close()


async def test_a_second_agent_is_refused(lab):
    lab.add("a")
    store = as_lab(lab)
    with store.agent_lock(), pytest.raises(StoreBusy, match="already runs"):
        await commands.run_agent(lab.config, **given(lab))
    store.close()


async def test_check_says_what_works(lab):
    desk = lab.add()
    desk.call("202")
    found = await check(lab)
    assert {what: item.ok for what, item in found.items()} == {
        "reachable": True,
        "tls": None,
        "generation": True,
        "sign_in": True,
        "list": True,
        "clock": True,
        "zone": None,
        "history": True,
        "merging": True,
        "separate_account": None,
    }
    assert "1.0; first desk phones (desk-2; evidence: likely)" in found["generation"].text
    assert "missed 1" in found["list"].text
    assert len(desk.sign_ins) == 1
    assert desk.sessions == set()
    store = as_lab(lab)
    assert list(store.entries()) == []
    assert store.phone("desk-101").variant == "desk-2"
    store.close()


async def test_check_says_what_is_wrong(lab):
    lab.add(ahead_s=-3600, history=False, merging=True, zone="+7", variant="desk-1")
    found = await check(lab)
    assert (found["clock"].ok, found["history"].ok, found["merging"].ok) == (None, False, None)
    assert "off by -3600 s (3600 s behind" in found["clock"].text
    assert "+7" in found["zone"].text
    assert "separate_account" not in found


async def test_check_says_what_cannot_be_read(lab):
    lab.add(history=None, merging=None, zone=None)
    found = await check(lab)
    assert {found[what].text for what in ("history", "merging", "zone")} == {
        "cannot be read on this generation"
    }


@pytest.mark.parametrize(
    ("fault", "what", "ok"),
    [
        ("unreachable", "reachable", False),
        ("garbage", "list", False),
        ("locked", "sign_in", False),
        ("busy", "sign_in", None),
    ],
)
async def test_check_names_the_fault(lab, fault, what, ok):
    lab.add(fault=fault)
    found = await check(lab)
    assert found[what].ok is ok
    assert next(iter(found)) == "reachable"


async def test_check_of_an_unsupported_generation_does_not_sign_in(lab):
    desk = lab.add(variant="desk-3")
    found = await check(lab)
    assert found["list"].ok is False
    assert "Its list page is not known." in found["list"].text
    assert desk.sign_ins == []


async def test_check_signs_in_where_nothing_can_be_read_if_it_is_known_how(lab):
    desk = lab.add(variant="desk-5", warnings=("Update it.",))
    found = await check(lab)
    assert (found["sign_in"].ok, found["list"].ok, len(desk.sign_ins)) == (True, False, 1)
    assert "It shows no list." in found["list"].text
    assert (found["warning"].ok, found["warning"].text) == (None, "Update it.")
    (result,) = await poll(lab, "desk-101")
    assert (result.error_kind, len(desk.sign_ins)) == ("Unsupported", 1)


async def test_an_experimental_list_is_asked_for_where_it_is_allowed_and_never_called_complete(lab):
    desk = lab.add("shy", variant="desk-4")
    bold = lab.add("bold", variant="desk-4", keys='url = "http://192.0.2.2"\nexperimental = true')
    bold.call("202")
    refused, read = await poll(lab, "shy", "bold")
    assert (refused.error_kind, "experimental = true" in refused.error) == ("Unsupported", True)
    assert (desk.sign_ins, read.ok, read.new) == ([], True, 1)
    lab.clock.advance(lab.clock.now() + timedelta(minutes=5))
    assert [result.ok for result in await poll(lab, "bold")] == [True]
    shown = list(as_lab(lab).coverage())
    assert {row.state.value for row in shown} == {"unknown"}
    assert None in {row.until for row in shown}


async def test_check_obeys_a_lock_out(lab):
    desk = lab.add()
    assert (await check(lab))["sign_in"].ok is True
    desk.fault = "locked"
    await check(lab)
    desk.fault = ""
    found = await check(lab)
    assert "left alone until" in found["sign_in"].text
    assert len(desk.sign_ins) == 1
    lab.clock.advance(lab.clock.now() + timedelta(minutes=10))
    assert (await check(lab))["sign_in"].ok is True


async def test_a_verdict_that_check_did_not_hear_stops_the_agent_too(lab):
    desk = lab.add(fault="no-verdict", password="another")
    found = await check(lab)
    assert found["sign_in"].ok is False
    desk.fault = ""
    assert "phones retry desk-101" in (await check(lab))["sign_in"].text
    assert (await poll(lab, "desk-101"))[0].standing is PhoneStanding.REFUSED
    assert len(desk.sign_ins) == 1


async def test_a_refusal_met_by_check_stops_the_agent_too(lab):
    desk = lab.add(password="another")
    found = await check(lab)
    assert found["sign_in"].ok is False
    (result,) = await poll(lab, "desk-101")
    assert result.standing is PhoneStanding.REFUSED
    assert len(desk.sign_ins) == 1


async def test_beside_a_running_agent_check_signs_in_only_where_several_sessions_are_allowed(lab):
    single, several = lab.add("single"), lab.add("several", variant="desk-1")
    store = as_lab(lab)
    with store.agent_lock():
        one, other = await commands.check_phones(lab.config, ["single", "several"], **given(lab))
    assert (single.sign_ins, len(several.sign_ins)) == ([], 1)
    left = {item.what: item for item in one.items}["sign_in"]
    assert left.text.startswith("not tried: an agent is running")
    assert one.ok
    assert {item.what: item.ok for item in other.items}["list"] is True
    store.close()


async def test_check_over_tls_says_how_the_certificate_is_judged(lab):
    lab.add(keys='url = "https://192.0.2.1"')
    found = await check(lab)
    assert (found["tls"].ok, found["tls"].text) == (False, "no certificate was seen")


async def test_check_of_a_phone_no_driver_knows_stops_there(lab):
    desk = lab.add()

    async def nothing(request):
        return httpx.Response(404)

    desk.answer = nothing
    found = await check(lab)
    assert {what: item.ok for what, item in found.items()} == {
        "reachable": True,
        "tls": None,
        "generation": False,
    }


async def test_check_tells_settings_that_are_no_settings(lab):
    desk = lab.add()
    answer = desk.answer

    async def confused(request):
        if request.url.path == "/settings":
            return httpx.Response(200, content=b"<html>")
        return await answer(request)

    desk.answer = confused
    found = await check(lab)
    assert (found["list"].ok, found["settings"].ok) == (True, False)


async def test_check_without_a_password_says_so(lab, monkeypatch):
    monkeypatch.delenv("PASSWORD")
    desk = lab.add()
    found = await check(lab)
    assert found["password"].ok is False
    assert desk.asked == []


def test_a_check_is_well_where_nothing_is_wrong():
    well = CheckItem(what="tls", ok=None, text="none")
    wrong = CheckItem(what="list", ok=False, text="none")
    assert CheckResult(name="a", items=(well,)).ok
    assert not CheckResult(name="a", items=(well, wrong)).ok


def test_a_result_survives_the_way_through_the_store():
    result = PollResult(
        name="стол", ok=True, lists={"missed": 3}, new=2, took_s=0.25, standing=PhoneStanding.UP
    )
    again = PollResult.from_json(result.to_json())
    assert (again.name, dict(again.lists), again.took_s, again.standing) == (
        "стол",
        {"missed": 3},
        0.25,
        PhoneStanding.UP,
    )


@pytest.mark.parametrize("text", ["", "7", "{}", '{"name": 1}', "[]"])
def test_what_is_no_result_is_not_taken_for_one(text):
    with pytest.raises(ValueError):
        PollResult.from_json(text)


async def test_a_check_tells_whether_the_phone_reports_where_reports_can_arrive(lab):
    lab.add()
    assert "reports" not in await check(lab)
    lab.agent_keys = '[web]\nlisten = "127.0.0.1:8080"\n'
    found = await check(lab)
    assert (found["reports"].ok, "phones setup desk-101" in found["reports"].text) == (None, True)
    event = PhoneEvent(kind=EventKind.ALIVE)
    with as_lab(lab) as store:
        store.add_reports([NewReport(phone="desk-101", report=Report(at=lab.clock.now(), event=event))])
    found = await check(lab)
    assert found["reports"].ok
    assert f"{lab.clock.now():%Y-%m-%d %H:%M:%S}" in found["reports"].text
