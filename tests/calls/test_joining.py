"""Rows become the same calls in any order and in any batches."""

from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.calls.joining import join
from phonesync.calls.linking import components, linked, neighbourhood
from phonesync.calls.values import LegOutcome, Rule
from tests.calls.offices import Remembered, offices

FEW = settings(max_examples=25)
HANDED_ON = {Rule.CALL_ID, Rule.BY_HAND, Rule.BLIND_TRANSFER, Rule.ATTENDED_TRANSFER}
SENT_ON = {*HANDED_ON, Rule.FORWARDED}


@FEW
@given(offices(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(office, chance):
    rows, knowledge = office
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert join(shuffled, knowledge) == join(rows, knowledge)


@FEW
@given(offices())
def test_each_row_is_in_exactly_one_call(office):
    rows, knowledge = office
    calls = join(rows, knowledge)
    assert sorted(entry for call in calls for entry in call.entry_ids) == [row.id for row in rows]
    first = {row.id: (row.first_seen_at, row.id) for row in rows}
    assert all(call.id == min(call.entry_ids, key=first.__getitem__) for call in calls)
    assert list(calls) == sorted(calls, key=lambda call: (call.started_at, call.id))


@FEW
@given(offices())
def test_what_is_not_linked_is_joined_by_itself(office):
    rows, knowledge = office
    parts = components(rows, knowledge)
    alone = [call for part in parts for call in join(part, knowledge)]
    assert sorted(alone, key=lambda call: (call.started_at, call.id)) == list(join(rows, knowledge))
    for index, part in enumerate(parts):
        rest = [row for other in parts[:index] for row in other]
        assert not any(linked(one, other, knowledge) for one in part for other in rest)


@FEW
@given(offices())
def test_a_neighbourhood_is_all_that_its_calls_depend_on(office):
    rows, knowledge = office
    whole = {call.id: call for call in join(rows, knowledge)}
    source = Remembered(rows, knowledge)
    for seed in rows:
        near = neighbourhood([seed], source, knowledge)
        assert seed in near
        assert neighbourhood(near, source, knowledge) == near
        ids = {row.id for row in near}
        there = {call_id: call for call_id, call in whole.items() if not ids.isdisjoint(call.entry_ids)}
        assert {call.id: call for call in join(near, knowledge)} == there


@FEW
@given(offices(), st.randoms(use_true_random=False))
def test_any_batches_in_any_order_end_in_the_same_calls(office, chance):
    rows, knowledge = office
    waiting, source, calls = list(rows), Remembered((), knowledge), {}
    chance.shuffle(waiting)
    while waiting:
        size = chance.randint(1, len(waiting))
        batch, waiting = waiting[:size], waiting[size:]
        source.rows += batch
        near = neighbourhood(batch, source, knowledge)
        ids = {row.id for row in near}
        calls = {call_id: call for call_id, call in calls.items() if ids.isdisjoint(call.entry_ids)}
        calls |= {call.id: call for call in join(near, knowledge)}
    assert calls == {call.id: call for call in join(rows, knowledge)}


@FEW
@given(offices())
def test_a_phone_is_twice_in_a_call_only_where_it_sent_it_on_or_handed_it_over(office):
    rows, knowledge = office
    heard = {row.id: row.heard for row in rows}
    for call in join(rows, knowledge):
        if SENT_ON.isdisjoint(reason.rule for reason in call.reasons):
            # A report and a row that never met may be two of one.
            assert all(len(leg.entry_ids) == len({heard[one] for one in leg.entry_ids}) for leg in call.legs)


@FEW
@given(offices())
def test_two_answered_one_call_only_where_it_was_handed_on(office):
    rows, knowledge = office
    for call in join(rows, knowledge):
        if HANDED_ON.isdisjoint(reason.rule for reason in call.reasons):
            assert sum(leg.outcome is LegOutcome.ANSWERED for leg in call.legs) <= 1
