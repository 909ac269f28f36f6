"""The thread in front of the store."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest

from phonesync.agent.writer import MOST_STALE, StoreWriter
from phonesync.errors import StaleState, StoreBusy, StoreError
from phonesync.store.records import PhoneSpec

pytestmark = pytest.mark.anyio


async def test_work_is_done_in_one_other_thread_in_order(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)
    seen: list[tuple[int, int]] = []
    await asyncio.gather(
        *(writer.run(lambda _, n=n: seen.append((n, threading.get_ident()))) for n in range(20))
    )
    assert [number for number, _ in seen] == list(range(20))
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1] != threading.get_ident()
    assert await writer.close(within_s=5)


async def test_errors_reach_the_task_that_waits(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)

    def broken(store):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await writer.run(broken)
    assert await writer.run(lambda store: 7) == 7
    assert await writer.close(within_s=5)


async def test_what_cannot_be_written_is_held_and_written_later_and_said_once(lab, events):
    writer = StoreWriter(lab.store, clock=lab.clock, threaded=False)
    blocker = sqlite3.connect(lab.folder / "lab.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    waits: list[int] = []
    sleep = lab.clock.sleep

    async def wait(seconds: float) -> None:
        waits.append(writer.held)
        if len(waits) == 3:
            blocker.execute("ROLLBACK")
        await sleep(seconds)

    lab.clock.sleep = wait
    await writer.keep(lambda store: store.sync_phones([PhoneSpec(name="desk-101")]))
    blocker.close()
    assert waits == [1, 1, 1]
    assert writer.held == 0
    assert [state.name for state in lab.store.phones()] == ["desk-101"]
    assert events() == ["store is away", "store is back"]


async def test_a_single_command_loses_patience(lab):
    writer = StoreWriter(lab.store, clock=lab.clock, threaded=False, patience_s=20)
    begun = lab.clock.monotonic()

    def busy(store):
        raise StoreBusy("The store is locked.")

    with pytest.raises(StoreBusy):
        await writer.keep(busy)
    assert 20 <= lab.clock.monotonic() - begun <= 40


async def test_where_another_process_came_between_it_is_decided_again(lab):
    writer = StoreWriter(lab.store, clock=lab.clock, threaded=False)
    turns = []

    def stale(store):
        turns.append(1)
        if len(turns) < 3:
            raise StaleState("Changed meanwhile.")
        return "done"

    assert await writer.keep(stale) == "done"


async def test_being_overtaken_for_ever_is_an_error(lab):
    writer = StoreWriter(lab.store, clock=lab.clock, threaded=False)
    turns = []

    def stale(store):
        turns.append(1)
        raise StaleState("Changed meanwhile.")

    with pytest.raises(StaleState):
        await writer.keep(stale)
    assert len(turns) == MOST_STALE + 1


async def test_an_error_that_waiting_does_not_mend_is_raised(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)

    def damaged(store):
        raise StoreError("Damaged.")

    with pytest.raises(StoreError):
        await writer.keep(damaged)
    assert await writer.close(within_s=5)


async def test_work_whose_task_was_dropped_is_still_done(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)
    door, done = threading.Event(), threading.Event()

    def slow(store):
        door.wait(5)
        done.set()

    task = asyncio.create_task(writer.run(slow))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    door.set()
    assert await writer.close(within_s=5)
    assert done.is_set()


async def test_a_write_that_hangs_does_not_keep_us_for_ever(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)
    door = threading.Event()
    task = asyncio.create_task(writer.run(lambda store: door.wait(5)))
    await asyncio.sleep(0.01)
    assert not await writer.close(within_s=0.02)
    door.set()
    assert await task


async def test_closing_what_was_never_used_is_nothing(lab):
    assert await StoreWriter(lab.store, clock=lab.clock).close(within_s=0)


async def test_what_is_asked_for_while_the_thread_ends_is_done_too(lab):
    writer = StoreWriter(lab.store, clock=lab.clock)
    door = threading.Event()
    first = asyncio.create_task(writer.run(lambda store: door.wait(30)))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close(within_s=30))
    await asyncio.sleep(0)
    late = asyncio.create_task(writer.run(lambda store: "done"))
    await asyncio.sleep(0)
    door.set()
    assert await first
    assert await closing
    assert await asyncio.wait_for(late, 30) == "done"
