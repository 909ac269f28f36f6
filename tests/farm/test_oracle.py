"""The oracle puts together what must be one call, and nothing that may be two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from phonesync import registry
from phonesync.calls.values import Group, Ringing
from phonesync.farm import perfect
from phonesync.farm.habits import Calls
from phonesync.farm.oracle import decide
from phonesync.farm.pairing import count_pairs
from phonesync.farm.perfect import Reading
from phonesync.farm.recordings import PhoneFacts, Recording
from phonesync.farm.spec import ALL_MEANINGS, CALLS_MIX, FarmSpec, WrongClocks
from phonesync.farm.verifying import START
from phonesync.farm.witness import Witness, witness
from phonesync.model import ListName, TimeOf
from tests.farm.toys import ZONE

AT = datetime(2025, 10, 6, 9, tzinfo=UTC)
CALLER = "+79165550001"
TOGETHER = Group(name="Sales", number="901", members=("101", "102", "103"))
HUNT = Group(
    name="Support", number="902", members=("101", "102", "103"), ringing=Ringing.IN_TURN, step_s=15.0
)
PICKUP = Group(name="Room", members=("101", "102"), ringing=Ringing.PICKUP)

_ids = count(1)


def row(
    name: str,
    extension: str,
    list_name: ListName,
    start: float,
    stop: float,
    end: float | None = None,
    *,
    party: str = CALLER,
    meaning: TimeOf = TimeOf.START,
    minutes: bool = False,
    heard: bool = False,
) -> Witness:
    """A row; ``end`` where it was answered at ``stop``; seconds after nine."""
    at, until = AT + timedelta(seconds=start), AT + timedelta(seconds=stop if end is None else end)
    facts = PhoneFacts(
        name=f"desk-{extension}",
        zone=ZONE,
        lists=tuple(ListName),
        resolution_s=60 if minutes else 1,
        time_of=meaning,
    )
    answered = None if end is None else AT + timedelta(seconds=stop)
    recording = Recording(
        id=next(_ids),
        phone=facts.name,
        device=1,
        list_name=list_name,
        account=extension,
        number="",
        name="",
        started=at,
        recorded=until,
        duration_s=0 if answered is None else int((until - answered).total_seconds()),
        answered=answered,
        clock_s=77.0,
    )
    return witness(recording, facts, row=name, extension=extension, party=party, heard=heard)


def calls(rows: list[Witness], *groups: Group) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for name, number in decide(rows, groups).items():
        found.setdefault(number, set()).add(name)
    return {frozenset(names) for names in found.values()}


def one_call(*names: str) -> set[frozenset[str]]:
    return {frozenset(names)}


def test_what_a_single_line_rings_at_one_moment_is_one_call():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0),
        row("b", "102", ListName.RECEIVED, 0.3, 20.0, 60.0, meaning=TimeOf.RECORDED),
        row("c", "103", ListName.MISSED, 0.4, 20.3),
    ]
    assert calls(rows[::2]) == one_call("a", "c")
    assert calls(rows) == {frozenset({"a", "c"}), frozenset({"b"})}
    assert calls(rows, TOGETHER) == one_call("a", "b", "c")


def test_an_impatient_callers_second_call_is_another_call():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0, heard=True),
        row("b", "101", ListName.MISSED, 25.0, 40.0, heard=True),
    ]
    assert calls(rows) == {frozenset({"a"}), frozenset({"b"})}


def test_a_row_with_minutes_may_be_another_call_unless_its_group_must_have_rung_it():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0),
        row("b", "102", ListName.MISSED, 0.3, 20.0),
        row("c", "103", ListName.MISSED, 0.4, 20.3, minutes=True),
    ]
    assert calls(rows) == {frozenset({"a", "b"}), frozenset({"c"})}
    assert calls(rows, TOGETHER) == one_call("a", "b", "c")


def test_a_member_that_may_have_been_in_a_call_of_its_own_need_not_have_rung():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0),
        row("b", "102", ListName.MISSED, 0.3, 20.0),
        row("c", "103", ListName.MISSED, 0.4, 20.3, minutes=True),
        row("d", "103", ListName.PLACED, -30.0, -20.0, 30.0, party="+79165550009"),
    ]
    assert frozenset({"c"}) in calls(rows, TOGETHER)


def test_a_blind_transfer_rings_too_soon_for_another_call():
    rows = [
        row("a", "101", ListName.RECEIVED, 0.0, 5.0, 30.0, meaning=TimeOf.RECORDED),
        row("b", "102", ListName.RECEIVED, 30.2, 40.0, 80.0),
    ]
    assert calls(rows) == one_call("a", "b")
    late = row("b", "102", ListName.RECEIVED, 36.0, 40.0, 80.0)
    assert calls([rows[0], late]) == {frozenset({"a"}), frozenset({"b"})}


def test_a_hunt_list_rang_whoever_is_between_two_that_it_rang():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 15.0, meaning=TimeOf.RECORDED),
        row("b", "102", ListName.MISSED, 15.1, 30.1, minutes=True),
        row("c", "103", ListName.MISSED, 30.2, 35.0, heard=True),
    ]
    assert len(calls(rows, HUNT)) == 3
    joined = [*rows, row("d", "105", ListName.RECEIVED, 0.1, 1.0, 34.0, heard=True)]
    assert frozenset({"b"}) in calls(joined)
    assert calls(joined, HUNT) == one_call("a", "b", "c", "d")


def test_what_was_forwarded_rang_elsewhere():
    rows = [
        row("a", "101", ListName.FORWARDED, 0.0, 15.0),
        row("b", "104", ListName.MISSED, 15.2, 40.0, minutes=True),
    ]
    assert calls(rows) == one_call("a", "b")
    other = row("c", "105", ListName.MISSED, 50.0, 60.0, minutes=True)
    assert len(calls([*rows, other])) == 3


def test_what_was_answered_as_it_began_rang_at_a_colleague():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 9.0),
        row("b", "102", ListName.RECEIVED, 9.0, 9.0, 60.0, heard=True),
    ]
    assert calls(rows, PICKUP) == one_call("a", "b")
    assert calls(rows) == {frozenset({"a"}), frozenset({"b"})}


def test_a_call_from_desk_to_desk_stands_on_both():
    rows = [
        row("a", "101", ListName.PLACED, 0.0, 8.0, 60.0, party="ext:102"),
        row("b", "102", ListName.RECEIVED, 0.2, 8.0, 60.0, party="ext:101", meaning=TimeOf.RECORDED),
    ]
    assert calls(rows) == one_call("a", "b")


def test_two_calls_from_desk_to_desk_that_look_alike_are_told_apart_by_nobody():
    rows = [
        row("a", "101", ListName.PLACED, 0.0, 8.0, party="ext:102", minutes=True),
        row("b", "101", ListName.PLACED, 20.0, 28.0, party="ext:102", minutes=True),
        row("c", "102", ListName.MISSED, 0.2, 8.0, party="ext:101", minutes=True),
        row("d", "102", ListName.MISSED, 20.2, 28.0, party="ext:101", minutes=True),
    ]
    assert len(calls(rows)) == 4


def test_a_phone_stands_once_in_a_call():
    rows = [
        row("a", "101", ListName.PLACED, 0.0, 8.0, party="ext:102"),
        row("b", "101", ListName.PLACED, 20.0, 28.0, party="ext:102"),
        row("c", "102", ListName.MISSED, 0.2, 8.0, party="ext:101"),
        row("d", "102", ListName.MISSED, 20.2, 28.0, party="ext:101", minutes=True),
    ]
    assert calls(rows) == {frozenset({"a", "c"}), frozenset({"b", "d"})}


def test_a_call_that_goes_on_after_who_placed_it_hung_up_was_handed_over():
    rows = [
        row("a", "101", ListName.RECEIVED, 0.0, 8.0, 60.0, meaning=TimeOf.RECORDED),
        row("b", "101", ListName.PLACED, 30.0, 35.0, 60.0, party="ext:102", meaning=TimeOf.RECORDED),
        row("c", "102", ListName.RECEIVED, 30.1, 35.0, 99.0, party="ext:101", meaning=TimeOf.RECORDED),
    ]
    assert calls(rows) == one_call("a", "b", "c")
    asked = row("c", "102", ListName.RECEIVED, 30.1, 35.0, 60.0, party="ext:101", meaning=TimeOf.RECORDED)
    assert calls([*rows[:2], asked]) == {frozenset({"a"}), frozenset({"b", "c"})}


def test_withheld_callers_are_many():
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0, party=None),
        row("b", "102", ListName.MISSED, 0.3, 20.0, party=None),
    ]
    assert len(calls(rows, TOGETHER)) == 2


def test_everything_it_puts_together_is_true():
    spec = FarmSpec(
        phones=40,
        mix=CALLS_MIX,
        seed=3,
        chaos=0,
        start=START,
        days=1,
        calls=Calls.RICH,
        meanings=ALL_MEANINGS,
        clocks=WrongClocks(),
    )
    world = perfect.lived_through(spec, registry.emulators())
    kept = list(perfect.rows(world, Reading()))
    known = decide(
        [
            witness(
                one.recording,
                world.truth.facts(one.row.phone),
                row=one.row.id,
                extension=one.row.extension,
                party=one.row.party,
                heard=one.row.heard,
            )
            for one in kept
        ],
        perfect.groups_of(world.office.staff),
    )
    pairs = count_pairs({one.row.id: one.recording.call for one in kept}, known)
    assert pairs.right == pairs.stated > 0.5 * pairs.true


def test_no_desk_rings_twice_in_what_is_surely_one_call():
    """Where a row is missing that the office says must be there, the one of the next call would take its place."""
    rows = [
        row("a", "101", ListName.MISSED, 0.0, 20.0),
        row("b", "102", ListName.MISSED, 0.3, 20.0),
        row("c", "101", ListName.MISSED, 60.0, 80.0),
        row("d", "102", ListName.MISSED, 60.2, 80.0),
        row("e", "103", ListName.MISSED, 60.1, 80.0, minutes=True),
    ]
    assert frozenset({"a", "b", "c", "d", "e"}) not in calls(rows, TOGETHER)
