"""The scorer finds every kind of failure, and blames nobody for what no reader can know."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from phonesync.driver.emulation import StoredRow
from phonesync.farm.card import MEANINGS, MUST_BE_ZERO, ScoreCard
from phonesync.farm.coverage import Settings
from phonesync.farm.matching import _largest
from phonesync.farm.phoneclock import Keeping
from phonesync.farm.proof import Proof
from phonesync.farm.recordings import Downtime
from phonesync.farm.score import score
from phonesync.farm.telephony import Leg
from phonesync.farm.traits import MemoryTraits, Merging
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from phonesync.store.records import EntryRow
from tests.farm.toys import START, Bench, ToyReader

SWAPPED = {"missed": "received", "received": "missed"}


def bench_and(reader: type[ToyReader] = ToyReader, **bench: object) -> tuple[Bench, ToyReader]:
    table = Bench(**bench)
    return table, reader(phone=table.phone, truth=table.truth)


def card_of(table: Bench, reader: ToyReader, **changes: object) -> ScoreCard:
    return score(table.truth, reader.entries(), reader.coverage(), settings=Settings(**changes))


def counts(card: ScoreCard) -> dict[str, int]:
    """Every figure that is not 0."""
    return {name: card.figure(name).count for name in MEANINGS if card.figure(name).count}


def ordinary_day(table: Bench, reader: ToyReader) -> None:
    """Calls on every list, read in time."""
    reader.read()
    for round_ in range(12):
        table.calls(3, first=10 * round_)
        table.call("201", list_name=ListName.RECEIVED, talk_s=30, name="Иванов")
        table.call("202", list_name=ListName.PLACED, talk_s=5)
        reader.read()


# ---- a good reader ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolution", [1, 60])
@pytest.mark.parametrize("capacity", [8, 100])
def test_a_good_reader_of_a_good_phone_scores_nothing(resolution: int, capacity: int):
    table, reader = bench_and(traits=MemoryTraits(capacity=capacity), resolution_s=resolution)
    ordinary_day(table, reader)
    card = card_of(table, reader)
    assert counts(card) == {}
    assert card.clean
    assert card.in_time
    assert (card.phones, card.reads, card.recorded, card.shown, card.entries) == (1, 13, 60, 60, 60)


def test_a_confessed_gap_is_no_fault():
    table, reader = bench_and(traits=MemoryTraits(capacity=10))
    table.calls(5)
    reader.read()
    table.calls(30, first=100)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert counts(card) == {"missed": 20}
    assert card.missed.causes == {"settling days": 20}


def test_the_same_caller_twice_in_one_minute_makes_two_entries():
    table, reader = bench_and(resolution_s=60)
    table.call("1", ring_s=5, pause_s=5)
    table.call("1", ring_s=5, pause_s=5)
    reader.read()
    assert len(reader.entries()) == 2
    assert counts(card_of(table, reader)) == {}


def test_the_doubled_hour_at_the_end_of_summer_time_fits_either_way():
    start = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    for fold in (0, 1):
        table, reader = bench_and(zone=ZoneInfo("Europe/Berlin"), start=start)
        table.call("1")
        reader.read()
        (entry,) = reader.entries()
        wall = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
        card = score(table.truth, [replace(entry, started_at=wall.astimezone(UTC))], reader.coverage())
        assert counts(card) == {}


# ---- readers that break one promise -------------------------------------------------------------------------


class Lossy(ToyReader):
    def keep_row(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> None:
        if row.number.endswith("2"):
            return
        super().keep_row(key, row, at)


class Doubling(ToyReader):
    def keep_row(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> None:
        super().keep_row(key, row, at)
        if row.number.endswith("2"):
            super().keep_row((*key, "again"), row, at)


class Inventing(ToyReader):
    def entries(self) -> list[EntryRow]:
        kept = super().entries()
        return [*kept, replace(kept[0], remote_number="74955550999"), replace(kept[0], phone="desk-999")]


class WrongTime(ToyReader):
    def entries(self) -> list[EntryRow]:
        return [replace(one, started_at=one.started_at + timedelta(seconds=1)) for one in super().entries()]


class Boasting(ToyReader):
    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        return True


class Timid(ToyReader):
    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        return False


class WrongList(ToyReader):
    """Takes every tenth row for another list's."""

    def entries(self) -> list[EntryRow]:
        return [
            replace(one, list_name="placed" if index % 10 == 3 else one.list_name)
            for index, one in enumerate(super().entries())
        ]


