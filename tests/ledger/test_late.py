"""A read that is understood only after newer ones: rows once, nothing claimed."""

from datetime import timedelta

import pytest

from phonesync.errors import PlanRefused
from phonesync.ledger.late import late, late_keys
from phonesync.ledger.values import Reading
from phonesync.model import CallLog, ClockReading, Snapshot
from tests.ledger.paper import START, ZONE, Store, local, row, variant, wall

HOUR = timedelta(hours=1)


def calls(*hours, code="2"):
    return [
        row(code, local(START + number * HOUR), str(100 + number)) for number in sorted(hours, reverse=True)
    ]


def reading(at, rows, *, offset_s=0.0, firmware="1"):
    shown = None
    if offset_s is not None:
        shown = ClockReading(wall=wall(local(at + timedelta(seconds=offset_s))), at=at)
    toy = variant()
    lists = tuple(Snapshot(list_code=code, entries=tuple(rows.get(code, ()))) for code in toy.lists)
    return Reading(
        at=at, log=CallLog(snapshots=lists, clock=shown), variant=toy, firmware=firmware, zone=ZONE
    )


def added(store, read):
    known = {key: tuple(store.keys[key]) for key in late_keys(store.ledger, read) if key in store.keys}
    return late(store.ledger, read, known)


def test_only_rows_that_no_later_read_brought_are_added():
    store = Store()
    store.read(START, {"2": calls(-1)})
    store.read(START + 9 * HOUR, {"2": calls(3, 4, 5)})
    plan = added(store, reading(START + 4 * HOUR, {"2": calls(1, 2, 3)}))
    assert [entry.remote_number for entry in plan.new] == ["101", "102"]
    assert plan.known == 1
    assert [entry.started_at for entry in plan.new] == [START + HOUR, START + 2 * HOUR]
    assert not any(entry.uncertain for entry in plan.new)
    assert plan.notes == ()


def test_the_highest_multiplicity_counts_whatever_the_order():
    store = Store()
    store.read(START, {})
    store.read(START + 9 * HOUR, {"2": calls(3)})
    twice = reading(START + 4 * HOUR, {"2": calls(3) * 2})
    plan = added(store, twice)
    assert (len(plan.new), plan.known) == (1, 1)
    assert plan.new[0].occurrence == 2
    store._index(plan.new[0].key, 2, plan.new[0].id)
    again = added(store, twice)
    assert (again.new, again.known) == ((), 2)


@pytest.mark.parametrize(
    ("then", "now", "uncertain"),
    [(0.0, 0.0, False), (0.0, 900.0, True), (None, 0.0, True), (0.0, None, True)],
)
def test_without_a_shared_row_a_clock_that_may_have_been_set_makes_rows_uncertain(then, now, uncertain):
    store = Store()
    store.read(START, {}, offset_s=now)
    store.read(START + 9 * HOUR, {"2": calls(8)}, offset_s=now)
    plan = added(store, reading(START + 4 * HOUR, {"2": calls(1, 2)}, offset_s=then))
    assert [entry.uncertain for entry in plan.new] == [uncertain, uncertain]
    assert bool(plan.notes) == uncertain
    assert all("2 row(s)" in note for note in plan.notes)


def test_a_shared_row_shows_that_the_clock_was_not_set():
    store = Store()
    store.read(START, {}, offset_s=None)
    store.read(START + 9 * HOUR, {"2": calls(2, 8)}, offset_s=None)
    plan = added(store, reading(START + 4 * HOUR, {"2": calls(1, 2)}, offset_s=None))
    assert [entry.uncertain for entry in plan.new] == [False]


def test_an_answer_of_other_firmware_is_refused():
    store = Store()
    store.read(START + 9 * HOUR, {"2": calls(8)})
    with pytest.raises(PlanRefused, match="another variant or firmware"):
        added(store, reading(START, {"2": calls(-1)}, firmware="2"))
