"""Summaries of open call-backs: what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from phonesync.clock import iso
from phonesync.journal.access import Scope
from phonesync.journal.callback_states import owners_of
from phonesync.journal.named_callbacks import as_data, caller_name, is_overdue
from phonesync.journal.shown_names import Names
from phonesync.store.journal.callback_work import CallbacksWanted, JournalCallback

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.config.outgoing import DigestConfig
    from phonesync.store.repository import Store

EVENT = "callbacks.digest"
MOST = 200
"""Call-backs listed one by one; of more, only the number is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call-back of a summary.

    Attributes:
        one: The call-back.
        name: Of its caller, or None.
    """

    one: JournalCallback
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A summary.

    Attributes:
        name: Of the digest.
        slot: The time it was due at, UTC.
        now: When it was made, UTC.
        zone: Times are shown in it.
        language: ``en`` or ``ru``.
        lines: The oldest ``MOST`` open call-backs.
        waiting: All that still need something.
        overdue: Of these, those past their target.
    """

    name: str
    slot: datetime
    now: datetime
    zone: ZoneInfo
    language: str
    lines: tuple[Line, ...]
    waiting: int
    overdue: int


def zone_of(config: Config, wanted: DigestConfig) -> ZoneInfo:
    """Whose clock a digest goes by."""
    return ZoneInfo(wanted.timezone or config.sites[0].timezone)


def make(config: Config, store: Store, wanted: DigestConfig, *, slot: datetime, now: datetime) -> Digest:
    """The summary as things stand.

    Raises:
        StoreError: The store cannot be read.
    """
    names, lines, waiting, overdue = Names(config, store), list[Line](), 0, 0
    asked = CallbacksWanted(
        now=now,
        opened_before=now - config.callbacks.window,
        owners=frozenset(one for owner in wanted.owners for one in owners_of(config, owner)),
    )
    for one in store.journal_callbacks(_scope(wanted), asked):
        waiting += 1
        overdue += is_overdue(one.callback, now)
        if len(lines) < MOST:
            lines.append(Line(one=one, name=caller_name(names, one.listed)))
    return Digest(
        name=wanted.name,
        slot=slot,
        now=now,
        zone=zone_of(config, wanted),
        language=wanted.language,
        lines=tuple(lines),
        waiting=waiting,
        overdue=overdue,
    )


def body_of(digest: Digest) -> dict[str, Any]:
    """What a webhook is told."""
    return {
        "event": EVENT,
        "digest": digest.name,
        "at": iso(digest.slot),
        "waiting": digest.waiting,
        "overdue": digest.overdue,
        "callbacks": [
            as_data(line.one.listed, line.name, line.one.standing, digest.now) for line in digest.lines
        ],
    }


def _scope(wanted: DigestConfig) -> Scope:
    if not wanted.owners and not wanted.departments:
        return Scope(everybody=True)
    owner = wanted.owners[0] if wanted.owners else None
    return Scope(owner=owner, departments=frozenset(wanted.departments))
