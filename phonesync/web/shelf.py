"""Books as they were made last, ready to be served: what identifies them for all, their bytes for some."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_BYTES = 64 * 1024 * 1024
"""Bytes kept; a book that had to go is made again when a phone wants it."""

SMALL = 512
"""Contents below are not compressed."""

Place = tuple[str, str]
"""Name of a phone, and of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of a file without its bytes.

    Attributes:
        stamp: What it was made from; while that is the same, so is the file.
        etag: Of its content, without quotes.
        modified_at: When this content was made first, whole seconds, UTC.
        content_type: As it is served.
        entries: Contacts in it.
        left_out: Contacts that did not fit.
    """

    stamp: object
    etag: str
    modified_at: datetime
    content_type: str
    entries: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that was made just now.

    Attributes:
        label: What is known of it.
        content: Its bytes.
        packed: The same, compressed; None until a phone asked for that, empty where it is not worth while.
    """

    label: Label
    content: bytes
    packed: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.content) + len(self.packed or b"")


def etag_of(content: bytes) -> str:
    """What tells one content from another."""
    return hashlib.sha256(content).hexdigest()[:32]


def packed(content: bytes) -> bytes:
    """The content compressed, always to the same bytes; empty where that is not worth while."""
    return gzip.compress(content, 6, mtime=0) if len(content) >= SMALL else b""


class Shelf:
    """Labels of all books, and the bytes of those asked for lately.

    Args:
        most_bytes: Bytes kept.

    Attributes:
        labels: Of every file made so far.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self.labels: dict[Place, Label] = {}
        self._made: OrderedDict[Place, Made] = OrderedDict()
        self._bytes = 0

    def label(self, place: Place, stamp: object) -> Label | None:
        """The label of a file, where it was made from just this."""
        label = self.labels.get(place)
        return label if label is not None and label.stamp == stamp else None

    def made(self, place: Place, stamp: object) -> Made | None:
        """A file with its bytes, where it was made from just this and is still there."""
        found = self._made.get(place)
        if found is None or found.label.stamp != stamp:
            return None
        self._made.move_to_end(place)
        return found

    def put(self, place: Place, made: Made) -> None:
        """Takes a file in place of the one before; the ones asked for longest ago make room."""
        self.labels[place] = made.label
        self._drop(place)
        self._made[place] = made
        self._bytes += made.size
        while self._bytes > self._most_bytes and len(self._made) > 1:
            self._drop(next(iter(self._made)))

    def modified_at(self, place: Place, etag: str, now: datetime) -> datetime:
        """When a content was made first: an HTTP date has whole seconds, so each one gets its own."""
        before = self.labels.get(place)
        second = now.replace(microsecond=0)
        if before is None:
            return second
        return (
            before.modified_at
            if before.etag == etag
            else max(second, before.modified_at + timedelta(seconds=1))
        )

    def _drop(self, place: Place) -> None:
        gone = self._made.pop(place, None)
        if gone is not None:
            self._bytes -= gone.size
