"""What the lists of phones tell about numbers: how often they are met, which name stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MetNumber:
    """A number as phones showed it in their lists.

    Attributes:
        number: As shown.
        times: How often; rows that a phone merged count as many calls.
        last_at: When last, UTC.
    """

    number: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCaller:
    """A number of a phone's lists, and what stands beside it there.

    Attributes:
        number: As shown.
        name: As shown, or None.
        rows: How many rows show just this.
    """

    number: str
    name: str | None
    rows: int
