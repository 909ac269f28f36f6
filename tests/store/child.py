"""Processes that meet in one store, and are killed there: run as ``python -m tests.store.child MODE PLACE``.

It is a program of its own because it forks: everything slow is loaded once, and no thread is running.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial

import alembic.command
import alembic.config  # noqa: F401  likewise
from sqlalchemy import event

from phonesync.errors import StaleState
from phonesync.store.records import PhoneSpec
from tests import statements
from tests.store.desk import busy_poll, entry, minute, polls_written, read_of
from tests.store.offices import BORIS, MEANS, Office
from tests.store.places import TestPlace, place_from
from tests.thorough import daily

NAME = "desk-101"
KILLS = daily(8, thorough=20)
RACERS = 4
LAPS = 25


def forked(work: Callable[[], None]) -> int:
    """Starts a process that does some work; its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001  the process ends here, with everything it has to say
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def ended(children: list[int]) -> list[int]:
    """Waits for processes; for each its exit code, negative for a signal."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def at_once(works: list[Callable[[], None]]) -> None:
    """Lets processes start together, and all must end well."""
    gate, starter = os.pipe()

    def wait_for_start(work: Callable[[], None]) -> None:
        os.close(starter)
        os.read(gate, 1)
        work()

    children = [forked(partial(wait_for_start, work)) for work in works]
    os.close(gate)
    os.close(starter)
    assert ended(children) == [0] * len(works)


def open_together(place: TestPlace) -> None:
    """All processes find no store; each must end up with a whole one."""

    def take_in(n: int) -> None:
        with place.opened() as store:
            store.sync_phones([PhoneSpec(name=f"desk-{n}")])

    at_once([partial(take_in, n) for n in range(6)])
    with place.opened() as store:
        assert [state.name for state in store.phones()] == [f"desk-{n}" for n in range(6)]


def die_after_each_statement(place: TestPlace) -> None:
    """One commit, killed after its first statement, after its second, and so on until it gets through."""
    with place.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
        store.commit(busy_poll(store.phone(NAME), 1))
    outcomes = []
    while not outcomes or outcomes[-1] != 2:
        copy = place.copied(len(outcomes) + 1)
        ended([forked(partial(_die_after, copy, len(outcomes) + 1))])
        with copy.opened() as store:
            outcomes.append(polls_written(store, NAME))
    sys.stdout.write(" ".join(map(str, outcomes)))


def _die_after(place: TestPlace, statements: int) -> None:
    store = place.opened()
    executed = 0

    def count(*_: object) -> None:
        nonlocal executed
        executed += 1
        if executed == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    poll = busy_poll(store.phone(NAME), 2)
    event.listen(store._database._write_engine, "after_cursor_execute", count)
    event.listen(store._database._write_engine, "commit", count)
    store.commit(poll)


def die_while_joining(place: TestPlace) -> None:
    """A step of joining, killed after many of its statements: all of its calls are there, or none."""
    with place.opened() as store:
        office = Office(store)
        office.ring(minute(0), answered=BORIS)
        office.ring(minute(3))
        office.read_all(minute(10))
        waiting = store.queued()
    outcomes: list[tuple[int, int, int]] = []
    while not outcomes or outcomes[-1][1] != 0:
        copy = place.copied(len(outcomes) + 1)
        ended([forked(partial(_die_joining_after, copy, 1 + 11 * len(outcomes)))])
        rows = {name: len(found) for name, found in copy.dump().items()}
        with copy.opened() as store:
            legs = [leg for call in store.calls() for leg in call.legs]
            outcomes.append((rows["calls"], store.queued(), len(legs)))
        assert rows["joined_entries"] + outcomes[-1][1] == waiting
    assert set(outcomes[:-1]) == {(0, waiting, 0)}
    assert outcomes[-1] == (2, 0, waiting)
    sys.stdout.write(str(len(outcomes)))


def _die_joining_after(place: TestPlace, statements: int) -> None:
    store = place.opened()
    executed = 0

    def count(*_: object) -> None:
        nonlocal executed
        executed += 1
        if executed == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store._database._write_engine, "after_cursor_execute", count)
    event.listen(store._database._write_engine, "commit", count)
    store.join_some(MEANS, limit=100)


def die_at_random(place: TestPlace) -> None:
    """A busy desk is killed again and again; each next start finds whole polls only and goes on."""
    rng = random.Random(7)
    with place.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
    written = [0]
    for _ in range(KILLS):
        ready, told = os.pipe()
        child = forked(partial(_poll_for_ever, place, told))
        os.read(ready, 1)
        # Now it is warm and in its second poll, or between that and the one after.
        time.sleep(rng.uniform(0.0, 0.03))
        os.kill(child, signal.SIGKILL)
        assert ended([child]) == [-signal.SIGKILL]
        os.close(ready)
        os.close(told)
        with place.opened() as store:
            written.append(polls_written(store, NAME))
        assert written[-1] > written[-2], "a poll that was written is gone"
    sys.stdout.write(" ".join(map(str, written)))


def _poll_for_ever(place: TestPlace, told: int) -> None:
    store = place.opened()
    n = json.loads(store.phone(NAME).ledger_state or '{"polls": 0}')["polls"]
    while True:
        n += 1
        store.commit(busy_poll(store.phone(NAME), n))
        os.write(told, b"!")


def race(place: TestPlace) -> None:
    """Every process reads the same phone and writes what it found; no update may be lost."""
    with place.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
    at_once([partial(_run_laps, place, racer) for racer in range(RACERS)])
    with place.opened() as store:
        state = store.phone(NAME)
        rows = list(store.entries())
    assert len(rows) == RACERS * LAPS, f"{len(rows)} rows"
    assert state.failures == RACERS * LAPS, f"{state.failures} counted"


def _run_laps(place: TestPlace, racer: int) -> None:
    with place.opened(busy_timeout_s=30) as store:
        for lap in range(LAPS):
            new = (entry(f"{racer}.{lap}"),)
            while True:
                before = store.phone(NAME)
                at = minute(before.failures + racer / 100)
                found = read_of(before, at, new=new, before=before, after={"failures": before.failures + 1})
                try:
                    store.commit(found)
                except StaleState:
                    continue
                break


MODES = {
    "open": open_together,
    "steps": die_after_each_statement,
    "joining": die_while_joining,
    "random": die_at_random,
    "race": race,
}

if __name__ == "__main__":
    statements.share()
    MODES[sys.argv[1]](place_from(sys.argv[2]))
