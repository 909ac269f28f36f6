"""The real agent, run as ``phonesync run`` runs it, for a bounded time; how late each read began.

``python -m bench.agent CONFIG SECONDS LOG`` reports once, at the end.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from pathlib import Path

from bench.children import asked, say
from phonesync import config, logs
from phonesync.agent.commands import run_agent
from phonesync.agent.values import PollResult

_PAGE = resource.getpagesize()
_MIB = 1024 * 1024


class Watch:
    """Notes what the agent tells of each read.

    Attributes:
        first: Seconds that each phone's first read was late.
        later: Seconds that all other reads were late.
        failed: Reads that brought nothing, by the kind of error.
        new: Rows that were new.
    """

    def __init__(self) -> None:
        self.first: list[float] = []
        self.later: list[float] = []
        self.failed: dict[str, int] = {}
        self.new = 0
        self._met: set[str] = set()

    def observe(self, result: PollResult, late_s: float) -> None:
        """Called by the agent after each read."""
        (self.later if result.name in self._met else self.first).append(max(late_s, 0.0))
        self._met.add(result.name)
        self.new += result.new
        if not result.ok:
            kind = result.error_kind or "unknown"
            self.failed[kind] = self.failed.get(kind, 0) + 1


def resident_mib() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / _MIB


async def run(path: Path, seconds: float, watch: Watch) -> None:
    """Runs the agent, and ends it as an administrator would."""
    begun = time.perf_counter()
    loaded = config.load(path)
    loading = time.perf_counter() - begun
    loop = asyncio.get_running_loop()
    ending = loop.call_later(seconds, os.kill, os.getpid(), signal.SIGTERM)
    wall, cpu = time.perf_counter(), time.process_time()
    await run_agent(loaded, observe=watch.observe)
    ending.cancel()
    store = path.parent / "bench.db"
    say(
        {
            "load_config_s": loading,
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "resident_mib": resident_mib(),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "store_mib": store.stat().st_size / _MIB,
            "first": watch.first,
            "later": watch.later,
            "failed": watch.failed,
            "rows": watch.new,
        }
    )


if __name__ == "__main__":
    with Path(sys.argv[3]).open("w", encoding="utf-8") as log:
        logs.configure(stream=log)
        say({"ready": True})
        asked()
        asyncio.run(run(Path(sys.argv[1]), float(sys.argv[2]), Watch()))
