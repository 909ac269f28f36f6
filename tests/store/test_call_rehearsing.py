"""What marks would change is shown exactly, and nothing of it is kept."""

from __future__ import annotations

import pytest

from phonesync.calls.values import Apart, Rule, Together
from phonesync.store.call_rehearsing import sides
from tests.store.desk import minute
from tests.store.offices import BORIS, MEANS, Office, join_all


@pytest.fixture
def ids(store):
    office = Office(store)
    found = office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    join_all(store)
    return found


def test_a_rehearsal_shows_what_the_mark_would_do_and_keeps_nothing(store, ids):
    (before,) = store.calls()
    mark = Apart(one=frozenset(ids[:1]), other=frozenset(ids[1:]))
    shown, then = store.rehearse([mark], MEANS)
    assert shown == [before]
    assert sorted(len(call.legs) for call in then) == [1, 2]
    assert list(store.calls()) == [before]
    assert store.call_marks() == []
    assert store.is_joined()
    kind, one, other = sides(mark)
    store.add_mark(kind, one, other, by="Anna")
    join_all(store)
    assert list(store.calls()) == then


def test_a_rehearsal_may_hold_several_marks_of_which_the_later_one_wins(store, ids):
    apart = Apart(one=frozenset(ids[:1]), other=frozenset(ids[1:]))
    _, (then,) = store.rehearse([apart, Together(entries=frozenset(ids))], MEANS)
    assert len(then.legs) == 3
    assert Rule.BY_HAND in {reason.rule for reason in then.reasons}
