"""What readers of calls ask for, and what joining tells: frozen values, no SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from phonesync.calls.values import CallDirection, Disposition
from phonesync.numbering import DialPlan

PlanOf: TypeAlias = Callable[[str], DialPlan | None]
"""The dial plan of the site of a phone, by the name it bears now; None where nobody knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls a reader wants; None means "any".

    Attributes:
        since: Begun at this instant or later, UTC.
        until: Begun before this instant, UTC.
        direction: Which way they went.
        disposition: What became of them.
        extension: One of its phones had this extension, or one of its ends is it.
        department: One of its phones was of this department, or it is the call's own.
        number: One of its ends has this number: E.164, ``ext:201``, or as shown.
        phone: One of its phones bears this name now.
        min_talk: Talked so long at least, seconds.
    """

    since: datetime | None = None
    until: datetime | None = None
    direction: CallDirection | None = None
    disposition: Disposition | None = None
    extension: str | None = None
    department: str | None = None
    number: str | None = None
    phone: str | None = None
    min_talk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What one pass of joining did.

    Attributes:
        entries: Queued entries it took.
        rows: Rows it joined, with all their neighbours.
        settled: Calls it only settled again.
        changed: Ids of calls that are new, changed or gone.
        outside: E.164 of the outside parties of those, before and after.
        left: More is waiting.
    """

    entries: int = 0
    rows: int = 0
    settled: int = 0
    changed: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMark:
    """A mark made by hand.

    Attributes:
        id: Of the mark; a later one wins.
        kind: ``together`` or ``apart``.
        one: Entries that are of one call; for ``apart``, those of the one side.
        other: For ``apart``, the entries of the other side.
        made_at: UTC.
        made_by: Who made it, or None.
    """

    id: int
    kind: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    made_at: datetime
    made_by: str | None
