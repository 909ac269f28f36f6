"""How an office telephones: the day, the week, and who picks up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SATURDAY = 5


class Calls(StrEnum):
    """How much a switch of the office can do."""

    PLAIN = "plain"
    """Ring groups, and forwarding where nobody answers."""
    RICH = "rich"
    """Also hunt lists, transfers, forwarding at once, pick-up, and callers who are single lines."""


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
        calls_again: Callers who call again soon although somebody answered; of a rich office, like all below.
        other_desk: Of those who call again, how many call another desk.
        blind: Answered calls from outside that are passed on at once.
        attended: The same, after a word with the colleague.
        asks: Answered calls from outside during which a colleague is asked.
        picked_up: Calls that a colleague picks up while they ring elsewhere.
        away: Desks with a forward that forward everything, on one day.
        to_own_group: Internal calls that go to a group.
        back: Outside calls that go to somebody who was missed.
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
    calls_again: float = 0.14
    other_desk: float = 0.3
    blind: float = 0.06
    attended: float = 0.06
    asks: float = 0.03
    picked_up: float = 0.08
    away: float = 0.1
    to_own_group: float = 0.15
    back: float = 0.3

    def weight(self, local: datetime) -> float:
        """Share of a working day's calls that falls into one hour beginning at the wall time ``local``."""
        share = self.hours[local.hour] / sum(self.hours)
        return share * (self.weekend if local.weekday() >= SATURDAY else 1.0)
