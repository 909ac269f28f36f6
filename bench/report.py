"""The figures as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.events import WANTED_A_MINUTE, Taken
from bench.exchange import CONNECTIONS, HTTPTOOLS, LENIENT, PAGES, PARSERS, READERS, STRICT, Costs
from bench.lateness import Lateness
from bench.reads import ROUNDS, Case, Measured
from bench.shares import ORDER

AIMS = {"cold": 0.4, "unchanged": 0.2}
"""What the product is to reach of the floor, by CPU a read, over plain http."""

_HEAD = ("phones", "round", "reader", "reads/s", "CPU ms/read", "peak MiB", "requests/read", "of the floor")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns side by side: the first ones to the left, figures to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < LEFT else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


LEFT = 3
"""So many columns hold words."""


def of_reads(cases: Sequence[Case]) -> str:
    """Floor and product side by side."""
    rows = []
    for case in cases:
        for name in ROUNDS:
            rows.append(_row(case, name, "floor", case.floor[name], "1"))
            rows.append(_row(case, name, "phonesync", case.product[name], f"{case.ratio(name):.2f}"))
    return table(_HEAD, rows)


def _row(case: Case, name: str, reader: str, made: Measured, ratio: str) -> tuple[str, ...]:
    figures = made.figures
    return (
        f"{case.kind} {case.scheme}",
        name,
        reader,
        f"{made.reads_a_second:.0f}",
        f"{made.cpu_ms:.2f}",
        f"{figures['peak_mib']:.0f}",
        f"{made.traffic['requests'] / figures['reads']:g}",
        ratio,
    )


def of_shares(cases: Sequence[Case]) -> str:
    """Where the product's time goes, percent."""
    rows = []
    for case in cases:
        for name in ROUNDS:
            spent = case.shares[name]
            whole = sum(spent.values())
            parts = (f"{100 * spent[part] / whole:.0f} %" for part in ORDER)
            rows.append((f"{case.kind} {case.scheme}", name, "phonesync", *parts))
    return table(("phones", "round", "reader", *ORDER), rows)


def of_aims(case: Case) -> str:
    """What was aimed at, what was reached, and what costs most."""
    lines = []
    for name in ROUNDS:
        spent = case.shares[name]
        whole = sum(spent.values())
        dearest = sorted(spent, key=lambda part: -spent[part])[:3]
        shares = ", ".join(f"{part} {100 * spent[part] / whole:.0f} %" for part in dearest)
        lines.append(f"{name}: {case.ratio(name):.2f} of the floor, aim {AIMS[name]}; dearest: {shares}")
    return "\n".join(lines)


def of_exchanges(costs: Costs) -> str:
    """What reads an answer, side by side; and whole reads of phones that keep to HTTP."""
    rows = []
    for page in PAGES:
        for connection in CONNECTIONS:
            floor = costs.exchanges[page, connection, HTTPTOOLS]
            for reader in READERS:
                spent = costs.exchanges[page, connection, reader]
                rows.append((page, connection, reader, f"{spent:.0f}", f"{spent / floor:.1f}"))
        floor = costs.parsing[page, HTTPTOOLS]
        for parser in PARSERS:
            spent = costs.parsing[page, parser]
            rows.append((page, "parsing alone", parser, f"{spent:.1f}", f"{spent / floor:.1f}"))
    lenient, strict = costs.reads[LENIENT], costs.reads[STRICT]
    reads = (
        f"an unchanged read (json http): strict {strict:.2f} ms, lenient {lenient:.2f} ms of CPU: "
        f"{100 * (1 - lenient / strict):.0f} % less"
    )
    return "\n".join((table(("page", "connection", "reader", "CPU us", "of httptools"), rows), "", reads))


def of_events(taken: Mapping[str, Taken]) -> str:
    """The bare application and the product side by side, and whether the product holds what is wanted."""
    floor, product = taken["bare"], taken["phonesync"]
    rows = [
        (
            name,
            "answered",
            "",
            f"{one.reports / one.wall_s:.0f}",
            f"{1000 * one.cpu_s / one.reports:.2f}",
            f"{floor.cpu_s / one.cpu_s:.2f}",
        )
        for name, one in taken.items()
    ]
    rows.append(
        (
            "phonesync",
            "in entries",
            "",
            f"{product.reports / product.settled_s:.0f}",
            f"{1000 * product.whole_cpu_s / product.reports:.2f}",
            f"{floor.cpu_s / product.whole_cpu_s:.2f}",
        )
    )
    a_minute = 60 * product.reports / product.settled_s
    held = "held" if a_minute >= WANTED_A_MINUTE else "NOT HELD"
    return "\n".join(
        (
            table(("receiver", "until", "", "reports/s", "CPU ms/report", "of the floor"), rows),
            "",
            f"{a_minute:.0f} reports a minute in entries; wanted: {WANTED_A_MINUTE} on two cores: {held}",
        )
    )


def of_lateness(run: Lateness) -> str:
    """One agent over many phones."""
    told = run.told
    rows = [
        (which, *(f"{late:.3f}" for late in run.late(which).values()), str(len(told[which])))
        for which in ("first", "later")
        if told[which]
    ]
    head = ("reads", "late p50 s", "late p99 s", "late max s", "number")
    failed = ", ".join(f"{kind} {number}" for kind, number in told["failed"].items()) or "none"
    load = 100 * told["cpu_s"] / told["wall_s"]
    speed = f"{run.phones} phones for {told['wall_s']:.0f} s: {run.reads / told['wall_s']:.1f} reads/s"
    memory = f"memory {told['resident_mib']:.0f} MiB at the end, {told['peak_mib']:.0f} MiB at most"
    store = f"store {told['store_mib']:.1f} MiB with {told['rows']} rows; reads that failed: {failed}"
    loading = f"configuration loaded in {told['load_config_s']:.1f} s"
    lines = (f"{speed}, CPU {load:.0f} % of one core, {memory}", f"{store}; {loading}")
    return "\n".join((table(head, rows), *lines))
