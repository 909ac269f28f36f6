"""Simulated time, and a world in it: the same seed gives the same world, step by step or at once."""

from __future__ import annotations

import asyncio
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.errors import ConfigError
from phonesync.farm.chaos import ChaosEvent, Trouble
from phonesync.farm.config_out import render_config
from phonesync.farm.desk import Desk
from phonesync.farm.inprocess import InProcessTransport
from phonesync.farm.recordings import Fate
from phonesync.farm.score import score
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec, address_of, mac_of, parse_mix, spread_kinds
from phonesync.farm.troubles import strike
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from tests.farm.toys import LISTS, START, ToyReader, kind, kinds
from tests.thorough import daily

KINDS = kinds(
    kind(),
    kind("toy-secure", secure=True, merges=True),
    kind("toy-minutes", resolution_s=60, lists=LISTS[:3], shows_mac=False),
)
MIX = {"toy-plain": 2, "toy-secure": 1, "toy-minutes": 1}


def spec(**changes: object) -> FarmSpec:
    return replace(FarmSpec(phones=8, mix=MIX, seed=1, chaos=0, start=START, days=3), **changes)


def world(**changes: object) -> FarmWorld:
    return FarmWorld(spec(**changes), KINDS, SimulatedClock(START))


def fingerprint(farm: FarmWorld) -> list[object]:
    """Everything that was ever recorded and what became of it."""
    return [
        (row.id, row.phone, row.list_name, row.number, row.recorded, row.fate, row.fate_at)
        for name in farm.desks
        for row in farm.truth.recordings(name)
    ]


def force(farm: FarmWorld, desk: Desk, trouble: Trouble, *, amount: float = 1.0, minutes: float = 10) -> None:
    at = farm.now
    until = at + timedelta(minutes=minutes)
    strike(
        farm,
        desk,
        ChaosEvent(at=at, desk=desk.index, trouble=trouble, until=until, amount=amount, luck=7),
    )


def move(farm: FarmWorld, **span: float) -> None:
    assert isinstance(farm.clock, SimulatedClock)
    farm.clock.move_to(farm.clock.now() + timedelta(**span))
    farm.catch_up()


# ---- the clock ------------------------------------------------------------------------------------------


def test_time_stands_still_until_it_is_moved_and_never_runs_back():
    clock = SimulatedClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    clock.move_to(START + timedelta(seconds=90))
    clock.move_to(START)
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=90), 90.0)


@pytest.mark.anyio
async def test_of_several_sleepers_the_first_to_wake_wakes_first_at_its_instant():
    clock = SimulatedClock(START)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    await asyncio.gather(sleeper("a", 3600, 10), sleeper("b", 5, 5, 3595), sleeper("c", 0, 86400))
    assert woken == [
        ("c", 0.0), ("b", 5.0), ("b", 10.0), ("a", 3600.0), ("b", 3605.0), ("a", 3610.0), ("c", 86400.0),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_cancelled_sleeper_does_not_move_time():
    clock = SimulatedClock(START)
    task = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    task.cancel()
    await clock.sleep(5)
    assert clock.monotonic() == 5.0


@pytest.mark.anyio
async def test_a_held_clock_waits_for_real_work():
    clock = SimulatedClock(START)
    with clock.held():
        task = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(0.02)
        assert clock.monotonic() == 0.0
    await task
    assert clock.monotonic() == 10.0


# ---- the spec -------------------------------------------------------------------------------------------


def test_a_mix_is_read_as_weights():
    known = ["yealink-json", "yealink-servlet"]
    assert parse_mix(" yealink-json=4, yealink-servlet ", known) == {"yealink-json": 4, "yealink-servlet": 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("yealink-jsn=4", 'did you mean "yealink-json"'),
        ("yealink-json=0", "whole number above 0"),
        ("yealink-json=many", "whole number above 0"),
        ("yealink-json=-1", "whole number above 0"),
        ("yealink-json=2,yealink-json=3", "named twice"),
        (" , ", "at least one"),
    ],
)
def test_a_wrong_mix_is_one_clear_sentence(text: str, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        parse_mix(text, ["yealink-json", "yealink-servlet"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"phones": 0},
        {"phones": 10**6},
        {"chaos": 4},
        {"mix": {}},
        {"mix": {"toy-plain": 0}},
        {"days": 0},
        {"start": datetime(2025, 1, 1)},
    ],
)
def test_a_spec_that_makes_no_farm_is_refused(wrong: dict[str, object]):
    with pytest.raises(ConfigError):
        spec(**wrong)


