"""Which calls a phone must have been part of, told by what rows show besides their times."""

from dataclasses import replace

import pytest

from phonesync.calls.clock_witnesses import rung_together, witnessed
from phonesync.calls.values import Bounds, Group, Ringing
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY
from tests.calls.rows import CALLER, HUNT, SALES, missed, received, row

START, ANSWERED, RECORDED = TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED
VAGUE = Bounds(low=-90.0, high=90.0)
SINCE = MONDAY.timestamp()
PLAIN = replace(HUNT, step_s=None)
GROUPS = (SALES, HUNT)


def placed(extension, start, stop, end=None, **changes):
    return row(extension, ListName.PLACED, start, stop, end, **changes)


def vague(one, **changes):
    """The same row of a phone of which neither the clock nor the meaning of times is known."""
    return replace(one, time_of=TimeOf.UNKNOWN, clock=VAGUE, **changes)


def told(asked, *others, groups=GROUPS):
    """What is told of one row: spans in seconds from Monday, by meaning."""
    found = list(witnessed([asked], others, groups))
    if not found:
        return None
    (one,) = found
    return {meaning: (span.low - SINCE, span.high - SINCE) for meaning, span in one.spans.items()}


def about(span, at, within=6.0):
    return span[0] <= at <= span[1] and span[1] - span[0] <= within


def test_the_other_end_of_an_internal_call_tells_when_it_was():
    mine = vague(received("101", 100, 110, 170, party="ext:102"))
    other = placed("102", 100, 110, 170, party="ext:101")
    spans = told(mine, other)
    assert about(spans[START], 100)


def test_a_call_that_lasted_otherwise_is_another_one():
    mine = vague(received("101", 100, 110, 170, party="ext:102"))
    assert told(mine, placed("102", 100, 110, 200, party="ext:101")) is None
    assert told(mine, missed("102", 100, 110, party="ext:101")) is None
    assert told(mine, placed("102", 100, 110, party="ext:101", duration_s=0)) is None
    assert told(vague(placed("101", 100, 110, 170, party="ext:102")), mine) is None


def test_where_nothing_shows_how_long_they_talked_the_only_call_is_it():
    mine = vague(received("101", 100, 110, 170, party="ext:102", duration_s=None))
    other = placed("102", 100, 110, 170, party="ext:101")
    assert about(told(mine, other)[START], 100)
    again = replace(other, id="again", at=other.at.replace(second=50))
    assert told(mine, other, again) is None


def test_two_rows_that_claim_the_same_one_have_no_witness():
    mine = vague(received("101", 100, 110, 170, party="ext:102"))
    other = placed("102", 100, 110, 170, party="ext:101")
    assert list(witnessed([mine, replace(mine, id="again")], [other], GROUPS)) == []


def test_a_placed_row_that_does_not_say_whether_anybody_answered_is_told_by_the_other_end():
    mine = vague(placed("101", 100, 110, 170, party="ext:102", duration_s=None))
    (one,) = witnessed([mine], [received("102", 100, 110, 170, party="ext:101")], GROUPS)
    assert one.answered
    assert one.spans[RECORDED].low - SINCE > 150
    (one,) = witnessed([mine], [missed("102", 100, 110, party="ext:101")], GROUPS)
    assert not one.answered


def test_a_phone_nobody_answers_rings_for_some_seconds():
    mine = vague(missed("101", 100, 130, party="ext:102"))
    other = placed("102", 100, 130, party="ext:101", duration_s=0)
    assert told(mine, other)[RECORDED][0] >= 105
    brief = replace(other, ring_s=1)
    assert about(told(mine, brief)[RECORDED], 101, within=10.0)


def test_what_others_of_its_group_show_is_of_the_same_call():
    mine = vague(missed("101", 100, 110))
    spans = told(mine, missed("102", 100, 110), received("103", 100, 110, 170, time_of=ANSWERED))
    assert about(spans[START], 100, within=10.0)
    assert about(spans[RECORDED], 110, within=8.0)
    assert told(mine, placed("102", 100, 110, 170)) is None
    assert told(vague(received("101", 100, 110, 170)), received("102", 100, 110, 170)) is None
    assert told(vague(placed("101", 100, 110, 170)), missed("102", 100, 110)) is None


def test_witnesses_that_contradict_one_another_tell_nothing():
    mine = vague(missed("101", 100, 110))
    assert told(mine, missed("102", 100, 110), missed("103", 140, 150)) is None


def test_whoever_dialled_the_group_tells_when_it_rang():
    mine = vague(missed("101", 100, 110, party="ext:140"))
    caller = placed("140", 100, 110, 170, party="ext:600")
    assert about(told(mine, caller)[START], 100)
    assert told(mine, missed("140", 100, 110, party="ext:600")) is None
    answered = vague(received("101", 100, 110, 170, party="ext:140"))
    assert about(told(answered, caller)[START], 100)
    assert told(answered, placed("140", 100, 110, 190, party="ext:600")) is None
    assert told(answered, caller, groups=(replace(SALES, number=None),)) is None


def test_in_a_hunt_list_one_begins_where_the_one_before_it_stopped():
    before, mine, after = missed("111", 100, 115), vague(missed("112", 115, 130)), missed("113", 130, 150)
    assert about(told(mine, before)[START], 115, within=12.0)
    assert about(told(mine, after)[RECORDED], 130, within=8.0)
    assert about(told(mine, after)[START], 115, within=12.0)
    assert told(mine, after, groups=(PLAIN,))[START][0] < 20
    assert told(mine, replace(before, time_of=RECORDED, at=after.at), groups=(PLAIN,)) is not None
    assert told(mine, received("111", 100, 115, 170)) is None
    assert told(mine, placed("113", 130, 150, 170)) is None
    long = replace(before, ring_s=60)
    assert told(mine, long) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"timed": False},
        {"heard": True},
        {"uncertain": True},
        {"count": 2},
        {"list_name": ListName.FORWARDED},
        {"extension": None},
        {"party": None},
    ],
)
def test_rows_that_say_too_little_are_not_asked(changes):
    assert told(vague(missed("101", 100, 110), **changes), missed("102", 100, 110)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"list_name": ListName.FORWARDED},
        {"extension": None},
        {"party": None},
        {"clock": None},
        {"list_name": ListName.PLACED, "duration_s": None},
    ],
)
def test_rows_that_say_too_little_are_no_witnesses(changes):
    assert told(vague(missed("101", 100, 110)), replace(missed("102", 100, 110), **changes)) is None


def test_phones_of_a_hunt_list_do_not_ring_together_whatever_was_learned():
    learned = Group(name="learned", members=("111", "112", "120"), learned=True)
    kin = rung_together((learned, HUNT, Group(name="Pick-up", members=("1", "2"), ringing=Ringing.PICKUP)))
    assert set(kin["120"]) == {"111", "112"}
    assert set(kin["111"]) == {"120"}
    assert CALLER not in kin
