"""What one round cost the process that made it."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round over all phones.

    Attributes:
        reads: Phones read.
        wall_s: Seconds it took.
        cpu_s: Seconds of CPU of this process, all threads.
        peak_mib: The most memory it ever held.
        rows: Rows new to its store.
    """

    reads: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    rows: int

    def as_json(self) -> dict[str, Any]:
        """For the parent."""
        return asdict(self)


async def measured(work: Callable[[], Awaitable[int]], *, reads: int) -> Round:
    """Measures a round.

    Args:
        work: Makes it, and tells how many rows were new.
        reads: Phones that it reads.
    """
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    rows = await work()
    return Round(
        reads=reads,
        wall_s=time.perf_counter() - wall,
        cpu_s=time.process_time() - cpu,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        rows=rows,
    )
