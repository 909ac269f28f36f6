"""Phones that may be told to dial: what they place so takes its course, and stands in their lists then."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from phonesync.driver.emulator_kit import RemotelyControlled
from phonesync.farm.telephony import Leg
from phonesync.model import ListName

if TYPE_CHECKING:
    from phonesync.driver.emulator_kit import RemoteControl
    from phonesync.farm.desk import Desk
    from phonesync.farm.simulation import FarmWorld

RINGS, TALKS = timedelta(seconds=9), timedelta(seconds=70)
"""Whoever is called so answers after the one, and talks for the other."""


def let_dial(world: FarmWorld, *, peer: str = "127.0.0.1") -> None:
    """Lets every phone of a farm that can be told to dial be told so.

    Args:
        world: The farm.
        peer: Address of whoever may tell them.
    """
    for desk in world.desks.values():
        emulator = desk.wired.emulator
        if isinstance(emulator, RemotelyControlled):
            emulator.remote.allowed = frozenset({peer})
            emulator.remote.placed = partial(_placed, world, desk, emulator.remote)


def _placed(world: FarmWorld, desk: Desk, remote: RemoteControl, number: str, account: str) -> None:
    """A call that belongs to no call of the office."""
    world.catch_up()
    answered = world.now + RINGS
    leg = Leg(
        extension=desk.employee.extension,
        account=account or desk.employee.extension,
        list_name=ListName.PLACED,
        number=number,
        name="",
        started=world.now,
        answered=answered,
        ended=answered + TALKS,
    )
    remote.in_call = True

    def end(_at: datetime) -> None:
        remote.in_call = False
        desk.memory.record(leg)

    world.later(leg.ended, end)
