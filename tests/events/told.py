"""Reports, rows and calls on paper, in seconds after the start of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from phonesync.events.assembling import assembled
from phonesync.events.fitting import ListRow
from phonesync.events.values import Report
from phonesync.model import EventKind, PhoneEvent, TimeOf

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = "desk-101#1"


def at(seconds):
    return START + timedelta(seconds=seconds)


def report(seconds, kind, *, call="c1", account="101", number="+74950000001", **more):
    event = PhoneEvent(kind=EventKind(kind), call_id=call, account=account, remote_number=number, **more)
    return Report(at=at(seconds), event=event)


def answered(seconds=0, *, ring=7, talk=60, begin="incoming", **more):
    """The three reports of a call that was answered."""
    return [
        report(seconds, begin, **more),
        report(seconds + ring, "established", **more),
        report(seconds + ring + talk, "terminated", **more),
    ]


def missed(seconds=0, *, ring=20, **more):
    return [report(seconds, "incoming", **more), report(seconds + ring, "missed", **more)]


def call(reports):
    """The one call that reports tell of."""
    (entry,) = assembled(PHONE, reports)
    return entry


def row(seconds, id_="r1", *, read=3600, **more):
    """A row of a list of a phone whose clock is right, read an hour after the start."""
    shown = {
        "list_name": "received",
        "remote_number": "+74950000001",
        "resolution_s": 1,
        "clock_offset_s": 0.0,
        "time_of": TimeOf.START,
        "timed": True,
        "duration_s": 60,
        "count": 1,
        "occurrence": 1,
    }
    return ListRow(id=id_, started_at=at(seconds), first_seen_at=at(read), **{**shown, **more})
