"""A rich office obeys the physics of telephony: lines, desks, groups, hunt lists, transfers, pick-up."""

import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from phonesync.farm.grouping import LEAST, MOST, with_groups
from phonesync.farm.people import Staff, build_staff
from phonesync.farm.rich_office import RichOffice
from phonesync.farm.telephony import CallKind, Leg, TrueCall, Way
from phonesync.model import ListName
from phonesync.numbering import DialPlan, canonical

ZONE = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
INBOUND = (CallKind.INBOUND, CallKind.GROUP)
SECOND = timedelta(seconds=1)


def staff_of(desks: int = 90, seed: int = 1) -> Staff:
    return with_groups(build_staff(Random(seed), desks=desks), Random(seed))


def calls_of(days: int = 3, *, desks: int = 90, seed: int = 1) -> list[TrueCall]:
    office = RichOffice(staff=staff_of(desks, seed), seed=seed, start=MONDAY, zone=ZONE)
    end = MONDAY + timedelta(days=days)
    return list(itertools.takewhile(lambda call: call.started < end, office.calls()))


@pytest.fixture(scope="module")
def calls() -> list[TrueCall]:
    return calls_of()


def with_way(calls: list[TrueCall], way: Way) -> list[TrueCall]:
    found = [call for call in calls if way in call.ways]
    assert len(found) > 10
    return found


def rows(call: TrueCall, list_name: ListName) -> list[Leg]:
    return [leg for leg in call.legs if leg.list_name is list_name]


def test_the_same_seed_gives_the_same_calls():
    assert calls_of(1, desks=10) == calls_of(1, desks=10)


def test_groups_have_3_to_12_desks_and_some_ring_in_turn():
    groups = staff_of(200).groups
    assert all(LEAST <= len(group.members) <= MOST for group in groups)
    assert any(group.step_s for group in groups)
    assert any(group.step_s is None for group in groups)


def test_a_tiny_office_has_no_groups_and_telephones_all_the_same():
    assert not staff_of(2).groups
    assert calls_of(2, desks=2)


def test_calls_come_in_the_order_of_their_starts_and_no_leg_ends_before_it_begins(calls):
    assert [call.id for call in calls] == list(range(1, len(calls) + 1))
    assert all(one.started <= other.started for one, other in itertools.pairwise(calls))
    for leg in (leg for call in calls for leg in call.legs):
        assert leg.started <= (leg.answered or leg.started) <= leg.ended


def test_at_least_a_fifth_of_the_calls_from_outside_are_repeats_some_after_an_answer(calls):
    by_id = {call.id: call for call in calls}
    inbound = [call for call in calls if call.kind in INBOUND]
    repeats = [call for call in inbound if call.repeat_of is not None]
    assert len(repeats) > 0.2 * len(inbound)
    assert any(by_id[call.repeat_of].answered for call in repeats)
    assert any(
        not {leg.extension for leg in call.legs} & {leg.extension for leg in by_id[call.repeat_of].legs}
        for call in repeats
    )


def test_nobody_outside_is_in_two_calls_at_once(calls):
    plan = DialPlan(country="RU", area_code="495", extension_length=3)
    spans = defaultdict(list)
    for call in calls:
        party = next((canonical(plan, leg.number) for leg in call.legs if len(leg.number) > 3), None)
        if call.kind is not CallKind.INTERNAL and party is not None:
            spans[party].append((call.started, max(leg.ended for leg in call.legs)))
    for taken in spans.values():
        for (_, ended), (started, _) in itertools.pairwise(sorted(taken)):
            assert started > ended - SECOND


def test_a_phone_stands_once_in_a_call_unless_it_passed_it_on(calls):
    for call in calls:
        extensions = [leg.extension for leg in call.legs]
        twice = {one for one in extensions if extensions.count(one) > 1}
        assert not twice or Way.ATTENDED in call.ways


