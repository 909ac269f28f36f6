"""A call placed at a click stands in the phone's list once it is over, and keeps the phone busy until then."""

from datetime import timedelta

from phonesync import registry
from phonesync.driver.emulator_kit import RemotelyControlled
from phonesync.farm.clicking import RINGS, TALKS, let_dial
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from phonesync.model import ListName
from tests.farm.test_reporting import START


def test_a_call_placed_at_a_click_takes_its_course():
    spec = FarmSpec(phones=1, mix={"yealink-form": 1}, seed=1, chaos=0, start=START, days=1)
    world = FarmWorld(spec, registry.emulators(), SimulatedClock(START))
    let_dial(world)
    (desk,) = world.desks.values()
    emulator = desk.wired.emulator
    assert isinstance(emulator, RemotelyControlled)
    remote = emulator.remote
    assert remote.allows("127.0.0.1")
    assert not remote.allows("192.0.2.7")
    assert remote.place("84955550100", desk.employee.extension)
    assert not remote.place("84955550101"), "a call is up"

    def placed():
        return [row for row in desk.memory.rows(ListName.PLACED) if row.number == "84955550100"]

    assert placed() == []
    world.advance_to(world.now + RINGS + TALKS + timedelta(seconds=1))
    (row,) = placed()
    assert row.duration_s == TALKS.total_seconds()
    assert remote.place("84955550101")
