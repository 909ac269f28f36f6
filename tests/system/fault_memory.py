"""Each fault alone on one phone of ten, all in one process; prints the most memory the process ever held.

``python -m tests.system.fault_memory`` fails above 200 MB. The emulated phones live in the same process, so
the agent alone takes less. ``--at-once 10`` has all phones show each fault at the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault
from tests.system.fault_table import AT_LIST, EVERYWHERE
from tests.system.office import Office, opened

MOST_MB = 200.0


def peak_mb() -> float:
    """The most memory this process ever held, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


async def show_all(folder: Path, *, at_once: int) -> int:
    """Has every kind of phone show each fault; returns how many polls met one."""
    met = 0
    async with opened(folder) as office:
        await office.read()
        desks = list(office.world.desks.values())
        for faults, at_list in ((AT_LIST, True), (EVERYWHERE, False)):
            for fault, _, kinds in faults.values():
                able = [desk for desk in desks if desk.kind.name in kinds]
                for first in range(0, len(able), at_once):
                    met += await show(office, fault, able[first : first + at_once], at_list=at_list)
    return met


async def show(office: Office, fault: Fault, desks: Sequence[Desk], *, at_list: bool) -> int:
    """Has some phones show a fault while all are read; returns how many were not read."""
    office.pass_time(minutes=6)
    for desk in desks:
        office.disturb(desk, fault, at_list=at_list)
    results = await office.read()
    for desk in desks:
        desk.wired.faults.clear()
        desk.wired.emulator.reboot()
    return sum(not result.ok for result in results.values())


def main() -> int:
    """Runs it; 1 where it took too much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=1, help="phones that show a fault at the same time")
    at_once = parser.parse_args().at_once
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with TemporaryDirectory(prefix="phonesync-faults-") as folder:
        met = asyncio.run(show_all(Path(folder), at_once=at_once))
    peak = peak_mb()
    sys.stdout.write(
        f"{met} polls met a fault; the process took {peak:.0f} MB at most (limit {MOST_MB:.0f}).\n"
    )
    return int(peak > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
