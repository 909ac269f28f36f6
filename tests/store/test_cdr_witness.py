"""Records of a switch in the store: taken once, found by time, and witnesses of calls in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from phonesync.calls.cdr import CdrLine
from phonesync.calls.values import Disposition, Rule
from phonesync.store.cdr import merged
from phonesync.store.cdr_records import CdrReached, NewCdrLine
from phonesync.store.cdr_witness import SwitchWitness
from tests.store.desk import minute
from tests.store.offices import BORIS, GROUP, MEANS, Office, join_all

CALLER = "+74955550001"


@pytest.fixture
def office(store):
    return Office(store)


def means():
    return replace(MEANS, witness=SwitchWitness(MEANS.groups))


def record(name, at, *, ring=9, talk=None, by=None, rung=("101", "102", "103"), **changes):
    """Lines of one call to the group: one for each extension that rang."""
    answered = at + timedelta(seconds=ring) if by else None
    lines = []
    for extension in rung:
        mine = extension == by
        lines.append(
            NewCdrLine(
                line=CdrLine(
                    source="pbx",
                    started_at=at,
                    answered_at=answered if mine else None,
                    ended_at=at + timedelta(seconds=ring + (talk or 0 if mine else 0)),
                    calling=CALLER,
                    called="ext:600",
                    answered_by=extension if mine else None,
                    extensions=(extension,),
                    disposition=Disposition.ANSWERED if mine else Disposition.NO_ANSWER,
                    ring_s=ring,
                    talk_s=talk if mine else None,
                    unique_id=name,
                    **changes,
                ),
                digest=f"{name} {extension}",
                text=f"{name},{extension}",
            )
        )
    return lines


def calls(store):
    join_all(store, means=means())
    return list(store.calls())


def told(call):
    return [reason.text for reason in call.reasons if reason.rule is Rule.SWITCH]


def test_a_line_is_kept_once_and_given_back_as_it_was(store):
    lines = record("1.1", minute(0), by="102", talk=60, keys="2", recording="a\0.wav", linked_id="1.0")
    assert store.take_cdr("pbx", lines, None).new == 3
    again = store.take_cdr("pbx", lines, None)
    assert (again.new, again.known) == (0, 3)
    kept = [one.line for one in store.cdr_lines(None, None)]
    assert [replace(line, id=0, recording=None) for line in kept] == [
        replace(new.line, recording=None) for new in lines
    ]
    assert kept[0].recording == "a\ufffd.wav"
    assert store.take_cdr("other", lines, None).new == 3


def test_lines_that_may_not_be_known_are_all_refused_where_one_is(store):
    store.take_cdr("pbx", record("1.1", minute(0)), None)
    both = [*record("1.2", minute(1)), *record("1.1", minute(0))]
    assert store.take_cdr("pbx", both, None, fresh=True) is None
    assert len(list(store.cdr_lines(None, None))) == 3


def test_how_far_a_file_was_read_is_noted_with_its_lines(store):
    assert store.cdr_reached("pbx") is None
    reached = CdrReached(offset=10, lines=1, mark="m", ended_at=minute(1))
    store.take_cdr("pbx", record("1.1", minute(0)), reached)
    assert store.cdr_reached("pbx") == reached
    further = replace(reached, offset=20, ended_at=None)
    store.take_cdr("pbx", [], further)
    assert store.cdr_reached("pbx") == further


def test_lines_are_read_in_pages_by_their_start(store, monkeypatch):
    monkeypatch.setattr("phonesync.store.cdr.PAGE", 2)
    for n in (3, 1, 2):
        store.take_cdr("pbx", record(f"1.{n}", minute(n)), None)
    starts = [one.line.started_at for one in store.cdr_lines(None, None)]
    assert starts == sorted(starts)
    assert len(starts) == 9
    assert len(list(store.cdr_lines(minute(2), minute(3)))) == 3


def test_windows_that_touch_are_one():
    spans = [(3, 4), (0, 1), (1, 2), (0, 0)]
    assert merged((minute(low), minute(high)) for low, high in spans) == [
        (minute(0), minute(2)), (minute(3), minute(4)),
    ]  # fmt: skip


def test_the_clock_of_a_switch_is_kept_and_has_its_calls_joined_again(office, store):
    office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    store.take_cdr("pbx", record("1.1", minute(2), by="102", talk=60), CdrReached(offset=1, lines=1, mark=""))
    assert told(calls(store)[0]) == []
    store.set_cdr_clock("pbx", 120.0)
    assert store.cdr_clocks() == {"pbx": 120.0}
    (call,) = calls(store)
    assert (call.ring_s, call.answered_at) == (9, minute(0) + timedelta(seconds=9))
    store.set_cdr_clock("pbx", 120.0)
    assert store.is_joined()


# --- witnesses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record_first", [True, False])
def test_a_record_witnesses_a_call_whichever_comes_first(office, store, record_first):
    office.ring(minute(0), answered=BORIS)
    if record_first:
        store.take_cdr("pbx", record("1.1", minute(0), by="102", talk=60), None)
    office.read_all(minute(10))
    join_all(store, means=means())
    if not record_first:
        store.take_cdr("pbx", record("1.1", minute(0), by="102", talk=60), None)
    (call,) = calls(store)
    assert (call.ring_s, call.talk_s, call.group) == (9, 60, "Sales")
    assert call.ended_at == minute(0) + timedelta(seconds=69)
    assert len(told(call)) == 1
    assert {one.call_id for one in store.cdr_lines(None, None)} == {call.id}


def test_the_switch_proves_that_nobody_answered_where_a_phone_was_not_read(office, store):
    office.ring(minute(0))
    office.read("desk-101", minute(0.5))
    office.read(BORIS, minute(10))
    assert [call.disposition for call in calls(store)] == [Disposition.UNKNOWN]
    store.take_cdr("pbx", record("1.1", minute(0), ring=20), None)
    (call,) = calls(store)
    assert (call.disposition, call.ring_s) == (Disposition.MISSED, 20)
    assert call.coverage < 1.0


EVENTS = ("first", "second", "records")


@pytest.mark.parametrize("order", list(permutations(EVENTS))[::2])
def test_any_order_of_arrival_ends_the_same(office, store, order):
    """A caller who hangs up and calls again within seconds; his records come at any time."""
    for n, event in enumerate(order):
        if event == "records":
            lines = [*record("1.1", minute(0), ring=8), *record("1.2", minute(0.3), by="102", talk=60)]
            store.take_cdr("pbx", lines, None)
        else:
            office.ring(minute(0 if event == "first" else 0.3), answered=None if event == "first" else BORIS)
            for phone in ("desk-101", BORIS, "desk-103"):
                office.read(phone, minute(10 + n))
        join_all(store, means=means(), limit=1 + n)
    first, second = calls(store)
    assert (first.disposition, first.ring_s, second.ring_s) == (Disposition.MISSED, 8, 9)
    assert {one.line.unique_id: one.call_id for one in store.cdr_lines(None, None)} == {
        "1.1": first.id, "1.2": second.id,
    }  # fmt: skip
    before = list(store.calls())
    store.queue_all()
    assert calls(store) == before


def test_a_record_that_a_later_row_fits_better_goes_over_to_its_call(office, store):
    office.ring(minute(0.2), answered=None, phones=("desk-101",))
    store.take_cdr("pbx", record("1.1", minute(0), rung=("101", "102")), None)
    office.read_all(minute(10))
    (alone,) = calls(store)
    assert len(told(alone)) == 1
    office.ring(minute(0), answered=None, phones=("desk-102",))
    office.read_all(minute(11))
    found = calls(store)
    assert {one.call_id for one in store.cdr_lines(None, None)} <= {call.id for call in found}
    before = list(store.calls())
    store.queue_all()
    assert calls(store) == before


def test_without_records_nothing_is_looked_for(office, store):
    office.ring(minute(0), answered=BORIS)
    office.read_all(minute(10))
    assert told(calls(store)[0]) == []


def test_a_call_to_a_group_bears_its_configured_name(office, store):
    office.ring(minute(0))
    office.read_all(minute(10))
    store.take_cdr("pbx", record("1.1", minute(0)), None)
    groups = (replace(GROUP, number="600"),)
    join_all(store, means=replace(MEANS, groups=groups, witness=SwitchWitness(groups)))
    (call,) = store.calls()
    assert (call.group, call.owner) == ("Sales", "Sales")
