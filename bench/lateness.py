"""Many phones, each due every five minutes, and one agent: how late reads begin, and how much it holds."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import config_file
from bench.children import Child

SMALL = 5
"""Rows in each of the four lists."""

PERCENT = (50, 99, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """What one run showed.

    Attributes:
        phones: How many.
        seconds: How long the agent was to run.
        told: What it reported.
        traffic: What the phones counted.
    """

    phones: int
    seconds: int
    told: Mapping[str, Any]
    traffic: Mapping[str, int]

    @property
    def reads(self) -> int:
        """Reads begun and ended."""
        return len(self.told["first"]) + len(self.told["later"])

    def late(self, which: str) -> Mapping[int, float]:
        """Percentile to seconds late, of the ``first`` or the ``later`` reads; empty without reads."""
        return percentiles(self.told[which])


def percentiles(values: Sequence[float]) -> Mapping[int, float]:
    """The nearest-rank percentiles of :data:`PERCENT`; 100 is the largest value."""
    ordered = sorted(values)
    return {percent: ordered[math.ceil(percent / 100 * len(ordered)) - 1] for percent in PERCENT if ordered}


def measure(*, phones: int, seconds: int) -> Lateness:
    """Runs the agent over so many phones for so long."""
    with Child("phones", "json", phones, SMALL) as server, tempfile.TemporaryDirectory() as place:
        port = server.told()["http"]
        folder = Path(place)
        path = config_file.write(folder, phones=phones, scheme="http", port=port, poll="5m")
        with Child("agent", path, seconds, folder / "agent.log") as agent:
            agent.told()
            told = agent.ask("run")
        return Lateness(phones=phones, seconds=seconds, told=told, traffic=server.ask("count"))
