"""The memory of an emulated phone forgets as real ones do, and tells the truth log all of it."""

from collections import deque
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from phonesync.driver.emulation import PhoneMemory
from phonesync.farm.phoneclock import Keeping, PhoneClock
from phonesync.farm.recordings import Fate
from phonesync.farm.telephony import Leg
from phonesync.farm.traits import MemoryTraits, Merging
from phonesync.model import ListName, TimeOf
from tests.farm.toys import LISTS, START, ZONE, Bench


def local(instant: datetime) -> datetime:
    return instant.astimezone(ZONE).replace(tzinfo=None, microsecond=0)


def test_it_is_what_an_emulator_asks_for():
    memory: PhoneMemory = Bench().phone
    assert memory.rows(ListName.MISSED) == ()
    assert (memory.model, memory.firmware, memory.mac) == ("Toy", "1.2.3", "00005e005301")
    assert (memory.server, memory.zone_setting, dict(memory.accounts)) == ("pbx.example", "+3", {1: "101"})
    assert memory.history_enabled
    assert not memory.merging_enabled
    assert memory.now() == START
    assert memory.wall_now() == local(START)


def test_a_row_appears_at_the_end_of_its_call_and_shows_the_start_of_ringing():
    bench = Bench()
    bench.call("200", list_name=ListName.RECEIVED, ring_s=10, talk_s=90, name="Иванов")
    (row,) = bench.phone.rows(ListName.RECEIVED)
    assert (row.number, row.name, row.duration_s, row.count) == ("200", "Иванов", 90, 1)
    assert row.wall == local(START)
    (recording,) = bench.truth.recordings("desk-101")
    assert recording.recorded == START + timedelta(seconds=100)
    assert recording.started == START


@pytest.mark.parametrize(
    ("time_of", "seconds"), [(TimeOf.START, 0), (TimeOf.ANSWERED, 10), (TimeOf.RECORDED, 100)]
)
def test_what_the_time_of_a_row_means_is_a_trait(time_of: TimeOf, seconds: int):
    bench = Bench(traits=MemoryTraits(time_of=time_of))
    bench.call(list_name=ListName.RECEIVED, ring_s=10, talk_s=90)
    assert bench.walls(ListName.RECEIVED) == [local(START) + timedelta(seconds=seconds)]


def test_a_call_nobody_answered_shows_its_start_where_answers_are_shown():
    bench = Bench(traits=MemoryTraits(time_of=TimeOf.ANSWERED))
    bench.call()
    assert bench.walls() == [local(START)]


def test_a_list_evicts_its_oldest_row_and_no_other_lists():
    bench = Bench(traits=MemoryTraits(capacity=3))
    bench.call("9", list_name=ListName.PLACED)
    bench.calls(4)
    assert bench.shown() == ["74955550004", "74955550003", "74955550002"]
    assert bench.shown(ListName.PLACED) == ["9"]
    assert bench.truth.tally["evicted unread"] == 1


def test_a_shared_capacity_evicts_the_oldest_row_of_all_lists():
    bench = Bench(traits=MemoryTraits(capacity=3, shared=True))
    bench.call("9", list_name=ListName.PLACED)
    bench.calls(3)
    assert bench.shown(ListName.PLACED) == []
    assert len(bench.shown()) == 3
    assert len(bench.phone) == 3


def leg(number: str, *, start_s: float, end_s: float, list_name: ListName = ListName.MISSED) -> Leg:
    return Leg(
        extension="101", account="101", list_name=list_name, number=number, name="",
        started=START + timedelta(seconds=start_s), answered=None, ended=START + timedelta(seconds=end_s),
    )  # fmt: skip


def test_the_oldest_recorded_row_is_evicted_though_it_began_later():
    bench = Bench(traits=MemoryTraits(capacity=2, by_start=True))
    for one in (leg("short", start_s=50, end_s=60), leg("long", start_s=0, end_s=90)):
        bench.phone.record(one)
    assert bench.shown() == ["short", "long"]
    bench.phone.record(leg("next", start_s=100, end_s=110))
    assert bench.shown() == ["next", "long"]


def test_rows_are_shown_in_the_order_of_recording_unless_the_trait_says_by_start():
    bench = Bench()
    bench.phone.record(leg("short", start_s=50, end_s=60))
    bench.phone.record(leg("long", start_s=0, end_s=90))
    assert bench.shown() == ["long", "short"]


