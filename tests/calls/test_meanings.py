"""What a row's time means, told from reports, reads and mirrored calls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.calls.clock_lines import Source
from phonesync.calls.meanings import (
    by_mirror,
    by_reads,
    by_report,
    clock_by_mirror,
    either_of,
    majority,
    meaning_of,
    mirrored,
    telling,
)
from phonesync.calls.sentences import plain
from phonesync.calls.values import Bounds, Call, CallDirection, Disposition, Party, Reason, Row, Rule
from phonesync.model import ListName, Outcome, TimeOf
from tests.calls import test_clock_evidence as told

START = told.START
S, A, R = TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED
EXACT = Bounds(low=0.0, high=0.0)


def after(seconds):
    return START + timedelta(seconds=seconds)


def row(shown_s, **values):
    """Of a call that rang at 0 s, was answered at 10 s and ended at 70 s."""
    given = {
        "id": "row",
        "phone": "desk-1",
        "extension": "101",
        "list_name": ListName.RECEIVED,
        "number": "102",
        "party": "ext:102",
        "at": after(shown_s),
        "duration_s": 60,
        "time_of": TimeOf.UNKNOWN,
        "clock": EXACT,
        "first_seen_at": after(72),
        "unseen_at": after(-7200),
    }
    return Row(**given | values)


def other(**values):
    """The other end of it, as its reports told it."""
    given = {"id": "other", "phone": "desk-2", "list_name": ListName.PLACED, "heard": True, "ring_s": 10}
    return row(0, **given | {"time_of": S, "outcome": Outcome.ANSWERED} | values)


# --- majority -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "answered", "found"),
    [
        ({}, True, TimeOf.UNKNOWN),
        ({frozenset({R}): 4}, True, TimeOf.UNKNOWN),
        ({frozenset({R}): 5}, True, R),
        ({frozenset({S, A}): 50}, True, TimeOf.UNKNOWN),
        ({frozenset({S, A}): 50, frozenset({A}): 5}, True, A),
        ({frozenset({S}): 20, frozenset({R}): 2}, False, S),
        ({frozenset({S}): 20, frozenset({R}): 3}, False, TimeOf.UNKNOWN),
    ],
)
def test_a_meaning_is_believed_once_it_is_clearly_told_from_each_other(votes, answered, found):
    assert majority(votes, answered=answered).time_of is found


def test_what_speaks_for_and_against_a_meaning_is_counted():
    meaning = majority({frozenset({S, A}): 30, frozenset({A}): 20, frozenset({R}): 2}, answered=True)
    assert (meaning.time_of, meaning.pairs, meaning.against) == (A, 50, 2)


@pytest.mark.parametrize(("answered", "means"), [(True, A), (False, S), (None, TimeOf.UNKNOWN)])
def test_a_row_that_does_not_say_whether_it_was_answered_has_neither_meaning(answered, means):
    assert meaning_of({True: A, False: S}, answered=answered) is means


def test_a_row_that_does_not_say_whether_it_was_answered_has_the_meaning_of_both():
    assert meaning_of({True: R, False: R}, answered=None) is R
    assert meaning_of({False: S}, answered=None) is TimeOf.UNKNOWN
    assert meaning_of({False: S}, answered=True) is TimeOf.UNKNOWN


def test_a_row_that_does_not_say_whether_it_was_answered_means_one_thing_if_it_was_and_another_if_not():
    assert either_of({True: A, False: S}, answered=None) == (A, S)
    for answered in (True, False):
        assert either_of({True: A, False: S}, answered=answered) == ()
    assert either_of({True: R, False: R}, answered=None) == ()
    assert either_of({False: S}, answered=None) == ()


# --- reports ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shown_s", "left"), [(0, {S}), (10, {A}), (70, {R}), (71, {R})])
def test_the_reports_of_its_call_tell_what_a_row_shows(shown_s, left):
    assert by_report(told.row(shown_s), told.event(), EXACT) == frozenset(left)
    fast = Bounds(low=200.0, high=201.0)
    assert by_report(told.row(shown_s + 200.5), told.event(), fast) == frozenset(left)


def test_reports_that_tell_little_leave_several_meanings():
    only_start = told.event(complete=False, ring_s=None)
    assert by_report(told.row(0), only_start, EXACT) == frozenset({S, A, R})
    assert by_report(told.row(10), only_start, EXACT) == frozenset({A, R})
    assert by_report(told.row(40), told.event(), EXACT) == frozenset()


@pytest.mark.parametrize("of", [told.row(0, timed=False), told.row(0, count=2)])
def test_a_row_that_cannot_tell_leaves_all_meanings(of):
    assert by_report(of, told.event(), EXACT) == frozenset({S, A, R})


def test_only_what_excludes_a_meaning_and_leaves_one_is_an_observation():
    assert telling(frozenset({S, A}), answered=True) == frozenset({S, A})
    assert telling(frozenset(), answered=True) is None
    assert telling(frozenset({S, A, R}), answered=True) is None
    assert telling(frozenset({S, R}), answered=False) is None


# --- reads --------------------------------------------------------------------------------------------


def test_a_row_shown_before_it_can_have_begun_shows_its_end():
    assert by_reads(row(70)) == frozenset({R})


def test_a_row_that_shows_an_instant_before_the_read_that_did_not_show_it_shows_no_end():
    assert by_reads(row(0, unseen_at=after(40))) == frozenset({S, A})
    assert by_reads(row(0, unseen_at=None)) is None
    missed = row(0, list_name=ListName.MISSED, duration_s=None, unseen_at=after(20), first_seen_at=after(40))
    assert by_reads(missed) == frozenset({S})


@pytest.mark.parametrize(
    "values",
    [
        {"clock": None},
        {"clock": Bounds(low=0, high=99)},
        {"heard": True},
        {"timed": False},
        {"count": 2},
        {"uncertain": True},
        {"duration_s": None},
        {"list_name": ListName.PLACED, "duration_s": None},
    ],
)
def test_a_row_whose_time_or_clock_is_not_known_tells_nothing(values):
    assert by_reads(row(70, **values)) is None


# --- mirrored calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("shown_s", "left"), [(0, {S}), (10, {A}), (70, {R})])
def test_the_other_end_of_a_call_tells_what_a_row_shows(shown_s, left):
    assert by_mirror(row(shown_s), other()) == frozenset(left)


def test_another_end_of_which_little_is_known_tells_nothing():
    assert by_mirror(row(0), other(time_of=TimeOf.UNKNOWN)) is None
    assert by_mirror(row(0), other(clock=None)) is None
    assert by_mirror(row(0), other(clock=Bounds(low=0, high=99))) is None
    assert by_mirror(row(0), other(uncertain=True)) is None
    assert by_mirror(row(0, clock=None), other()) is None
    assert by_mirror(row(0, list_name=ListName.PLACED, duration_s=None), other()) is None


@pytest.mark.parametrize(
    ("time_of", "shown_s", "width"), [(S, 0, 12), (A, 10, 14), (R, 70, 20), (TimeOf.UNKNOWN, 40, 90)]
)
def test_the_other_end_of_a_call_bounds_a_clock(time_of, shown_s, width):
    seen = clock_by_mirror(row(shown_s + 250, time_of=time_of, clock=None), other())
    assert seen.source is Source.MIRROR
    assert seen.low_s <= 250 <= seen.high_s
    assert seen.high_s - seen.low_s < width
    assert after(-7200) <= seen.at <= after(72)


def test_of_a_call_nobody_answered_any_instant_may_be_shown_instead_of_the_answer():
    missed = row(0, list_name=ListName.MISSED, duration_s=None, time_of=A, clock=None)
    rang = other(outcome=Outcome.NO_ANSWER, duration_s=None, ring_s=None)
    assert clock_by_mirror(missed, rang).high_s - clock_by_mirror(missed, rang).low_s > 70


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (row(0, heard=True), other()),
        (row(0, timed=False), other()),
        (row(0, count=2), other()),
        (row(0, uncertain=True), other()),
        (row(0), other(clock=None)),
        (row(0, resolution_s=400), other()),
    ],
)
def test_a_row_that_says_nothing_of_a_clock_is_left(one, two):
    assert clock_by_mirror(one, two) is None


def call(*reasons, uncertain=False):
    return Call(
        id="row",
        direction=CallDirection.INTERNAL,
        disposition=Disposition.ANSWERED,
        started_at=START,
        started_within_s=1,
        answered_at=None,
        ended_at=None,
        ring_s=None,
        talk_s=None,
        calling=Party(),
        called=Party(),
        answered_by=None,
        legs=(),
        uncertain=uncertain,
        reasons=reasons,
    )


def reason(rule, *ids):
    return Reason(rule=rule, entry_ids=ids, said=plain(""))


def pairs(found, *rows, kin=None):
    return [(one.id, two.id) for one, two in mirrored(found, {one.id: one for one in rows}, kin or {})]


def test_the_two_ends_of_a_call_are_a_pair_either_way_round():
    joined = call(reason(Rule.MIRRORED, "row", "other", "gone"), reason(Rule.HUNT, "row", "other"))
    assert pairs(joined, row(0), other()) == [("row", "other"), ("other", "row")]
    assert pairs(replace(joined, uncertain=True), row(0), other()) == []


MISSED = {"list_name": ListName.MISSED, "outcome": None, "duration_s": None}


def test_rows_of_talks_that_did_not_last_as_long_are_no_pair():
    joined = call(reason(Rule.RANG_TOGETHER, "row", "other"))
    assert pairs(joined, row(0), other(duration_s=90)) == []
    assert pairs(joined, row(0), other(duration_s=None)) == []
    assert pairs(joined, row(0, duration_s=None), other()) == []
    silent = row(0, list_name=ListName.PLACED, duration_s=None)
    assert pairs(joined, silent, other()) == []
    assert (
        pairs(joined, row(0, **MISSED), other(list_name=ListName.PLACED, outcome=None, duration_s=None)) == []
    )
    assert pairs(joined, row(0), other(phone="desk-1")) == []


def test_phones_that_rang_together_are_a_pair_whoever_answered():
    joined = call(reason(Rule.RANG_TOGETHER, "row", "other"))
    kin = {"101": {"102"}, "102": {"101"}}
    missed = other(extension="102", **MISSED)
    assert len(pairs(joined, row(0, **MISSED), missed, kin=kin)) == 2
    assert len(pairs(joined, row(0), missed, kin=kin)) == 2


def test_phones_of_which_nobody_knows_that_they_ring_together_are_no_pair():
    joined = call(reason(Rule.RANG_TOGETHER, "row", "other"))
    missed = other(extension="102", **MISSED)
    assert pairs(joined, row(0, **MISSED), missed) == []
    assert pairs(joined, row(0, extension=None, **MISSED), missed, kin={"101": {"102"}}) == []


def test_a_phone_that_rang_in_vain_wrote_its_row_when_another_one_answered():
    missed = row(10 + 250, time_of=R, clock=None, **MISSED)
    seen = clock_by_mirror(missed, other())
    assert seen.low_s <= 250 <= seen.high_s
    assert seen.high_s - seen.low_s < 12
    assert by_mirror(row(10, **MISSED), other()) == frozenset({R})


def test_a_phone_that_answered_wrote_its_row_after_its_talk():
    rang_in_vain = other(list_name=ListName.MISSED, outcome=Outcome.MISSED, duration_s=None, ring_s=10)
    seen = clock_by_mirror(row(70 + 250, time_of=R, clock=None), rang_in_vain)
    assert seen.low_s <= 250 <= seen.high_s
    assert clock_by_mirror(row(70, time_of=R, clock=None, duration_s=None), rang_in_vain) is None
