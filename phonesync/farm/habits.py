"""How an office telephones: the day, the week, and who picks up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How this office telephones; shares lie between 0 and 1.

    Attributes:
        hours: Relative weight of each hour of a working day, by the office's clock.
        weekend: Saturdays and Sundays against working days.
        outbound: Share of a desk's own calls that go outside.
        internal: Share of a desk's own calls that go to a colleague.
        to_group: Share of a ring group member's rows that the group's number brings.
        answered: An idle desk answers.
        taken_when_busy: A desk in a call answers another one: two calls overlap.
        withheld: Callers from outside who show no number.
        impatient: Callers who try again after nobody answered.
        elsewhere: A group member who did not answer records a missed row although somebody else answered.
    """

    hours: tuple[float, ...] = (
        0.02, 0.01, 0.01, 0.01, 0.01, 0.03, 0.1, 0.4, 2.5, 9.0, 12.0, 12.0,
        9.0, 4.5, 10.0, 11.5, 10.0, 7.0, 2.5, 0.8, 0.3, 0.15, 0.06, 0.03,
    )  # fmt: skip
    weekend: float = 0.03
    outbound: float = 0.45
    internal: float = 0.15
    to_group: float = 0.3
    answered: float = 0.76
    taken_when_busy: float = 0.25
    withheld: float = 0.04
    impatient: float = 0.35
    elsewhere: bool = True

    def weight(self, local: datetime) -> float:
        """Share of a working day's calls that falls into one hour beginning at the wall time ``local``."""
        share = self.hours[local.hour] / sum(self.hours)
        return share * (self.weekend if local.weekday() >= SATURDAY else 1.0)
