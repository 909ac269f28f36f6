"""The values that reports become, and how their ids are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from phonesync.model import EventKind, ListName, Outcome, PhoneEvent, TimeOf

VARIANT = "events"
"""What stands for a variant at entries and spans that come from reports; their list codes are our names."""

UNKNOWN_LIST = "unknown"
"""The list code of a call of which no report said which way it went."""

ALIVE_KEY = "alive"
"""The call key of reports that say nothing of a call."""

NO_ID_KEY = "no call id"
"""The call key of all reports of calls that come without a Call-ID."""

SAYS_NO_CALL = frozenset({EventKind.STARTED, EventKind.ALIVE})
"""Reports that prove that the phone lives, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of a phone, as it arrived.

    Attributes:
        at: When it arrived, UTC.
        event: What it says.
    """

    at: datetime
    event: PhoneEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """One call on one line of a phone, as its reports tell it.

    Attributes:
        id: Hash of incarnation, Call-ID (else the arrival of the first report) and line.
        key: Hash of the same without a count; it stands where the key of a list's row stands, and no row has
            one like it.
        former_ids: Ids that parts of it had, or would have had, before all reports were there.
        list_name: Where a phone's lists would show it; None where no report said which way the call went.
        account: User part of the local account, or None.
        remote_number: User part of the remote party, or None.
        remote_host: Its host part, or None.
        remote_name: Its display name, or None.
        call_id: The SIP Call-ID, or None.
        started_at: Arrival of the first report, whole seconds, UTC.
        time_of: What that report tells the time of: the start, the answer or the end of the call.
        ring_s: From the start to the answer, or to the end where nobody answered, seconds; None unless both
            were reported.
        duration_s: From the answer to the end, seconds, or the phone's own count; None unless observed.
        outcome: What became of it; None unless observed.
        first_at: Arrival of the first report, UTC.
        last_at: Arrival of the last report, UTC.
        complete: The end was reported.
    """

    id: str
    key: str
    former_ids: tuple[str, ...] = ()
    list_name: ListName | None
    account: str | None
    remote_number: str | None
    remote_host: str | None
    remote_name: str | None
    call_id: str | None
    started_at: datetime
    time_of: TimeOf
    ring_s: int | None
    duration_s: int | None
    outcome: Outcome | None
    first_at: datetime
    last_at: datetime
    complete: bool


def call_key(event: PhoneEvent) -> str:
    """What the reports that may be of one call share, to find them by.

    Those without a Call-ID share one key: which of them belong together, and to which call, only time and
    party tell.
    """
    if event.kind in SAYS_NO_CALL:
        return ALIVE_KEY
    return NO_ID_KEY if event.call_id is None else _hash(("call id", event.call_id))


def event_key(incarnation: str, call_id: str | None, arrival: datetime, account: str | None) -> str:
    """The key of a call known by reports alone: 32 hex digits.

    Args:
        incarnation: The physical phone.
        call_id: The SIP Call-ID, or None.
        arrival: Of the first report, UTC; it tells calls apart that have no Call-ID.
        account: The line, as reported, or None.
    """
    call = ("at", arrival.isoformat()) if call_id is None else ("call id", call_id)
    return _hash(("event", incarnation, *call, "" if account is None else account))


def _hash(parts: Iterable[str]) -> str:
    # Surrogates can stand in what a phone sends; they must not break a hash.
    joined = "\x1e".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
