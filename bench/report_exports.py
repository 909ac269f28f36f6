"""The figures of exports as text."""

from __future__ import annotations

from collections.abc import Sequence

from bench.exports import WANTED_MIB, Written, is_met
from bench.report import table


def of_exports(written: Sequence[Written]) -> str:
    """Formats side by side, and the memory that is wanted."""
    rows = [
        (
            one.form.value,
            "password" if one.sealed else "",
            one.opened_by,
            f"{one.rows:,}",
            f"{one.wall_s:.1f}",
            f"{one.cpu_s:.1f}",
            f"{one.peak_mib:.0f}",
            f"{one.size_mib:.0f}",
        )
        for one in written
    ]
    head = ("format", "", "opened by", "calls", "wall s", "CPU s", "peak MiB", "file MiB")
    met = "met" if is_met(written) else "not met"
    return f"{table(head, rows)}\n\nall calls of the query, none else; under {WANTED_MIB} MiB each: {met}"
