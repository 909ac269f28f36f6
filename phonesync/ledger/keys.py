"""Keys: what makes two shown rows the same row.

The key of an entry is its incarnation, the vendor's list code, the local account as sent, the user part of
the number, and the time text with its resolved year; a vendor's row id stands in place of the time text. The
display name is not in it (a pushed phonebook changes it), nor the duration (a call in progress grows).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from phonesync.ledger.values import Reading
from phonesync.model import CallLogEntry

_SEPARATOR = "\x1f"
_NONE = "\x00"


def key_of(incarnation: str, entry: CallLogEntry, year: int | None) -> str:
    """Hash of the key of one shown row: 32 hex digits.

    Args:
        incarnation: The physical phone.
        entry: The row.
        year: Resolved year where the row shows none, else None.
    """
    if entry.row_id is not None:
        moment = f"id{_SEPARATOR}{entry.row_id}"
    elif year is None:
        moment = _text(entry.shown_at)
    else:
        moment = f"{_text(entry.shown_at)}{_SEPARATOR}{year}"
    return _hash((incarnation, entry.list_code, _text(entry.account), _text(entry.remote_number), moment))


def entry_id(key: str, occurrence: int) -> str:
    """The id of an entry: a hash of incarnation, key and occurrence, 32 hex digits."""
    return _hash((key, str(occurrence)))


def shape_of(reading: Reading) -> str:
    """Variant and firmware of a read: when this changes, rows must be aligned before they are believed."""
    return f"{reading.variant.name}|{reading.firmware}"


def variant_in(shape: str) -> str:
    """The variant that :func:`shape_of` put into a shape."""
    return shape.partition("|")[0]


def digest(reading: Reading) -> str:
    """Digest of everything the lists of a read show, of their shape, and of what their codes mean."""
    parts = [
        shape_of(reading),
        *(f"{code}{_SEPARATOR}{name}" for code, name in reading.variant.lists.items()),
    ]
    if reading.variant.experimental:
        parts.append("experimental")
    for snapshot in sorted(reading.log.snapshots, key=lambda item: item.list_code):
        parts.append(f"{snapshot.list_code}{_SEPARATOR}{len(snapshot.entries)}{snapshot.newest_only}")
        if snapshot.silent:
            parts.append("silent")
        parts.extend(
            _SEPARATOR.join(
                (
                    _text(row.account),
                    _text(row.remote_number),
                    _text(row.remote_host),
                    _text(row.remote_name),
                    _text(row.shown_at),
                    _text(row.row_id),
                    str(row.duration_s),
                    str(row.count),
                    str(row.in_progress),
                )
            )
            for row in snapshot.entries
        )
    return _hash(parts)


def _text(value: str | None) -> str:
    return _NONE if value is None else value


def _hash(parts: Iterable[str]) -> str:
    # Surrogates can stand in what a phone sends; they must not break a hash.
    joined = "\x1e".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
