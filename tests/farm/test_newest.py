"""Lists that show their newest row only, and lists of which nothing is proven: scored by rules that fit them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from phonesync.driver.emulation import StoredRow
from phonesync.farm.card import MEANINGS, ScoreCard
from phonesync.farm.config_out import render_config
from phonesync.farm.coverage import Settings
from phonesync.farm.proof import Proof, ShownRow
from phonesync.farm.rowids import GROWN_OFTEN, RowIds, SeenIds, in_disguise
from phonesync.farm.score import score
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.farm.traits import MemoryTraits, Numbering
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from phonesync.store.records import CoverageRow, EntryRow
from tests.farm.toys import START, Bench, ToyReader, kind, kinds

MISSED, PLACED = ListName.MISSED, ListName.PLACED


@dataclass
class NewestReader(ToyReader):
    """Keeps rows by id, stamps them with the read that first showed them, and believes ids that grow."""

    grown: Counter[str] = field(default_factory=Counter)
    fell: bool = False
    ids: dict[str, int] = field(default_factory=dict)
    gaps_say: int | None = None

    def key(self, row: StoredRow) -> tuple[object, ...]:
        return (row.list_name.value, row.account, row.number, row.row_id)

    def entry(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> EntryRow:
        last = self.last_at or at
        made = super().entry((*key[:3], at.replace(tzinfo=None), key[4]), row, at)
        return replace(
            made,
            id="/".join(map(str, key)),
            started_at=at,
            resolution_s=int((at - last).total_seconds()),
            time_of="recorded",
            shown_at=None,
            duration_s=None,
            remote_name=None,
        )

    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        known, fell = self.grown[name], self.fell
        ids = [int(str(key[3])) for key in now]
        if ids:
            last = self.ids.get(name)
            self.ids[name] = ids[0]
            self.grown[name] += last is not None and ids[0] > last
            self.fell = self.fell or (last is not None and ids[0] < last)
        if not before or not ids or fell or self.fell or known < GROWN_OFTEN:
            return False
        return ids[0] - int(str(before[0][3])) in {0, 1}

    def span(
        self, name: str, since: datetime | None, until: datetime | None, state: SpanState
    ) -> CoverageRow:
        made = super().span(name, since, until, state)
        return replace(made, at_most=self.gaps_say) if state is SpanState.GAP else made


def newest(reader: type[NewestReader] = NewestReader, **traits: object) -> tuple[Bench, NewestReader]:
    table = Bench(newest_only=True, traits=MemoryTraits(**traits))
    return table, reader(phone=table.phone, truth=table.truth)


def card_of(table: Bench, reader: ToyReader, **changes: object) -> ScoreCard:
    return score(table.truth, reader.entries(), reader.coverage(), settings=Settings(**changes))


def counts(card: ScoreCard) -> dict[str, int]:
    return {name: card.figure(name).count for name in MEANINGS if card.figure(name).count}


def a_day(table: Bench, reader: ToyReader, rounds: int = 12) -> None:
    """Sometimes nothing, sometimes one call, sometimes three between two reads."""
    reader.read()
    for number in range(rounds):
        table.calls(number % 4 if number % 4 != 2 else 1, first=10 * number, pause_s=400)
        table.wait(minutes=5)
        reader.read()


# ---- a good reader --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbering", Numbering)
@pytest.mark.parametrize("renumbers", [False, True])
def test_a_good_reader_of_newest_rows_makes_no_mistake(numbering: Numbering, renumbers: bool):
    table, reader = newest(numbering=numbering, renumbers=renumbers)
    a_day(table, reader)
    card = card_of(table, reader)
    assert card.clean, card.markdown()
    assert card.in_time
    assert card.entries == card.shown < card.recorded
    assert set(counts(card)) <= {"missed", "weak_proof"}
    assert card.missed.causes.keys() == {"settling days"}


def test_a_row_that_no_read_showed_is_not_lost():
    table, reader = newest()
    reader.read()
    table.calls(5)
    reader.read()
    assert (card_of(table, reader).lost.count, card_of(table, reader).missed.count) == (0, 4)


def test_a_row_that_stood_long_enough_unread_is_late():
    table, reader = newest()
    reader.read()
    table.wait(days=4)
    table.call("1")
    table.wait(hours=5)
    table.call("2")
    table.wait(minutes=5)
    table.call("3")
    card = card_of(table, reader)
    assert card.late.causes == {"never down": 1}
    assert card.missed.causes == {"only the newest row is shown": 1}


def test_deleting_the_newest_row_brings_an_older_one_into_sight():
    table, reader = newest()
    reader.read()
    table.calls(3)
    reader.read()
    table.phone.delete(MISSED, 0, at=table.at)
    reader.read()
    card = card_of(table, reader)
    assert card.clean
    assert card.missed.count == 1
    assert card.entries == 2


# ---- readers that break one promise ---------------------------------------------------------------------------------


class Boasting(NewestReader):
    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        return True


class Timid(NewestReader):
    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        return False


class Late(NewestReader):
    def entries(self) -> list[EntryRow]:
        return [replace(one, started_at=one.started_at + timedelta(hours=1)) for one in super().entries()]


class Forgetful(NewestReader):
    def entries(self) -> list[EntryRow]:
        return super().entries()[1:]


class Doubling(NewestReader):
    def entries(self) -> list[EntryRow]:
        return [*super().entries(), replace(super().entries()[0], id="again")]


class TooSharp(NewestReader):
    def entries(self) -> list[EntryRow]:
        return [replace(one, resolution_s=0) for one in super().entries()]


def test_claiming_what_no_id_proves_is_unconfessed():
    table, reader = newest(Boasting)
    a_day(table, reader)
    assert card_of(table, reader).unconfessed.count > 3


def test_a_reader_that_never_believes_ids_overlooks_what_they_prove():
    table, reader = newest(Timid)
    a_day(table, reader)
    card = card_of(table, reader)
    assert card.false_gap.count > 2
    assert card.weak_proof.causes.keys() == {"untried ids"}


def test_nobody_is_asked_to_believe_ids_that_fell():
    table, reader = newest(Timid, renumbers=True)
    table.calls(3)
    reader.read()
    table.phone.clear(None, at=table.at)
    table.call("9")
    reader.read()
    a_day(table, reader)
    assert card_of(table, reader).false_gap.count == 0


@pytest.mark.parametrize(
    ("reader", "figures"),
    [
        (Late, {"lost", "invented"}),
        (Forgetful, {"lost"}),
        (Doubling, {"doubled"}),
        (TooSharp, {"misread"}),
    ],
)
def test_each_broken_promise_is_found(reader: type[NewestReader], figures: set[str]):
    table, broken = newest(reader)
    a_day(table, broken)
    assert set(counts(card_of(table, broken))) - {"missed", "weak_proof"} == figures


@pytest.mark.parametrize(("said", "wrong"), [(0, 3), (2, 1), (3, 0), (None, 0)])
def test_a_bound_that_a_gap_does_not_keep_is_unconfessed(said: int | None, wrong: int):
    table, reader = newest()
    reader.gaps_say = said
    table.call("1")
    reader.read()
    table.calls(4)
    reader.read()
    card = card_of(table, reader)
    assert card.unconfessed.count == wrong
    assert not wrong or card.unconfessed.causes == {"more than the bound stated": wrong}


# ---- what no reader can know ----------------------------------------------------------------------------------------


def test_a_numbering_that_began_anew_in_disguise_is_invisible():
    table, reader = newest(Boasting, renumbers=True)
    table.call("1")
    reader.read()
    table.phone.clear(MISSED, at=table.at)
    table.calls(2, first=50)
    reader.read()
    assert counts(card_of(table, reader)) == {"invisible": 1, "missed": 1}


def test_the_same_party_under_the_same_id_twice_cannot_be_told_apart():
    table, reader = newest(renumbers=True)
    table.call("1")
    reader.read()
    table.phone.clear(MISSED, at=table.at)
    reader.read()
    table.call("1")
    reader.read()
    assert counts(card_of(table, reader))["indistinguishable"] == 1


def test_a_row_recorded_and_deleted_behind_a_standing_one_is_invisible():
    table, reader = newest(Boasting)
    table.call("1")
    reader.read()
    table.call("2")
    table.phone.delete(MISSED, 0, at=table.at)
    reader.read()
    assert counts(card_of(table, reader)) == {"invisible": 1}


# ---- ids ------------------------------------------------------------------------------------------------------------


def test_ids_grow_by_list_or_together_and_begin_anew_where_the_phone_does_so():
    alone, together = (RowIds(one, renumbers=True) for one in Numbering)
    given = [alone.next(MISSED), alone.next(PLACED), alone.next(MISSED)]
    assert [one.number for one in given] == [1, 1, 2]
    assert [together.next(name).number for name in (MISSED, PLACED)] == [1, 2]
    alone.cleared(MISSED)
    assert alone.next(MISSED).number == 1
    assert alone.next(MISSED).series != given[0].series
    steady = RowIds(Numbering.PER_LIST, renumbers=False)
    steady.next(MISSED)
    steady.cleared(MISSED)
    assert steady.next(MISSED).number == 2
    steady.restart()
    assert steady.next(MISSED).number == 1


def shown(number: int, series: int = 1) -> tuple[ShownRow, ...]:
    made = ShownRow(
        row=100 * series + number,
        list_name=MISSED,
        number="1",
        wall=START.replace(tzinfo=None),
        members=(number,),
        recorded=START,
        row_id=number,
        series=series,
    )
    return (made,)


def test_ids_prove_once_they_were_seen_to_grow_and_until_they_fall():
    seen = SeenIds()
    assert seen.judge((), ()).proof is Proof.UNTRIED
    assert seen.judge((), shown(1)).proof is Proof.NONE
    for number in range(1, GROWN_OFTEN + 2):
        assert seen.judge(shown(number), shown(number + 1)).proof is Proof.UNTRIED
        seen.note(shown(number))
    assert seen.judge(shown(4), shown(4)).proof is Proof.PROVEN
    assert seen.judge(shown(4), shown(5)).proof is Proof.PROVEN
    assert seen.judge(shown(4), shown(6)).proof is Proof.NONE
    assert seen.judge(shown(4), shown(5, 2)).proof is Proof.UNTRIED
    assert (in_disguise(shown(4), shown(5, 2)), in_disguise(shown(4), shown(3, 2))) == (True, False)
    seen.note(shown(2))
    assert seen.judge(shown(4), shown(4)).proof is Proof.UNTRIED


# ---- experimental lists ---------------------------------------------------------------------------------------------


class Humble(ToyReader):
    """Keeps rows, and states the whole time as unknown."""

    def cover(self, name: str, keys: list[tuple[object, ...]], at: datetime) -> None:
        self.spans[name] = [self.span(name, None, None, SpanState.UNKNOWN)]


def test_nothing_may_be_claimed_of_an_experimental_list_and_nothing_need_be():
    for reader, wrong in ((Humble, 0), (ToyReader, 4)):
        table = Bench(experimental=True)
        read = reader(phone=table.phone, truth=table.truth)
        read.read()
        table.calls(3)
        read.read()
        card = card_of(table, read)
        assert (card.unconfessed.count, card.false_gap.count, card.lost.count) == (wrong, 0, 0)
        assert card.untidy.count == 0


def test_the_configuration_allows_experimental_readers_where_the_kind_needs_it():
    known = kinds(kind("toy-plain"), kind("toy-guess", experimental=True), kind("toy-new", newest_only=True))
    spec = FarmSpec(phones=30, mix=dict.fromkeys(known, 1), seed=1, chaos=0, start=START, days=1)
    world = FarmWorld(spec, known, SimulatedClock(START))
    written = render_config(world).split("[[phone]]")[1:]
    for desk, text in zip(world.desks.values(), written, strict=True):
        assert ("experimental = true" in text) is desk.kind.experimental
        assert desk.memory.facts.newest_only is desk.kind.newest_only
        assert not (desk.kind.newest_only and desk.memory.traits.by_start)
    numbered = {d.memory.traits.numbering for d in world.desks.values() if d.kind.newest_only}
    assert numbered == set(Numbering)


def test_a_kind_whose_driver_knows_no_shared_capacity_has_none():
    known = kinds(kind(pools=False))
    spec = FarmSpec(phones=60, mix={"toy-plain": 1}, seed=1, chaos=0, start=START, days=1)
    world = FarmWorld(spec, known, SimulatedClock(START))
    assert not any(desk.memory.traits.shared for desk in world.desks.values())
