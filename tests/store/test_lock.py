"""One agent per store, and requests to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from phonesync.errors import StoreBusy, StoreError
from phonesync.store.lock import lock_path
from tests.store.desk import minute

HOLD = (
    "import sys; from pathlib import Path; from phonesync.clock import SystemClock\n"
    "from phonesync.store.repository import open_store\n"
    "store = open_store(sys.argv[1], clock=SystemClock(), base=Path('/'), password=sys.argv[2])\n"
    "with store.agent_lock():\n"
    "    print('held', flush=True); sys.stdin.readline()\n"
)


@pytest.fixture
def agent(place):
    """Another process that holds the store as its agent."""
    words = [sys.executable, "-c", HOLD, place.url, place.password]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_agent_is_refused_and_told_the_first(store, agent):
    with pytest.raises(StoreBusy, match=rf"already runs on the store .* \(.*process {agent.pid}\)"):
        store.agent_lock().__enter__()
    assert store.agent_is_running()


def test_a_dead_agent_never_blocks(store, agent):
    os.kill(agent.pid, signal.SIGKILL)
    agent.wait()
    with store.agent_lock():
        assert store.agent_is_running()
    assert not store.agent_is_running()


def test_a_lock_file_of_a_dead_agent_says_whose_it_was_until_the_next_one_takes_it(store, agent, path):
    os.kill(agent.pid, signal.SIGKILL)
    agent.wait()
    assert lock_path(path).read_text() == f"{agent.pid}\n"
    assert not store.agent_is_running()
    with store.agent_lock():
        assert lock_path(path).read_text() == f"{os.getpid()}\n"


def test_no_agent_ever_ran_and_nothing_is_left_by_asking(store, path):
    assert not store.agent_is_running()
    assert not lock_path(path).exists()


def test_asking_keeps_no_agent_from_starting(store):
    with store.agent_lock():
        pass
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            store.agent_is_running()

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        for _ in range(50):
            with store.agent_lock():
                assert store.agent_is_running()
    finally:
        stop.set()
        asker.join()


def test_a_lock_that_cannot_be_made_is_told(store, path):
    lock_path(path).mkdir()
    with pytest.raises(StoreError, match=r"lock file .* cannot be written: Is a directory\."):
        store.agent_lock().__enter__()


def test_a_request_reaches_the_agent_and_its_answer_comes_back(store, desk, clock, place):
    asked = store.request_poll("desk-101")
    assert (asked.phone, asked.asked_at, asked.done_at, asked.outcome) == ("desk-101", minute(0), None, None)
    with place.opened() as agent:
        assert agent.open_requests() == [asked]
        agent.finish_request(asked.id, '{"ok": true}')
        assert agent.open_requests() == []
        agent.finish_request(asked.id, "late")
    answered = store.request(asked.id)
    assert answered is not None
    assert (answered.done_at, answered.outcome) == (minute(0), '{"ok": true}')


def test_requests_are_served_in_the_order_they_were_made(store, desk):
    asked = [store.request_poll("desk-101").id for _ in range(3)]
    assert [request.id for request in store.open_requests()] == asked


def test_answered_requests_are_cleared_away_after_a_day_and_open_ones_wait(store, desk, clock):
    old, waiting = store.request_poll("desk-101"), store.request_poll("desk-101")
    store.finish_request(old.id, "done")
    clock.instant += timedelta(days=1)
    store.request_poll("desk-101")
    assert store.request(old.id) is not None
    clock.instant += timedelta(seconds=1)
    new = store.request_poll("desk-101")
    assert store.request(old.id) is None
    assert new.id > waiting.id
    assert waiting in store.open_requests()
    assert store.request(999) is None


def test_threads_share_the_one_writer(store, desk):
    def ask():
        for _ in range(25):
            store.request_poll("desk-101")
            store.open_requests()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.open_requests()) == 100
