"""What the agent does at set times; APScheduler keeps the time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, tzinfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from phonesync.agent.chores import Work

LOOK_AGAIN_S = 60
"""How often it is looked whether somebody has changed something about a phone that was stopped."""

BEAT_S = 30
"""How often it is stated that reports can be heard; a process that is killed leaves so long a gap at most."""

SETTLE_S = 300
"""How often the coverage of phones that only report is stated anew."""

NIGHTLY = {"hour": 3, "minute": 20}
"""When the nightly work is done."""


def timetable(
    *,
    tick: Callable[[], Awaitable[None]],
    tick_s: int,
    chore: Callable[[str, Work], Awaitable[None]],
    every: Mapping[str, tuple[int, Work]],
    nightly: Mapping[str, Work],
    zone: tzinfo,
) -> AsyncIOScheduler:
    """A scheduler with all timed jobs, not started.

    Args:
        tick: The agent's own step.
        tick_s: How often, seconds.
        chore: Starts a chore by name.
        every: Chore to how often it is done, seconds, and what it does.
        nightly: Chore to what it does.
        zone: Whose night it is.
    """
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(tick, "interval", seconds=tick_s)
    for name, (seconds, work) in every.items():
        scheduler.add_job(chore, "interval", [name, work], seconds=seconds)
    for name, work in nightly.items():
        scheduler.add_job(chore, "cron", [name, work], timezone=zone, **NIGHTLY)
    return scheduler
