"""The figures of the journal as text."""

from __future__ import annotations

from bench.journal import WANTED_MS, Measured
from bench.report import table


def of_journal(one: Measured) -> str:
    """One database: its size, and each kind of query."""
    rows = [
        (
            query.what,
            "" if query.of_aim else "beside",
            *(f"{figure:.1f}" for figure in (query.p50_ms, query.p95_ms, query.cpu_ms)),
        )
        for query in one.queries
    ]
    made = "kept from an earlier run" if one.filled_s is None else f"filled in {one.filled_s:.0f} s"
    size = f", {one.size_mib:,.0f} MiB, {made}" if one.size_mib else ""
    heads = ("query", "", "p50 ms", "p95 ms", "CPU ms")
    text = f"{one.engine}: {one.calls:,} calls{size}\n\n{table(heads, rows)}"
    aimed = [query.p95_ms for query in one.queries if query.of_aim]
    if not aimed:
        return text
    met = "met" if max(aimed) <= WANTED_MS else "not met"
    return f"{text}\n\np95 under {WANTED_MS:.0f} ms: {met}"
