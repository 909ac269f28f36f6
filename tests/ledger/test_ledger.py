"""What section 4 of the design says, one sentence a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from phonesync.errors import PlanRefused
from phonesync.ledger import codec
from phonesync.ledger.deadline import deadline
from phonesync.ledger.keys import entry_id
from phonesync.ledger.mapping import contradicting, swap_proposed
from phonesync.ledger.proof import RING_ALLOWANCE
from phonesync.ledger.rate import HOURS, PRIOR_PER_HOUR, YOUNG_PER_HOUR, RateProfile, hour_of_week
from phonesync.ledger.values import PhoneLedger, PoolState, SpanState, TalkTally
from phonesync.model import CallLogEntry, ListName, TimeOf
from tests.ledger.paper import START, ZONE, Store, local, row, variant

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


HALF = timedelta(seconds=0.5)
"""A clock that shows seconds is read at the middle of the second."""


def calls(rows_wanted, *, code="1", since=START - 10 * HOUR, step=7 * MINUTE, **changes):
    """``rows_wanted`` rows, newest first, numbered from 0 from the oldest."""
    rows = [row(code, local(since + turn * step), str(turn), **changes) for turn in range(rows_wanted)]
    return list(reversed(rows))


def states(store, code="1"):
    return [span.state for span in store.spans if span.list_code == code]


def last(store, code="1"):
    return [span for span in store.spans if span.list_code == code][-1]


# --- what is kept -------------------------------------------------------------------------------------


def test_reading_the_same_lists_again_changes_nothing_but_times():
    store = Store()
    store.read(START, {"1": calls(5)})
    plan = store.read(START + HOUR, {"1": calls(5)})
    assert plan.unchanged
    assert not plan.new
    assert store.ledger.last_read == START + HOUR
    assert len(store.entries) == 5


def test_an_id_is_a_hash_of_key_and_occurrence():
    store = Store()
    plan = store.read(START, {"1": [row("1", local(START)), row("1", local(START))]})
    assert [entry.occurrence for entry in plan.new] == [1, 2]
    assert {entry.id for entry in plan.new} == {entry_id(plan.new[0].key, 1), entry_id(plan.new[0].key, 2)}


def test_of_equal_keys_the_highest_multiplicity_is_kept_and_the_newest_stay_on_the_phone():
    store = Store()
    twin = row("1", local(START), seconds=False)
    store.read(START + HOUR, {"1": [replace(twin, duration_s=1)]})
    plan = store.read(START + 2 * HOUR, {"1": [replace(twin, duration_s=2), replace(twin, duration_s=1)]})
    assert len(plan.new) == 1
    plan = store.read(START + 3 * HOUR, {"1": [replace(twin, duration_s=2)]})
    assert len(store.entries) == 2
    assert [store.entries[gone].duration_s for gone in plan.gone] == [1]


def test_a_name_or_duration_that_changes_is_the_latest_observation_of_the_same_entry():
    store = Store()
    store.read(START, {"1": [row("1", local(START), duration_s=5, in_progress=True)]})
    plan = store.read(START + HOUR, {"1": [row("1", local(START), duration_s=65, remote_name="Ольга")]})
    assert not plan.new
    assert [(change.duration_s, change.remote_name) for change in plan.changed] == [(65, "Ольга")]


def test_a_row_that_comes_back_is_the_entry_it_was():
    store = Store()
    rows = calls(4)
    store.read(START, {"1": rows})
    gone = store.read(START + HOUR, {"1": rows[1:]}).gone
    plan = store.read(START + 2 * HOUR, {"1": rows})
    assert plan.back == gone
    assert [change.id for change in plan.changed] == list(gone)
    assert len(store.entries) == 4


def test_a_merged_row_says_that_its_times_are_not_known():
    store = Store()
    plan = store.read(START, {"1": [row("1", local(START), count=3)]})
    assert [(entry.count, entry.complete) for entry in plan.new] == [(3, False)]


def test_a_repeat_merged_into_a_row_is_no_removal():
    store = Store()
    old = calls(3)
    store.read(START, {"1": old})
    moved = row("1", local(START + HOUR), "1", count=2)
    store.read(START + 2 * HOUR, {"1": [moved, old[0], old[2]]})
    assert states(store) == [SpanState.UNKNOWN]


def test_a_row_without_a_time_has_the_read_that_first_showed_it():
    store = Store()
    ids = variant(pools=(("1",),), lists={"1": ListName.PLACED})
    store.read(START, {}, toy=ids, newest_only=True)
    plan = store.read(
        START + HOUR,
        {"1": [CallLogEntry(list_code="1", remote_number="7", row_id="41")]},
        toy=ids,
        newest_only=True,
    )
    assert [(entry.started_at, entry.resolution_s) for entry in plan.new] == [(START + HOUR, 3600)]


# --- years and hours ----------------------------------------------------------------------------------


def test_a_list_without_years_is_right_after_a_week_offline_across_new_year():
    store = Store()
    toy = variant(shows_year=False, resolution_s=60)
    new_year = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
    rows = [
        row("1", datetime(2026, 1, 5, 10, 0), "1", year=False, seconds=False),
        row("1", datetime(2025, 12, 31, 17, 5), "2", year=False, seconds=False),
    ]
    store.read(new_year, {"1": rows}, toy=toy)
    assert {entry.remote_number: entry.started_at.year for entry in store.entries.values()} == {
        "1": 2026,
        "2": 2025,
    }


def test_29_february_falls_into_a_leap_year():
    store = Store()
    toy = variant(shows_year=False, resolution_s=60)
    rows = [row("1", datetime(2024, 2, 29, 10, 0), year=False, seconds=False)]
    store.read(datetime(2025, 3, 6, tzinfo=UTC), {"1": rows}, toy=toy)
    assert [entry.started_at.date().isoformat() for entry in store.entries.values()] == ["2024-02-29"]


def test_a_row_keeps_the_year_it_was_given_while_it_stays_on_the_phone():
    store = Store()
    toy = variant(shows_year=False, resolution_s=60)
    odd = [row("1", datetime(2021, 2, 15, 10, 0), year=False, seconds=False)]
    store.read(datetime(2026, 12, 10, tzinfo=UTC), {"1": odd}, toy=toy)
    plan = store.read(datetime(2026, 12, 30, tzinfo=UTC), {"1": [*odd, *odd]}, toy=toy)
    assert {entry.started_at.year for entry in store.entries.values()} == {2021}
    assert [entry.occurrence for entry in plan.new] == [2]


def test_in_the_doubled_hour_the_reads_decide():
    store = Store()
    night = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)  # 02:00 in Berlin; summer time ends at 01:00 UTC
    shown = datetime(2025, 10, 26, 2, 30)
    store.read(night + timedelta(minutes=40), {"1": [row("1", shown, "1", duration_s=0)]})
    store.read(
        night + timedelta(minutes=100),
        {"1": [row("1", shown.replace(minute=31), "2", duration_s=0), row("1", shown, "1", duration_s=0)]},
    )
    started = {entry.remote_number: entry.started_at for entry in store.entries.values()}
    assert started["1"] == night + timedelta(minutes=30)
    assert started["2"] == night + timedelta(minutes=91)


def test_in_the_doubled_hour_an_undecided_row_says_so():
    store = Store()
    store.read(datetime(2025, 10, 27, tzinfo=UTC), {"1": [row("1", datetime(2025, 10, 26, 2, 30))]})
    assert [entry.resolution_s for entry in store.entries.values()] == [3601]


# --- the clock ----------------------------------------------------------------------------------------


def test_rows_that_all_moved_by_one_offset_are_the_same_rows():
    store = Store()
    store.read(START, {"1": calls(5)}, offset_s=-3600.0)
    moved = calls(5, since=START - 9 * HOUR)
    plan = store.read(START + HOUR, {"1": moved}, offset_s=0.0)
    assert not plan.new
    assert len(plan.aliases) == 5
    assert store.notes == ["the phone re-dated its rows by 3600 s"]
    assert states(store) == [SpanState.UNKNOWN]
    plan = store.read(START + 2 * HOUR, {"1": calls(6, since=START - 9 * HOUR)}, offset_s=0.0)
    assert len(plan.new) == 1


def test_a_clock_set_back_to_where_it_was_doubles_no_row_recorded_meanwhile():
    store = Store()
    store.read(START, {"1": calls(5)})
    ahead = [row("1", local(START + 25 * HOUR), "while fast"), *calls(5, since=START + 14 * HOUR)]
    store.read(START + HOUR, {"1": ahead}, offset_s=24 * 3600.0)
    again = [row("1", local(START + HOUR), "while fast"), *calls(5)]
    plan = store.read(START + 2 * HOUR, {"1": again}, offset_s=0.0)
    assert not plan.new
    assert len(plan.aliases) == 1
    assert states(store) == [SpanState.UNKNOWN]


def test_a_moved_time_that_falls_on_the_old_text_of_another_row_doubles_none():
    store = Store()
    toy = variant(resolution_s=60)

    def listed(moved, *more):
        times = [("a", 0), ("a", 3), ("b", 11), ("c", 26), ("d", 47), ("e", 90)]
        shown = [
            row("1", local(START - 5 * HOUR + minute * MINUTE + moved), number, seconds=False)
            for number, minute in times
        ]
        return {"1": [*more, *reversed(shown)]}

    store.read(START, listed(0 * MINUTE), toy=toy)
    plan = store.read(START + HOUR, listed(3 * MINUTE), toy=toy, offset_s=180.0)
    assert not plan.new
    assert len(plan.aliases) == 6
    later = row("1", local(START + HOUR), "f", seconds=False)
    plan = store.read(START + 2 * HOUR, listed(3 * MINUTE, later), toy=toy, offset_s=180.0)
    assert [entry.remote_number for entry in plan.new] == ["f"]
    assert not plan.gone
    for at, moved, offset in ((3, 0, 0.0), (4, 0, 0.0), (5, 3, 180.0), (6, 3, 180.0)):
        back = row("1", local(START + HOUR + (moved - 3) * MINUTE), "f", seconds=False)
        newest = row("1", local(START + at * HOUR), f"new {at}", seconds=False)
        more = [newest, back] if at % 2 == 0 else [back]
        plan = store.read(START + at * HOUR, listed(moved * MINUTE, *more), toy=toy, offset_s=offset)
        assert [entry.remote_number for entry in plan.new] == ([f"new {at}"] if at % 2 == 0 else [])
    assert states(store)[:1] == [SpanState.UNKNOWN]
    assert len(store.entries) == 9


def test_without_the_clock_a_few_rows_of_many_that_align_are_chance():
    store = Store()
    toy = variant(shows_year=False, resolution_s=60)
    store.read(START, {"1": calls(30, seconds=False, year=False)}, toy=toy, offset_s=None)
    turned = [
        row("1", local(START + turn * 11 * MINUTE), f"x{turn}", seconds=False, year=False)
        for turn in range(30)
    ]
    turned[10:13] = [
        row("1", local(START + turn * 7 * MINUTE), str(turn), seconds=False, year=False) for turn in (7, 6, 5)
    ]
    plan = store.read(START + 9 * HOUR, {"1": turned[::-1]}, toy=toy, offset_s=None)
    assert len(plan.new) == 30


def test_a_list_that_turned_over_but_for_a_row_or_two_is_read_by_its_keys():
    store = Store()
    store.read(START, {"1": calls(12)}, firmware="1")
    plan = store.read(START + 9 * HOUR, {"1": [*calls(11, since=START), calls(12)[0]]}, firmware="2")
    assert len(plan.new) == 11
    assert not any(entry.uncertain for entry in plan.new)
    plan = store.read(
        START + 30 * HOUR, {"1": [*calls(11, since=START + 20 * HOUR), calls(11, since=START)[0]]}
    )
    assert len(plan.new) == 11
    assert states(store) == [SpanState.UNKNOWN]


def test_a_firmware_that_moves_its_rows_with_summer_time_does_not_double_them():
    store = Store()
    before, after = datetime(2025, 10, 25, 12, tzinfo=UTC), datetime(2025, 10, 26, 12, tzinfo=UTC)
    store.read(before, {"1": calls(5, since=before - 9 * HOUR)})
    plan = store.read(after, {"1": calls(5, since=before - 10 * HOUR)})
    assert not plan.new


@pytest.mark.parametrize("offset", [None, 0.0], ids=["no clock", "clock"])
def test_ticks_on_both_sides_of_a_change_of_summer_time_move_by_one_offset(offset):
    store = Store()
    spring = datetime(2025, 3, 30, 1, tzinfo=UTC)
    since = spring - timedelta(minutes=15)
    store.read(spring + 30 * HOUR, {"1": calls(5, since=since)}, offset_s=offset)
    moved = None if offset is None else -90061.0
    earlier = calls(5, since=since - timedelta(seconds=90061))
    plan = store.read(spring + 31 * HOUR, {"1": earlier}, offset_s=moved)
    assert not plan.new
    assert len(plan.aliases) == 5


def test_fewer_than_three_aligned_rows_are_kept_as_uncertain():
    store = Store()
    store.read(START, {"1": calls(2)}, offset_s=None)
    plan = store.read(START + HOUR, {"1": calls(2, since=START - 9 * HOUR)}, offset_s=None)
    assert [entry.uncertain for entry in plan.new] == [True, True]


def test_a_row_without_a_time_takes_no_part_in_the_alignment():
    store = Store()
    timeless = replace(row("1", local(START), "2"), wall=None, shown_at="?", row_id="5")
    store.read(START, {"1": [timeless, *calls(5)]}, offset_s=None)
    later = replace(timeless, row_id="6")
    plan = store.read(START + HOUR, {"1": [later, *calls(5, since=START - 9 * HOUR)]}, offset_s=None)
    assert len(plan.aliases) == 5
    assert len(plan.new) == 1


def test_a_steady_clock_rules_out_that_rows_moved():
    store = Store()
    store.read(START, {"1": calls(2)})
    plan = store.read(START + 20 * HOUR, {"1": calls(2, since=START + 9 * HOUR)})
    assert [entry.uncertain for entry in plan.new] == [False, False]


def test_a_clock_set_by_seconds_moves_some_of_the_minutes_shown():
    store = Store()
    toy = variant(resolution_s=60)
    old = calls(4, seconds=False)
    store.read(START, {"1": old}, toy=toy)
    nudged = [
        row("1", local(START - 10 * HOUR + turn * 7 * MINUTE + (turn % 2) * MINUTE), str(turn), seconds=False)
        for turn in (3, 2, 1, 0)
    ]
    plan = store.read(START + HOUR, {"1": nudged}, toy=toy)
    assert not plan.new
    assert len(plan.aliases) == 2


def to_the_minute(*minutes: int) -> list[CallLogEntry]:
    """Calls of one caller, that many minutes after the start, the newest first."""
    return [row("1", local(START + minute * MINUTE), seconds=False) for minute in minutes]


def test_a_row_next_to_one_that_vanished_may_be_it_where_few_texts_stand():
    store = Store()
    toy = variant(resolution_s=60)
    store.read(START + HOUR, {"1": to_the_minute(43, 41, 35, 19, 2)}, toy=toy, offset_s=None)
    plan = store.read(START + 2 * HOUR, {"1": to_the_minute(64, 43, 42)}, toy=toy, offset_s=None)
    assert {entry.shown_at: entry.uncertain for entry in plan.new} == {
        "2025.03.06 10:04": False,
        "2025.03.06 09:42": True,
    }


def test_the_offset_that_aligns_most_rows_is_found_among_its_neighbours():
    store = Store()
    toy = variant(resolution_s=60)
    store.read(START + HOUR, {"1": to_the_minute(43, 41, 35, 19, 2)}, toy=toy, offset_s=None)
    left = to_the_minute(42 - 1500, 41 - 1500)
    plan = store.read(START + 2 * HOUR, {"1": left}, toy=toy, offset_s=None)
    assert [entry.uncertain for entry in plan.new] == [True, True]


def test_of_near_offsets_that_align_as_many_rows_the_tighter_is_taken():
    store = Store()
    toy = variant(resolution_s=60)
    store.read(START + HOUR, {"1": to_the_minute(62, 42, 41, 34, 18, 1)}, toy=toy, offset_s=None)
    # The call of minute 42 was deleted, the clock put ahead by half an hour.
    left = to_the_minute(92, 71, 64, 48, 31)
    plan = store.read(START + 2 * HOUR, {"1": left}, toy=toy, offset_s=None)
    assert not plan.new
    assert store.notes == ["the phone re-dated its rows by 1800 s"]


def test_a_lone_row_shown_earlier_than_it_was_may_have_moved():
    store = Store()
    store.read(START, {"1": calls(4)}, offset_s=None)
    plan = store.read(START + HOUR, {"1": calls(1, since=START - 35 * HOUR)}, offset_s=None)
    assert [entry.uncertain for entry in plan.new] == [True]


def test_old_rows_that_stay_wrong_are_no_matter():
    store = Store()
    wrong = calls(3, since=START - 300 * HOUR)
    store.read(START, {"1": wrong}, offset_s=-290 * 3600.0)
    store.read(START + HOUR, {"1": [row("1", local(START + MINUTE), "9"), *wrong]}, offset_s=0.0)
    assert len(store.entries) == 4
    assert states(store) == [SpanState.UNKNOWN]
    assert not store.ledger.clock_steady


# --- a change of firmware -----------------------------------------------------------------------------


def test_after_a_change_of_firmware_the_same_rows_are_the_same_entries():
    store = Store()
    store.read(START, {"1": calls(5)}, firmware="1")
    plan = store.read(START + HOUR, {"1": calls(6)}, firmware="2")
    assert len(plan.new) == 1


def test_a_change_of_firmware_that_cannot_be_aligned_is_held():
    store = Store()
    store.read(START, {"1": calls(2)}, firmware="1", offset_s=None)
    ambiguous = [row("1", local(START + HOUR), "1"), row("1", local(START), "0"), row("1", local(START), "1")]
    with pytest.raises(PlanRefused, match="fit the kept rows in"):
        store.read(START + 2 * HOUR, {"1": ambiguous}, firmware="2", offset_s=None)
    store.ledger = replace(store.ledger, accept_unaligned=True)
    plan = store.read(START + 2 * HOUR, {"1": ambiguous}, firmware="2", offset_s=None)
    assert all(entry.uncertain for entry in plan.new)
    assert not store.ledger.accept_unaligned


def test_a_change_of_firmware_with_nothing_in_common_is_a_turned_over_list():
    store = Store()
    store.read(START, {"1": calls(3)}, firmware="1")
    other = [row("1", local(START + turn * MINUTE), f"x{turn}") for turn in (3, 2, 1)]
    plan = store.read(START + HOUR, {"1": other}, firmware="2")
    assert len(plan.new) == 3
    assert states(store)[-1] is SpanState.GAP


# --- proof --------------------------------------------------------------------------------------------


def test_before_the_first_read_nothing_is_known_up_to_the_recording_of_its_oldest_row():
    store = Store()
    store.read(START, {"1": calls(3)})
    assert last(store).state is SpanState.UNKNOWN
    assert last(store).since is None
    assert last(store).until == START - 10 * HOUR + timedelta(seconds=31) + RING_ALLOWANCE - HALF
    assert last(store, "2").until == START


def test_of_a_phone_that_replaced_another_nothing_is_claimed_before_its_first_read():
    store = Store(ledger=PhoneLedger(incarnation="toy#2", successor=True))
    store.read(START, {"1": calls(3)})
    assert last(store).until == START


@pytest.mark.parametrize(
    ("change", "offset"),
    [({"duration_s": None}, 0.0), ({"count": 2}, 0.0), ({}, None)],
    ids=["no duration", "merged", "no clock"],
)
def test_where_duration_or_clock_is_unknown_nothing_is_known_up_to_the_read(change, offset):
    store = Store()
    store.read(START, {"1": calls(3, **change)}, offset_s=offset)
    assert last(store).until == START


def test_a_row_whose_time_is_its_recording_needs_no_allowance():
    store = Store()
    store.read(START, {"1": calls(3)}, toy=variant(time_of=TimeOf.RECORDED))
    assert last(store).until == START - 10 * HOUR + timedelta(seconds=2) - HALF


@pytest.mark.parametrize("since", [START + HOUR, START - 10 * HOUR], ids=["in the future", "in disorder"])
def test_rows_whose_times_cannot_be_believed_bound_nothing(since):
    store = Store()
    rows = calls(3, since=since)
    store.read(START, {"1": rows if since > START else list(reversed(rows))})
    assert last(store).until == START


def test_one_row_that_stayed_proves_the_span():
    store = Store()
    rows = calls(30)
    store.read(START, {"1": rows[10:]})
    store.read(START + HOUR, {"1": rows[:20]})
    assert states(store) == [SpanState.UNKNOWN]


def test_nothing_shared_and_as_long_as_ever_is_a_gap_up_to_the_oldest_row():
    store = Store()
    store.read(START, {"1": calls(12)})
    store.read(START + 20 * HOUR, {"1": calls(12, since=START + 9 * HOUR)})
    assert states(store) == [SpanState.UNKNOWN, SpanState.COMPLETE, SpanState.GAP]
    assert last(store).since == START
    assert last(store).until == START + 9 * HOUR + timedelta(seconds=31) + RING_ALLOWANCE - HALF


def test_a_gap_whose_oldest_row_seems_older_than_the_last_read_ends_at_this_read():
    store = Store()
    store.read(START, {"1": calls(12)})
    store.read(START + 20 * HOUR, {"1": calls(12, since=START - 30 * HOUR)})
    assert last(store).until == START + 20 * HOUR


def test_nothing_shared_and_shorter_was_cleared():
    store = Store()
    store.read(START, {"1": calls(12)})
    store.read(START + HOUR, {"1": []})
    assert last(store).state is SpanState.CLEARED
    assert last(store).until == START + HOUR


def test_two_reads_before_anything_new_state_no_empty_span():
    store = Store()
    store.read(START, {"1": calls(12), "2": calls(1, code="2")}, offset_s=None)
    store.read(START + HOUR, {"1": [], "2": calls(1, code="2")}, offset_s=None)
    assert states(store) == [SpanState.UNKNOWN, SpanState.CLEARED]


def test_a_newer_row_gone_while_an_older_stays_was_removed():
    store = Store()
    rows = calls(5)
    store.read(START, {"1": rows})
    store.read(START + HOUR, {"1": rows[1:]})
    assert last(store).state is SpanState.REMOVED
    assert last(store).until == START + HOUR


def test_rows_in_another_order_prove_nothing():
    store = Store()
    rows = calls(5)
    store.read(START, {"1": rows})
    store.read(START + HOUR, {"1": [rows[1], rows[0], *rows[2:]]})
    assert last(store).state is SpanState.REMOVED


def test_a_list_found_to_stand_the_other_way_round_is_proven_all_the_same():
    store = Store()
    rows = calls(5)
    store.read(START, {"1": rows[::-1]})
    store.read(START + HOUR, {"1": calls(8)})
    assert states(store) == [SpanState.UNKNOWN]


def test_of_overlapping_calls_either_may_leave_a_full_list_first():
    store = Store()
    rows = calls(12)
    rows[10] = row("1", local(START - 10 * HOUR + 20 * MINUTE / 60), "long", duration_s=1200)
    store.read(START, {"1": rows})
    left = [row("1", local(START), "new"), *rows[:10], rows[11]]
    store.read(START + HOUR, {"1": left})
    assert states(store) == [SpanState.UNKNOWN]


def test_both_empty_is_proven_and_so_is_empty_and_then_short():
    store = Store()
    store.read(START, {})
    store.read(START + HOUR, {"2": calls(1, code="2")})
    store.read(START + 2 * HOUR, {"1": calls(9, since=START + HOUR), "2": calls(1, code="2")})
    assert states(store) == [SpanState.UNKNOWN]


def test_empty_and_then_ten_rows_is_a_gap_until_more_were_seen():
    store = Store()
    store.read(START, {})
    store.read(START + HOUR, {"1": calls(10, since=START, step=MINUTE)})
    assert last(store).state is SpanState.GAP


def test_lists_of_one_capacity_are_proven_as_one():
    store = Store()
    shared = variant(pools=(("1", "2", "3"),))
    placed, received = calls(6), calls(6, code="2", since=START - 5 * HOUR)
    store.read(START, {"1": placed, "2": received}, toy=shared)
    store.read(START + HOUR, {"2": received}, toy=shared)
    assert states(store) == [SpanState.UNKNOWN]
    store.read(START + 2 * HOUR, {"2": received[:3]}, toy=shared)
    assert states(store) == [SpanState.UNKNOWN]


def test_in_a_shared_capacity_a_newer_row_of_another_list_gone_was_removed():
    store = Store()
    shared = variant(pools=(("1", "2", "3"),))
    placed, received = calls(3), calls(3, code="2", since=START - 5 * HOUR)
    store.read(START, {"1": placed, "2": received}, toy=shared)
    store.read(START + HOUR, {"1": placed}, toy=shared)
    assert last(store).state is SpanState.REMOVED


def test_in_a_shared_capacity_the_read_that_first_showed_a_row_orders_it():
    store = Store()
    shared = variant(pools=(("1", "2", "3"),))
    placed = calls(3)
    store.read(START, {"1": placed}, toy=shared)
    store.read(START + HOUR, {"1": placed, "2": calls(3, code="2", since=START - 90 * HOUR)}, toy=shared)
    store.read(START + 2 * HOUR, {"1": placed}, toy=shared)
    assert last(store).state is SpanState.REMOVED


def test_lists_pooled_in_another_way_go_on_from_the_last_read():
    store = Store()
    store.read(START, {"1": calls(12), "2": calls(3, code="2", since=START - HOUR)})
    shared = variant(pools=(("1", "2", "3"),))
    store.read(START + HOUR, {"1": calls(13), "2": calls(3, code="2", since=START - HOUR)}, toy=shared)
    assert store.ledger.pools["1,2,3"] == PoolState(open_since=START, most_rows=16)
    assert states(store) == states(store, "2") == [SpanState.UNKNOWN, SpanState.COMPLETE]
    assert last(store).until == last(store, "2").until == START


def test_a_list_the_variant_does_not_name_is_kept_and_proven_on_its_own():
    store = Store()
    narrow = variant(pools=(("1",),))
    store.read(START, {"1": calls(2), "3": calls(2, code="3")}, toy=narrow)
    assert set(store.ledger.pools) == {"1", "2", "3"}


# --- codes, rates, deadlines, bytes -------------------------------------------------------------------


def test_one_row_of_the_missed_list_with_talk_time_alarms():
    store = Store()
    store.read(START, {"3": calls(2, code="3", duration_s=65)})
    assert "2 row(s) of the missed list show talk time" in store.notes[0]
    assert contradicting(variant(), "3", 65)
    assert not contradicting(variant(missed_rows_have_no_talk=False), "3", 65)
    assert not contradicting(variant(), "2", 65)


@pytest.mark.parametrize(
    ("missed", "received", "proposed"),
    [
        ((20, 20), (20, 0), True),
        ((19, 19), (20, 0), False),
        ((20, 20), (20, 20), False),
        ((20, 0), (20, 0), False),
    ],
)
def test_the_swap_is_proposed_when_twenty_rows_of_both_codes_contradict(missed, received, proposed):
    tallies = {
        "3": TalkTally(rows=missed[0], with_talk=missed[1]),
        "2": TalkTally(rows=received[0], with_talk=received[1]),
    }
    assert swap_proposed(variant(), tallies) is proposed
    assert not swap_proposed(variant(swap=None), tallies)


def test_rates_are_counted_by_hour_of_the_week():
    monday = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
    rate = RateProfile().counted("1", [monday, monday + MINUTE, monday + 100 * HOUR], ZONE)
    assert rate.counted("1", [], ZONE) is rate
    assert hour_of_week(monday, ZONE) == 10
    assert rate.peaks["1"][10] == 2
    now = monday + timedelta(days=8)
    assert RateProfile().peak("1", monday, ZONE, now=now) == PRIOR_PER_HOUR
    assert rate.peak("1", monday, ZONE, now=monday + 30 * HOUR) == YOUNG_PER_HOUR
    assert rate.peak("1", monday + timedelta(days=7), ZONE, now=now) == 2
    assert rate.expected("1", monday - HOUR / 2, monday + HOUR / 2, ZONE) is None
    assert rate.expected("2", now, now + HOUR, ZONE) is None
    assert rate.expected("1", now - timedelta(days=1, minutes=30), now - timedelta(days=1), ZONE) == 1.0


def test_rows_long_past_at_the_first_read_say_nothing_of_the_rate():
    store = Store()
    store.read(START, {"1": calls(3, since=START - timedelta(days=400))})
    assert store.ledger.rate.peaks == {}
    assert sum(store.ledger.rate.totals.get("1", ())) == 0


def test_a_row_with_an_unbelievable_time_counts_where_it_was_read():
    store = Store()
    store.read(START, {"1": calls(3)})
    odd = row("1", local(START - timedelta(days=400)), "odd")
    store.read(START + HOUR, {"1": [odd, *calls(3)]})
    assert store.ledger.rate.totals["1"][hour_of_week(START + HOUR, ZONE)] == 1


def test_a_gap_carries_an_estimate_from_the_rate_once_a_week_was_counted():
    store = Store()
    store.read(START, {"1": calls(12, since=START - 30 * 24 * HOUR, step=24 * HOUR)})
    store.read(START + 20 * HOUR, {"1": calls(12, since=START + 9 * HOUR)})
    assert last(store).estimate is not None
    assert last(store).at_most is None


def test_the_deadline_is_when_the_fastest_list_could_overflow():
    quiet = deadline(PhoneLedger(incarnation="x"), variant(), ZONE, now=START, longest=10 * MINUTE)
    assert quiet.at == START + 10 * MINUTE
    assert quiet.reason == "the longest time between two reads"
    busy = PhoneLedger(
        incarnation="x",
        pools={"2": PoolState(most_rows=30)},
        rate=RateProfile(peaks={"2": (60,) * HOURS}, totals={}, since=0),
    )
    due = deadline(busy, variant(), ZONE, now=START, longest=24 * HOUR)
    assert due.at == START + 10 * MINUTE
    assert due.reason == "received could overflow"


def test_the_ledger_survives_its_bytes():
    store = Store()
    store.read(START, {"1": calls(12), "2": [CallLogEntry(list_code="2", row_id="5")]})
    ledger = store.ledger
    again = codec.load(
        codec.dump(ledger),
        incarnation=ledger.incarnation,
        last_read=ledger.last_read,
        clock_offset_s=ledger.clock_offset_s,
        digest=ledger.digest,
    )
    assert again == ledger
    fresh = codec.load(b"", incarnation="y", last_read=None, clock_offset_s=None, digest="")
    assert fresh == PhoneLedger(incarnation="y")
