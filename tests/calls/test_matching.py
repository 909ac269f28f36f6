"""Calls of a switch's record find the joined calls that they are, and nothing else."""

from dataclasses import replace
from itertools import permutations

import pytest

from phonesync.calls.cdr import switch_calls
from phonesync.calls.matching import clock_ahead_s, match, meant
from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Party
from tests.calls.made import call, later, leg
from tests.calls.test_cdr import answered, line

CLOCKS = {}


def joined(number=0, *, at=0.0, by="101", **changes):
    """An inbound call of its own id; by None nobody answered."""
    outcome = LegOutcome.MISSED if by is None else LegOutcome.ANSWERED
    legs = (
        leg(f"desk-{by or '101'}", outcome, started_at=later(seconds=at), talk_s=changes.pop("talk_s", None)),
    )
    defaults = {
        "id": f"call-{number}",
        "started_at": later(seconds=at),
        "answered_by": by,
        "disposition": Disposition.UNKNOWN if by is None else Disposition.ANSWERED,
        "legs": legs,
    }
    return call(**defaults | changes)


def moved(one, seconds, **changes):
    """A line so much later."""
    shift = later(seconds=seconds) - later()
    times = {
        name: getattr(one, name) + shift
        for name in ("started_at", "answered_at", "ended_at")
        if getattr(one, name) is not None
    }
    return replace(one, **times | changes)


def found(calls, lines, clocks=CLOCKS):
    """Call id to the ids of lines."""
    records = switch_calls(lines)
    matches = match(calls, records, clocks)
    return {one: records[at].line_ids for one, at in matches.record_of.items()}, matches.ambiguous


def test_one_call_and_one_record_of_it_meet():
    assert found([joined(talk_s=60)], [answered()]) == ({"call-0": (1,)}, frozenset())


@pytest.mark.parametrize(
    "changes",
    [
        {"calling": "+74955550199"},
        {"calling": None},
        {"extensions": ("102",), "answered_by": "102"},
        {"extensions": (), "answered_by": None, "disposition": Disposition.UNKNOWN},
    ],
    ids=["another caller", "withheld", "another extension", "the switch itself"],
)
def test_other_parties_are_another_call(changes):
    assert found([joined()], [answered(**changes)]) == ({}, frozenset())


def test_a_withheld_number_meets_a_withheld_number():
    assert found([joined(calling=Party())], [answered(calling=None)])[0] == {"call-0": (1,)}


def test_a_number_as_shown_meets_the_same_digits():
    shown = Party(number_shown="849 555-50101")
    assert found([joined(calling=shown)], [answered(calling="raw:849 5555 0101")])[0]


def test_a_record_that_names_no_extension_goes_by_the_caller():
    assert found([joined()], [answered(extensions=(), answered_by=None)])[0] == {"call-0": (1,)}


@pytest.mark.parametrize(
    ("seconds", "meets"), [(-16, False), (-14, True), (14, True), (80, True), (86, False)]
)
def test_a_phone_rings_while_the_switch_has_the_call(seconds, meets):
    """The record lasts 69 s; a menu may come before the ringing, nothing before the switch has it."""
    assert bool(found([joined(at=seconds)], [answered()])[0]) is meets


def test_how_closely_a_time_is_known_counts():
    assert found([joined(at=-45, started_within_s=30)], [answered()])[0]
    assert found([joined(at=3600 + 10)], [answered(within_s=3600)])[0]


def test_a_switch_whose_clock_is_off_is_corrected():
    assert not found([joined()], [moved(answered(), 120)])[0]
    assert found([joined()], [moved(answered(), 120)], {"pbx": 120.0})[0]


def test_two_calls_of_an_impatient_caller_meet_their_own_records():
    calls = [joined(0, by=None), joined(1, at=30, talk_s=60)]
    lines = [line(id=1), moved(answered(id=2), 30)]
    for some in permutations(lines):
        assert found(calls, some)[0] == {"call-0": (1,), "call-1": (2,)}


def test_what_fits_twice_is_ambiguous_and_left():
    calls = [joined(0, by=None), joined(1, by=None)]
    matched, ambiguous = found(calls, [line(id=1), line(id=2)])
    assert (matched, ambiguous) == ({}, {"call-0", "call-1"})
    assert match(calls, switch_calls([line()]), {}).unclear == {0}


