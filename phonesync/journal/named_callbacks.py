"""Call-backs as they go out to people and programs: fields, names of callers, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.clock import iso
from phonesync.journal.callback_states import Standing
from phonesync.numbering import EXTENSION

if TYPE_CHECKING:
    from phonesync.calls.callbacks import CallBack
    from phonesync.journal.shown_names import Names
    from phonesync.store.callback_records import ListedCallback

FIELDS = (
    "caller",
    "owner",
    "department",
    "opened_at",
    "age_s",
    "misses",
    "last_miss_at",
    "attempts",
    "last_attempt_at",
    "due_at",
    "overdue",
    "closed_at",
    "closed_by",
    "closed_how",
    "first_call",
    "last_call",
    "state",
    "taken_by",
    "next_attempt_at",
    "state_by",
    "state_at",
    "state_reason",
)
"""The fields of a call-back, in the order in which they are written; ``caller`` is a party as of a call."""


def as_data(row: ListedCallback, name: str | None, standing: Standing, now: datetime) -> dict[str, object]:
    """A call-back as one JSON object.

    Args:
        row: The call-back.
        name: Of its caller, or None.
        standing: How it stands.
        now: UTC.
    """
    of = row.callback
    return {
        "caller": caller_data(row, name),
        "owner": of.owner,
        "department": of.department,
        "opened_at": iso(of.opened_at),
        "age_s": int(age(of, now).total_seconds()),
        "misses": of.misses,
        "last_miss_at": iso(of.last_at),
        "attempts": of.attempts,
        "last_attempt_at": iso(of.last_attempt_at),
        "due_at": iso(of.due_at),
        "overdue": is_overdue(of, now),
        "closed_at": iso(of.closed_at),
        "closed_by": of.closed_by,
        "closed_how": None if of.closed_how is None else of.closed_how.value,
        "first_call": of.first_call,
        "last_call": of.last_call,
        "state": standing.state.value,
        "taken_by": standing.taken_by,
        "next_attempt_at": iso(standing.snoozed_until),
        "state_by": standing.by,
        "state_at": iso(standing.at),
        "state_reason": standing.reason,
    }


def caller_data(row: ListedCallback, name: str | None) -> Mapping[str, object]:
    """The caller as one JSON object."""
    party = row.callback.party
    inside = party.startswith(EXTENSION)
    return {
        "number_shown": row.number_shown,
        "e164": None if inside else party,
        "extension": party.removeprefix(EXTENSION) if inside else None,
        "name": name,
    }


def caller_name(names: Names, row: ListedCallback) -> str | None:
    """What a caller is called: by a contact or as owner, else as a phone showed; None where nobody says."""
    party, phone = row.callback.party, row.phone or ""
    if party.startswith(EXTENSION):
        return names.inside(phone, party.removeprefix(EXTENSION)) or row.name_shown
    return names.of(phone, party) or row.name_shown


def is_overdue(of: CallBack, now: datetime) -> bool:
    """It was due before it was closed, or is due and open."""
    return of.due_at is not None and of.due_at < (of.closed_at or now)


def age(of: CallBack, now: datetime) -> timedelta:
    """Since it opened, until it was closed."""
    return max(timedelta(), (of.closed_at or now) - of.opened_at)
