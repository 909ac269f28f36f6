"""Calls made by hand for tests that begin where joining ends."""

from datetime import UTC, datetime, timedelta

from phonesync.calls.sentences import plain
from phonesync.calls.values import (
    Call,
    CallDirection,
    Disposition,
    Leg,
    LegOutcome,
    Party,
    Reason,
    Rule,
)
from phonesync.model import ListName

MONDAY = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
CALLER = Party(number_shown="84955550101", e164="+74955550101", name="Petrova")


def later(**distance):
    """An instant after :data:`MONDAY`."""
    return MONDAY + timedelta(**distance)


def leg(phone="desk-101", outcome=LegOutcome.ANSWERED, **changes):
    """What one phone has of a call."""
    defaults = {
        "extension": phone[-3:],
        "owner": None,
        "department": None,
        "list_name": ListName.MISSED if outcome is LegOutcome.MISSED else ListName.RECEIVED,
        "entry_ids": (f"entry-{phone}",),
        "started_at": MONDAY,
        "talk_s": None,
    }
    return Leg(phone=phone, outcome=outcome, **defaults | changes)


def call(**changes):
    """An inbound call that desk-101 answered."""
    defaults = {
        "id": "entry-desk-101",
        "direction": CallDirection.INBOUND,
        "disposition": Disposition.ANSWERED,
        "started_at": MONDAY,
        "started_within_s": 0,
        "answered_at": None,
        "ended_at": None,
        "ring_s": None,
        "talk_s": None,
        "calling": CALLER,
        "called": Party(number_shown="101", extension="101"),
        "answered_by": "101",
        "legs": (leg(),),
        "uncertain": False,
        "reasons": (
            Reason(rule=Rule.ALONE, entry_ids=("entry-desk-101",), said=plain("Nothing else rang.")),
        ),
    }
    return Call(**defaults | changes)
