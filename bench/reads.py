"""Reads a second and CPU a read, cold and unchanged, against the floor of the same run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import config_file
from bench.children import Child

COLD, UNCHANGED = "cold", "unchanged"
ROUNDS = (COLD, UNCHANGED)
FULL = 100
"""Rows in each of the four lists."""

PLACES = 50
"""Phones read at once, as by default."""

SHARED_OUT = 5
"""Shares are taken from a run with so many times fewer phones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round of one reader, as the reader and the phones saw it.

    Attributes:
        figures: See :class:`bench.figures.Round`.
        traffic: What the phones counted: requests, connections, sign-ins, bytes.
    """

    figures: Mapping[str, Any]
    traffic: Mapping[str, int]

    @property
    def reads_a_second(self) -> float:
        """By the clock on the wall."""
        return float(self.figures["reads"] / self.figures["wall_s"])

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a read."""
        return float(1000 * self.figures["cpu_s"] / self.figures["reads"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Both readers over the same phones.

    Attributes:
        kind: ``json`` or ``servlet``.
        scheme: ``http`` or ``https``.
        floor: Round to what it cost.
        product: Likewise.
        shares: Round to part to seconds of CPU.
    """

    kind: str
    scheme: str
    floor: dict[str, Measured] = field(default_factory=dict)
    product: dict[str, Measured] = field(default_factory=dict)
    shares: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        """Reads a CPU second of the product, the floor's being 1."""
        return self.floor[name].cpu_ms / self.product[name].cpu_ms


def measure(kind: str, scheme: str, phones: int) -> Case:
    """Measures one kind of phone.

    Raises:
        SystemExit: The two readers did not ask the same of the phones, or something was not read.
    """
    case = Case(kind=kind, scheme=scheme)
    few = min(phones, max(phones // SHARED_OUT, PLACES))
    with Child("phones", kind, phones, FULL) as server, tempfile.TemporaryDirectory() as place:
        port = server.told()[scheme]
        folder = Path(place)
        with Child("floor", kind, scheme, port, phones, PLACES, folder / "floor.db") as floor:
            case.floor.update(_rounds(floor, server))
        # A phone that knows nothing of the session another reader left.
        for name, number, words in (("whole", phones, ()), ("shares", few, ("--shares",))):
            (folder / name).mkdir()
            path = config_file.write(
                folder / name, phones=number, scheme=scheme, port=port, concurrency=PLACES
            )
            with Child("client", path, *words) as client:
                rounds = _rounds(client, server)
            if words:
                case.shares.update({round_: made.figures["shares"] for round_, made in rounds.items()})
            else:
                case.product.update(rounds)
    _insist(case, rows=phones * FULL * 4)
    return case


def _rounds(reader: Child, server: Child) -> dict[str, Measured]:
    reader.told()
    server.ask("forget")
    return {name: Measured(figures=reader.ask("read"), traffic=server.ask("count")) for name in ROUNDS}


def _insist(case: Case, *, rows: int) -> None:
    for name, wanted in ((COLD, rows), (UNCHANGED, 0)):
        floor, product = case.floor[name], case.product[name]
        for what in ("requests", "connections", "sign-ins", "lists"):
            if floor.traffic.get(what, 0) != product.traffic.get(what, 0):
                raise SystemExit(
                    f"{case.kind} {name}: {what} of the floor {floor.traffic.get(what, 0)}, "
                    f"of the product {product.traffic.get(what, 0)}: nothing can be compared."
                )
        stored = (floor.figures["rows"], product.figures["rows"])
        if stored != (wanted, wanted):
            raise SystemExit(f"{case.kind} {name}: {wanted} rows expected, {stored} stored.")
        if floor.traffic.get("refusals") or product.traffic.get("refusals"):
            raise SystemExit(f"{case.kind} {name}: a phone refused something.")
