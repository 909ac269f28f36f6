"""When a phone's rows are recorded: counts by hour of the week, and the time until a list could overflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

HOURS = 168
PRIOR_PER_HOUR = 12.0
"""Rows an hour assumed of a list of which nothing is known yet; a busy desk phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProfile:
    """Rows recorded per pool and hour of the week.

    Attributes:
        peaks: Pool name to the most rows any single clock hour brought, by hour of the week (168 numbers).
        totals: Pool name to rows counted, by hour of the week.
        current: Pool name to the clock hour being counted (hours since 1970) and its rows so far.
        since: The hour the counting began (hours since 1970), or None.
    """

    peaks: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    totals: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    current: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))
    since: int | None = None