def test_a_desk_that_talks_is_skipped_by_groups_and_hunt_lists(calls):
    talks = defaultdict(list)
    for call in calls:
        for leg in call.legs:
            if leg.answered:
                talks[leg.extension].append((leg.answered, leg.ended, call.id))
    for call in calls:
        if call.kind is CallKind.GROUP and call.ways in {(Way.TOGETHER,), (Way.IN_TURN,)}:
            for leg in call.legs:
                assert not any(
                    since < leg.started - SECOND < leg.started + SECOND < until
                    for since, until, other in talks[leg.extension]
                    if other != call.id
                )


def test_a_group_that_rings_together_begins_within_a_second_and_one_answers(calls):
    for call in with_way(calls, Way.TOGETHER):
        if call.kind is not CallKind.GROUP or len(call.ways) > 1:
            continue
        starts = [leg.started for leg in call.legs]
        assert max(starts) - min(starts) < SECOND
        assert len(call.answered_by) <= 1


def test_members_of_a_hunt_list_ring_one_after_another_in_its_order(calls):
    groups = {group.number: group for group in staff_of().groups}
    for call in with_way(calls, Way.IN_TURN):
        members, step = groups[call.group].members, groups[call.group].step_s
        rung = [leg for leg in call.legs if leg.extension in members and leg.list_name is ListName.MISSED]
        if len(call.ways) > 1:
            continue
        order = [members.index(leg.extension) for leg in rung]
        assert order == sorted(order)
        for one, other in itertools.pairwise(rung):
            assert timedelta(0) < other.started - one.ended < SECOND
            assert abs((one.ended - one.started).total_seconds() - step) < 1


def test_a_blind_transfer_rings_as_the_first_leg_ends_and_shows_the_caller(calls):
    for call in with_way(calls, Way.BLIND):
        passed = [
            (one, other)
            for one in rows(call, ListName.RECEIVED)
            for other in call.legs
            if timedelta(0) <= other.started - one.ended < SECOND and other.extension != one.extension
        ]
        assert passed
        assert all(one.number == other.number for one, other in passed)


def test_an_attended_transfer_ends_both_legs_at_one_moment_and_the_third_goes_on(calls):
    for call in with_way(calls, Way.ATTENDED):
        asked = rows(call, ListName.PLACED)[-1]
        mine = next(leg for leg in rows(call, ListName.RECEIVED) if leg.extension == asked.extension)
        other = next(leg for leg in rows(call, ListName.RECEIVED) if leg.extension == asked.number)
        assert mine.ended == asked.ended < other.ended
        assert other.number == asked.extension
        assert mine.answered < asked.started < other.answered


def test_what_a_colleague_picks_up_ends_where_it_rang(calls):
    for call in with_way(calls, Way.PICK_UP):
        picked = next(leg for leg in rows(call, ListName.RECEIVED) if leg.started == leg.answered)
        rang = [leg for leg in rows(call, ListName.MISSED) if abs(leg.ended - picked.started) < SECOND]
        assert rang
        near = next(members for members in staff_of().pickups if picked.extension in members)
        assert any(leg.extension in near and leg.number == picked.number for leg in rang)


def test_forwards_are_immediate_or_come_when_nobody_answers(calls):
    legs = [leg for call in with_way(calls, Way.FORWARD) for leg in rows(call, ListName.FORWARDED)]
    rang = [leg.ended - leg.started for leg in legs]
    assert any(span < SECOND for span in rang)
    assert any(span > 9 * SECOND for span in rang)


def test_a_call_is_missed_only_where_nobody_answered(calls):
    for call in calls:
        talked = any(leg.answered for leg in call.legs)
        assert call.answered is talked
        assert call.missed is (not talked and call.kind is not CallKind.OUTBOUND)
        assert not (call.missed and call.answered_by)


def test_groups_are_called_from_inside_too(calls):
    numbers = {group.number for group in staff_of().groups}
    inside = [call for call in calls if call.kind is CallKind.INTERNAL and call.group in numbers]
    assert inside
    assert all(call.legs[0].number in numbers or call.group for call in inside)