class Misreading(ToyReader):
    def entries(self) -> list[EntryRow]:
        first, second, *rest = super().entries()
        named = [one for one in rest if one.remote_name]
        others = [one for one in rest if not one.remote_name]
        garbled = replace(named[0], remote_name="Ð\x98Ð²Ð°Ð½Ð¾Ð²")
        return [replace(first, duration_s=99), replace(second, count=3), garbled, *named[1:], *others]


@pytest.mark.parametrize(
    ("reader", "figures"),
    [
        (Lossy, {"lost": 15}),
        (Doubling, {"doubled": 15}),
        (Inventing, {"invented": 2}),
        (WrongTime, {"lost": 60, "invented": 60}),
        (Timid, {"false_gap": 48}),
        (WrongList, {"lost": 6, "invented": 6}),
        (Misreading, {"misread": 4}),
    ],
)
def test_every_broken_promise_is_caught(reader: type[ToyReader], figures: dict[str, int]):
    table, broken = bench_and(reader)
    ordinary_day(table, broken)
    if reader is Lossy or reader is Doubling:
        hits = sum(recording.number.endswith("2") for recording in table.truth.recordings("desk-101"))
        figures = dict.fromkeys(figures, hits)
        assert hits
    card = card_of(table, broken)
    assert counts(card) == figures
    assert card.clean == (reader is Misreading)


