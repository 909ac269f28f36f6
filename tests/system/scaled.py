"""Time that two processes share: the machine's monotonic clock, faster."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class ScaledClock:
    """So many seconds pass in one; processes that know the same three values agree on the instant.

    Attributes:
        start: The instant at the origin, UTC.
        origin: The machine's monotonic clock then, in seconds; every process of a machine reads the same one.
        speed: Seconds that pass in one.
    """

    start: datetime
    origin: float
    speed: float

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since the origin."""
        return (time.monotonic() - self.origin) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Waits so many of these seconds."""
        await asyncio.sleep(seconds / self.speed)

    @property
    def arguments(self) -> tuple[str, ...]:
        """For the command line of another process; :meth:`of` reads them."""
        return (self.start.isoformat(), repr(self.origin), repr(self.speed))

    @classmethod
    def of(cls, start: str, origin: str, speed: str) -> ScaledClock:
        """The clock of another process."""
        return cls(start=datetime.fromisoformat(start), origin=float(origin), speed=float(speed))
