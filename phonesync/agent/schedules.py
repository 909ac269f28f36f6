"""What the agent does by itself, and how often, as a configuration says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from phonesync.agent.clockwork import CLOCKS_S
from phonesync.agent.joining import JOIN_S
from phonesync.agent.timetable import NIGHTLY

if TYPE_CHECKING:
    from phonesync.config import Config


class Task(StrEnum):
    """What is done."""

    PHONES = "phones"
    CONTACTS = "contacts"
    RECORDS = "cdr"
    CALLS = "calls"
    CLOCKS = "clocks"
    NIGHTLY = "nightly"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One thing that is done again and again.

    Attributes:
        task: What.
        name: Of the source, record or digest; "" where there is one alone.
        every_s: How often, seconds, at most; None where it is done at set times.
        at: Times of day, ``HH:MM``.
        days: Weekdays; empty: every day.
        timezone: Of these times; "" where there are none.
        phones: How many phones it is about; None for none in particular.
    """

    task: Task
    name: str = ""
    every_s: float | None = None
    at: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    timezone: str = ""
    phones: int | None = None


def schedules(config: Config) -> list[Schedule]:
    """All of it, in the order in which it is shown."""
    zone = config.sites[0].timezone if config.sites else "UTC"
    nightly = f"{NIGHTLY['hour']:02}:{NIGHTLY['minute']:02}"
    return [
        *_polls(config),
        *(
            Schedule(task=Task.CONTACTS, name=source.name, every_s=source.every.total_seconds())
            for source in config.contact_sources
        ),
        *(
            Schedule(task=Task.RECORDS, name=one.name, every_s=one.every.total_seconds())
            for one in config.cdr
        ),
        Schedule(task=Task.CALLS, every_s=JOIN_S),
        Schedule(task=Task.CLOCKS, every_s=CLOCKS_S),
        Schedule(task=Task.NIGHTLY, at=(nightly,), timezone=_night_zone(config)),
        *(
            Schedule(task=Task.DIGEST, name=one.name, at=one.at, days=one.days, timezone=one.timezone or zone)
            for one in config.outgoing.digests
        ),
    ]


def _polls(config: Config) -> Iterator[Schedule]:
    counts = Counter(phone.poll or config.agent.poll for phone in config.phones if phone.enabled)
    for poll, count in sorted(counts.items()):
        yield Schedule(task=Task.PHONES, every_s=poll.total_seconds(), phones=count)


def _night_zone(config: Config) -> str:
    return config.zone_of(config.phones[0]).key if config.phones else "UTC"
