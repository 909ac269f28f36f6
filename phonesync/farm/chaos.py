"""What goes wrong with emulated phones, by level: a table of troubles with their rates, and its events.

Level 0 is a quiet office. Each level has the troubles of the levels below it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, log
from random import Random

from phonesync.farm.faults import Fault, FaultKind

LEVELS = (0, 1, 2, 3)


class Trouble(StrEnum):
    """One kind of trouble."""

    OFFLINE = "offline"
    AWAY = "away for days"
    SLOW = "slow answers"
    CLOCK = "clock wrong"
    CLOCK_LOST = "clock lost"
    ROWS_DELETED = "rows deleted"
    LIST_CLEARED = "list cleared"
    FACTORY_RESET = "factory reset"
    REBOOT = "reboot"
    BROKEN = "broken answers"
    SWAP = "phone swapped"
    FIRMWARE = "firmware changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One row of the table.

    Attributes:
        trouble: What.
        level: The lowest chaos level that has it.
        per_day: How often it strikes one phone, per day.
        lasts_s: Shortest and longest duration, seconds; None for what happens at an instant.
        amount: Least and most of what the text calls by that name; between them all orders of size alike.
        what: What happens, one sentence for the docs.
    """

    trouble: Trouble
    level: int
    per_day: float
    what: str
    lasts_s: tuple[float, float] | None = None
    amount: tuple[float, float] = (1.0, 1.0)


_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0

TABLE: tuple[Rate, ...] = (
    Rate(
        trouble=Trouble.OFFLINE,
        level=1,
        per_day=0.20,
        lasts_s=(2 * _MINUTE, 8 * _HOUR),
        what="The phone cannot be reached; it goes on recording calls.",
    ),
    Rate(
        trouble=Trouble.AWAY,
        level=1,
        per_day=0.01,
        lasts_s=(1 * _DAY, 5 * _DAY),
        what="The phone cannot be reached for days, so that busy lists overflow unread.",
    ),
    Rate(
        trouble=Trouble.SLOW,
        level=1,
        per_day=0.20,
        lasts_s=(5 * _MINUTE, 2 * _HOUR),
        amount=(0.3, 20.0),
        what="Every answer comes late, by a fixed 0.3 to 20 seconds.",
    ),
    Rate(
        trouble=Trouble.CLOCK,
        level=2,
        per_day=0.02,
        lasts_s=(10 * _MINUTE, 2 * _DAY),
        amount=(40.0, 4 * _HOUR),
        what="The clock is set wrong by 40 seconds to 4 hours, ahead or behind, and later corrected.",
    ),
    Rate(
        trouble=Trouble.CLOCK_LOST,
        level=2,
        per_day=0.003,
        lasts_s=(5 * _MINUTE, 12 * _HOUR),
        amount=(30 * _DAY, 4000 * _DAY),
        what="The phone starts with a factory date months or years back, until it finds its time server.",
    ),
    Rate(
        trouble=Trouble.ROWS_DELETED,
        level=2,
        per_day=0.10,
        amount=(1.0, 4.0),
        what="Somebody deletes one to three rows by hand, anywhere in a list.",
    ),
    Rate(
        trouble=Trouble.LIST_CLEARED,
        level=2,
        per_day=0.02,
        what="Somebody clears one list.",
    ),
    Rate(
        trouble=Trouble.FACTORY_RESET,
        level=2,
        per_day=0.003,
        lasts_s=(90.0, 5 * _MINUTE),
        what="All lists are lost and the phone starts again; provisioning restores its settings.",
    ),
    Rate(
        trouble=Trouble.REBOOT,
        level=2,
        per_day=0.04,
        lasts_s=(45.0, 3 * _MINUTE),
        what="The phone starts again: rows not yet saved (every 10 minutes on half of the phones) and all "
        "sessions are lost.",
    ),
    Rate(
        trouble=Trouble.BROKEN,
        level=3,
        per_day=0.20,
        lasts_s=(5 * _MINUTE, 3 * _HOUR),
        amount=(0.2, 1.0),
        what="A fifth to all of the answers are cut, garbage, errors, resets or pages of something else.",
    ),
    Rate(
        trouble=Trouble.SWAP,
        level=3,
        per_day=0.005,
        lasts_s=(2 * _MINUTE, 20 * _MINUTE),
        what="Another device of the same model takes the place, with its own MAC and rows of elsewhere.",
    ),
    Rate(
        trouble=Trouble.FIRMWARE,
        level=3,
        per_day=0.01,
        lasts_s=(2 * _MINUTE, 6 * _MINUTE),
        what="The phone comes back with another firmware of the same generation; its rows stay.",
    ),
)