def test_a_kind_that_is_not_installed_is_refused():
    with pytest.raises(ConfigError, match='did you mean "toy-plain"'):
        world(mix={"toy-plan": 1})


@given(
    weights=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1),
    phones=st.integers(1, 300),
)
def test_kinds_are_spread_as_near_to_the_weights_as_whole_phones_allow(weights: dict[str, int], phones: int):
    found = Counter(spread_kinds(weights, phones=phones, rng=Random(1)))
    assert found.total() == phones
    for name, weight in weights.items():
        assert abs(found[name] - phones * weight / sum(weights.values())) < 1


@given(st.sets(st.integers(0, 59_999), min_size=2, max_size=50))
def test_addresses_and_macs_are_distinct(indexes: set[int]):
    assert len({address_of(index) for index in indexes}) == len(indexes)
    assert len({mac_of(index) for index in indexes}) == len(indexes)
    assert all(address_of(index).startswith("127.20.") for index in indexes)
    assert all(0 <= int(part) < 256 for index in indexes for part in address_of(index).split("."))


# ---- the world ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chaos", [0, 3])
def test_the_same_spec_gives_the_same_world_in_one_step_or_in_many(chaos: int):
    one, other = world(chaos=chaos), world(chaos=chaos)
    end = START + timedelta(days=3)
    one.advance_to(end)
    at = START
    while at < end:
        at += timedelta(minutes=37)
        other.advance_to(min(at, end))
    assert fingerprint(one) == fingerprint(other)
    assert one.calls == other.calls > 100
    assert fingerprint(world(chaos=chaos)) == []
    another = world(chaos=chaos, seed=2)
    another.advance_to(end)
    assert fingerprint(another) != fingerprint(one)


def test_a_world_never_goes_back():
    farm = world()
    farm.advance_to(START + timedelta(days=1))
    before = fingerprint(farm)
    farm.advance_to(START)
    assert farm.now == START + timedelta(days=1)
    assert fingerprint(farm) == before


def test_rows_are_recorded_at_their_ends_and_not_before():
    farm = world()
    farm.advance_to(START + timedelta(hours=9))
    assert all(row[4] <= farm.now for row in fingerprint(farm))
    assert max(row[4] for row in fingerprint(farm)) > farm.now - timedelta(minutes=30)


def test_every_phone_has_what_its_reader_needs():
    farm = world(phones=40)
    assert Counter(desk.kind.name for desk in farm.desks.values()) == {
        "toy-plain": 20, "toy-secure": 10, "toy-minutes": 10,
    }  # fmt: skip
    for index, (name, desk) in enumerate(farm.desks.items()):
        assert name == f"desk-{desk.employee.extension}" == desk.memory.facts.name
        assert desk.address == address_of(index)
        assert desk.url == f"http{'s' if desk.kind.secure else ''}://{desk.address}:{desk.port}"
        assert desk.online
        assert desk.memory.credentials.password == desk.password
        assert desk.password not in repr(desk)
        assert desk.memory.facts.lists == desk.kind.lists
        assert desk.memory.facts.shows_year == (desk.kind.resolution_s == 1)
    assert len({desk.memory.mac for desk in farm.desks.values()}) == 40
    assert len({(desk.memory.traits.capacity, desk.memory.traits.shared) for desk in farm.desks.values()}) > 3
    assert {desk.memory.traits.keeping.value for desk in farm.desks.values()} == {"text", "ticks"}


def test_only_kinds_that_can_merge_do():
    farm = world(phones=100, merging=1.0)
    assert all(desk.memory.merging_enabled == desk.kind.merges for desk in farm.desks.values())
    assert not any(desk.memory.merging_enabled for desk in world(phones=100, merging=0.0).desks.values())


