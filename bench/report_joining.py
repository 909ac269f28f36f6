"""The figures of joining as text."""

from __future__ import annotations

from collections.abc import Sequence

from bench.joining import WANTED, Day
from bench.report import table


def of_joining(days: Sequence[Day]) -> str:
    """Stores side by side, and the ratio that is wanted."""
    first = days[0]
    rows = [
        (
            f"{day.held:,}",
            f"{day.size_mib:,.0f}",
            f"{day.filled_s:.0f}",
            f"{day.entries:,}",
            f"{day.calls:,}",
            f"{day.wall_s:.2f}",
            f"{day.cpu_s:.2f}",
            f"{day.entry_ms:.2f}",
            f"{day.cpu_s / first.cpu_s:.2f}",
        )
        for day in days
    ]
    head = (
        "calls held",
        "MiB",
        "filled in s",
        "entries",
        "calls changed",
        "wall s",
        "CPU s",
        "CPU ms/entry",
        "ratio",
    )
    last = days[-1]
    met = "met" if last.cpu_s <= WANTED * first.cpu_s else "not met"
    return f"{table(head, rows)}\n\nratio at most {WANTED:g}: {met}"
