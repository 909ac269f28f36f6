"""A phone that another variant reads from now on: rows, proof and rates go on under the codes of the new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.errors import PlanRefused
from phonesync.ledger.rate import HOURS, RateProfile
from phonesync.ledger.values import PoolState, SpanState, TalkTally
from phonesync.model import CallLogEntry, ListName
from tests.ledger.paper import START, Store, local, row, variant

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

PLACED, RECEIVED, MISSED = ListName.PLACED, ListName.RECEIVED, ListName.MISSED
SERVLET = variant(name="servlet", lists={"1": PLACED, "2": MISSED, "3": RECEIVED})
OWN = (("1",), ("2",), ("3",), ("4",))
JSON = variant(name="json", lists={"1": PLACED, "2": RECEIVED, "3": MISSED})


def calls(rows, code, *, since=START - 10 * HOUR, **changes):
    """``rows`` rows, newest first, with numbers of their list."""
    shown = [row(code, local(since + turn * 7 * MINUTE), f"{code}{turn}", **changes) for turn in range(rows)]
    return shown[::-1]


def under(code, rows):
    """The same rows under another list code."""
    return [replace(shown, list_code=code) for shown in rows]


LISTS_OF_BOTH = (PLACED, RECEIVED, MISSED)
MISSES = calls(4, "2", duration_s=0)
ANSWERS = calls(3, "3", since=START - 9 * HOUR)
PLACES = calls(2, "1", since=START - 8 * HOUR)


def upgraded(**changes):
    """A phone read as servlet and an hour later as JSON, which exchanges codes 2 and 3."""
    store = Store()
    store.read(START, {"1": PLACES, "2": MISSES, "3": ANSWERS}, toy=SERVLET)
    rows = {"1": PLACES, "2": under("2", ANSWERS), "3": under("3", MISSES), **changes}
    return store, store.read(START + HOUR, rows, toy=JSON, firmware="2")


def test_rows_are_the_entries_they_were_under_the_code_of_their_list():
    store, plan = upgraded()
    assert (plan.new, plan.gone, plan.back, plan.changed) == ((), (), (), ())
    assert len(plan.aliases) == 7
    assert len(store.entries) == 9
    assert [store.entries[kept.entry_id].list_code for kept in store.ledger.lists["3"]] == ["2"] * 4


def test_the_next_rows_are_new_ones_of_the_new_code():
    store, _ = upgraded()
    late = row("3", local(START + HOUR), "late", duration_s=0)
    rows = {"1": PLACES, "2": under("2", ANSWERS), "3": [late, *under("3", MISSES)]}
    plan = store.read(START + 2 * HOUR, rows, toy=JSON, firmware="2")
    assert [(entry.list_code, entry.remote_number) for entry in plan.new] == [("3", "late")]
    assert not plan.aliases


def test_coverage_of_each_list_goes_on_and_what_was_proven_stays_with_the_variant_that_proved_it():
    store, plan = upgraded()
    for name in LISTS_OF_BOTH:
        (unknown, old, opened) = store.stated(name)
        assert (unknown[0], unknown[2]) == (None, SpanState.UNKNOWN)
        assert old == (unknown[1], START, SpanState.COMPLETE)
        assert opened == (START, None, SpanState.COMPLETE)
    assert {(span.variant, span.list_code) for span in plan.spans} == {
        ("servlet", "1"),
        ("servlet", "2"),
        ("servlet", "3"),
    }


def test_a_gap_at_the_change_is_one_of_the_new_code():
    turned_over = calls(12, "3", since=START, duration_s=0)
    store = Store()
    store.read(START, {"1": PLACES, "2": calls(12, "2", duration_s=0)}, toy=SERVLET)
    store.read(START + 20 * HOUR, {"1": PLACES, "3": turned_over}, toy=JSON)
    assert [state for _, _, state in store.stated(MISSED)] == [
        SpanState.UNKNOWN,
        SpanState.COMPLETE,
        SpanState.GAP,
        SpanState.COMPLETE,
    ]
    assert [(span.variant, span.list_code) for span in store.spans if span.state is SpanState.GAP] == [
        ("json", "3")
    ]
    assert [state for _, _, state in store.stated(RECEIVED)] == [SpanState.UNKNOWN, SpanState.COMPLETE]


def test_pools_tallies_and_rates_go_with_their_list():
    store = Store()
    store.read(START, {"2": MISSES, "3": ANSWERS}, toy=SERVLET)
    store.ledger = replace(
        store.ledger,
        pools={**store.ledger.pools, "2": PoolState(most_rows=40, open_since=START - HOUR)},
        rate=RateProfile(
            peaks={"2": (7,) * HOURS}, totals={"2": (8,) * HOURS}, recent={"2": {9: 1}}, since=9
        ),
    )
    store.read(START + HOUR, {"3": under("3", MISSES), "2": under("2", ANSWERS)}, toy=JSON)
    assert {name: pool.most_rows for name, pool in store.ledger.pools.items()} == {"1": 0, "2": 3, "3": 40}
    assert store.ledger.tallies == {
        "2": TalkTally(rows=3, with_talk=3),
        "3": TalkTally(rows=4, with_talk=0),
    }
    assert (
        set(store.ledger.rate.peaks)
        == set(store.ledger.rate.totals)
        == set(store.ledger.rate.recent)
        == {"3"}
    )
    assert store.ledger.rate.since == 9


def test_equal_rows_keep_their_order_also_where_one_of_them_has_left_the_phone():
    twins = [row("2", local(START - HOUR), "7", duration_s=0)] * 3
    store = Store()
    store.read(START, {"2": twins}, toy=SERVLET)
    store.read(START + HOUR, {"2": twins[1:]}, toy=SERVLET)
    plan = store.read(START + 2 * HOUR, {"3": under("3", twins[1:])}, toy=JSON)
    assert not plan.new
    assert [alias.occurrence for alias in plan.aliases] == [1, 2, 3]
    plan = store.read(START + 3 * HOUR, {"3": under("3", [*twins, *twins])}, toy=JSON)
    assert [entry.occurrence for entry in plan.new] == [4, 5, 6]


def test_there_and_back_again_nothing_is_doubled():
    store, _ = upgraded()
    late = row("3", local(START + HOUR), "late", duration_s=0)
    rows = {"1": PLACES, "2": under("2", ANSWERS), "3": [late, *under("3", MISSES)]}
    store.read(START + 2 * HOUR, rows, toy=JSON)
    rows = {"1": PLACES, "2": [replace(late, list_code="2"), *MISSES], "3": ANSWERS}
    plan = store.read(START + 3 * HOUR, rows, toy=SERVLET)
    assert not plan.new
    assert [alias.entry_id for alias in plan.aliases] == [
        entry.id for entry in store.entries.values() if entry.remote_number == "late"
    ]
    assert all(state is not SpanState.GAP for name in LISTS_OF_BOTH for *_, state in store.stated(name))


def test_rows_that_stay_under_their_code_are_believed_more_than_the_names():
    store = Store()
    store.read(START, {"1": PLACES, "2": MISSES, "3": ANSWERS}, toy=SERVLET)
    plan = store.read(START + HOUR, {"1": PLACES, "2": MISSES, "3": ANSWERS}, toy=JSON)
    assert (plan.new, plan.aliases, plan.gone) == ((), (), ())
    (note,) = plan.notes
    assert note.startswith("Rows stayed under the list codes 2 and 3, which servlet and json name otherwise:")
    assert {span.state for span in plan.spans} == {SpanState.COMPLETE}
    assert {span.variant for span in plan.spans} == {"servlet"}


def test_rows_that_stay_under_their_code_are_known_also_by_other_texts():
    store = Store()
    plain = variant(name="servlet", lists=SERVLET.lists, resolution_s=60)
    store.read(START, {"2": calls(4, "2", seconds=False), "3": calls(3, "3", seconds=False)}, toy=plain)
    plan = store.read(START + HOUR, {"2": calls(4, "2"), "3": calls(3, "3")}, toy=JSON)
    assert not plan.new
    assert plan.notes[0].startswith("Rows stayed under the list codes 2 and 3")


def test_a_firmware_that_begins_to_show_seconds_under_other_codes_doubles_nothing():
    form = variant(
        name="form",
        lists={"Dialed": PLACED, "Missed": MISSED},
        pools=(("Dialed",), ("Missed",)),
        resolution_s=60,
    )
    times = [local(START - HOUR) + turn * timedelta(seconds=433) for turn in (3, 2, 1, 0)]
    exact = [row("3", at, f"{at:%M}") for at in times]
    floored = [
        row("Missed", at.replace(second=0), f"{at:%M}", seconds=False, duration_s=None) for at in times
    ]
    store = Store()
    store.read(START, {"Missed": floored}, toy=form, offset_s=None)
    plan = store.read(START + HOUR, {"3": exact}, toy=JSON)
    assert not plan.new
    assert len(plan.aliases) == 4
    assert plan.notes == ("rows aligned after a change of firmware",)
    assert [state for *_, state in store.stated(MISSED)] == [SpanState.UNKNOWN, SpanState.COMPLETE]
    assert [state for *_, state in store.stated(RECEIVED)] == [SpanState.UNKNOWN, SpanState.COMPLETE]


def test_a_list_that_the_new_variant_lacks_ends_and_its_rows_are_gone_from_the_phone():
    wide = variant(name="wide", lists={**SERVLET.lists, "4": ListName.FORWARDED}, pools=OWN)
    away = calls(2, "4")
    store = Store()
    store.read(START, {"1": PLACES, "4": away}, toy=wide)
    plan = store.read(START + HOUR, {"1": PLACES}, toy=JSON)
    assert sorted(store.entries[gone].list_code for gone in plan.gone) == ["4", "4"]
    assert store.stated(ListName.FORWARDED)[-1][1:] == (START, SpanState.COMPLETE)
    plan = store.read(START + 2 * HOUR, {"1": PLACES, "4": away}, toy=wide)
    assert (len(plan.back), plan.new) == (2, ())
    assert [state for *_, state in store.stated(ListName.FORWARDED)] == [
        SpanState.UNKNOWN,
        SpanState.COMPLETE,
        SpanState.UNKNOWN,
        SpanState.COMPLETE,
    ]


def test_a_list_that_joins_a_shared_capacity_was_unknown_before():
    store = Store()
    store.read(START, {"1": PLACES}, toy=variant(name="narrow", pools=(("1", "2", "3"),)))
    wide = variant(name="wide", lists={**JSON.lists, "4": ListName.FORWARDED}, pools=(("1", "2", "3", "4"),))
    store.read(START + HOUR, {"1": PLACES}, toy=wide)
    assert store.stated(ListName.FORWARDED) == [
        (None, START, SpanState.UNKNOWN),
        (START, None, SpanState.COMPLETE),
    ]
    assert [state for *_, state in store.stated(PLACED)] == [SpanState.UNKNOWN, *[SpanState.COMPLETE] * 2]


def test_a_change_of_firmware_alone_closes_nothing():
    store = Store()
    store.read(START, {"2": MISSES}, toy=SERVLET, firmware="1")
    plan = store.read(START + HOUR, {"2": MISSES}, toy=SERVLET, firmware="2")
    assert not plan.spans


def test_codes_exchanged_by_order_move_nothing_and_count_at_the_next_change():
    store = Store()
    store.read(START, {"2": MISSES, "3": ANSWERS}, toy=SERVLET)
    exchanged = replace(SERVLET, lists=JSON.lists)
    plan = store.read(START + HOUR, {"2": MISSES, "3": ANSWERS}, toy=exchanged)
    assert (plan.unchanged, plan.new, plan.aliases, plan.spans) == (False, (), (), ())
    plan = store.read(START + 2 * HOUR, {"2": MISSES, "3": ANSWERS}, toy=JSON)
    assert (plan.new, plan.aliases, plan.notes) == ((), (), ())


def test_a_list_the_variants_do_not_name_goes_on_under_its_code():
    store = Store()
    odd = [CallLogEntry(list_code="5", remote_number="9", shown_at="?", row_id="1")]
    store.read(START, {"5": odd}, toy=SERVLET, extra=("5",))
    plan = store.read(START + HOUR, {"5": odd}, toy=JSON, extra=("5",))
    assert (plan.new, plan.gone) == ((), ())
    assert [state for *_, state in store.stated("5")] == [SpanState.UNKNOWN, SpanState.COMPLETE]
    plan = store.read(START + 2 * HOUR, {}, toy=JSON)
    assert len(plan.gone) == 1
    assert store.stated("5")[-1] == (START, START + HOUR, SpanState.COMPLETE)


def test_a_change_that_cannot_be_aligned_is_held_and_taken_unaligned_by_order():
    store = Store()
    store.read(START, {"2": calls(2, "2")}, toy=SERVLET, offset_s=None)
    twice = [row("3", local(START + HOUR), "21"), row("3", local(START), "20"), row("3", local(START), "21")]
    with pytest.raises(PlanRefused, match="After the change from servlet 1"):
        store.read(START + 2 * HOUR, {"3": twice}, toy=JSON, offset_s=None)
    store.ledger = replace(store.ledger, accept_unaligned=True)
    plan = store.read(START + 2 * HOUR, {"3": twice}, toy=JSON, offset_s=None)
    assert [entry.uncertain for entry in plan.new] == [True] * 3
    assert len(plan.gone) == 2