def test_the_world_keeps_reads_apart():
    farm, desk = busy_world()
    farm.begin_read(desk.name)
    for name in desk.memory.facts.lists:
        desk.memory.rows(name)
    farm.end_read(desk.name, completed=True)
    assert farm.truth.reads(desk.name) == 1
    assert farm.truth.first_read(desk.name) == farm.now
    for row in farm.truth.recordings(desk.name):
        assert row.completed == (row.fate is Fate.ON_PHONE)


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Moscow", "+3"), ("America/New_York", "-5"), ("Asia/Kolkata", "+5:30")]
)
def test_phones_show_their_zone_in_hours_from_utc(zone: str, shown: str):
    assert {desk.memory.zone_setting for desk in world(zone=zone).desks.values()} == {shown}


# ---- troubles -------------------------------------------------------------------------------------------


def busy_world() -> tuple[FarmWorld, Desk]:
    """A world at noon, and the desk whose phone holds most rows."""
    farm = world()
    move(farm, hours=10)
    desk = max(farm.desks.values(), key=lambda desk: len(desk.memory))
    assert len(desk.memory) > 5
    return farm, desk


async def ask(farm: FarmWorld, desk: Desk) -> str:
    assert isinstance(farm.clock, SimulatedClock)
    network = InProcessTransport(farm.network(), clock=farm.clock)
    limits = httpx.Timeout(15.0, connect=5.0)
    async with httpx.AsyncClient(transport=network, timeout=limits, trust_env=False) as client:
        return (await client.get(f"{desk.url}/")).text


@pytest.mark.anyio
async def test_an_answer_shows_the_world_as_it_is_at_the_clocks_instant():
    farm = world()
    desk = max(farm.desks.values(), key=lambda desk: desk.employee.calls_per_day)
    assert await ask(farm, desk) == ""
    assert isinstance(farm.clock, SimulatedClock)
    farm.clock.move_to(START + timedelta(hours=10))
    assert len((await ask(farm, desk)).splitlines()) == len(desk.memory) > 5


@pytest.mark.anyio
async def test_an_offline_phone_cannot_be_reached_until_it_is_back_but_records():
    farm, desk = busy_world()
    rows = len(farm.truth.recordings(desk.name))
    force(farm, desk, Trouble.OFFLINE, minutes=60)
    assert not desk.online
    with pytest.raises(httpx.ConnectTimeout):
        await ask(farm, desk)
    move(farm, minutes=61)
    assert desk.online
    assert await ask(farm, desk)
    assert len(farm.truth.recordings(desk.name)) > rows
    (down,) = farm.truth.downtimes(desk.name)
    assert (down.until - down.since, down.reason) == (timedelta(minutes=60), "offline")


@pytest.mark.anyio
async def test_two_downtimes_that_overlap_end_with_the_later():
    farm, desk = busy_world()
    force(farm, desk, Trouble.OFFLINE, minutes=60)
    force(farm, desk, Trouble.REBOOT, minutes=2)
    move(farm, minutes=5)
    assert not desk.online
    force(farm, desk, Trouble.REBOOT, minutes=90)
    move(farm, minutes=60)
    assert not desk.online
    move(farm, minutes=31)
    assert desk.online
    assert await ask(farm, desk)


@pytest.mark.anyio
async def test_a_slow_phone_answers_late():
    farm, desk = busy_world()
    force(farm, desk, Trouble.SLOW, amount=7.5)
    before = farm.clock.monotonic()
    assert await ask(farm, desk)
    assert farm.clock.monotonic() - before == pytest.approx(7.5)
    assert not farm.truth.downtimes(desk.name)
    move(farm, minutes=11)
    before = farm.clock.monotonic()
    await ask(farm, desk)
    assert farm.clock.monotonic() == before


@pytest.mark.anyio
async def test_a_phone_slower_than_any_reader_waits_counts_as_down():
    farm, desk = busy_world()
    force(farm, desk, Trouble.SLOW, amount=18)
    with pytest.raises(httpx.ReadTimeout):
        await ask(farm, desk)
    assert [down.reason for down in farm.truth.downtimes(desk.name)] == ["too slow"]