def test_lists_the_phone_does_not_have_record_nothing():
    bench = Bench()
    bench.phone._lists.pop(ListName.FORWARDED)
    bench.call(list_name=ListName.FORWARDED)
    assert bench.phone.rows(ListName.FORWARDED) == ()
    assert not bench.truth.recordings("desk-101")


def test_with_its_history_switched_off_a_phone_records_nothing():
    bench = Bench()
    bench.phone.history_enabled = False
    bench.call()
    assert bench.shown() == []


# ---- clocks -------------------------------------------------------------------------------------------


def test_stored_text_stays_when_the_clock_is_set():
    bench = Bench(traits=MemoryTraits(keeping=Keeping.TEXT))
    bench.phone.set_clock(offset_s=3600, at=bench.at)
    bench.call("1")
    bench.phone.set_clock(offset_s=0, at=bench.at)
    later = bench.at
    bench.call("2")
    assert bench.walls() == [local(later), local(START) + timedelta(hours=1)]


def test_stored_ticks_move_all_rows_by_one_offset_when_the_clock_is_set():
    bench = Bench(traits=MemoryTraits(keeping=Keeping.TICKS))
    bench.calls(3)
    before = bench.walls()
    bench.phone.set_clock(offset_s=-7200, at=bench.at)
    assert bench.walls() == [wall - timedelta(hours=2) for wall in before]
    bench.call("4")
    bench.phone.set_clock(offset_s=0, at=bench.at)
    assert bench.walls()[1:] == before
    assert len({text for row in bench.truth.recordings("desk-101")[:3] for text in row.texts}) == 6


def test_ticks_do_not_move_while_the_clock_only_drifts():
    bench = Bench(traits=MemoryTraits(keeping=Keeping.TICKS), drift_ppm=1000)
    bench.call()
    before = bench.walls()
    bench.wait(days=1)
    assert bench.walls() == before
    assert bench.phone.wall_now() - local(bench.at) == timedelta(seconds=86)


def test_the_wall_clock_follows_summer_time():
    berlin = ZoneInfo("Europe/Berlin")
    bench = Bench(zone=berlin, start=datetime(2025, 3, 30, 0, 59, 50, tzinfo=UTC))
    assert bench.phone.wall_now() == datetime(2025, 3, 30, 1, 59, 50)
    bench.wait(seconds=20)
    assert bench.phone.wall_now() == datetime(2025, 3, 30, 3, 0, 10)


def test_setting_a_clock_returns_the_step_including_drift():
    clock = PhoneClock(zone=ZONE, started=START, offset_s=5, drift_ppm=100)
    later = START + timedelta(seconds=10_000)
    assert clock.offset(later) == timedelta(seconds=6)
    assert clock.set(later, offset_s=0) == timedelta(seconds=-6)
    assert clock.utc(later) == later


def test_the_truth_knows_texts_to_the_resolution_and_whether_their_year_is_beyond_doubt():
    bench = Bench(resolution_s=60)
    bench.wait(seconds=42)
    bench.call("1")
    bench.phone.set_clock(offset_s=-400 * 86400, at=bench.at)
    bench.call("2")
    bench.shown()
    first, second = bench.truth.recordings("desk-101")
    assert first.texts == ((local(START), True),)
    ((_, sure),) = second.texts
    assert not sure


# ---- merging ------------------------------------------------------------------------------------------


def test_repeats_merge_into_the_newest_row_and_move_its_time():
    bench = Bench(traits=MemoryTraits(merging=Merging.NEWEST))
    bench.call("1")
    again = bench.at
    bench.call("1")
    (row,) = bench.phone.rows(ListName.MISSED)
    assert (row.count, row.wall) == (2, local(again))
    bench.call("2")
    bench.call("1")
    assert bench.shown() == ["1", "2", "1"]


def test_merging_with_any_row_moves_it_to_the_top():
    bench = Bench(traits=MemoryTraits(merging=Merging.ANY, capacity=2))
    for number in ("1", "2", "1"):
        bench.call(number)
    assert [(row.number, row.count) for row in bench.phone.rows(ListName.MISSED)] == [("1", 2), ("2", 1)]
    bench.call("3")
    assert bench.shown() == ["3", "1"]