def test_the_better_claim_goes_first_and_leaves_the_rest_to_the_others():
    calls = [joined(0, at=0, talk_s=60), joined(1, at=2, by="102", talk_s=5)]
    lines = [
        answered(id=1),
        moved(answered(id=2, extensions=("101", "102"), answered_by="102", talk_s=5), 2),
    ]
    assert found(calls, lines)[0] == {"call-0": (1,), "call-1": (2,)}


@pytest.mark.parametrize("at", [0, 5])
def test_phone_and_switch_that_say_otherwise_may_still_be_the_only_ones(at):
    assert found([joined(at=at)], [line()])[0] == {"call-0": (1,)}
    assert found([joined(at=at)], [answered(extensions=("101", "102"), answered_by="102")])[0]


def test_what_says_otherwise_must_be_near():
    assert not found([joined(at=18)], [line()])[0]


def test_a_talk_of_another_length_is_a_worse_claim():
    calls = [joined(0, talk_s=20), joined(1, at=1, talk_s=60)]
    assert found(calls, [answered()])[0] == {"call-1": (1,)}


OUT = {
    "direction": CallDirection.OUTBOUND,
    "calling": Party(number_shown="101", extension="101"),
    "called": Party(number_shown="84955550102", e164="+74955550102"),
    "answered_by": None,
}
PLACED = {"calling": "ext:101", "called": "+74955550102", "answered_by": None}


@pytest.mark.parametrize("says", [Disposition.ANSWERED, Disposition.UNKNOWN])
def test_a_placed_call_goes_by_the_number_dialled(says):
    legs = (leg(outcome=LegOutcome.PLACED),)
    out = joined(**OUT, legs=legs, disposition=says)
    assert found([out], [answered(**PLACED)])[0]
    assert not found([out], [answered(**PLACED | {"calling": "ext:102"})])[0]
    assert not found([out], [answered(**PLACED | {"called": "+74955550103"})])[0]
    assert found([out], [answered(**PLACED | {"calling": "+74955550000"})])[0]


def test_an_internal_call_goes_by_both_extensions():
    legs = (leg(outcome=LegOutcome.PLACED), leg("desk-102"))
    inside = {"calling": OUT["calling"], "called": Party(number_shown="102", extension="102")}
    one = joined(direction=CallDirection.INTERNAL, legs=legs, **inside)
    by = {"calling": "ext:101", "called": "ext:102", "extensions": ("101", "102"), "answered_by": "102"}
    assert found([one], [answered(**by)])[0]
    assert found([one], [answered(**by | {"called": "ext:600"})])[0]
    assert not found([one], [answered(**by | {"called": "ext:103", "extensions": ("101", "103")})])[0]
    assert not found([one], [answered(**by | {"calling": None})])[0]


# --- the switch's clock -------------------------------------------------------------------------------------


def day(ahead, *, count=6, **changes):
    calls = [joined(n, at=3600 * n, **changes) for n in range(count)]
    return calls, switch_calls([moved(answered(id=n), 3600 * n + ahead) for n in range(count)])


def test_the_clock_is_the_median_of_what_surely_meets():
    calls, records = day(42)
    assert clock_ahead_s(calls, records) == 42.0
    calls[0] = replace(calls[0], started_at=later(seconds=300))
    assert clock_ahead_s(calls, records) == 42.0


def test_few_calls_say_nothing_of_the_clock():
    assert clock_ahead_s(*day(42, count=4)) is None


def test_times_that_are_not_sharp_say_nothing_of_the_clock():
    assert clock_ahead_s(*day(42, started_within_s=30)) is None


def test_calls_that_may_be_several_say_nothing_of_the_clock():
    calls, records = day(42)
    twice = [replace(one, id=f"{one.id}-again") for one in calls]
    assert clock_ahead_s([*calls, *twice], records) is None


def test_calls_that_phones_placed_count_before_those_behind_a_menu():
    calls, records = day(42)
    placed = [
        replace(joined(n + 50, at=3600 * n + 1800), **OUT, legs=(leg(outcome=LegOutcome.PLACED),))
        for n in range(5)
    ]
    lines = [moved(answered(id=n + 50, **PLACED), 3600 * n + 1800 + 2) for n in range(5)]
    every = (*records, *switch_calls(lines))
    assert clock_ahead_s([*calls, *placed], every) == 2.0


def test_what_may_be_meant_is_wider_than_what_is_taken():
    records = switch_calls([line(id=1), moved(line(id=2), 5), moved(line(id=3), 900)])
    assert meant([joined(by=None)], records, {}) == {0, 1}
