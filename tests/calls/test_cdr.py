"""Lines of a switch become calls of the switch, in whatever order they come."""

from itertools import permutations

import pytest

from phonesync.calls.cdr import CdrLine, bare, switch_calls
from phonesync.calls.values import Disposition
from tests.calls.made import MONDAY, later


def line(**changes):
    defaults = {
        "id": 1,
        "source": "pbx",
        "started_at": MONDAY,
        "ended_at": later(seconds=20),
        "calling": "+74955550101",
        "called": "ext:101",
        "extensions": ("101",),
        "disposition": Disposition.NO_ANSWER,
    }
    return CdrLine(**defaults | changes)


def answered(**changes):
    defaults = {
        "disposition": Disposition.ANSWERED,
        "answered_by": "101",
        "answered_at": later(seconds=9),
        "ended_at": later(seconds=69),
        "talk_s": 60,
        "ring_s": 9,
    }
    return line(**defaults | changes)


def test_lines_of_one_channel_or_one_call_are_one_call_in_any_order():
    lines = [
        line(id=1, unique_id="1.1", linked_id="1.1"),
        line(id=2, unique_id="1.2", linked_id="1.1", started_at=later(seconds=30)),
        line(id=3, unique_id="1.2", started_at=later(seconds=60)),
        line(id=4, unique_id="1.4", started_at=later(seconds=5)),
        line(id=5, source="other", unique_id="1.1", started_at=later(seconds=6)),
        line(id=6, started_at=later(seconds=7)),
    ]
    found = {switch_calls(order) for order in permutations(lines)}
    assert [[one.id for one in call.lines] for call in found.pop()] == [[1, 2, 3], [4], [5], [6]]
    assert not found


def test_a_group_call_has_a_line_for_each_member():
    lines = [
        line(id=1, called="ext:600", extensions=("101",), unique_id="1.1"),
        answered(id=2, called="ext:600", extensions=("102",), answered_by="102", unique_id="1.1", keys="2"),
    ]
    (call,) = switch_calls(lines)
    assert (call.rung, call.answered_by, call.group_number) == (("101", "102"), ("102",), "600")
    assert (call.disposition, call.ring_s, call.keys, call.line_ids) == (Disposition.ANSWERED, 9, "2", (1, 2))
    assert (call.source, call.started_at, call.within_s) == ("pbx", MONDAY, 0)
    assert (call.answered_at, call.ended_at) == (later(seconds=9), later(seconds=69))


def test_a_group_is_one_where_a_line_says_so_also_with_one_member():
    (call,) = switch_calls([line(called="ext:600", group_number="600")])
    assert call.group_number == "600"


@pytest.mark.parametrize("called", [None, "+74955550000", "ext:101"])
def test_a_number_without_others_behind_it_is_no_group(called):
    lines = [
        line(id=1, called=called, unique_id="1"),
        line(id=2, called=called, unique_id="1", extensions=("102",)),
    ]
    (call,) = switch_calls(lines)
    assert call.group_number is None


def test_the_caller_is_not_rung():
    assert line(calling="ext:101", extensions=("101", "102")).rung == ("102",)


@pytest.mark.parametrize(
    ("became", "whole"),
    [
        ((Disposition.NO_ANSWER, Disposition.ANSWERED), Disposition.ANSWERED),
        ((Disposition.NO_ANSWER, Disposition.VOICEMAIL), Disposition.VOICEMAIL),
        ((Disposition.BUSY, Disposition.NO_ANSWER), Disposition.NO_ANSWER),
        ((Disposition.FAILED, Disposition.BUSY), Disposition.BUSY),
        ((Disposition.UNKNOWN, Disposition.UNKNOWN), Disposition.UNKNOWN),
    ],
)
def test_the_best_that_became_of_a_line_became_of_the_call(became, whole):
    lines = [line(id=n, unique_id="1", disposition=one) for n, one in enumerate(became)]
    (call,) = switch_calls(lines)
    assert call.disposition is whole


def test_an_unanswered_call_rings_to_its_end_and_not_through_the_voicemail():
    lines = [
        line(id=1, unique_id="1"),
        line(
            id=2,
            unique_id="1",
            disposition=Disposition.VOICEMAIL,
            started_at=later(seconds=20),
            ended_at=later(seconds=50),
        ),
    ]
    (call,) = switch_calls(lines)
    assert (call.ring_s, call.answered_at, call.answered_line) == (20, None, None)


def test_ringing_begins_after_the_menu():
    lines = [
        line(id=1, unique_id="1", disposition=Disposition.UNKNOWN, extensions=(), called="raw:menu"),
        answered(id=2, unique_id="1", started_at=later(seconds=4)),
    ]
    (call,) = switch_calls(lines)
    assert (call.ring_s, call.called) == (5, "raw:menu")


def test_what_a_line_does_not_say_is_none():
    (call,) = switch_calls([line(ended_at=None, called=None, calling=None)])
    assert (call.ring_s, call.ended_at, call.called, call.calling) == (None, None, None, None)
    (call,) = switch_calls([answered(answered_at=None, recording="a.wav")])
    assert (call.ring_s, call.recording) == (None, "a.wav")
    (call,) = switch_calls([line(disposition=Disposition.UNKNOWN)])
    assert call.ring_s is None


def test_a_party_is_bare_without_the_mark_of_its_form():
    assert [bare(one) for one in ("ext:101", "raw:*97", "+7495")] == ["101", "*97", "+7495"]
