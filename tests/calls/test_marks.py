"""What people put together and apart by hand holds; of two marks the later one wins."""

from phonesync.calls.joining import join
from phonesync.calls.marks import Marks
from phonesync.calls.values import Apart, Knowledge, Rule, Together
from tests.calls.rows import OFFICE, OTHER, joined, missed, received, rules, together

ROWS = received("101", 0, 5, 65), missed("102", 0, 5), missed("122", 9000, 9005, party=OTHER)
FIRST, SECOND, THIRD = (frozenset({row.id}) for row in ROWS)


def calls(*marks):
    return joined(*ROWS, knowledge=Knowledge(groups=OFFICE.groups, marks=marks))


def test_split_by_hand_holds():
    assert calls() == {FIRST | SECOND, THIRD}
    assert calls(Apart(one=FIRST, other=SECOND)) == {FIRST, SECOND, THIRD}
    assert calls(Apart(one=SECOND, other=FIRST)) == {FIRST, SECOND, THIRD}


def test_joined_by_hand_holds():
    mark = Together(entries=SECOND | THIRD)
    assert calls(mark) == {FIRST | SECOND | THIRD}
    (call,) = join(ROWS, Knowledge(groups=OFFICE.groups, marks=(mark,)))
    assert Rule.BY_HAND in rules(call)
    assert "A person has said that these entries are one call." in [one.text for one in call.reasons]


def test_the_later_of_two_marks_wins():
    apart, one = Apart(one=FIRST, other=SECOND), Together(entries=FIRST | SECOND)
    assert calls(apart, one) == {FIRST | SECOND, THIRD}
    assert calls(one, apart) == {FIRST, SECOND, THIRD}
    assert calls(apart, one, apart, one) == {FIRST | SECOND, THIRD}


def test_a_mark_says_nothing_of_entries_that_it_does_not_name():
    marks = Marks((Apart(one=FIRST, other=THIRD), Together(entries=FIRST | frozenset({"gone"}))))
    assert not marks.keep_apart(FIRST, SECOND)
    assert marks.keep_apart(SECOND | THIRD, FIRST)
    assert marks.unions(FIRST | SECOND) == []


def test_a_switch_may_say_one_call_and_a_person_two():
    rows = [missed("101", 0, 5, call_id="one"), missed("122", 60, 65, call_id="one")]
    assert joined(*rows) == {together(*rows)}
    mark = Apart(one=together(rows[0]), other=together(rows[1]))
    assert len(joined(*rows, knowledge=Knowledge(marks=(mark,)))) == 2


def test_a_step_from_phone_to_phone_does_not_outweigh_a_person():
    rows = received("101", 0, 5, 65, ring_s=5), received("122", 65, 71, 131, ring_s=6)
    mark = Apart(one=together(rows[0]), other=together(rows[1]))
    assert len(joined(*rows, knowledge=Knowledge(marks=(mark,)))) == 2