def test_a_row_swallowed_beside_its_twin_is_lost():
    class Merging(ToyReader):
        def keep_row(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> None:
            super().keep_row((*key[:-1], 1), row, at)

    table, reader = bench_and(Merging, resolution_s=60)
    table.call("1", ring_s=5, pause_s=5)
    table.call("1", ring_s=5, pause_s=5)
    reader.read()
    assert counts(card_of(table, reader)) == {"lost": 1}


def test_twins_that_no_read_ever_showed_together_cannot_be_told_apart():
    table, reader = bench_and(resolution_s=60)
    table.call("1", ring_s=5, pause_s=1)
    reader.read()
    table.phone.delete(ListName.MISSED, 0, at=table.at)
    table.call("1", ring_s=5, pause_s=1)
    reader.read()
    assert len(reader.entries()) == 1
    assert counts(card_of(table, reader)) == {"indistinguishable": 1}


def test_an_overflow_passed_over_in_silence_is_unconfessed():
    table, reader = bench_and(Boasting, traits=MemoryTraits(capacity=10))
    table.calls(5)
    reader.read()
    table.calls(30, first=100)
    reader.read()
    card = card_of(table, reader)
    assert card.unconfessed.count == 20
    assert card.unconfessed.causes == {"evicted": 20}
    assert not card.clean


def test_coverage_speaks_of_the_recording_not_of_the_start():
    table, reader = bench_and(traits=MemoryTraits(capacity=1))
    table.call("1", list_name=ListName.RECEIVED, talk_s=600, pause_s=1)
    evicted_before = table.at
    table.call("2", list_name=ListName.RECEIVED, talk_s=5, pause_s=1)
    reader.read()
    first = table.truth.recordings("desk-101")[0]
    for since, faults in ((first.recorded, {"unconfessed": 1}), (evicted_before, {})):
        spans = [
            replace(span, since=since)
            if span.list_name == "received" and span.state is SpanState.COMPLETE
            else replace(span, until=since)
            if span.list_name == "received"
            else span
            for span in reader.coverage()
        ]
        card = score(table.truth, reader.entries(), spans)
        assert counts(card) == faults | {"missed": 1}


def test_an_open_span_claims_nothing_after_the_last_good_read():
    table, reader = bench_and(traits=MemoryTraits(capacity=2))
    reader.read()
    table.calls(5)
    assert card_of(table, reader).unconfessed.count == 0


def test_a_read_that_failed_shows_nothing():
    table, reader = bench_and(traits=MemoryTraits(capacity=2))
    reader.read()
    table.calls(2)
    reader.read(completed=False)
    card = card_of(table, reader)
    assert (card.reads, card.shown) == (1, 0)
    assert card.clean


# ---- what no reader can know ----------------------------------------------------------------------------------


def test_a_row_written_and_deleted_between_two_reads_is_invisible():
    table, reader = bench_and()
    table.calls(3)
    reader.read()
    table.calls(2, first=10)
    table.phone.delete(ListName.MISSED, 0, at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert card.invisible.causes == {"deleted by hand": 1}


def test_an_empty_list_filled_and_cleared_is_invisible():
    table, reader = bench_and()
    reader.read()
    table.calls(3)
    table.phone.clear(ListName.MISSED, at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert card.invisible.causes == {"list cleared": 3}


def test_rows_written_after_a_read_and_lost_in_a_reboot_are_invisible():
    table, reader = bench_and(traits=MemoryTraits(flush_s=100_000))
    table.call()
    table.wait(seconds=100_000)
    reader.read()
    table.calls(2, first=10)
    table.phone.reboot(at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert card.invisible.causes == {"lost in a reboot": 2}


def test_a_list_with_rows_that_was_cleared_must_be_confessed():
    table, reader = bench_and(Boasting)
    table.calls(3)
    reader.read()
    table.calls(2, first=10)
    table.phone.clear(ListName.MISSED, at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.unconfessed.causes == {"list cleared": 2}
    assert card.invisible.count == 0


def test_a_row_deleted_beside_one_known_to_be_removed_must_be_confessed():
    table, reader = bench_and(Boasting)
    table.calls(3)
    reader.read()
    table.call("new")
    table.phone.delete(ListName.MISSED, 0, at=table.at)
    table.phone.delete(ListName.MISSED, 0, at=table.at)
    reader.read()
    assert card_of(table, reader).unconfessed.causes == {"deleted by hand": 1}


def test_a_row_deleted_behind_the_oldest_one_shown_is_invisible_even_after_a_gap():
    table, reader = bench_and(traits=MemoryTraits(capacity=5))
    table.calls(3)
    reader.read()
    table.calls(6, first=100)
    oldest_shown = table.at
    table.calls(4, first=200)
    table.phone.delete(ListName.MISSED, 1, at=table.at)
    reader.read()
    spans = [
        replace(span, until=oldest_shown)
        if span.state is SpanState.GAP
        else replace(span, since=oldest_shown)
        if span.list_name == "missed" and span.until is None
        else span
        for span in reader.coverage()
    ]
    card = score(table.truth, reader.entries(), spans)
    assert card.clean
    assert card.invisible.causes == {"deleted by hand": 1}


# ---- clocks, merging, relabelling, swaps ------------------------------------------------------------------------


def test_rows_under_a_wrong_clock_are_matched_by_the_text_they_were_shown_under():
    table, reader = bench_and(traits=MemoryTraits(keeping=Keeping.TEXT))
    table.phone.set_clock(offset_s=-5000, at=table.at)
    ordinary_day(table, reader)
    table.phone.set_clock(offset_s=0, at=table.at)
    table.call("1")
    reader.read()
    assert counts(card_of(table, reader)) == {}


def test_a_re_dated_row_kept_twice_is_doubled_and_kept_once_under_either_text_is_right():
    table, reader = bench_and(traits=MemoryTraits(keeping=Keeping.TICKS))
    table.calls(4)
    reader.read()
    table.phone.set_clock(offset_s=3600, at=table.at)
    table.wait(minutes=10)
    reader.read()
    card = card_of(table, reader)
    assert card.doubled.count == 4
    assert card.weak_proof.causes == {"re-dated": 1}
    assert card.false_gap.count == 0
    early, late = reader.entries()[:4], reader.entries()[4:]
    marked = [*(replace(one, uncertain=True) for one in early[:3]), *early[3:], *late]
    card = score(table.truth, marked, ())
    assert card.doubled.count == 1
    assert card.uncertain.causes == {"kept twice: clock set": 3}
    for kept in (early, late, [*early[:2], *late[2:]]):
        assert score(table.truth, kept, ()).doubled.count == 0
        assert score(table.truth, kept, ()).lost.count == 0
        assert score(table.truth, kept, ()).invented.count == 0


@pytest.mark.parametrize("years", [-1, 1])
def test_a_wrong_year_is_invented_where_the_clock_was_right_and_forgiven_where_it_was_years_off(years: int):
    for offset_days, figures in ((0, {"lost": 1, "invented": 1}), (-3000, {})):
        table, reader = bench_and(resolution_s=60)
        table.phone.set_clock(offset_s=offset_days * 86400, at=table.at)
        table.call("1")
        reader.read()
        (entry,) = reader.entries()
        moved = replace(entry, started_at=entry.started_at.replace(year=entry.started_at.year + years))
        assert counts(score(table.truth, [moved], reader.coverage())) == figures


def merged_table() -> tuple[Bench, ToyReader]:
    """Read with one call, and again with three in the same row."""
    table, reader = bench_and(traits=MemoryTraits(merging=Merging.NEWEST))
    table.call("1")
    reader.read()
    table.call("1")
    table.call("1")
    reader.read()
    return table, reader


def test_merged_repeats_may_be_kept_as_an_entry_for_each_time_shown():
    table, reader = merged_table()
    card = score(table.truth, reader.entries(), ())
    assert [entry.count for entry in reader.entries()] == [1, 3]
    assert counts(card) == {"by_count": 1}


def test_merged_repeats_may_be_kept_as_one_entry_whose_count_grows():
    table, reader = merged_table()
    grown = replace(reader.entries()[0], count=3, complete=False)
    assert counts(score(table.truth, [grown], ())) == {"by_count": 2}


def test_merged_repeats_are_lost_where_neither_count_nor_time_is_kept():
    table, reader = merged_table()
    first, second = reader.entries()
    assert score(table.truth, [first], ()).lost.causes == {"merged repeats": 1}
    assert score(table.truth, [second], ()).lost.count == 1
    too_many = replace(second, count=4)
    assert score(table.truth, [first, too_many], ()).misread.causes == {"count": 1}
    assert score(table.truth, [first, replace(second, complete=True)], ()).misread.causes == {
        "merged row called complete": 1
    }


def test_lists_that_the_reader_exchanges_throughout_are_matched_and_named():
    table, reader = bench_and()
    ordinary_day(table, reader)
    entries = [replace(one, list_name=SWAPPED.get(one.list_name, one.list_name)) for one in reader.entries()]
    spans = [replace(one, list_name=SWAPPED.get(one.list_name, one.list_name)) for one in reader.coverage()]
    card = score(table.truth, entries, spans)
    assert counts(card) == {}
    assert card.relabelled == ("desk-101",)
    assert card_of(table, reader).relabelled == ()


def test_coverage_is_held_against_the_list_it_truly_is_when_lists_are_exchanged():
    table, reader = bench_and(Boasting, traits=MemoryTraits(capacity=10))
    table.call("1", list_name=ListName.RECEIVED, talk_s=5)
    table.calls(5)
    reader.read()
    table.calls(30, first=100)
    reader.read()
    entries = [replace(one, list_name=SWAPPED.get(one.list_name, one.list_name)) for one in reader.entries()]
    spans = [replace(one, list_name=SWAPPED.get(one.list_name, one.list_name)) for one in reader.coverage()]
    assert score(table.truth, entries, spans).unconfessed.count == 20


def leg_of_yesterday() -> Leg:
    """A row that another device brings along."""
    then = START - timedelta(days=1)
    return Leg(
        extension="101",
        account="101",
        list_name=ListName.MISSED,
        number="5",
        name="",
        started=then,
        answered=None,
        ended=then + timedelta(seconds=10),
    )


def test_rows_of_another_device_are_not_invented_and_its_past_is_not_confessed():
    table, reader = bench_and()
    table.calls(3)
    reader.read()
    table.phone.swap("00005e0053ff", [leg_of_yesterday()], at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert card.entries == 4
    assert card.untidy.count == 0


def test_the_unknown_past_of_another_device_is_no_false_gap_but_of_the_first_it_is():
    table, reader = bench_and()
    table.calls(3)
    for _ in range(2):
        reader.read()
        table.wait(hours=1)
    past = next(span for span in reader.coverage() if span.list_name == "missed")
    later = replace(past, until=table.at)
    spans = [past, later]
    assert score(table.truth, reader.entries(), spans).false_gap.count == 1
    table.phone.swap("00005e0053ff", [leg_of_yesterday()], at=table.at)
    assert score(table.truth, reader.entries(), spans).false_gap.count == 0
    assert score(table.truth, reader.entries(), [later]).false_gap.count == 1


def test_a_withheld_number_fits_whatever_stands_in_its_place():
    table, reader = bench_and()
    table.call("")
    reader.read()
    (entry,) = reader.entries()
    for shown in (None, "", "anonymous", "Unknown"):
        assert counts(score(table.truth, [replace(entry, remote_number=shown)], ())) == {}


# ---- proof --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_start", [True, False])
def test_a_gap_after_a_row_was_removed_by_hand_is_right(by_start: bool):
    table, reader = bench_and(traits=MemoryTraits(by_start=by_start))
    table.calls(3)
    reader.read()
    table.phone.delete(ListName.MISSED, 0, at=table.at)
    table.wait(minutes=10)
    reader.read()
    assert counts(card_of(table, reader)) == {}
    assert any(span.state is SpanState.GAP for span in reader.coverage())


def test_a_gap_although_only_the_oldest_row_was_deleted_is_false():
    table, reader = bench_and(Timid)
    table.calls(3)
    reader.read()
    table.phone.delete(ListName.MISSED, 2, at=table.at)
    table.wait(minutes=10)
    reader.read()
    card = card_of(table, reader)
    assert card.false_gap.count == 4
    assert card.false_gap.causes == {"gap": 4}


@pytest.mark.parametrize(("rows", "false"), [(9, 1), (10, 0)])
def test_ten_rows_after_an_empty_list_prove_nothing_and_nine_do(rows: int, false: int):
    table, reader = bench_and(Timid)
    reader.read()
    table.calls(rows)
    reader.read()
    spans = [span for span in reader.coverage() if span.list_name == "missed"]
    assert score(table.truth, reader.entries(), spans).false_gap.count == false


def test_more_rows_after_an_empty_list_prove_something_once_more_were_seen():
    table, reader = bench_and(Timid)
    table.calls(15)
    reader.read()
    table.phone.clear(None, at=table.at)
    reader.read()
    table.calls(14)
    reader.read()
    spans = [span for span in reader.coverage() if span.list_name == "missed"]
    assert score(table.truth, reader.entries(), spans).false_gap.count == 1


def test_merged_rows_alone_prove_nothing_firm():
    table, reader = bench_and(Timid, traits=MemoryTraits(merging=Merging.NEWEST))
    table.call("1")
    table.call("1")
    reader.read()
    table.call("2")
    reader.read()
    spans = [span for span in reader.coverage() if span.list_name == "missed"]
    card = score(table.truth, reader.entries(), spans)
    assert card.false_gap.count == 0
    assert card.weak_proof.causes == {"merged": 1}


def test_the_judgement_of_long_quiet_stretches_takes_no_room():
    table, reader = bench_and()
    table.calls(3)
    for _ in range(50):
        reader.read()
        table.wait(minutes=10)
    (span,) = table.truth.proven("desk-101", ListName.MISSED)
    assert (span.proof, span.pairs) == (Proof.PROVEN, 49)


def test_spans_that_overlap_or_leave_a_hole_are_untidy():
    table, reader = bench_and()
    table.calls(3)
    reader.read()
    table.phone.clear(None, at=table.at)
    table.wait(hours=1)
    reader.read()
    spans = reader.coverage()
    assert score(table.truth, reader.entries(), spans).untidy.count == 0
    moved = [
        replace(span, until=span.until - timedelta(minutes=5))
        if span.state is SpanState.GAP and span.until
        else span
        for span in spans
    ]
    assert score(table.truth, reader.entries(), moved).untidy.causes == {"hole": 1}
    twice = [*spans, next(span for span in spans if span.state is SpanState.GAP)]
    assert score(table.truth, reader.entries(), twice).untidy.causes == {"overlap": 1}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda spans: [replace(one, since=START) if one.since is None else one for one in spans], "begin"),
        (lambda spans: [one for one in spans if one.until is not None], "no open end"),
        (
            lambda spans: [*spans, replace(spans[-1], since=spans[-1].since + timedelta(hours=9))],
            "open before",
        ),
    ],
)
def test_other_untidiness_is_named(change: Callable[[list], list], fault: str):
    table, reader = bench_and()
    table.calls(3)
    reader.read()
    spans = change([span for span in reader.coverage() if span.list_name == "missed"])
    (cause,) = score(table.truth, reader.entries(), spans).untidy.causes
    assert fault in cause


def test_a_shared_capacity_is_proven_as_one_list():
    table, reader = bench_and(Timid, traits=MemoryTraits(capacity=6, shared=True))
    table.call("1", list_name=ListName.PLACED)
    table.calls(5)
    reader.read()
    table.wait(minutes=10)
    table.call("2", list_name=ListName.RECEIVED, talk_s=5)
    reader.read()
    (span,) = table.truth.proven("desk-101", ListName.PLACED)
    assert span.proof is Proof.PROVEN
    assert card_of(table, reader).false_gap.count == 4


def test_across_lists_of_one_capacity_only_times_tell_which_row_was_the_oldest():
    table, reader = bench_and(traits=MemoryTraits(capacity=3, shared=True))
    table.phone.set_clock(offset_s=7200, at=table.at)
    table.call("1", list_name=ListName.PLACED)
    table.phone.set_clock(offset_s=0, at=table.at)
    table.calls(2)
    reader.read()
    table.wait(minutes=10)
    table.call("2", list_name=ListName.RECEIVED, talk_s=5)
    reader.read()
    (span,) = table.truth.proven("desk-101", ListName.PLACED)
    assert span.proof is Proof.DISORDER


def test_a_repeat_that_joins_a_row_leaves_no_firm_proof():
    table, reader = bench_and(traits=MemoryTraits(merging=Merging.NEWEST))
    table.call("1")
    table.call("2")
    reader.read()
    table.call("2")
    reader.read()
    (span,) = table.truth.proven("desk-101", ListName.MISSED)
    assert span.proof is Proof.MERGED


def test_a_row_lost_after_its_read_had_shown_the_lists_belongs_to_the_next_read():
    table, reader = bench_and(Boasting)
    table.calls(2)
    reader.read()
    table.phone.begin_read()
    for name in table.phone.facts.lists:
        table.phone.rows(name)
    table.wait(seconds=20)
    table.call("3")
    for _ in range(2):
        table.phone.delete(ListName.MISSED, 0, at=table.at)
    table.phone.end_read(completed=True)
    assert not table.truth.recordings("desk-101")[2].hidden
    reader.read()
    assert card_of(table, reader).unconfessed.causes == {"deleted by hand": 1}


# ---- in time --------------------------------------------------------------------------------------------------------


def overflow(*, days: float = 4) -> tuple[Bench, ToyReader]:
    table, reader = bench_and(traits=MemoryTraits(capacity=5))
    reader.read()
    table.wait(days=days)
    table.calls(7)
    return table, reader


def test_rows_evicted_unread_on_a_phone_that_could_be_read_are_late():
    table, reader = overflow()
    card = card_of(table, reader)
    assert card.late.causes == {"never down": 2}
    assert not card.in_time
    assert card.clean


@pytest.mark.parametrize(
    ("arrange", "cause"),
    [
        (lambda table: None, "settling days"),
        (
            lambda table: table.truth.down(
                "desk-101",
                Downtime(since=START, until=table.at, reason="offline"),
            ),
            "offline",
        ),
    ],
)
def test_rows_evicted_unread_for_a_reason_are_listed_with_it(arrange: Callable[[Bench], None], cause: str):
    table, reader = overflow(days=4 if cause == "offline" else 2)
    arrange(table)
    card = card_of(table, reader)
    assert card.missed.causes == {cause: 2}
    assert card.in_time


def test_a_list_nobody_can_read_is_a_reason():
    table, reader = overflow()
    table.truth._phones["desk-101"].facts = replace(table.phone.facts, readable=False)
    assert card_of(table, reader).missed.causes == {"its list cannot be read": 2}


def test_an_overflow_within_a_minute_cannot_be_read_in_time():
    table, reader = bench_and(traits=MemoryTraits(capacity=2))
    reader.read()
    table.wait(days=4)
    table.calls(4, ring_s=5, pause_s=1)
    assert card_of(table, reader).missed.causes == {"overflowed too fast": 2}


SIX = timedelta(minutes=6)


@pytest.mark.parametrize(
    ("downs", "cause"),
    [
        # From the recording of the row; None: until it is gone.
        ([(-SIX, SIX), (2 * SIX, None)], "around a downtime"),
        ([(-SIX, SIX), (1.9 * SIX, None)], None),
        ([(timedelta(hours=2), None)], "around a downtime"),
        ([(timedelta(minutes=119), None)], None),
        (
            [(timedelta(minutes=1), SIX), (timedelta(minutes=4), 3 * SIX), (4 * SIX, None)],
            "around a downtime",
        ),
        ([(timedelta(minutes=1), SIX), (timedelta(minutes=4), 3 * SIX), (3.9 * SIX, None)], None),
        ([(timedelta(minutes=1), timedelta(hours=3))], "around a downtime"),
    ],
)
def test_a_row_is_late_where_the_phone_was_there_long_enough_before_or_after_it_was_away(downs, cause):
    table, reader = bench_and(traits=MemoryTraits(capacity=1))
    reader.read()
    table.wait(days=4)
    table.calls(1)
    table.wait(days=1)
    table.calls(1)
    row = table.truth.recordings("desk-101")[0]
    for since, until in downs:
        ends = table.at if until is None else row.recorded + until
        table.truth.down("desk-101", Downtime(since=row.recorded + since, until=ends, reason="offline"))
    card = card_of(table, reader)
    assert card.late.causes == ({cause: 1} if cause else {})
    assert card.missed.causes == ({} if cause else {"offline": 1})


# ---- uncertain ------------------------------------------------------------------------------------------------------


def test_uncertain_entries_are_counted_apart_with_their_cause():
    table, reader = bench_and()
    table.calls(3)
    reader.read()
    table.wait(days=10)
    table.phone.set_clock(offset_s=60, at=table.at)
    table.calls(1, first=50)
    reader.read()
    entries = [replace(one, uncertain=True) for one in reader.entries()]
    card = score(table.truth, [entries[0], *reader.entries()[1:3], entries[3]], reader.coverage())
    assert card.clean
    assert card.uncertain.causes == {"none found": 1, "clock set": 1}
    assert card.uncertain_share == pytest.approx(0.5)
    assert "2 (50.000%)" in card.markdown()


# ---- the card -------------------------------------------------------------------------------------------------------


def test_the_card_names_examples_causes_and_what_was_wanted():
    table, reader = bench_and(Lossy)
    ordinary_day(table, reader)
    card = card_of(table, reader)
    text = card.markdown()
    assert "| lost | " in text
    assert "desk-101 missed 7495555" in text
    assert 0 < len(card.lost.examples) <= 5
    for name in MUST_BE_ZERO:
        assert f"| {name.replace('_', ' ')} | {card.figure(name).count} | 0 |" in text
    console = Console(file=io.StringIO(), width=150)
    console.print(card.table())
    assert "unconfessed" in console.file.getvalue()
    plain = card.as_dict()
    assert plain["lost"]["count"] == card.lost.count
    assert plain["clean"] is False
    with pytest.raises(KeyError):
        card.figure("phones")


# ---- matching -------------------------------------------------------------------------------------------------------


def paired(recordings: list[int], fits: dict[int, list[int]]) -> int:
    """The size of the largest matching, by trying everything."""
    best = 0
    choices = [[None, *fits[number]] for number in recordings]
    for chosen in itertools.product(*choices):
        taken = [one for one in chosen if one is not None]
        if len(set(taken)) == len(taken):
            best = max(best, len(taken))
    return best


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), max_size=3, unique=True), max_size=5),
)
def test_the_matching_is_the_largest_and_never_gives_up_an_earlier_recording(edges: list[list[int]]):
    table = Bench()
    table.calls(len(edges))
    recordings = list(table.truth.recordings("desk-101"))
    fits = {one.id: found for one, found in zip(recordings, edges, strict=True)}
    owner = _largest(recordings, fits)
    assert all(index in fits[number] for index, number in owner.items())
    assert len(set(owner.values())) == len(owner) == paired([one.id for one in recordings], fits)
    for end in range(len(recordings)):
        assert set(_largest(recordings[:end], fits).values()) <= set(owner.values())


