"""Recordings, entries and spans in words, for the examples of a score card."""

from __future__ import annotations

from phonesync.farm.recordings import Recording
from phonesync.store.records import CoverageRow, EntryRow


def tell(recording: Recording) -> str:
    """A recording in words."""
    fate = recording.fate.value
    if recording.fate_at is not None:
        fate += f" {recording.fate_at:%Y-%m-%d %H:%M:%S}Z"
    return (
        f"{recording.phone} {recording.list_name} {recording.number or 'withheld'}, started "
        f"{recording.started:%Y-%m-%d %H:%M:%S}Z, recorded {recording.recorded:%Y-%m-%d %H:%M:%S}Z, {fate}"
    )


def tell_entry(entry: EntryRow) -> str:
    """An entry in words."""
    return (
        f"{entry.phone} {entry.list_name} {entry.remote_number or 'withheld'} at "
        f"{entry.started_at:%Y-%m-%d %H:%M:%S}Z (shown {entry.shown_at!r}, occurrence {entry.occurrence}, "
        f"first seen {entry.first_seen_at:%Y-%m-%d %H:%M:%S}Z)"
    )


def tell_span(span: CoverageRow) -> str:
    """A coverage span in words."""
    since = "since ever" if span.since is None else f"from {span.since:%Y-%m-%d %H:%M:%S}Z"
    if span.until is not None:
        until = f"to {span.until:%Y-%m-%d %H:%M:%S}Z"
    elif span.proven_until is not None:
        until = f"open, proven to {span.proven_until:%Y-%m-%d %H:%M:%S}Z"
    else:
        until = "open"
    return f"{span.phone} {span.list_name} {span.state} {since} {until}"
