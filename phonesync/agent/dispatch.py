"""Starts the polls that are due, as many at once as there are places, and plans what comes after each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from phonesync.agent.schedule import Schedule
from phonesync.agent.values import Due, Polled
from phonesync.clock import Clock
from phonesync.errors import PhonesyncError

_log = structlog.get_logger(__name__)

SLOW_SHARE = 4
"""One place in so many is for phones that failed lately: waiting for them never delays those that answer."""

AFTER_GIVING_UP_S = 60.0

AHEAD_S = 1.0
"""Phones that fall due within so many seconds get a timer of their own, so that no tick makes them late."""

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)

Poll = Callable[[str, bool], Awaitable[Polled]]
"""Polls a phone by name; forced or not."""

Ended = Callable[[str, Polled, float], None]
"""Told of each poll that ended: name, what came of it, and how late it had begun, in seconds."""


class Dispatcher:
    """Runs polls as tasks; one phone is never polled twice at once.

    Args:
        poll: Polls one phone.
        schedule: The plan.
        clock: Where time comes from.
        places: Polls that may run at once.
        ended: Told of each poll that ended.
    """

    def __init__(self, poll: Poll, *, schedule: Schedule, clock: Clock, places: int, ended: Ended) -> None:
        self._poll = poll
        self._schedule = schedule
        self._clock = clock
        self._ended = ended
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slow: set[str] = set()
        self._forced: set[str] = set()
        self._wake: asyncio.TimerHandle | None = None
        self._open = True
        self.places = places

    def is_running(self, name: str) -> bool:
        """Whether a phone is being polled now."""
        return name in self._running

    def force(self, name: str) -> None:
        """Polls a phone as soon as there is a place, before all others; not while it is polled."""
        self._forced.add(name)
        self._schedule.put(name, Due(at=self._clock.now(), deadline=_BEFORE_ALL))

    def start_due(self) -> None:
        """Starts what is due and has a place, and sets a timer for what falls due before the next tick."""
        if not self._open:
            return
        now = self._clock.now()
        while len(self._running) < self.places:
            slow = len(self._slow) < max(1, self.places // SLOW_SHARE)
            taken = self._schedule.take(now, slow=slow)
            if taken is None:
                break
            self._start(*taken, late_s=(now - taken[1].at).total_seconds())
        self._arm(now)

    async def finish(self, *, grace_s: float, farewell_s: float) -> int:
        """Starts nothing more; lets running polls end, then drops them.

        Args:
            grace_s: Seconds they may go on.
            farewell_s: Seconds the dropped ones may take to sign out.

        Returns:
            How many were dropped.
        """
        self._open = False
        if self._wake is not None:
            self._wake.cancel()
        running = set(self._running.values())
        if not running:
            return 0
        _, late = await asyncio.wait(running, timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=farewell_s)
        return len(late)

    def _start(self, name: str, due: Due, *, late_s: float) -> None:
        if due.slow:
            self._slow.add(name)
        forced = name in self._forced
        self._forced.discard(name)
        task = asyncio.create_task(self._run(name, late_s, forced=forced), name=f"poll {name}")
        self._running[name] = task
        task.add_done_callback(lambda _: self.start_due())

    async def _run(self, name: str, late_s: float, *, forced: bool) -> None:
        polled: Polled | None = None
        try:
            polled = await self._poll(name, forced)
        except PhonesyncError as error:
            _log.error("poll given up", phone=name, error=str(error))
        finally:
            # Before the phone is planned again: it may be due at once, and be taken before this task is done.
            del self._running[name]
            self._slow.discard(name)
        if polled is not None:
            self._ended(name, polled, late_s)
            return
        at = self._clock.now() + timedelta(seconds=AFTER_GIVING_UP_S)
        self._schedule.put(name, Due(at=at, deadline=at))

    def _arm(self, now: datetime) -> None:
        """One timer, for the next phone that falls due within the second while there is a place for it."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        next_at = self._schedule.next_at()
        if next_at is None or len(self._running) >= self.places:
            return
        wait_s = (next_at - now).total_seconds()
        if 0.0 < wait_s <= AHEAD_S:
            self._wake = asyncio.get_running_loop().call_later(wait_s, self.start_due)
