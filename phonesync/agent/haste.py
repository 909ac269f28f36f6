"""Reads brought forward because a phone reported something, within politeness."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from phonesync.agent.health import POLITE_S
from phonesync.agent.schedule import Schedule
from phonesync.agent.values import Due, Polled
from phonesync.store.records import PhoneStanding, PhoneState

_log = structlog.get_logger(__name__)


class Haste:
    """Brings the next read of phones forward.

    Only a phone that answered last is hurried: one that waits for a person, has locked sign-in, is away or
    has no list keeps what was planned. Two reads of a phone stay a minute apart.

    Args:
        schedule: The plan.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._read_at: dict[str, datetime] = {}
        self._wanted: dict[str, tuple[datetime, str]] = {}

    def learn(self, states: Iterable[PhoneState]) -> None:
        """Told at a start of the phones that are read, as the store remembers them."""
        self._read_at |= {
            state.name: state.last_attempt
            for state in states
            if state.last_attempt is not None and state.standing is PhoneStanding.UP
        }

    def hasten(self, name: str, at: datetime, why: str) -> bool:
        """Brings a phone's next read forward.

        Args:
            name: Of the phone.
            at: When it is wanted, UTC; it may have to be later.
            why: For the log.

        Returns:
            Whether it is, or will be, read sooner than was planned.
        """
        read_at = self._read_at.get(name)
        if read_at is None:
            return False
        planned = self._schedule.due_of(name)
        if planned is None:
            # It is being read now: what comes after that is brought forward.
            self._wanted[name] = (at, why)
            return True
        return self._forward(name, planned, at, why)

    def planned(self, name: str, polled: Polled, *, now: datetime) -> None:
        """Told of each poll that has ended, once the next one is planned.

        Args:
            name: Of the phone.
            polled: What came of it.
            now: The present instant, UTC.
        """
        wanted = self._wanted.pop(name, None)
        if not polled.result.ok or polled.result.standing is not PhoneStanding.UP:
            self._read_at.pop(name, None)
            return
        self._read_at[name] = now
        due = self._schedule.due_of(name)
        if wanted is not None and due is not None:
            self._forward(name, due, *wanted)

    def _forward(self, name: str, planned: Due, at: datetime, why: str) -> bool:
        soonest = max(at, self._read_at[name] + timedelta(seconds=POLITE_S))
        if soonest >= planned.at or planned.slow:
            return False
        _log.debug("read brought forward", phone=name, why=why)
        self._schedule.put(name, replace(planned, at=soonest, deadline=min(planned.deadline, soonest)))
        return True
