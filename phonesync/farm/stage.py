"""A farm on real sockets: its phones stand on loopback addresses while its office goes on calling."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from phonesync.farm.server import FarmServer
from phonesync.farm.simulation import FarmWorld

_BREATH_S = 0.2
"""Seconds between two looks of the world at the clock."""


class HurriedClock:
    """A clock that runs faster than the machine's, and faster still while the office is closed.

    Args:
        start: Where it begins, aware.
        by_day: Simulated seconds per real second from 08:00 to 19:00, Monday to Friday.
        by_night: The same for all other hours.
        zone_hours: Hours the office's zone is ahead of UTC.
    """

    def __init__(self, start: datetime, *, by_day: float, by_night: float, zone_hours: float = 0.0) -> None:
        self._now = start.astimezone(UTC)
        self._begun = self._now
        self._by_day, self._by_night = by_day, by_night
        self._zone = timedelta(hours=zone_hours)
        self._seen = time.monotonic()
        self._looking = threading.Lock()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second at this hour."""
        local = self._now + self._zone
        open_now = local.weekday() < 5 and 8 <= local.hour < 19  # noqa: PLR2004  office hours
        return self._by_day if open_now else self._by_night

    def now(self) -> datetime:
        """The hurried instant, UTC."""
        with self._looking:  # Pages look at it from threads of their own.
            real = time.monotonic()
            self._now += timedelta(seconds=(real - self._seen) * self.speed)
            self._seen = real
            return self._now

    def monotonic(self) -> float:
        """Hurried seconds since the start."""
        return (self.now() - self._begun).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Waits so many hurried seconds."""
        await asyncio.sleep(seconds / self.speed)


@asynccontextmanager
async def on_stage(world: FarmWorld) -> AsyncIterator[FarmServer]:
    """Stands up every phone of a farm, and lets its world follow its clock.

    Raises:
        ConfigError: An address cannot be listened on.
    """
    async with FarmServer(max_connections=4 * len(world.desks) + 64) as server:
        for desk in world.desks.values():
            await server.stand(desk.wired)
        living = asyncio.create_task(_live(world), name="farm")
        try:
            yield server
        finally:
            living.cancel()


async def _live(world: FarmWorld) -> None:
    while True:
        world.catch_up()
        await asyncio.sleep(_BREATH_S)
