"""An entry that joining stumbles over is set aside, and all others are joined."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from phonesync.agent.joining import MOST_SAID, sentence_of, step
from phonesync.errors import StoreBusy
from phonesync.store import call_pass
from tests.store.desk import minute
from tests.store.offices import ANNA, BORIS, MEANS, Office


@pytest.fixture
def stumbles(monkeypatch):
    """Ids of entries that joining cannot bear."""
    wrong: set[str] = set()
    join = call_pass.join

    def joining(rows, knowledge):
        if any(row.id in wrong for row in rows):
            raise ValueError("no  such\nmoment")
        return join(rows, knowledge)

    monkeypatch.setattr(call_pass, "join", joining)
    return wrong


@pytest.fixture
def rows(store):
    """Seven callers whom nobody answered, ten minutes apart."""
    office = Office(store)
    told = [
        office.say(ANNA, "missed", minute(10 * n), number=f"8495555{n:04}", duration_s=None) for n in range(7)
    ]
    office.read_all(minute(100))
    return told


def work(store, limit=100):
    """Steps until nothing waits; what was logged."""
    with capture_logs() as logged:
        while step(store, MEANS, limit).entries:
            pass
    return [(line["event"], line["entry"]) for line in logged]


def in_calls(store):
    return {entry_id for call in store.calls() for entry_id in call.entry_ids}


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_an_entry_that_joining_stumbles_over_is_set_aside_and_the_rest_goes_on(store, rows, stumbles, limit):
    stumbles.add(rows[4])
    assert work(store, limit) == [("entry set aside", rows[4])]
    assert store.entries_set_aside() == {rows[4]: "ValueError: no such moment"}
    assert in_calls(store) == {*rows} - stumbles
    assert store.is_joined()
    assert store.queued() == 0


def test_what_is_set_aside_stays_so_and_is_spoken_of_once(store, rows, stumbles):
    stumbles.update(rows[:2])
    assert len(work(store)) == 2
    store.queue_rows(ANNA)
    assert work(store) == []
    assert list(store.entries_set_aside()) == rows[:2]
    assert in_calls(store) == {*rows[2:]}


def test_joining_all_anew_tries_it_again(store, rows, stumbles):
    stumbles.add(rows[4])
    work(store)
    stumbles.clear()
    store.queue_all()
    assert store.entries_set_aside() == {}
    assert store.queued() == len(rows)
    assert work(store) == []
    assert in_calls(store) == {*rows}


def test_what_stumbled_over_a_neighbour_is_joined_once_that_is_set_aside(store, stumbles):
    office = Office(store)
    told = office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    work(store)
    assert len(list(store.calls())) == 1
    # Like a mistake that came with an update: all three are of one call, and the last cannot be borne.
    stumbles.add(told[2])
    store.queue_all()
    said = work(store)
    assert said[-3:] == [
        ("entry set aside", told[2]),
        ("entry joined after all", told[0]),
        ("entry joined after all", told[1]),
    ]
    assert list(store.entries_set_aside()) == [told[2]]
    assert in_calls(store) == {*told[:2]}


def test_a_store_that_is_away_sets_nothing_aside(store, rows, monkeypatch):
    def away(*_):
        raise StoreBusy("The store is locked.")

    monkeypatch.setattr(call_pass, "join", away)
    with pytest.raises(StoreBusy):
        step(store, MEANS, 10)
    assert store.entries_set_aside() == {}
    assert store.queued() == len(rows)


def test_an_error_is_told_in_one_sentence():
    assert sentence_of(KeyError()) == "KeyError"
    assert len(sentence_of(ValueError("long " * 200))) == MOST_SAID
