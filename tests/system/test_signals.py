"""``phonesync run`` as a service manager sees it: a process that ends when told to, and reads its file anew."""

from __future__ import annotations

import asyncio
import signal

import pytest

from phonesync.driver.emulation import EmulatedRequest
from phonesync.farm.faults import Fault, FaultKind
from tests.system.live import PATIENCE_S, Live, live, said
from tests.system.office import KINDS

pytestmark = [pytest.mark.network, pytest.mark.anyio]

ENDS_WITHIN_S = 12.0
"""Sooner than any phone would be given up; the agent itself waits for none longer than three seconds."""
SERVLET = ("yealink-servlet",)


def hold(farm: Live, names, fault: Fault) -> None:
    for name in names:
        farm.world.desks[name].wired.faults.set(fault)


def slow_list(asked: asyncio.Queue[str]):
    """Answers half a minute after the lists were asked for, and tells of it."""

    def decide(request: EmulatedRequest) -> Fault | None:
        if "/calllog" not in request.target:
            return None
        asked.put_nowait(request.target)
        return Fault(kind=FaultKind.SLOW, delay_s=30.0)

    return decide


async def ended(process) -> tuple[int, str]:
    """Exit code and what was logged; fails where it takes longer than it may."""
    async with asyncio.timeout(ENDS_WITHIN_S):
        _, logged = await process.communicate()
    return process.returncode, logged.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_idle_agent_ends_at_once(tmp_path, number):
    async with live(tmp_path, phones=5, kinds=KINDS) as farm:
        process = await farm.program("run")
        await said(process, "agent started")
        await farm.all_asked(farm.world.desks)
        process.send_signal(number)
        code, logged = await ended(process)
        assert code == 0, logged
        assert "agent stopped" in logged
        assert "Traceback" not in logged


async def test_an_agent_ends_in_time_while_phones_hang(tmp_path):
    async with live(tmp_path, phones=5, kinds=KINDS) as farm:
        hanging = list(farm.world.desks)[:3]
        hold(farm, hanging, Fault(kind=FaultKind.HANG))
        for name in hanging:
            farm.world.desks[name].wired.faults.decide = None
        process = await farm.program("run")
        await farm.all_asked(set(farm.world.desks) - set(hanging))
        process.send_signal(signal.SIGTERM)
        code, logged = await ended(process)
        assert code == 0, logged
        assert "Traceback" not in logged


async def test_an_agent_ends_in_time_with_as_many_reads_in_hand_as_it_may_have(tmp_path):
    """Fifty phones each about to answer: what has not come after the grace is dropped, and signed out."""
    async with live(tmp_path, phones=50, kinds=("yealink-json",), hours=1) as farm:
        process = await farm.program("run")
        in_hand: asyncio.Queue[str] = asyncio.Queue()
        for desk in farm.world.desks.values():
            desk.wired.faults.decide = slow_list(in_hand)
        async with asyncio.timeout(PATIENCE_S):
            for _ in farm.world.desks:
                await in_hand.get()
        process.send_signal(signal.SIGTERM)
        code, logged = await ended(process)
        assert code == 0, logged
        assert "Traceback" not in logged
        with farm.store() as store:
            assert list(store.entries()) == []
            assert {state.last_read for state in store.phones()} == {None}
        # A killed conversation would have kept the next one out for five minutes.
        assert [
            desk.name for desk in farm.world.desks.values() if vars(desk.wired.emulator)["_sessions"]
        ] == []


async def test_a_broken_configuration_at_sighup_leaves_the_agent_as_it_was(tmp_path):
    async with live(tmp_path, phones=5, kinds=KINDS) as farm:
        whole = farm.config.read_text(encoding="utf-8")
        blocks = whole.split("[[phone]]")
        last = list(farm.world.desks)[-1]
        farm.config.write_text("[[phone]]".join(blocks[:-1]), encoding="utf-8")
        process = await farm.program("run")
        await said(process, "agent started")
        await farm.all_asked(set(farm.world.desks) - {last})
        farm.config.write_text('[site]\nname = "broken"\ntimezone = "Nowhere/Land"\n', encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        lines = await said(process, "configuration not taken")
        assert "Nowhere/Land" in lines
        assert process.returncode is None
        farm.config.write_text(whole, encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        await said(process, "configuration taken")
        await farm.all_asked({last})
        await said(process, f"phone={last}")
        process.send_signal(signal.SIGTERM)
        code, logged = await ended(process)
        assert code == 0, logged
        with farm.store() as store:
            assert all(store.phone(name).last_read for name in farm.world.desks)


async def test_the_program_polls_and_checks_real_phones_in_processes_of_their_own(tmp_path):
    async with live(tmp_path, phones=5, kinds=KINDS) as farm:
        for command in ("check", "poll", "entries", "coverage", "phones"):
            process = await farm.program(command)
            out, err = await process.communicate()
            assert process.returncode == 0, err.decode()
            assert out.strip(), (command, err.decode())
        with farm.store() as store:
            assert len(list(store.entries())) > 5