def test_merging_can_be_switched_off_on_the_phone():
    bench = Bench(traits=MemoryTraits(merging=Merging.NEWEST))
    assert bench.phone.merging_enabled
    bench.phone.merging_enabled = False
    bench.call("1")
    bench.call("1")
    assert bench.shown() == ["1", "1"]


# ---- hands and bad days ---------------------------------------------------------------------------------


def test_a_row_deleted_by_hand_leaves_the_others():
    bench = Bench()
    bench.calls(3)
    bench.phone.delete(ListName.MISSED, 1, at=bench.at)
    assert bench.shown() == ["74955550003", "74955550001"]
    assert bench.truth.recordings("desk-101")[1].fate is Fate.DELETED


def test_clearing_takes_one_list_or_all():
    bench = Bench()
    bench.call(list_name=ListName.PLACED)
    bench.calls(2)
    bench.phone.clear(ListName.MISSED, at=bench.at)
    assert (bench.shown(), len(bench.shown(ListName.PLACED))) == ([], 1)
    bench.phone.clear(None, at=bench.at)
    assert len(bench.phone) == 0


def test_a_reboot_loses_what_was_not_saved():
    bench = Bench(traits=MemoryTraits(flush_s=600))
    bench.call("saved")
    bench.wait(seconds=600)
    bench.call("unsaved")
    bench.phone.reboot(at=bench.at)
    assert bench.shown() == ["saved"]
    assert [row.fate for row in bench.truth.recordings("desk-101")] == [Fate.ON_PHONE, Fate.UNSAVED]


def test_a_reboot_loses_nothing_where_rows_are_saved_at_once():
    bench = Bench()
    bench.call()
    bench.phone.reboot(at=bench.at)
    assert len(bench.shown()) == 1


def test_a_reboot_takes_back_an_unsaved_merge():
    bench = Bench(traits=MemoryTraits(flush_s=600, merging=Merging.ANY))
    bench.call("1")
    bench.call("2")
    bench.wait(seconds=600)
    bench.call("1")
    assert [(row.number, row.count) for row in bench.phone.rows(ListName.MISSED)] == [("1", 2), ("2", 1)]
    bench.phone.reboot(at=bench.at)
    assert [(row.number, row.count) for row in bench.phone.rows(ListName.MISSED)] == [("2", 1), ("1", 1)]


def test_a_factory_reset_loses_all_rows():
    bench = Bench()
    bench.calls(2)
    bench.phone.factory_reset(at=bench.at)
    assert bench.shown() == []
    assert bench.truth.tally[Fate.RESET.value] == 2


def test_another_device_brings_its_own_mac_and_rows_of_elsewhere():
    bench = Bench()
    bench.phone.set_clock(offset_s=999, at=bench.at)
    bench.calls(2)
    bench.phone.swap("00005e0053ff", [leg("foreign", start_s=-900, end_s=-890)], at=bench.at)
    assert bench.shown() == ["foreign"]
    assert bench.phone.mac == "00005e0053ff"
    assert bench.phone.wall_now() == local(bench.at)
    assert [(row.device, row.foreign) for row in bench.truth.recordings("desk-101")] == [
        (1, False), (1, False), (2, True),
    ]  # fmt: skip


def test_new_firmware_keeps_the_rows():
    bench = Bench()
    bench.call()
    bench.phone.change_firmware("1.2.9", at=bench.at)
    assert bench.phone.firmware == "1.2.9"
    assert len(bench.shown()) == 1


# ---- reads ----------------------------------------------------------------------------------------------


def test_only_a_completed_read_counts_as_shown():
    bench = Bench()
    bench.call()
    bench.phone.begin_read()
    bench.shown()
    bench.phone.end_read(completed=False)
    (recording,) = bench.truth.recordings("desk-101")
    assert not recording.seen
    assert recording.texts
    bench.phone.begin_read()
    bench.shown()
    bench.phone.end_read(completed=True)
    assert recording.completed
    assert bench.truth.reads("desk-101") == 1


def test_what_was_shown_before_a_read_began_does_not_belong_to_it():
    bench = Bench()
    bench.call()
    bench.shown()
    bench.phone.begin_read()
    bench.phone.end_read(completed=True)
    assert not bench.truth.recordings("desk-101")[0].seen


