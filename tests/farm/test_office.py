"""The simulated office: its calls follow the day, the week and human nature, and the seed."""

import itertools
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.farm.habits import Habits
from phonesync.farm.office import Office
from phonesync.farm.people import Staff, build_contacts, build_staff
from phonesync.farm.telephony import CallKind, TrueCall
from phonesync.model import ListName

ZONE = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
WEEK = timedelta(days=7)


def staff_of(desks: int = 60, seed: int = 1) -> Staff:
    return build_staff(Random(seed), desks=desks)


def week_of(seed: int = 1, desks: int = 60, **habits: float) -> list[TrueCall]:
    office = Office(staff=staff_of(desks, seed), seed=seed, start=MONDAY, zone=ZONE, habits=Habits(**habits))
    return list(itertools.takewhile(lambda call: call.started < MONDAY + WEEK, office.calls()))


@pytest.fixture(scope="module")
def week() -> list[TrueCall]:
    return week_of()


def test_the_same_seed_gives_the_same_calls_and_another_seed_others():
    assert week_of(seed=3, desks=10) == week_of(seed=3, desks=10)
    assert week_of(seed=3, desks=10) != week_of(seed=4, desks=10)


def test_calls_come_in_the_order_of_their_starts_with_rising_ids(week):
    assert all(one.started <= other.started for one, other in itertools.pairwise(week))
    assert [call.id for call in week] == sorted(call.id for call in week)


def test_office_hours_are_busy_lunch_dips_and_nights_and_weekends_are_near_zero(week):
    local = [call.started.astimezone(ZONE) for call in week]
    workdays = Counter(at.hour for at in local if at.weekday() < 5)
    assert workdays[13] < 0.7 * min(workdays[11], workdays[15])
    assert sum(workdays[hour] for hour in (0, 1, 2, 3, 4, 22, 23)) < 0.01 * workdays.total()
    weekend = sum(at.weekday() >= 5 for at in local)
    assert 0 < weekend < 0.05 * len(local)


def test_every_desk_is_as_busy_as_it_is_meant_to_be(week):
    rows = Counter(leg.extension for call in week for leg in call.legs)
    for person in staff_of().employees:
        assert 0.5 < rows[person.extension] / (5 * person.calls_per_day) < 2.2, person


def test_reception_is_busy_and_some_desks_are_quiet():
    rates = [person.calls_per_day for person in staff_of(200).employees]
    assert max(rates) > 100
    assert min(rates) < 6


def test_more_than_a_fifth_of_the_callers_nobody_answered_try_again_within_minutes(week):
    missed = {call.id: call for call in week if not call.answered and call.kind is not CallKind.OUTBOUND}
    repeats = [call for call in week if call.repeat_of is not None]
    assert len(repeats) > 0.2 * len(missed)
    for again in repeats:
        first = missed[again.repeat_of]
        pause = again.started - max(leg.ended for leg in first.legs)
        assert timedelta(seconds=2) < pause < timedelta(minutes=10)
        assert {leg.extension for leg in again.legs} & {leg.extension for leg in first.legs}


def test_most_repeats_show_the_same_number(week):
    by_id = {call.id: call for call in week}
    repeats = [call for call in week if call.repeat_of is not None]
    same = sum(call.legs[0].number == by_id[call.repeat_of].legs[0].number for call in repeats)
    assert 0.7 * len(repeats) < same


def test_a_ring_group_rings_all_its_members_and_at_most_one_answers(week):
    groups = {group.members for group in staff_of().groups}
    group_calls = [call for call in week if call.kind is CallKind.GROUP]
    assert group_calls
    for call in group_calls:
        assert tuple(leg.extension for leg in call.legs) in groups
        assert sum(leg.answered is not None for leg in call.legs) == call.answered
        starts = [leg.started for leg in call.legs]
        assert max(starts) - min(starts) < timedelta(seconds=2)


