"""Call-backs: one per caller and owner, open until somebody reaches him."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.calls.callbacks import (
    CallbackRules,
    ClosedHow,
    PartyCall,
    Touch,
    callbacks,
    called_back_share,
    in_time_share,
    median_to_call_back,
    party_call,
    perhaps_missed,
    restart,
    still_open,
)
from phonesync.calls.figures import Share
from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Party
from phonesync.calls.working_hours import WorkingHours
from tests.calls.made import call, later, leg

PARTY = "+74955550101"
RULES = CallbackRules(
    target=timedelta(minutes=30), window=timedelta(minutes=5), zone=ZoneInfo("Europe/Moscow")
)


def touched(what, minutes, owner="Sales", **changes):
    return PartyCall(id=f"{what}-{minutes}", at=later(minutes=minutes), touch=what, owner=owner, **changes)


def missed(minutes, owner="Sales", **changes):
    return touched(Touch.MISSED, minutes, owner, **changes)


def through(minutes):
    return touched(Touch.GOT_THROUGH, minutes)


def reached(minutes):
    return touched(Touch.REACHED, minutes)


def tried(minutes):
    return touched(Touch.TRIED, minutes)


def fold(*calls, rules=RULES):
    return callbacks(PARTY, calls, rules)


def test_a_miss_stays_open_until_somebody_reaches_the_caller():
    (found,) = fold(missed(0))
    assert (found.party, found.owner, found.first_call) == (PARTY, "Sales", "missed-0")
    assert (found.opened_at, found.due_at, found.closed_at) == (later(), later(minutes=30), None)
    (found,) = fold(missed(0), reached(12))
    assert (found.closed_at, found.closed_by) == (later(minutes=12), "reached-12")
    assert found.closed_how is ClosedHow.CALLED_BACK


def test_a_miss_of_friday_night_is_there_on_monday():
    hours = WorkingHours(week=(*[((540, 1080),)] * 5, (), ()))
    (found,) = fold(missed(4 * 1440 + 600), rules=replace(RULES, hours=hours))
    assert found.opened_at == later(days=4, hours=10)  # 22:00 in Moscow
    assert found.due_at == later(days=6, hours=21, minutes=30)  # Monday at 9:30


def test_the_target_is_counted_by_the_clock_of_the_site():
    hours = WorkingHours(week=(((540, 1080),),) * 7)
    rules = replace(RULES, hours=hours, zones={"desk-201": ZoneInfo("Asia/Vladivostok")})
    (here,) = fold(missed(0, phone="desk-101"), rules=rules)
    (there,) = fold(missed(0, phone="desk-201"), rules=rules)
    assert here.due_at == later(minutes=30)
    assert there.due_at == later(hours=14, minutes=30)  # it was 19:00 in Vladivostok


def test_a_caller_who_gets_through_within_the_window_needs_none():
    assert fold(missed(0), through(5)) == ()
    (found,) = fold(missed(0), through(6))
    assert found.closed_how is ClosedHow.GOT_THROUGH
    (found,) = fold(through(0), missed(1))
    assert found.closed_at is None


def test_a_call_back_within_the_window_counts_as_one():
    (found,) = fold(missed(0), reached(2))
    assert found.closed_at == later(minutes=2)


def test_further_misses_count_on_the_open_one():
    (found,) = fold(missed(0), missed(30), missed(60))
    assert (found.misses, found.last_call, found.last_at) == (3, "missed-60", later(minutes=60))
    assert found.opened_at == later()


def test_attempts_are_counted_and_close_nothing():
    (found,) = fold(tried(-5), missed(0), tried(10), tried(20))
    assert (found.attempts, found.last_attempt_at, found.closed_at) == (2, later(minutes=20), None)


def test_a_new_miss_opens_anew():
    first, second = fold(missed(0), reached(20), missed(90))
    assert (first.closed_by, second.first_call, second.closed_at) == ("reached-20", "missed-90", None)


def test_each_owner_has_one_and_one_call_closes_them_all():
    first, second = fold(missed(0), missed(1, "Support"), tried(8), reached(10))
    assert (first.owner, second.owner) == ("Sales", "Support")
    assert first.closed_by == second.closed_by == "reached-10"
    assert first.attempts == second.attempts == 1


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"disposition": Disposition.MISSED}, Touch.MISSED),
        ({"disposition": Disposition.UNKNOWN}, None),
        ({"disposition": Disposition.VOICEMAIL}, None),
        ({"disposition": Disposition.ANSWERED}, Touch.GOT_THROUGH),
        ({"disposition": Disposition.UNKNOWN, "talk_s": 5}, Touch.GOT_THROUGH),
    ],
)
def test_only_a_call_that_is_stated_as_missed_opens_one(changes, what):
    found = party_call(call(**changes), PARTY)
    assert (found and found.touch) == what


@pytest.mark.parametrize(
    ("disposition", "talk_s", "what"),
    [
        (Disposition.ANSWERED, None, Touch.REACHED),
        (Disposition.UNKNOWN, 1, Touch.REACHED),
        (Disposition.UNKNOWN, None, Touch.TRIED),
        (Disposition.NO_ANSWER, 0, Touch.TRIED),
    ],
)
def test_a_placed_call_reaches_the_caller_only_where_it_says_so(disposition, talk_s, what):
    outbound = call(
        direction=CallDirection.OUTBOUND,
        disposition=disposition,
        talk_s=talk_s,
        calling=Party(extension="101"),
        called=Party(e164=PARTY),
        owner="Ivanova",
        department="Sales",
        legs=(leg(outcome=LegOutcome.PLACED),),
    )
    assert party_call(outbound, PARTY) == PartyCall(
        id=outbound.id, at=later(), touch=what, owner="Ivanova", department="Sales", phone="desk-101"
    )


def test_calls_of_others_and_withheld_ones_are_of_no_party():
    assert party_call(call(), "+74955550102") is None
    assert party_call(call(calling=Party(), legs=()), PARTY) is None
    assert party_call(call(legs=()), PARTY).phone is None


def test_internal_calls_are_of_both_their_ends():
    internal = call(
        direction=CallDirection.INTERNAL,
        disposition=Disposition.MISSED,
        calling=Party(extension="103"),
        called=Party(extension="101"),
    )
    assert party_call(internal, "ext:103").touch is Touch.MISSED
    assert party_call(internal, "ext:101").touch is Touch.TRIED
    assert party_call(internal, "ext:102") is None
    assert party_call(internal, PARTY) is None


def test_the_figures_of_call_backs():
    some = fold(missed(0), reached(10), missed(60), reached(100), missed(120), through(130), missed(180))
    assert called_back_share(some) == Share(of_kind=2, known=4, unknown=0)
    assert in_time_share(some, now=later(minutes=200)) == Share(of_kind=2, known=3, unknown=1)
    assert in_time_share(some, now=later(minutes=211)) == Share(of_kind=2, known=4, unknown=0)
    assert in_time_share([replace(some[3], due_at=None)], now=later(days=9)).unknown == 1
    assert median_to_call_back(some) == 25 * 60
    assert median_to_call_back(some[3:]) is None
    assert still_open(some) == 1
    unproven = call(disposition=Disposition.UNKNOWN)
    placed = call(disposition=Disposition.UNKNOWN, direction=CallDirection.OUTBOUND)
    assert perhaps_missed([unproven, placed, call()]) == 1


CALLS = st.lists(
    st.tuples(st.sampled_from(Touch), st.integers(0, 60), st.sampled_from(["Sales", "Support", None])),
    max_size=14,
).map(
    lambda some: [
        PartyCall(id=f"{number:02}", at=later(minutes=minute), touch=what, owner=owner)
        for number, (what, minute, owner) in enumerate(some)
    ]
)


@settings(max_examples=60, deadline=None)
@given(calls=CALLS, data=st.data())
def test_the_order_in_which_calls_become_known_changes_nothing(calls, data):
    assert fold(*data.draw(st.permutations(calls))) == fold(*calls)


@settings(max_examples=120, deadline=None)
@given(calls=CALLS, new=CALLS)
def test_folding_again_from_where_calls_changed_gives_what_folding_all_gives(calls, new):
    new = [replace(one, id=f"new-{one.id}") for one in new]
    before, whole = fold(*calls), fold(*calls, *new)
    since = restart(before, min((one.at for one in new), default=later()), RULES.window)
    stays = [one for one in before if one.opened_at < since]
    assert all(one.closed_at is not None and one.closed_at < since for one in stays)
    again = fold(*(one for one in [*calls, *new] if one.at >= since))
    assert (*stays, *again) == whole
