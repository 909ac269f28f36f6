"""The figures of call-backs; ``docs/reference/definitions.md`` says them in words. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from phonesync.calls.callbacks import called_back_share, in_time_share, median_to_call_back
from phonesync.journal.callback_states import WAITING, Standing, State

if TYPE_CHECKING:
    from phonesync.calls.callbacks import CallBack
    from phonesync.calls.figures import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFigures:
    """What came of the call-backs that were opened in a span.

    Attributes:
        opened: How many.
        called_back: Share of them that were closed by a call to the caller.
        within_target: Share of them that were closed before they were due.
        median_s: Seconds from the miss to the call that reached the caller, half of them at most; None
            without any.
        still_open: Those that still need something: not closed by a call, not put away by hand.
        overdue: Of these, those that are past their target.
        done_by_hand: Put away by hand; nothing says that anybody was reached.
    """

    opened: int
    called_back: Share
    within_target: Share
    median_s: float | None
    still_open: int
    overdue: int
    done_by_hand: int


def figures(some: Collection[tuple[CallBack, Standing]], *, now: datetime) -> CallbackFigures:
    """The figures of some call-backs.

    Args:
        some: Each with how it stands.
        now: UTC.
    """
    callbacks = [one for one, _ in some]
    waiting = [one for one, stands in some if stands.state in WAITING]
    return CallbackFigures(
        opened=len(callbacks),
        called_back=called_back_share(callbacks),
        within_target=in_time_share(callbacks, now=now),
        median_s=median_to_call_back(callbacks),
        still_open=len(waiting),
        overdue=sum(one.due_at is not None and one.due_at < now for one in waiting),
        done_by_hand=sum(stands.state is State.DONE for _, stands in some),
    )
