"""Reports become calls: whatever the order, however often, whatever is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.events.assembling import CLOSE_AFTER, assembled, has_ended, touched
from phonesync.events.values import ALIVE_KEY, NO_ID_KEY, Report, call_key, event_key
from phonesync.ledger.keys import entry_id
from phonesync.model import Direction, EventKind, ListName, Outcome, PhoneEvent, TimeOf
from tests.events.told import PHONE, answered, at, call, missed, report


def test_an_answered_call_has_ring_and_talk_time_and_an_outcome():
    entry = call(answered(5, ring=7, talk=60, remote_name="Пётр П."))
    assert entry.list_name is ListName.RECEIVED
    assert (entry.started_at, entry.time_of) == (at(5), TimeOf.START)
    assert (entry.ring_s, entry.duration_s, entry.outcome) == (7, 60, Outcome.ANSWERED)
    assert (entry.call_id, entry.account, entry.remote_number) == ("c1", "101", "+74950000001")
    assert (entry.remote_name, entry.remote_host) == ("Пётр П.", None)
    assert (entry.first_at, entry.last_at, entry.complete) == (at(5), at(72), True)


def test_the_id_is_a_hash_of_phone_call_id_and_line():
    entry = call(answered())
    assert entry.id == entry_id(event_key(PHONE, "c1", at(0), "101"), 1)
    assert entry.id == call(answered(300)).id
    assert entry.id != call(answered(account="102")).id
    assert entry.id != assembled("desk-101#2", answered())[0].id


def test_the_id_of_a_call_without_a_call_id_is_made_of_its_arrival():
    entry = call(answered(call=None))
    assert entry.id == entry_id(event_key(PHONE, None, at(0), "101"), 1)
    assert entry.id != call(answered(1, call=None)).id
    assert entry.call_id is None


@pytest.mark.parametrize("call_ids", [None, "c"])
def test_reports_of_a_busy_phone_are_only_held_against_calls_that_are_near(monkeypatch, call_ids):
    compared = []

    def same(one, other):
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("phonesync.events.assembling.same_number", same)
    calls = range(300)
    own = {"call": None, "number": "+74950000002"}
    reports = [
        one
        for number in calls
        for one in (
            *answered(number * 100, call=None if call_ids is None else f"{call_ids}{number}"),
            report(number * 100 + 40, "established", **own),
            report(number * 100 + 60, "terminated", **own),
        )
    ]
    assert len(assembled(PHONE, reports)) == 2 * len(calls)
    assert len(compared) < 5 * len(reports)


def test_a_report_without_a_call_id_goes_into_the_middle_of_its_call():
    entry = call([report(0, "incoming"), report(7, "established", call=None), report(67, "terminated")])
    assert (entry.ring_s, entry.duration_s, entry.call_id) == (7, 60, "c1")


@pytest.mark.parametrize(
    ("kinds", "listed", "outcome"),
    [
        (["incoming", "missed"], ListName.MISSED, Outcome.MISSED),
        (["missed"], ListName.MISSED, Outcome.MISSED),
        (["incoming", "rejected"], ListName.RECEIVED, Outcome.REJECTED),
        (["incoming", "forwarded"], ListName.FORWARDED, Outcome.FORWARDED),
        (["incoming", "forwarded", "missed"], ListName.FORWARDED, Outcome.FORWARDED),
        (["incoming"], ListName.RECEIVED, None),
        (["incoming", "terminated"], ListName.RECEIVED, None),
        (["incoming", "cancelled"], ListName.MISSED, Outcome.MISSED),
        (["outgoing"], ListName.PLACED, None),
        (["outgoing", "established"], ListName.PLACED, Outcome.ANSWERED),
        (["outgoing", "cancelled"], ListName.PLACED, Outcome.NO_ANSWER),
        (["outgoing", "busy"], ListName.PLACED, Outcome.BUSY),
        (["busy"], ListName.PLACED, Outcome.BUSY),
        (["established"], None, Outcome.ANSWERED),
        (["terminated"], None, None),
        (["cancelled"], None, None),
        (["outgoing", "transferred", "terminated"], ListName.PLACED, None),
    ],
)
def test_list_and_outcome_are_what_was_observed(kinds, listed, outcome):
    entry = call([report(10 * place, kind) for place, kind in enumerate(kinds)])
    assert (entry.list_name, entry.outcome) == (listed, outcome)


@pytest.mark.parametrize(
    ("said", "listed"), [(Direction.INBOUND, ListName.RECEIVED), (Direction.OUTBOUND, ListName.PLACED)]
)
def test_the_direction_may_come_with_the_end_alone(said, listed):
    entry = call([report(0, "terminated", direction=said, duration_s=30)])
    assert (entry.list_name, entry.duration_s, entry.outcome) == (listed, 30, Outcome.ANSWERED)
    assert entry.time_of is TimeOf.RECORDED


def test_what_was_not_observed_is_null():
    begun = call(answered()[:1])
    assert (begun.ring_s, begun.duration_s, begun.outcome, begun.complete) == (None, None, None, False)
    no_begin = call(answered(5)[1:])
    assert (no_begin.ring_s, no_begin.duration_s) == (None, 60)
    assert (no_begin.started_at, no_begin.time_of) == (at(12), TimeOf.ANSWERED)
    no_answer = call(missed())
    assert (no_answer.ring_s, no_answer.duration_s) == (20, None)


def test_a_call_whose_end_was_lost_has_no_duration():
    entry = call(answered()[:2])
    assert (entry.outcome, entry.duration_s, entry.complete) == (Outcome.ANSWERED, None, False)


@pytest.mark.parametrize(("counted", "kept"), [(58, 58), (0, 60), (200, 60), (None, 60)])
def test_the_phones_own_count_is_taken_where_it_differs_little(counted, kept):
    reports = [*answered()[:2], report(67, "terminated", duration_s=counted)]
    assert call(reports).duration_s == kept


def test_a_count_of_nothing_is_no_talk():
    entry = call([report(0, "incoming"), report(20, "terminated", duration_s=0)])
    assert (entry.duration_s, entry.outcome) == (None, None)


def test_reports_that_passed_one_another_are_of_one_instant():
    entry = call([report(1.4, "outgoing"), report(0.6, "established"), report(30, "terminated")])
    assert (entry.started_at, entry.time_of, entry.ring_s) == (at(0), TimeOf.START, 0)


def test_a_begin_that_came_late_gives_no_ring_time():
    entry = call([report(0, "established"), report(9, "incoming"), report(30, "terminated")])
    assert (entry.time_of, entry.ring_s, entry.started_at) == (TimeOf.ANSWERED, None, at(0))


def test_an_end_before_the_answer_gives_no_talk_time():
    entry = call([report(0, "incoming"), report(5, "terminated"), report(9, "established")])
    assert (entry.duration_s, entry.outcome) == (None, Outcome.ANSWERED)


def test_reports_that_say_nothing_of_a_call_make_none():
    alive = [Report(at=at(0), event=PhoneEvent(kind=kind)) for kind in (EventKind.ALIVE, EventKind.STARTED)]
    assert assembled(PHONE, alive) == ()
    assert {call_key(one.event) for one in alive} == {ALIVE_KEY}


def test_call_keys_tell_calls_apart_as_far_as_reports_do():
    one, other, none = (report(0, "incoming", call=name).event for name in ("c1", "c2", None))
    assert call_key(one) == call_key(report(9, "missed").event) != call_key(other)
    assert call_key(none) == NO_ID_KEY


def test_two_lines_of_one_phone_in_one_call_are_two_entries():
    placed = answered(begin="outgoing", account="101", number="102")
    taken = answered(0.5, account="102", number="101")
    entries = assembled(PHONE, placed + taken)
    assert [(entry.account, entry.list_name) for entry in entries] == [
        ("101", ListName.PLACED),
        ("102", ListName.RECEIVED),
    ]
    assert len({entry.id for entry in entries}) == 2


def test_of_two_lines_a_report_that_names_none_goes_with_the_first():
    reports = [*missed(account="101"), *missed(1, account="102"), report(30, "terminated", account=None)]
    first, second = assembled(PHONE, reports)
    assert (first.last_at, second.last_at) == (at(30), at(21))


def test_a_call_known_before_its_line_was_remembers_the_id_it_had():
    first = call([report(0, "established", account=None)])
    whole = call([report(0, "established", account=None), report(9, "terminated")])
    assert whole.id != first.id
    assert first.id in whole.former_ids


def test_only_calls_that_new_reports_may_have_changed_are_written_again():
    old, new = missed(-20_000, call=None), answered()
    entries = assembled(PHONE, [*old, *new])
    assert [entry.call_id for entry in touched(entries, new[2:])] == ["c1"]
    assert touched(entries, old) == entries
    assert touched(entries, [Report(at=at(0), event=PhoneEvent(kind=EventKind.ALIVE))]) == ()


def test_a_call_ends_with_the_report_that_says_so():
    begin, middle, end = answered()
    entry = call([begin, middle, end])
    assert has_ended(entry, [end])
    assert not has_ended(entry, [begin, middle])
    assert not has_ended(call([begin, middle]), [middle])


# --- without a Call-ID --------------------------------------------------------------------------------------


def test_without_a_call_id_line_and_number_tell_open_calls_apart():
    reports = [
        *answered(0, talk=100, call=None, number="+74950000001"),
        *answered(20, talk=30, call=None, number="+74950000002"),
        *answered(25, talk=30, call=None, number="+74950000002", account="102"),
    ]
    entries = assembled(PHONE, reports)
    assert [(entry.remote_number, entry.account, entry.duration_s) for entry in entries] == [
        ("+74950000001", "101", 100),
        ("+74950000002", "101", 30),
        ("+74950000002", "102", 30),
    ]


def test_the_next_call_from_the_same_number_is_another_call():
    entries = assembled(PHONE, [*missed(0, call=None), *missed(40, call=None), *answered(80, call=None)])
    assert [entry.started_at for entry in entries] == [at(0), at(40), at(80)]
    assert [entry.outcome for entry in entries] == [Outcome.MISSED, Outcome.MISSED, Outcome.ANSWERED]


def test_a_call_whose_end_was_lost_ends_where_the_next_from_that_number_begins():
    entries = assembled(PHONE, [*answered(0, call=None)[:2], *answered(600, call=None)])
    assert [(entry.started_at, entry.duration_s) for entry in entries] == [(at(0), None), (at(600), 60)]


def test_a_call_whose_end_was_lost_is_closed_after_hours():
    late = CLOSE_AFTER.total_seconds() + 60
    entries = assembled(PHONE, [*answered(0, call=None)[:2], report(late, "terminated", call=None)])
    assert len(entries) == 2
    assert (
        len(assembled(PHONE, [*answered(0, call=None)[:2], report(late - 120, "terminated", call=None)])) == 1
    )


def test_reports_that_trail_the_end_still_belong_to_it():
    trailing = [report(25, "terminated", call=None, duration_s=0), report(26, "missed", call=None)]
    assert len(assembled(PHONE, [*missed(call=None), *trailing])) == 1
    assert len(assembled(PHONE, [*missed(call=None), report(90, "terminated", call=None)])) == 2


def test_a_report_that_lost_its_call_id_joins_the_call_that_is_open():
    reports = [*answered()[:2], report(67, "terminated", call=None, number=None)]
    entry = call(reports)
    assert (entry.duration_s, entry.call_id) == (60, "c1")
    assert call(reports[2:]).id in entry.former_ids


def test_a_begin_that_came_after_its_answer_joins_it():
    entry = call([report(0, "established", call=None), report(1, "incoming", call=None)])
    assert entry.time_of is TimeOf.START


def test_where_several_calls_are_open_the_last_one_takes_what_names_none():
    reports = [
        *answered(0, call="c1")[:2],
        *answered(30, call="c2", number="+74950000002")[:2],
        report(50, "terminated", call=None, account=None, number=None),
    ]
    first, second = assembled(PHONE, reports)
    assert (first.complete, second.complete) == (False, True)


# --- whatever the order -------------------------------------------------------------------------------------

KINDS = st.sampled_from(list(EventKind))
REPORTS = st.lists(
    st.builds(
        lambda seconds, kind, call_id, account, number, duration: Report(
            at=at(seconds),
            event=PhoneEvent(
                kind=kind, call_id=call_id, account=account, remote_number=number, duration_s=duration
            ),
        ),
        st.integers(0, 200) | st.integers(0, 40_000),
        KINDS,
        st.sampled_from([None, "c1", "c2"]),
        st.sampled_from([None, "101", "102"]),
        st.sampled_from([None, "201", "+74950000001", "84950000001"]),
        st.sampled_from([None, 0, 30]),
    ),
    max_size=14,
)


@given(REPORTS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_what_comes_out(reports, chance):
    once = assembled(PHONE, reports)
    again = [*reports, *chance.sample(reports, k=len(reports) // 2)]
    chance.shuffle(again)
    assert assembled(PHONE, again) == once


@given(REPORTS)
def test_every_report_of_a_call_is_in_one_call_and_no_call_is_without_one(reports):
    entries = assembled(PHONE, reports)
    said = [one for one in reports if one.event.kind not in {EventKind.ALIVE, EventKind.STARTED}]
    assert bool(entries) == bool(said)
    assert len({entry.id for entry in entries}) == len(entries)
    assert all(any(entry.first_at <= one.at <= entry.last_at for entry in entries) for one in said)
    assert all(any(one.at == entry.first_at for one in said) for entry in entries)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 90)), min_size=1, max_size=6), st.data())
def test_lost_and_doubled_reports_neither_join_nor_split_calls_with_a_call_id(calls, data):
    reports, sent = [], 0
    for place, (is_answered, seconds) in enumerate(calls):
        made = (answered if is_answered else missed)(place * 100 + seconds, call=f"c{place}")
        kept = data.draw(st.lists(st.sampled_from(made), max_size=5))
        reports += [replace(one, at=one.at + timedelta(seconds=data.draw(st.integers(0, 3)))) for one in kept]
        sent += bool(kept)
    entries = assembled(PHONE, reports)
    assert len(entries) == sent
