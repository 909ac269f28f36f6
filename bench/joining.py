"""What joining a day's new entries costs, by how many calls the store holds already."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bench import joining_history as history
from phonesync import config as configuration
from phonesync.agent.joining import means_of, step
from phonesync.agent.roster import introduce
from phonesync.clock import SystemClock
from phonesync.config import Config
from phonesync.ledger.values import NewEntry, PhoneLedger, PoolState, ReadPlan
from phonesync.model import TimeOf
from phonesync.store.records import PollCommit
from phonesync.store.repository import Store, open_store

DAYS = 2
"""Days joined on top, one after the other; the first warms up, the last is measured."""

AT_ONCE = 200
"""Entries of one step."""

GROUP = 5
"""Every fourth call rings at so many phones."""

LISTS = {"1": "placed", "2": "received", "3": "missed"}

WANTED = 1.2
"""What the day may cost in the largest store, of what it costs in the smallest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What it cost to join a day.

    Attributes:
        held: Calls in the store before.
        filled_s: Seconds it took to fill the store.
        size_mib: Its size.
        entries: New entries.
        calls: Calls that are new.
        cpu_s: Seconds of CPU until none waited.
        wall_s: Seconds until none waited.
    """

    held: int
    filled_s: float
    size_mib: float
    entries: int
    calls: int
    cpu_s: float
    wall_s: float

    @property
    def entry_ms(self) -> float:
        """Milliseconds of CPU for one entry."""
        return 1000.0 * self.cpu_s / self.entries


def measure(sizes: tuple[int, ...], *, calls: int = history.A_DAY, folder: Path | None = None) -> list[Day]:
    """One day in stores of these sizes, the smallest first.

    Args:
        sizes: Calls each store holds.
        calls: Calls of the day.
        folder: Where the stores lie for that time; the usual place by default.
    """
    return [_measured(size, calls, folder) for size in sorted(sizes)]


def _measured(size: int, calls: int, folder: Path | None) -> Day:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        config = office(place)
        with opened(place) as store:
            introduce(store, config)
            read(store, iter(()), history.END)
        begun = time.perf_counter()
        held = size - size % history.PHONES
        history.fill(place / "phonesync.db", held)
        filled = time.perf_counter() - begun
        with opened(place) as store:
            days = [_day(config, store, day, calls) for day in range(DAYS)]
            if len({entries for entries, _, _, _ in days}) != 1:
                sys.exit("bench.joining: two days that should be alike are not.")
            entries, new, cpu, wall = days[-1]
            return Day(
                held=held,
                filled_s=filled,
                size_mib=(place / "phonesync.db").stat().st_size / 2**20,
                entries=entries,
                calls=new,
                cpu_s=cpu,
                wall_s=wall,
            )


def _day(config: Config, store: Store, day: int, calls: int) -> tuple[int, int, float, float]:
    """Entries, new calls, seconds of CPU and of the wall."""
    read(store, _rows(day, calls), history.END + timedelta(days=day + 1))
    entries, new = store.queued(), 0
    means = means_of(config, store)
    cpu, wall = time.process_time(), time.perf_counter()
    while (passed := step(store, means, AT_ONCE)).entries:
        new += len(passed.changed)
    return entries, new, time.process_time() - cpu, time.perf_counter() - wall


def _rows(day: int, calls: int) -> Iterator[tuple[int, NewEntry]]:
    """The rows of a day, with the phone that shows each: calls of one phone, and some that a group gets."""
    midnight = history.END + timedelta(days=day)
    for call in range(calls):
        at = midnight + timedelta(hours=8, seconds=call * 36000 // calls)
        number = history.number_of((day * 7919 + call * 13) % history.NUMBERS)
        phone = (call * 17 + day) % history.PHONES
        if call % 4:
            yield phone, _row(f"{day}.{call}", at, "1" if call % 4 == 1 else "2", number)
            continue
        first = phone - phone % GROUP
        for member in range(first, first + GROUP):
            yield member, _row(f"{day}.{call}.{member}", at, "2" if member == phone else "3", number)


def _row(name: str, at: datetime, code: str, number: str) -> NewEntry:
    return NewEntry(
        id=f"{name:0>32}",
        key=f"{name:0>32}",
        occurrence=1,
        list_code=code,
        account=None,
        remote_number=number,
        remote_host=None,
        remote_name=None,
        shown_at="shown",
        started_at=at,
        resolution_s=1,
        clock_offset_s=0.0,
        duration_s=None if code == "3" else 60,
        count=1,
        complete=True,
        uncertain=False,
        unseen_at=at - timedelta(minutes=1),
    )


def read(store: Store, rows: Iterator[tuple[int, NewEntry]], at: datetime) -> None:
    """Lets every phone be read at the end of the day."""
    shown: dict[int, list[NewEntry]] = {}
    for phone, row in rows:
        shown.setdefault(phone, []).append(row)
    for phone in range(history.PHONES):
        state = store.phone(f"phone-{phone}")
        digest = at.isoformat()
        pools = {code: PoolState(open_since=history.END) for code in LISTS}
        ledger = PhoneLedger(
            incarnation=state.incarnation, last_read=at, digest=digest, list_names=LISTS, pools=pools
        )
        store.commit(
            PollCommit(
                state=replace(
                    state,
                    variant="v86-json",
                    last_read=at,
                    ledger_digest=digest,
                    ledger_state=digest.encode(),
                ),
                before=state,
                plan=ReadPlan(ledger=ledger, new=tuple(shown.get(phone, ()))),
                list_names=LISTS,
                pools=dict.fromkeys(LISTS, history.END),
                at=at,
                zone="UTC",
                time_of=TimeOf.START,
            )
        )


def opened(folder: Path) -> Store:
    """The store in a folder."""
    return open_store("sqlite:///phonesync.db", clock=SystemClock(), base=folder)


def office(folder: Path) -> Config:
    """An office of so many phones, in groups."""
    phones = "".join(
        f'[[phone]]\nname = "phone-{number}"\nurl = "http://192.0.2.{number}"\ndriver = "yealink"\n'
        f'extension = "{history.extension_of(number)}"\npassword = "unused"\n'
        for number in range(history.PHONES)
    )
    groups = "".join(
        f'[[group]]\nname = "group {first}"\n'
        f"members = {[str(history.extension_of(first + n)) for n in range(GROUP)]}\n".replace("'", '"')
        for first in range(0, history.PHONES, GROUP)
    )
    site = '[[site]]\nname = "Office"\ntimezone = "UTC"\ncountry = "RU"\nextension_length = 4\n'
    path = folder / "config.toml"
    path.write_text(f"{site}{phones}{groups}", encoding="utf-8")
    return configuration.load(path)
