"""Lines of a switch's record on their way into the store and out of it: frozen values, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.cdr import CdrLine


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCdrLine:
    """A line that was read.

    Attributes:
        line: What it says; its ``id`` is given by the store.
        digest: Of its text and of which of several equal ones it is.
        text: As it stood in the file.
    """

    line: CdrLine
    digest: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrReached:
    """How far a file was read.

    Attributes:
        offset: Bytes.
        lines: Lines before that.
        mark: A digest of the first bytes of the file and of those before ``offset``: the same file, grown.
        ended_at: When the last call read from it ended, UTC, or None.
    """

    offset: int
    lines: int
    mark: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrTaken:
    """What came of taking some lines.

    Attributes:
        new: Lines that were not known.
        known: Lines that were.
    """

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCdrLine:
    """A line as the store keeps it.

    Attributes:
        line: What it says.
        call_id: Of the call it speaks of, or None while none is known.
    """

    line: CdrLine
    call_id: str | None
