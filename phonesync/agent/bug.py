"""What a mistake of ours means for the phone at which it showed. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from phonesync.agent import health
from phonesync.agent.values import INTERNAL, Due, Polled, PollResult
from phonesync.store.records import PhoneStanding, PhoneState


def after_bug(
    state: PhoneState, error: Exception, *, now: datetime, rng: Random
) -> tuple[PhoneState, Polled]:
    """The state of a phone that waits like one that is down, and what the schedule has to know.

    Args:
        state: As the store has it.
        error: The mistake; its text could hold anything, so that only its kind is told.
        now: The present instant, UTC.
        rng: Where jitter comes from.
    """
    text = f"Internal error ({type(error).__name__}); please report it with the log."
    failures = state.failures + 1
    at = now + health.back_off(failures, rng)
    after = replace(
        state,
        standing=PhoneStanding.DOWN,
        last_attempt=now,
        next_due=at,
        due_reason="tried again after an internal error",
        failures=failures,
        last_error=text,
        error_kind=INTERNAL,
        down_since=state.down_since or now,
    )
    result = PollResult(name=state.name, ok=False, error=text, error_kind=INTERNAL, standing=after.standing)
    return after, Polled(result=result, due=Due(at=at, deadline=at, slow=failures >= health.SLOW_AFTER))