DRIFT_LEVEL = 2
DRIFT_SHARE = 0.1
"""Share of phones without a time server, from level 2 on."""
DRIFT_PPM = 20.0
"""Their clocks run ahead or behind by up to this many microseconds a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosEvent:
    """One trouble striking one phone.

    Attributes:
        at: When it begins, UTC.
        desk: Index of the phone, from 0.
        trouble: What.
        until: When it ends, UTC; ``at`` for what happens at an instant.
        amount: How much: seconds late, seconds off (signed), rows, share of answers.
        luck: Seed for whatever else is left to chance.
    """

    at: datetime
    desk: int
    trouble: Trouble
    until: datetime
    amount: float
    luck: int


def rates(level: int) -> tuple[Rate, ...]:
    """The rows of the table that hold at a level."""
    return tuple(rate for rate in TABLE if rate.level <= level)


def events(*, level: int, seed: int, desks: int, start: datetime) -> Iterator[ChaosEvent]:
    """All that goes wrong from ``start`` on, without end, in the order of time.

    The troubles of one phone do not depend on how many phones there are.
    """
    streams = [
        _events_of(rate, desk=desk, seed=seed, start=start) for desk in range(desks) for rate in rates(level)
    ]
    return heapq.merge(*streams, key=lambda event: (event.at, event.desk, event.trouble))


def _events_of(rate: Rate, *, desk: int, seed: int, start: datetime) -> Iterator[ChaosEvent]:
    rng = Random(f"chaos {seed} {desk} {rate.trouble}")
    at = start
    while True:
        at += timedelta(days=rng.expovariate(rate.per_day))
        lasts = timedelta(seconds=_spread(rng, *rate.lasts_s)) if rate.lasts_s else timedelta(0)
        yield ChaosEvent(
            at=at,
            desk=desk,
            trouble=rate.trouble,
            until=at + lasts,
            amount=_amount(rng, rate),
            luck=rng.getrandbits(32),
        )
        at += lasts


def _amount(rng: Random, rate: Rate) -> float:
    size = _spread(rng, *rate.amount)
    if rate.trouble is Trouble.CLOCK_LOST:
        return -size
    return -size if rate.trouble is Trouble.CLOCK and rng.random() < 0.5 else size  # noqa: PLR2004  ahead or behind


def _spread(rng: Random, least: float, most: float) -> float:
    """Between two sizes, all orders of size alike."""
    return exp(rng.uniform(log(least), log(most)))


def drift_ppm(*, level: int, seed: int, desk: int) -> float:
    """How fast one phone's clock runs ahead, in microseconds a second; 0 where it has a time server."""
    rng = Random(f"drift {seed} {desk}")
    if level < DRIFT_LEVEL or rng.random() >= DRIFT_SHARE:
        return 0.0
    return rng.uniform(-DRIFT_PPM, DRIFT_PPM)


def broken_answer(rng: Random, share: float) -> Fault | None:
    """What goes wrong with one answer of a phone whose answers are broken, or None for a good one.

    Args:
        rng: Source of chance.
        share: Of the answers that are broken, 0 to 1.
    """
    if rng.random() >= share:
        return None
    kind = rng.choice(BROKEN_KINDS)
    return Fault(
        kind=kind,
        at_byte=int(_spread(rng, 1, 12_000)),
        with_length=bool(rng.getrandbits(1)),
        content=rng.randbytes(200) if kind is FaultKind.GARBAGE else b"",
    )


BROKEN_KINDS = (
    FaultKind.CUT,
    FaultKind.CUT,
    FaultKind.GARBAGE,
    FaultKind.SERVER_ERROR,
    FaultKind.NOT_FOUND,
    FaultKind.RESET,
    FaultKind.WRONG_CONTENT,
    FaultKind.REDIRECT,
)


def table_markdown() -> str:
    """The table of troubles for the docs."""
    lines = ["| level | trouble | per phone and day | lasts | what happens |", "|---|---|---|---|---|"]
    lines += [
        f"| {rate.level} | {rate.trouble} | {rate.per_day:g} | {_lasts(rate)} | {rate.what} |"
        for rate in TABLE
    ]
    lines.append(
        f"| {DRIFT_LEVEL} | clock drifts | {DRIFT_SHARE:.0%} of the phones | always | "
        f"Without a time server the clock gains or loses up to {DRIFT_PPM:g} µs a second "
        f"({DRIFT_PPM * _DAY / 1e6:.1f} s a day). |"
    )
    return "\n".join(lines) + "\n"


def _lasts(rate: Rate) -> str:
    if rate.lasts_s is None:
        return "an instant"
    return " to ".join(_duration(seconds) for seconds in rate.lasts_s)


def _duration(seconds: float) -> str:
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
