"""What readers of call-backs ask for and get. Frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.callbacks import CallBack


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCallback:
    """A call-back with what was shown of its caller.

    Attributes:
        callback: The call-back.
        number_shown: The caller's number as shown, or None.
        name_shown: The caller's name as shown, or None.
        phone: The phone that rang first in the call that opened it, or None.
    """

    callback: CallBack
    number_shown: str | None
    name_shown: str | None
    phone: str | None
