"""What a mistake of ours means for the phone at which it showed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import structlog

from phonesync.agent import health
from phonesync.agent.values import INTERNAL, Due, Polled, PollResult
from phonesync.agent.writer import StoreWriter
from phonesync.store.records import PhoneStanding, PhoneState

_log = structlog.get_logger(__name__)


async def taken_for_down(
    writer: StoreWriter, name: str, error: Exception, *, now: datetime, rng: Random
) -> Polled:
    """Logs a mistake of ours with its place, and lets the phone wait like one that is down.

    Args:
        writer: The thread in front of the store.
        name: Of the phone.
        error: The mistake.
        now: The present instant, UTC.
        rng: Where jitter comes from.

    Raises:
        StoreError: The store cannot be used.
    """
    _log.error("bug", phone=name, kind=type(error).__name__, exc_info=error)
    state = await writer.keep(lambda store: store.phone(name))
    after, polled = after_bug(state, error, now=now, rng=rng)
    await writer.keep(lambda store: store.save_state(after, before=state))
    return polled


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
