"""One place in the emulated office: who sits there, the phone, and how it fares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from phonesync.driver.emulation import EmulatedRequest, EmulatorKind, PhoneSide
from phonesync.farm import chaos
from phonesync.farm.faults import Fault, FaultKind
from phonesync.farm.memory import FarmPhone
from phonesync.farm.people import Employee
from phonesync.farm.wire import WiredPhone


@dataclass(slots=True, kw_only=True)
class Desk:
    """One place in the office: its phone, where it stands in the network, how it fares now.

    Attributes:
        index: From 0.
        name: Of the phone in the configuration.
        employee: Who sits there.
        kind: What kind of phone it is.
        memory: What the phone remembers.
        wired: The phone in the network: address, emulator, faults; give it to a server or transport.
        password: Of its web page.
        rng: Source of chance of its troubles.
        serial: Number of its current MAC.
        offline_until: It cannot be reached before, UTC; None where it can.
        slow_s: Every answer comes so many seconds late.
        broken: Share of the answers that are broken.
        side: What the phone does by itself, or None where its kind does nothing.
    """

    index: int
    name: str
    employee: Employee
    kind: EmulatorKind
    memory: FarmPhone
    wired: WiredPhone
    password: str = field(repr=False)
    rng: Random
    serial: int
    offline_until: datetime | None = None
    slow_s: float = 0.0
    broken: float = 0.0
    side: PhoneSide | None = None

    @property
    def address(self) -> str:
        """Its loopback address."""
        return self.wired.host

    @property
    def port(self) -> int:
        """Its port."""
        return self.wired.port

    @property
    def url(self) -> str:
        """As the configuration takes it."""
        return self.wired.url

    @property
    def online(self) -> bool:
        """It can be reached now."""
        return self.offline_until is None

    def fault(self, _request: EmulatedRequest) -> Fault | None:
        """What goes wrong with the answer to the next request."""
        broken = chaos.broken_answer(self.rng, self.broken) if self.broken else None
        if broken is None and self.slow_s:
            return Fault(kind=FaultKind.SLOW, delay_s=self.slow_s)
        return broken
