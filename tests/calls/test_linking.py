"""Which rows may be of one call at all."""

from dataclasses import replace

import pytest

from phonesync.calls.linking import Stretch, components, consults, extent, keys, linked, merged, neighbourhood
from phonesync.calls.values import Apart, Knowledge, Together
from tests.calls.made import MONDAY, later
from tests.calls.offices import Remembered
from tests.calls.rows import CALLER, OFFICE, OTHER, SALES, forwarded, missed, placed, received


def near(seed, *rows, knowledge=OFFICE):
    found = neighbourhood([seed], Remembered(rows, knowledge), knowledge)
    parts = components([seed, *rows], knowledge)
    assert found == next(part for part in parts if seed in part)
    return {row.phone for row in found}


def test_rows_share_their_caller_or_their_call_id():
    assert keys(missed("101", 0, 5), OFFICE) == {f"by:{CALLER}"}
    assert keys(missed("101", 0, 5, call_id="one"), OFFICE) == {f"by:{CALLER}", "id:one"}
    assert keys(placed("101", OTHER, 0, 5), OFFICE) == {f"by:{OTHER}", "by:ext:101"}
    assert keys(placed("101", "ext:102", 0, 5), OFFICE) == {"by:ext:101"}
    assert keys(placed("101", "raw:*8", 0, 5), OFFICE) == {"by:ext:101"}


def test_withheld_callers_share_nothing_but_the_group():
    assert keys(missed("101", 0, 5, party=None), OFFICE) == {"withheld:ext:101", "withheld:Sales"}
    nobody = replace(missed("101", 0, 5, party=None), extension=None)
    assert keys(nobody, OFFICE) == {"withheld:phone:desk-101"}
    assert near(missed("101", 0, 9, party=None), missed("121", 0, 9, party=None)) == {"desk-101"}


def test_a_group_holds_only_while_it_was_one():
    past = Knowledge(groups=(replace(SALES, until=MONDAY), replace(SALES, name="New", since=later(hours=1))))
    assert keys(missed("101", 0, 5, party=None), past) == {"withheld:ext:101"}
    assert "withheld:Sales" in keys(missed("101", -5, 5, party=None), past)
    assert "withheld:New" in keys(missed("101", 7200, 7205, party=None), past)


def test_a_neighbourhood_reaches_over_any_number_of_steps():
    rows = missed("101", 0, 5), missed("102", 100, 110), missed("103", 200, 210), missed("121", 3000, 3010)
    assert near(*rows) == {"desk-101", "desk-102", "desk-103"}
    assert near(rows[3], *rows[:3]) == {"desk-121"}


def test_other_callers_at_the_same_time_are_no_neighbours():
    assert near(missed("101", 0, 5), missed("102", 0, 5, party=OTHER)) == {"desk-101"}


def test_a_colleague_called_during_a_talk_is_near_it():
    held, asking = received("101", 0, 5, 65), placed("101", "ext:122", 40, 46, 65)
    assert consults(held, asking)
    assert linked(held, asking, OFFICE)
    assert linked(asking, held, OFFICE)
    assert near(held, asking, received("122", 40, 46, 200, party="ext:101")) == {"desk-101", "desk-122"}


@pytest.mark.parametrize(
    "held",
    [
        missed("101", 0, 65),
        received("102", 0, 5, 65),
        received("101", 0, 5, 30, ring_s=5),
        received("101", 0, 5, 200),
        placed("101", "ext:103", 0, 5, 65),
    ],
)
def test_only_a_phone_that_talks_and_leaves_both_calls_at_once_hands_over(held):
    assert not consults(held, placed("101", "ext:122", 40, 46, 65))


def test_who_calls_outside_during_a_talk_hands_nothing_over():
    assert not consults(received("101", 0, 5, 65), placed("101", OTHER, 40, 46, 65))
    assert not linked(received("101", 0, 5, 65), placed("101", OTHER, 40, 46, 65), OFFICE)


@pytest.mark.parametrize("kind", [Together, Apart])
def test_what_a_person_marked_is_near_at_any_distance(kind):
    rows = missed("101", 0, 5), missed("122", 9000, 9005, party=OTHER)
    ids = [frozenset({row.id}) for row in rows]
    mark = Together(entries=ids[0] | ids[1]) if kind is Together else Apart(one=ids[0], other=ids[1])
    assert near(*rows, knowledge=Knowledge(marks=(mark,))) == {"desk-101", "desk-122"}
    lost = Together(entries=frozenset({rows[0].id, "not here"}))
    assert near(*rows, knowledge=Knowledge(marks=(lost,))) == {"desk-101"}


def test_a_call_to_the_outside_of_which_the_start_is_hours_wide_reaches_back_from_its_end_only():
    wide = placed("101", OTHER, 0, 5, 65, clock=None, unseen_at=None)
    assert extent(wide).low > extent(replace(wide, party="ext:102")).low
    assert extent(wide).high == extent(replace(wide, party="ext:102")).high


def test_stretches_that_touch_are_one():
    def stretch(low, high):
        return Stretch(low=later(seconds=low), high=later(seconds=high))

    assert merged([stretch(5, 9), stretch(0, 6), stretch(20, 30)]) == [stretch(0, 9), stretch(20, 30)]


def test_a_row_that_was_sent_on_is_near_where_it_rang_next():
    assert near(forwarded("101", 0, 12), missed("122", 12, 40)) == {"desk-101", "desk-122"}