def test_without_missed_elsewhere_only_the_member_who_answered_has_a_row():
    answered = [call for call in week_of(elsewhere=False) if call.kind is CallKind.GROUP and call.answered]
    assert answered
    assert all(len(call.legs) == 1 for call in answered)


def test_an_internal_call_leaves_a_placed_row_and_its_mirror(week):
    internal = [call for call in week if call.kind is CallKind.INTERNAL]
    assert internal
    for call in internal:
        out, into = call.legs
        assert (out.number, into.number) == (into.extension, out.extension)
        assert out.list_name is ListName.PLACED
        assert into.list_name is (ListName.RECEIVED if call.answered else ListName.MISSED)
        assert out.duration_s == into.duration_s
        assert out.extension != into.extension


def test_a_forwarded_call_stands_on_both_phones(week):
    forwarded = [call for call in week if any(leg.list_name is ListName.FORWARDED for leg in call.legs)]
    assert forwarded
    for call in forwarded:
        first, second = call.legs
        assert first.list_name is ListName.FORWARDED
        assert first.number == second.number
        assert first.answered is None
        assert second.started == first.ended


def test_no_phone_rings_longer_than_three_minutes_and_rows_end_after_they_begin(week):
    for leg in (leg for call in week for leg in call.legs):
        ringing = (leg.answered or leg.ended) - leg.started
        assert timedelta(0) < ringing < timedelta(minutes=3) or leg.list_name is ListName.PLACED
        assert leg.ended > leg.started


def test_calls_overlap_on_one_phone_now_and_then(week):
    busy_until: dict[str, datetime] = {}
    overlapping = 0
    for leg in sorted((leg for call in week for leg in call.legs), key=lambda leg: leg.started):
        overlapping += leg.started < busy_until.get(leg.extension, MONDAY)
        busy_until[leg.extension] = max(leg.ended, busy_until.get(leg.extension, MONDAY))
    assert 0 < overlapping < 0.5 * sum(len(call.legs) for call in week)


def test_numbers_come_in_every_form_a_trunk_presents_and_some_are_withheld(week):
    forms = Counter()
    for call in week:
        if call.kind in {CallKind.INBOUND, CallKind.GROUP}:
            number = call.legs[0].number
            for form in (r"\+7\d{10}", r"8\d{10}", r"7\d{10}", r"555\d{4}", ""):
                forms[form] += re.fullmatch(form, number) is not None
    assert all(forms[form] for form in (r"\+7\d{10}", r"8\d{10}", r"7\d{10}", r"555\d{4}", ""))
    assert sum(forms.values()) == sum(call.kind in {CallKind.INBOUND, CallKind.GROUP} for call in week)


def test_names_are_cyrillic_latin_or_missing(week):
    names = {leg.name for call in week for leg in call.legs}
    assert "" in names
    assert any(re.search("[а-яё]", name) for name in names)
    assert any(re.search("[a-z]", name) for name in names)
    assert any(set(name) & set("&<>\"'\\") for name in names)


def test_a_withheld_caller_has_no_name(week):
    assert all(not leg.name for call in week for leg in call.legs if not leg.number)


@settings(max_examples=30, deadline=None)
@given(desks=st.integers(1, 900), seed=st.integers(0, 1000))
def test_extensions_and_group_numbers_are_distinct_and_of_one_length(desks: int, seed: int):
    staff = build_staff(Random(seed), desks=desks)
    numbers = [person.extension for person in staff.employees] + [group.number for group in staff.groups]
    assert len(staff.employees) == desks
    assert len(set(numbers)) == len(numbers)
    assert {len(number) for number in numbers} == {staff.extension_length}
    members = defaultdict(set)
    for person in staff.employees:
        for group in person.groups:
            members[group].add(person.extension)
    assert dict(members) == {group.number: set(group.members) for group in staff.groups}


def test_contacts_have_distinct_numbers():
    contacts = build_contacts(Random(1), number=500)
    assert len({contact.national for contact in contacts}) == 500


def test_a_lonely_desk_has_calls_too():
    assert week_of(desks=1)
