"""What an order to split or join calls means, and what is wrong with one."""

import pytest

from phonesync.calls.values import Apart, LegOutcome, Together
from phonesync.cli.call_marking import join_mark, split_marks
from phonesync.errors import ConfigError
from tests.calls.made import call, leg

FIRST = leg("desk-101", entry_ids=("a1", "a2"))
SECOND = leg("desk-102", LegOutcome.ANSWERED_ELSEWHERE, entry_ids=("b1",))
THIRD = leg("desk-103", LegOutcome.ANSWERED_ELSEWHERE, entry_ids=("c1",))
THREE = call(id="a1", legs=(FIRST, SECOND, THIRD))


def apart(one, other):
    return Apart(one=frozenset(one.split()), other=frozenset(other.split()))


def test_named_entries_go_out_together():
    assert split_marks(THREE, ["b1", "c1"]) == (apart("b1 c1", "a1 a2"),)


def test_without_entries_every_phones_part_goes_by_itself():
    assert split_marks(THREE, []) == (apart("a1 a2", "b1 c1"), apart("b1", "c1"))


def test_the_rows_of_one_phone_go_apart_where_there_is_no_other_phone():
    assert split_marks(call(legs=(FIRST,)), []) == (apart("a1", "a2"),)


@pytest.mark.parametrize(
    ("made", "entries", "sentence"),
    [
        (call(legs=(SECOND,)), [], "has one row only, so there is nothing to split"),
        (THREE, ["b1", "d1"], "Entry d1 is not of call a1"),
        (THREE, ["a1", "a2", "b1", "c1"], "nothing would be left to split them from"),
    ],
)
def test_what_cannot_be_split_is_said(made, entries, sentence):
    with pytest.raises(ConfigError, match=sentence):
        split_marks(made, entries)


def test_joining_puts_all_rows_of_all_calls_together():
    mark = join_mark([call(id="a1", legs=(FIRST,)), call(id="b1", legs=(SECOND,))])
    assert mark == Together(entries=frozenset({"a1", "a2", "b1"}))


def test_calls_that_are_one_already_are_not_joined():
    with pytest.raises(ConfigError, match="All of these ids are of one call already, a1"):
        join_mark([THREE, THREE])
