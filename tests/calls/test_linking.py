"""Which rows may be of one call at all."""

from dataclasses import replace

import pytest

from phonesync.calls import linking
from phonesync.calls.joining import join
from phonesync.calls.linking import (
    MOST_ROWS,
    Stretch,
    components,
    consults,
    extent,
    groups_of,
    keys,
    linked,
    merged,
    neighbourhood,
)
from phonesync.calls.settling import Proof, settle
from phonesync.calls.values import Apart, Disposition, Group, Knowledge, Ringing, Rule, Together
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


def machine(number, *phones):
    """One caller who rings desks every 20 seconds, so often."""
    return [missed(phone, 20 * n, 20 * n + 5) for n in range(number) for phone in phones or ("101",)]


def test_a_crowd_is_left_apart_but_for_call_ids_and_marks():
    rows = machine(MOST_ROWS + 1)
    rows[3:5] = [replace(row, call_id="one") for row in rows[3:5]]
    marked = frozenset(row.id for row in rows[9:11])
    calls = join(rows, replace(OFFICE, marks=(Together(entries=marked),)))
    assert sorted(len(call.entry_ids) for call in calls) == [1] * (MOST_ROWS - 3) + [2, 2]
    assert all(call.uncertain and Rule.CROWDED in {one.rule for one in call.reasons} for call in calls)
    # Somebody may have answered: nobody says that such a caller was missed.
    assert {settle(call, lambda *_: Proof(share=1.0, final=True)).disposition for call in calls} == {
        Disposition.UNKNOWN
    }


def test_so_many_rows_are_no_crowd(monkeypatch):
    monkeypatch.setattr(linking, "MOST_ROWS", 12)
    some = machine(6, "101", "102")
    assert len(join(some, OFFICE)) == 6
    assert len(join(machine(7, "101", "102"), OFFICE)) == 14


def test_a_crowd_is_followed_no_farther_than_shows_it(monkeypatch):
    monkeypatch.setattr(linking, "MOST_ROWS", 30)
    rows, others = machine(400), [missed("103", 9000, 9009, party=OTHER)]

    class Joined(Remembered):
        def crowded(self, entry_ids):
            return {row.id for row in rows if row.id in entry_ids and row is not rows[200]}

    found = neighbourhood([rows[200], *others], Joined(rows + others, OFFICE), OFFICE)
    assert 30 < len(found) < 100
    # Where nothing of it was a crowd, all of it is found.
    assert len(neighbourhood([rows[200]], Remembered(rows, OFFICE), OFFICE)) == 400


def test_rows_that_may_have_begun_within_hours_consult_nothing():
    held, asked = received("101", 0, 5, 60), placed("101", "ext:102", 20, 25, 60)
    assert consults(held, asked)
    assert not consults(replace(held, clock=None), replace(asked, clock=None))


def test_what_a_person_states_of_a_group_counts_for_more_than_what_was_learned_of_its_members():
    stated = Group(name="Night", members=("101", "102", "103"), ringing=Ringing.IN_TURN)
    within = Group(name="Learned 101 102", members=("101", "102"), learned=True)
    beyond = Group(name="Learned 101 109", members=("101", "109"), learned=True)
    goes = Group(name="On", members=("101", "102"), ringing=Ringing.FORWARD, learned=True)
    known = Knowledge(groups=(stated, within, beyond, goes))
    assert groups_of(missed("101", 0, 5), known) == (stated, beyond, goes)
