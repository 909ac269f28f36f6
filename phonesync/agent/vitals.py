"""How the agent itself fares, and what to call it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from phonesync.store.records import PhoneStanding

STALLED_S = 60.0
"""A loop without a tick, or a writer at one piece of work, for longer than this has stalled."""

LATE_S = 300.0
"""A due read that has waited for longer than this says that the agent does not keep up."""


class Phase(StrEnum):
    """Where the agent is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class Status(StrEnum):
    """How the agent fares, in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"
    STARTING = "starting"
    STOPPING = "stopping"


class StoreStatus(StrEnum):
    """How the store fares, as the agent sees it."""

    OK = "ok"
    AWAY = "away"
    STALLED = "stalled"


TROUBLED = (PhoneStanding.DOWN, PhoneStanding.REFUSED, PhoneStanding.HELD)
"""Standings of phones that ought to be read and are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What can be seen of the agent at an instant.

    Attributes:
        phase: Where it is in its life.
        standings: Of the enabled phones.
        lateness_s: How long the read that is due longest has waited, seconds; phones that failed lately
            have a lane of their own and are not counted.
        late: How many reads are due and wait.
        since_tick_s: Seconds since the loop last looked for what is due.
        writing_s: Seconds the writer has been at its present piece of work; 0.0 where it waits for some.
        store_away: The store could not be used when it was last tried.
        held: Writes that wait for it.
        refused_config: Why the configuration file was not taken at the last SIGHUP, or "".
        set_aside: Entries that could not be joined because of a mistake of ours.
    """

    phase: Phase
    standings: tuple[PhoneStanding, ...] = ()
    lateness_s: float = 0.0
    late: int = 0
    since_tick_s: float = 0.0
    writing_s: float = 0.0
    store_away: bool = False
    held: int = 0
    refused_config: str = ""
    set_aside: int = 0


def stalled(vitals: Vitals, *, limit_s: float) -> list[str]:
    """What has made no progress for too long, in words; empty where all goes on.

    A store that is locked or away is no such thing: the writer gives up each attempt after seconds, and goes
    on with the next.

    Args:
        vitals: What is seen.
        limit_s: How long is too long, seconds.
    """
    found = []
    if vitals.phase is Phase.RUNNING and vitals.since_tick_s > limit_s:
        found.append(f"no tick for {vitals.since_tick_s:.0f} s")
    if vitals.writing_s > limit_s:
        found.append(f"the store has kept the writer for {vitals.writing_s:.0f} s")
    return found


def store_status(vitals: Vitals) -> StoreStatus:
    """How the store fares."""
    if vitals.writing_s > STALLED_S:
        return StoreStatus.STALLED
    return StoreStatus.AWAY if vitals.store_away else StoreStatus.OK


def judge(vitals: Vitals) -> tuple[Status, list[str]]:
    """The status, and what is wrong in words.

    Single phones that are away do not make the agent fail: it does what can be done.
    """
    failing = stalled(vitals, limit_s=STALLED_S)
    if vitals.store_away:
        failing.append(f"the store is away; {vitals.held} writes wait for it")
    if vitals.lateness_s > LATE_S:
        failing.append(f"{vitals.late} reads are late, the first by {vitals.lateness_s:.0f} s")
    degraded = [f"{number} phones {name}" for name, number in _troubled(vitals.standings)]
    if vitals.refused_config:
        degraded.append("the configuration file has mistakes and was not taken")
    if vitals.set_aside:
        degraded.append(f"{vitals.set_aside} entries could not be joined and are set aside")
    if vitals.phase is not Phase.RUNNING:
        return Status(vitals.phase.value), failing
    if failing:
        return Status.FAILING, failing + degraded
    return (Status.DEGRADED if degraded else Status.OK), degraded


def counts(standings: Iterable[PhoneStanding]) -> dict[str, int]:
    """Each standing of an enabled phone to how many have it, and the total."""
    found = Counter(standings)
    shown = {
        standing.value: found[standing]
        for standing in PhoneStanding
        if standing is not PhoneStanding.DISABLED
    }
    return {"total": found.total(), **shown}


def summary(vitals: Vitals) -> str:
    """One line for people."""
    status, problems = judge(vitals)
    up = vitals.standings.count(PhoneStanding.UP)
    said = f"{status}: {up} of {len(vitals.standings)} phones up"
    return "; ".join([said, *problems])


def _troubled(standings: tuple[PhoneStanding, ...]) -> list[tuple[str, int]]:
    return [(kind.value, number) for kind in TROUBLED if (number := standings.count(kind))]