@pytest.mark.anyio
async def test_broken_answers_are_broken_until_they_are_not():
    farm, desk = busy_world()
    good = await ask(farm, desk)
    force(farm, desk, Trouble.BROKEN, amount=1.0)
    different = 0
    for _ in range(20):
        try:
            different += await ask(farm, desk) != good
        except httpx.TransportError:
            different += 1
    assert different >= 15
    move(farm, minutes=11)
    assert "missed" in await ask(farm, desk)


@pytest.mark.parametrize("trouble", [Trouble.CLOCK, Trouble.CLOCK_LOST])
def test_a_clock_goes_wrong_and_is_corrected(trouble: Trouble):
    farm, desk = busy_world()
    right = desk.memory.wall_now()
    force(farm, desk, trouble, amount=-3600.4)
    assert desk.memory.wall_now() == right - timedelta(hours=1)
    move(farm, minutes=10)
    assert desk.memory.wall_now() == right + timedelta(minutes=10)


def test_rows_are_deleted_by_hand():
    farm, desk = busy_world()
    before = len(desk.memory)
    force(farm, desk, Trouble.ROWS_DELETED, amount=2.9)
    assert len(desk.memory) == before - 2
    assert farm.truth.tally[Fate.DELETED.value] == 2


def test_deleting_from_an_empty_phone_does_nothing():
    farm = world()
    desk = next(iter(farm.desks.values()))
    force(farm, desk, Trouble.ROWS_DELETED, amount=3)
    assert len(desk.memory) == 0


def test_one_list_is_cleared():
    farm, desk = busy_world()
    force(farm, desk, Trouble.LIST_CLEARED)
    assert sum(not desk.memory.length(name) for name in desk.memory.facts.lists) >= 1
    assert len(desk.memory) > 0


@pytest.mark.parametrize("trouble", [Trouble.REBOOT, Trouble.FACTORY_RESET, Trouble.SWAP, Trouble.FIRMWARE])
def test_what_restarts_a_phone_ends_its_sessions_and_takes_it_off_the_network(trouble: Trouble):
    farm, desk = busy_world()
    force(farm, desk, trouble, minutes=3)
    assert desk.wired.emulator.reboots == 1
    assert not desk.online
    move(farm, minutes=4)
    assert desk.online


def test_a_factory_reset_empties_the_phone():
    farm, desk = busy_world()
    force(farm, desk, Trouble.FACTORY_RESET)
    assert len(desk.memory) == 0


def test_a_swapped_phone_has_a_new_mac_and_rows_of_elsewhere():
    farm, desk = busy_world()
    macs = {one.memory.mac for one in farm.desks.values()}
    force(farm, desk, Trouble.SWAP)
    assert desk.memory.mac not in macs
    shown = {row.number for name in desk.memory.facts.lists for row in desk.memory.rows(name)}
    foreign = [row for row in farm.truth.recordings(desk.name) if row.foreign]
    assert shown == {row.number for row in foreign}
    assert all(row.recorded < farm.now for row in foreign)
    force(farm, desk, Trouble.SWAP)
    assert desk.memory.device == 3


def test_a_swapped_secure_phone_shows_another_certificate():
    farm = world()
    desk = next(desk for desk in farm.desks.values() if desk.kind.secure)
    before = desk.wired.certificate
    force(farm, desk, Trouble.SWAP)
    assert desk.wired.certificate != before


def test_new_firmware_stays_within_the_generation():
    farm, desk = busy_world()
    force(farm, desk, Trouble.FIRMWARE)
    assert desk.memory.firmware == "1.2.8"
    two = kinds(kind(models=(("Toy", "1.2.3"), ("Toy", "1.2.4"), ("Other", "9.9"))))
    farm = FarmWorld(spec(mix={"toy-plain": 1}), two, SimulatedClock(START))
    for desk in farm.desks.values():
        before = desk.memory.firmware
        force(farm, desk, Trouble.FIRMWARE)
        assert desk.memory.firmware != before
        assert (desk.memory.firmware == "9.14") == (desk.memory.model == "Other")


