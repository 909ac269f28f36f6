"""Groups that were learned, and what shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.timing import Span
from phonesync.calls.values import Ringing

CONSTANT_S = 6.0
"""Times between two phones that differ by no more than this are the same: clocks are known to seconds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """Phones that one call made ring together.

    Attributes:
        members: Their extensions, at least two.
        near: Extensions that rang for the caller within minutes of it, or with it.
        party: Who called, in canonical form.
        start: When they began to ring, as closely as any of them tells.
    """

    members: frozenset[str]
    near: frozenset[str]
    party: str
    start: Span

    @property
    def at(self) -> float:
        """The middle of it, POSIX seconds."""
        return (self.start.low + self.start.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A group, as the rows of some days show it.

    Attributes:
        ringing: How they are called.
        members: Extensions; in order where they ring in turn, else sorted.
        step_s: Seconds each rings before the next does, where they ring in turn; of a forward, for how long
            a phone rings between that shows nothing. None where unknown, or nothing rings between.
        number: The internal number that made just these ring, or None.
        seen: Calls that show it.
        since: The first of them, UTC.
        until: The last of them, UTC.
    """

    ringing: Ringing
    members: tuple[str, ...]
    step_s: float | None = None
    number: str | None = None
    seen: int
    since: datetime
    until: datetime


def most_alike(values: Sequence[float]) -> int:
    """How many of the values lie within a few seconds of one another, at most."""
    ordered, first, most = sorted(values), 0, 0
    for last, value in enumerate(ordered):
        while value - ordered[first] > CONSTANT_S:
            first += 1
        most = max(most, last - first + 1)
    return most