class Harm(ToyReader):
    """Loses, doubles or invents as it is told."""

    lose: frozenset[int] = frozenset()
    double: frozenset[int] = frozenset()

    def entries(self) -> list[EntryRow]:
        kept = super().entries()
        left = [one for index, one in enumerate(kept) if index not in self.lose]
        return left + [kept[index] for index in self.double if index < len(kept) and index not in self.lose]


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.sampled_from("12"), min_size=1, max_size=12),
    pauses=st.lists(st.integers(0, 40), min_size=12, max_size=12),
    lose=st.frozensets(st.integers(0, 5), max_size=3),
    double=st.frozensets(st.integers(6, 11), max_size=3),
    resolution=st.sampled_from([1, 60]),
)
def test_lost_and_doubled_rows_are_counted_exactly_among_look_alikes(
    numbers: list[str], pauses: list[int], lose: frozenset[int], double: frozenset[int], resolution: int
):
    table, reader = bench_and(Harm, resolution_s=resolution)
    for number, pause in zip(numbers, pauses, strict=False):
        table.call(number, ring_s=3, pause_s=pause)
    reader.read()
    reader.lose, reader.double = lose, double
    keys = [(one.remote_number, one.started_at) for one in ToyReader.entries(reader)]
    lost = doubled = 0
    for key in set(keys):
        places = [index for index, one in enumerate(keys) if one == key]
        missing = sum(index in lose for index in places)
        extra = sum(index in double and index not in lose for index in places)
        lost += max(0, missing - extra)
        doubled += max(0, extra - missing)
    card = card_of(table, reader)
    assert (card.lost.count, card.doubled.count, card.invented.count) == (lost, doubled, 0)