# ---- config -----------------------------------------------------------------------------------------------


def test_the_config_names_every_phone_with_what_it_takes_to_read_it():
    farm = world(phones=60)
    config = tomllib.loads(render_config(farm, store="sqlite:///x.db", poll="2h"))
    assert config["store"] == {"url": "sqlite:///x.db"}
    assert config["agent"] == {"poll": "2h"}
    assert config["site"]["timezone"] == "Europe/Moscow"
    assert config["site"]["country"] == "RU"
    assert len(config["phone"]) == 60
    for phone, desk in zip(config["phone"], farm.desks.values(), strict=True):
        assert (phone["name"], phone["url"], phone["driver"]) == (desk.name, desk.url, "toy")
        assert (phone["username"], phone["password"]) == ("admin", desk.password)
        assert phone["extension"] == desk.employee.extension
        assert phone.get("owner", "") == desk.employee.name
        assert phone["department"] == desk.employee.department
        assert phone["lines"] == {str(line): account for line, account in desk.employee.lines.items()}
        assert phone.get("tls") == ("tofu" if desk.kind.secure else None)
        assert phone.get("quirks") == ({"pool": "shared"} if desk.memory.traits.shared else None)
    assert any("quirks" in phone for phone in config["phone"])
    assert any("owner" not in phone for phone in config["phone"])
    assert "driver" not in tomllib.loads(render_config(farm, driver=False))["phone"][0]


# ---- everything together ----------------------------------------------------------------------------------


class HourlyWorld:
    """A farm read by toy readers every so many minutes."""

    def __init__(self, *, minutes: float, readers: type[ToyReader] = ToyReader, **changes: object) -> None:
        # Toy readers know neither shared capacities nor merging.
        self.farm = world(merging=0.0, **changes)
        self.readers = {
            name: readers(phone=desk.memory, truth=self.farm.truth)
            for name, desk in self.farm.desks.items()
            if not desk.memory.traits.shared
        }
        for _ in range(int(self.farm.spec.days * 24 * 60 / minutes)):
            move(self.farm, minutes=minutes)
            for name, reader in self.readers.items():
                if self.farm.desks[name].online:
                    reader.read()

    def card(self):
        readers = self.readers.values()
        return score(
            self.farm.truth,
            [entry for reader in readers for entry in reader.entries()],
            [span for reader in readers for span in reader.coverage()],
        )


@pytest.mark.parametrize(("chaos", "seed"), daily([(0, 1), (1, 1)], thorough=[(0, 1), (1, 1), (1, 2)]))
def test_a_plain_reader_of_a_quiet_farm_scores_zeros(chaos: int, seed: int):
    run = HourlyWorld(minutes=20, chaos=chaos, seed=seed, phones=8, days=4)
    card = run.card()
    assert card.clean, card.markdown()
    assert card.late.count == 0, card.markdown()
    assert card.shown > 300
    assert card.misread.count == 0


def test_a_lazy_reader_is_late_and_confesses_it():
    run = HourlyWorld(minutes=60 * 24, phones=12, days=8)
    card = run.card()
    assert card.clean, card.markdown()
    assert card.late.count > 0
    spans = [span for reader in run.readers.values() for span in reader.coverage()]
    assert any(span.state is SpanState.GAP for span in spans)


class Boasting(ToyReader):
    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        return True


def test_a_lazy_reader_that_boasts_is_found_out():
    card = HourlyWorld(minutes=60 * 24, phones=12, days=8, readers=Boasting).card()
    assert card.unconfessed.count >= card.late.count > 0
    assert not card.clean


def test_a_quiet_farm_has_only_text_rows_of_the_right_time():
    farm = world(phones=4)
    move(farm, hours=10)
    for desk in farm.desks.values():
        for name in desk.memory.facts.lists:
            for row in desk.memory.rows(name):
                assert abs(row.wall.replace(tzinfo=UTC) - timedelta(hours=3) - farm.now) < timedelta(hours=10)
                assert isinstance(row.list_name, ListName)
