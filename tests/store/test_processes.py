"""Several processes in one store, some of them killed: every poll is there wholly or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.store.places import TestPlace
from tests.thorough import daily

ROOT = Path(__file__).resolve().parents[2]


def child(mode: str, place: TestPlace) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.child", mode, place.words()],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_many_processes_may_open_a_missing_store_at_once(bare):
    child("open", bare)


def test_a_commit_killed_after_any_of_its_statements_is_not_there_at_all(bare):
    outcomes = [int(word) for word in child("steps", bare).split()]
    assert len(outcomes) > 10, "the commit should have many statements to die after"
    assert outcomes[:-1] == [1] * (len(outcomes) - 1)
    assert outcomes[-1] == 2


def test_a_step_of_joining_killed_on_its_way_has_joined_nothing(bare):
    assert int(child("joining", bare)) > 2, "the step should have many statements to die after"


def test_a_process_killed_at_random_instants_leaves_whole_polls(bare):
    written = [int(word) for word in child("random", bare).split()]
    assert len(written) == daily(8, thorough=20) + 1
    assert written == sorted(set(written)), "every process wrote one poll at least before it was killed"


def test_processes_that_read_one_phone_at_once_lose_no_update(bare):
    child("race", bare)
