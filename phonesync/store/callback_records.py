"""What readers of call-backs ask for. Frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFilter:
    """Which call-backs a reader wants; None means "any".

    Attributes:
        opened_before: Of those that are open, only what opened at this instant or earlier, UTC: who is
            still to be given the time to get through needs none yet.
        only_open: Only those that nothing has closed.
        owner: Only this person's, extension's or group's.
        department: Only of owners of this department.
        since: Opened at this instant or later, UTC.
        until: Opened before this instant, UTC.
    """

    opened_before: datetime
    only_open: bool = False
    owner: str | None = None
    department: str | None = None
    since: datetime | None = None
    until: datetime | None = None