def test_a_row_known_only_by_its_count_is_told_apart():
    bench = Bench(traits=MemoryTraits(merging=Merging.NEWEST))
    bench.call("1")
    bench.call("1")
    bench.phone.begin_read()
    bench.shown()
    bench.phone.end_read(completed=True)
    first, second = bench.truth.recordings("desk-101")
    assert (first.completed, first.counted) == (False, True)
    assert (second.completed, second.counted) == (True, False)
    assert first.row == second.row == first.id


@settings(max_examples=60, deadline=None)
@given(
    capacity=st.integers(1, 8),
    shared=st.booleans(),
    calls=st.lists(st.sampled_from(LISTS), max_size=40),
)
def test_capacity_keeps_exactly_the_newest_rows(capacity: int, shared: bool, calls: list[ListName]):
    bench = Bench(traits=MemoryTraits(capacity=capacity, shared=shared))
    paper = {name: deque(maxlen=None if shared else capacity) for name in LISTS}
    order = deque()
    for index, name in enumerate(calls):
        bench.call(str(index), list_name=name)
        paper[name].appendleft(str(index))
        order.append(name)
        if shared and len(order) > capacity:
            paper[order.popleft()].pop()
    assert {name: bench.shown(name) for name in LISTS} == {name: list(rows) for name, rows in paper.items()}


class MemoryMachine(RuleBasedStateMachine):
    """Everything that can befall a memory, against the truth log."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(
            traits=MemoryTraits(capacity=4, keeping=Keeping.TICKS, merging=Merging.NEWEST, flush_s=300)
        )
        self.serial = 0

    @rule(name=st.sampled_from(LISTS), number=st.sampled_from("123"), pause=st.integers(0, 400))
    def call(self, name: ListName, number: str, pause: int) -> None:
        self.bench.call(number, list_name=name, pause_s=pause)

    @rule(completed=st.booleans())
    def read(self, completed: bool) -> None:
        self.bench.phone.begin_read()
        for name in LISTS:
            self.bench.phone.rows(name)
        self.bench.phone.end_read(completed=completed)

    @precondition(lambda self: len(self.bench.phone))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name in LISTS if self.bench.phone.length(name)]))
        index = data.draw(st.integers(0, self.bench.phone.length(name) - 1))
        self.bench.phone.delete(name, index, at=self.bench.at)

    @rule(name=st.sampled_from([None, *LISTS]))
    def clear(self, name: ListName | None) -> None:
        self.bench.phone.clear(name, at=self.bench.at)

    @rule()
    def reboot(self) -> None:
        self.bench.phone.reboot(at=self.bench.at)

    @rule(offset=st.integers(-9000, 9000))
    def set_clock(self, offset: int) -> None:
        self.bench.phone.set_clock(offset_s=offset, at=self.bench.at)

    @rule()
    def swap(self) -> None:
        self.serial += 1
        self.bench.phone.swap(f"{self.serial:012x}", (), at=self.bench.at)

    @invariant()
    def the_truth_log_agrees_with_the_phone(self) -> None:
        standing = [row for row in self.bench.truth.recordings("desk-101") if row.fate is Fate.ON_PHONE]
        for name in LISTS:
            rows = self.bench.phone.rows(name)
            assert sum(row.count for row in rows) == sum(one.list_name is name for one in standing)
            assert len(rows) <= 4

    @invariant()
    def the_lists_run_in_the_order_of_recording(self) -> None:
        for name in LISTS:
            self.bench.phone.rows(name)
            newest = [row.members[-1] for row in self.bench.phone._faces[name].shown]
            assert newest == sorted(newest, reverse=True)

    @invariant()
    def every_row_shown_has_its_text_in_the_truth(self) -> None:
        for name in LISTS:
            shown = {(row.number, row.wall) for row in self.bench.phone.rows(name)}
            known = [row for row in self.bench.truth.recordings("desk-101") if row.list_name is name]
            assert shown <= {(row.number, wall) for row in known for wall, _ in row.texts}

    @invariant()
    def nothing_is_lost_without_an_instant(self) -> None:
        for row in self.bench.truth.recordings("desk-101"):
            assert (row.fate is Fate.ON_PHONE) == (row.fate_at is None)


TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
