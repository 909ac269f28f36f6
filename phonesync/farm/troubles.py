"""What each trouble of the chaos table does to a desk's phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from phonesync.farm.chaos import ChaosEvent, Trouble
from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault, FaultKind
from phonesync.farm.office import Office
from phonesync.farm.recordings import Downtime
from phonesync.farm.spec import mac_of
from phonesync.farm.telephony import Leg
from phonesync.farm.truth import TruthLog
from phonesync.model import ListName

READ_LIMIT_S = 15.0
"""Readers wait this long for an answer; a phone slower than that cannot be read."""

FOREIGN_DAYS = 10


class Surroundings(Protocol):
    """What a trouble needs of the world around a desk."""

    truth: TruthLog
    office: Office

    def later(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """Has ``happen`` called when the world comes to ``at``."""
        ...

    def new_serial(self) -> int:
        """The number of a MAC that no phone of this farm has had."""
        ...


def strike(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    """Lets one trouble strike one phone, and arranges its end."""
    _STRIKES[event.trouble](world, desk, event)


def _offline(world: Surroundings, desk: Desk, event: ChaosEvent, reason: str = "offline") -> None:
    since = event.at if desk.offline_until is None else desk.offline_until
    if event.until <= since:
        return
    desk.offline_until = event.until
    desk.wired.faults.set(Fault(kind=FaultKind.OFFLINE))
    world.truth.down(desk.name, Downtime(since=event.at, until=event.until, reason=reason))
    world.later(event.until, lambda at: _back(desk, at))


def _back(desk: Desk, at: datetime) -> None:
    if desk.offline_until is not None and desk.offline_until <= at:
        desk.offline_until = None
        desk.wired.faults.clear()


def _slow(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.slow_s = event.amount
    if event.amount >= READ_LIMIT_S:
        world.truth.down(desk.name, Downtime(since=event.at, until=event.until, reason="too slow"))
    world.later(event.until, lambda _at: setattr(desk, "slow_s", 0.0))


def _broken(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.broken = event.amount
    world.truth.down(desk.name, Downtime(since=event.at, until=event.until, reason="broken answers"))
    world.later(event.until, lambda _at: setattr(desk, "broken", 0.0))


def _clock(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.memory.set_clock(offset_s=float(round(event.amount)), at=event.at)
    world.later(event.until, lambda at: desk.memory.set_clock(offset_s=0.0, at=at))


def _rows_deleted(_world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    rng = Random(event.luck)
    for _ in range(int(event.amount)):
        filled = [name for name in desk.memory.facts.lists if desk.memory.length(name)]
        if filled:
            name = rng.choice(filled)
            desk.memory.delete(name, rng.randrange(desk.memory.length(name)), at=event.at)


def _list_cleared(_world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.memory.clear(Random(event.luck).choice(desk.memory.facts.lists), at=event.at)


def _factory_reset(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.memory.factory_reset(at=event.at)
    desk.wired.emulator.reboot()
    _offline(world, desk, event, "factory reset")


def _reboot(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.memory.reboot(at=event.at)
    desk.wired.emulator.reboot()
    _offline(world, desk, event, "reboot")


def _swap(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    desk.serial = world.new_serial()
    rng = Random(event.luck)
    desk.memory.swap(mac_of(desk.serial), _foreign_rows(world, desk, rng, event.at), at=event.at)
    desk.wired.emulator.reboot()
    if desk.wired.secure:
        desk.wired.renew_certificate()
    _offline(world, desk, event, "phone swapped")


def _firmware(world: Surroundings, desk: Desk, event: ChaosEvent) -> None:
    others = [
        firmware
        for model, firmware in desk.kind.models
        if model == desk.memory.model and firmware != desk.memory.firmware
    ]
    rng = Random(event.luck)
    desk.memory.change_firmware(
        rng.choice(others) if others else _next_build(desk.memory.firmware), at=event.at
    )
    desk.wired.emulator.reboot()
    _offline(world, desk, event, "firmware changed")


def _next_build(firmware: str) -> str:
    """The same generation, one build on: its last number grows."""
    head, dot, last = firmware.rpartition(".")
    return f"{head}{dot}{int(last) + 5}" if last.isdigit() else f"{firmware}.1"


def _foreign_rows(world: Surroundings, desk: Desk, rng: Random, at: datetime) -> Iterator[Leg]:
    """Rows a phone brings along from elsewhere, in the order of their recording."""
    number = rng.randrange(desk.memory.traits.capacity)
    ends = sorted(at - timedelta(days=rng.uniform(0.05, FOREIGN_DAYS)) for _ in range(number))
    for ended in ends:
        contact = rng.choice(world.office.contacts())
        talk = timedelta(seconds=rng.uniform(2, 300))
        list_name = rng.choice(desk.memory.facts.lists)
        answered = list_name in {ListName.PLACED, ListName.RECEIVED}
        yield Leg(
            extension=desk.employee.extension,
            account=desk.employee.lines[1],
            list_name=list_name,
            number=contact.presented(rng),
            name=contact.name,
            started=ended - talk - timedelta(seconds=5) if answered else ended - timedelta(seconds=20),
            answered=ended - talk if answered else None,
            ended=ended,
        )


_STRIKES: dict[Trouble, Callable[[Surroundings, Desk, ChaosEvent], None]] = {
    Trouble.OFFLINE: _offline,
    Trouble.AWAY: _offline,
    Trouble.SLOW: _slow,
    Trouble.CLOCK: _clock,
    Trouble.CLOCK_LOST: _clock,
    Trouble.ROWS_DELETED: _rows_deleted,
    Trouble.LIST_CLEARED: _list_cleared,
    Trouble.FACTORY_RESET: _factory_reset,
    Trouble.REBOOT: _reboot,
    Trouble.BROKEN: _broken,
    Trouble.SWAP: _swap,
    Trouble.FIRMWARE: _firmware,
}
