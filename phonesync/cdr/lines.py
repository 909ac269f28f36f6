"""One row of a file as a line of a switch's record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.calls.cdr import RAW, CdrLine
from phonesync.calls.values import Disposition
from phonesync.cdr import layouts
from phonesync.cdr.times import Began, began, instant_after, read_time
from phonesync.contacts.cleaning import clean
from phonesync.contacts.csv_file import Row
from phonesync.contacts.headings import plain
from phonesync.numbering import EXTENSION, DialPlan, canonical, is_withheld

LONGEST = timedelta(days=7)
"""No call lasts longer; a greater duration is a mistake of the file."""

_CHANNEL = re.compile(r"(\w+)/(.+?)(?:-[0-9A-Fa-f]{4,})?(?:;[12])?", re.DOTALL)
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_LOCAL = "local"
_MAILBOX = re.compile(r"vm[a-z]?([0-9]+)", re.IGNORECASE)
_SPECIAL = frozenset({"a", "e", "h", "i", "o", "s", "t"})
"""Names of Asterisk's special extensions that stand where no number was dialled."""

_GROUP_CONTEXTS = frozenset({"ext-group", "ext-queues"})
"""Contexts in which FreePBX runs ring groups and queues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the lines of a file are to be read.

    Attributes:
        source: Name of the record.
        kind: ``asterisk``, ``freepbx`` or ``csv``.
        plan: By which numbers are read.
        zone: Of times without an offset.
        time_format: Of its times, or None for ISO 8601.
        roles: Role to column, where the file has that column or must have it.
        places: Heading to position; empty for ``asterisk``, whose files have no headings.
    """

    source: str
    kind: str
    plan: DialPlan
    zone: ZoneInfo
    time_format: str | None = None
    roles: Mapping[str, str]
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parties:
    calling: str | None
    called: str | None
    answered_by: str | None
    extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timing:
    began: Began
    ended: datetime | None
    answered: datetime | None
    disposition: Disposition
    talk: timedelta | None

    @property
    def ring_s(self) -> int | None:
        """Seconds to the answer; to the end where nobody answered."""
        until = self.answered if self.disposition is Disposition.ANSWERED else self.ended
        rings = self.disposition in (Disposition.ANSWERED, Disposition.NO_ANSWER)
        return _whole(until - self.began.at) if rings and until is not None else None

    @property
    def talk_s(self) -> int | None:
        """Seconds from the answer to the end."""
        if self.disposition is not Disposition.ANSWERED:
            return None
        if self.talk is not None:
            return _whole(self.talk)
        if self.answered is None or self.ended is None:
            return None
        return _whole(self.ended - self.answered)


class Cells:
    """The cells of one row, by column and by role."""

    def __init__(self, layout: Layout, cells: Sequence[str]) -> None:
        """Names the cells.

        Raises:
            ValueError: There are too few or too many.
        """
        self._roles = layout.roles
        if layout.kind == "asterisk":
            self._named: Mapping[str, str] = layouts.asterisk(cells)
        else:
            needed = max(layout.places.values()) + 1
            if len(cells) < needed:
                raise ValueError(f"has {layouts.columns(len(cells))}, {needed} are needed")
            self._named = {heading: cells[at] for heading, at in layout.places.items()}

    def column(self, name: str) -> str:
        """The cell of a column; empty where there is none."""
        found = self._named.get(name)
        return (found if found is not None else self._named.get(plain(name), "")).strip()

    def role(self, role: str) -> str:
        """The cell that plays a role; empty where none does."""
        return self.column(self._roles[role]) if role in self._roles else ""


def read_line(layout: Layout, row: Row, *, after: datetime | None) -> CdrLine:
    """What one row says.

    Args:
        layout: Of the file.
        row: As the file holds it.
        after: When the call of the line before it ended, UTC, where lines are written as calls end.

    Raises:
        ValueError: It cannot be read; the message says why, without a full stop.
    """
    if row.broken is not None:
        raise ValueError(row.broken)
    cells = Cells(layout, row.cells)
    timing = _timing(layout, cells, after=after)
    disposition = timing.disposition
    parties = _parties(layout, cells, disposition)
    return CdrLine(
        source=layout.source,
        started_at=timing.began.at,
        within_s=timing.began.within_s,
        answered_at=timing.answered,
        ended_at=timing.ended,
        disposition=disposition,
        ring_s=timing.ring_s,
        talk_s=timing.talk_s,
        calling=parties.calling,
        called=parties.called,
        answered_by=parties.answered_by,
        extensions=parties.extensions,
        group_number=clean(cells.role("group")) or _group(cells),
        keys=clean(cells.role("keys")),
        recording=clean(cells.role("recording")),
        unique_id=clean(cells.role("unique_id")),
        linked_id=clean(cells.role("linked_id")),
    )


def _timing(layout: Layout, cells: Cells, *, after: datetime | None) -> _Timing:
    """When it began, was answered and ended, and what became of it."""
    duration, talk = _seconds(cells, "duration"), _seconds(cells, "billsec")
    start, answer, end = (_time(layout, cells, role) for role in ("start", "answer", "end"))
    if start is None:
        raise ValueError("has no time of its start")
    begun = began(
        start, layout.zone, duration=duration, end=end, unique_id=cells.role("unique_id"), after=after
    )
    ended = _end(layout, begun.at, end, duration)
    if ended is not None and not timedelta(seconds=-2) <= ended - begun.at <= LONGEST:
        raise ValueError("ends before it begins, or lasts longer than a week")
    disposition = _disposition(layout, cells, answer=answer, talk=talk)
    answered = None
    if disposition in (Disposition.ANSWERED, Disposition.UNKNOWN):
        answered = _answer(layout, begun.at, answer, ended, talk)
    return _Timing(began=begun, ended=ended, answered=answered, disposition=disposition, talk=talk)


def _parties(layout: Layout, cells: Cells, disposition: Disposition) -> _Parties:
    """Who calls, who is called, who answered."""
    plan = layout.plan
    own, rung = _extension(plan, cells.column("channel")), _extension(plan, cells.column("dstchannel"))
    if _is_local(cells.column("channel")):
        own = None  # The switch calls on somebody else's behalf.
    calling = f"{EXTENSION}{own}" if own is not None else _party(plan, _calling(cells))
    called = _party(plan, _dialled(cells))
    by = _extension(plan, cells.role("answered_by"))
    if layout.kind == "csv":
        rung = by
        if called is not None and called.startswith(EXTENSION):
            rung = rung or called.removeprefix(EXTENSION)
    answered_by = by or rung if disposition is Disposition.ANSWERED else None
    ends = (
        calling,
        None if by is None else f"{EXTENSION}{by}",
        None if rung is None else f"{EXTENSION}{rung}",
    )
    extensions = (
        end.removeprefix(EXTENSION) for end in ends if end is not None and end.startswith(EXTENSION)
    )
    return _Parties(
        calling=calling,
        called=called,
        answered_by=answered_by,
        extensions=tuple(dict.fromkeys(extensions)),
    )


def _calling(cells: Cells) -> str:
    """The caller's number: FreePBX keeps the true one of its own people in ``cnum``."""
    number = cells.role("src") or cells.column("cnum")
    bracketed = _IN_BRACKETS.search(cells.column("clid"))
    return number or (bracketed[1] if bracketed else "")


def _dialled(cells: Cells) -> str:
    dialled = cells.role("dst")
    mailbox = _MAILBOX.fullmatch(dialled)
    if mailbox:
        return mailbox[1]
    return cells.column("did") if dialled in _SPECIAL else dialled


def _group(cells: Cells) -> str | None:
    """The number dialled, where the line itself shows that a group or a queue stands behind it."""
    several = "&" in cells.column("lastdata") and cells.column("lastapp") == "Dial"
    queue = cells.column("lastapp") == "Queue"
    if not (several or queue or cells.column("dcontext") in _GROUP_CONTEXTS):
        return None
    number = _dialled(cells)
    return number if re.fullmatch("[0-9]+", number) else None


def _disposition(
    layout: Layout, cells: Cells, *, answer: datetime | None, talk: timedelta | None
) -> Disposition:
    word = " ".join(cells.role("disposition").replace("_", " ").upper().split())
    found = layouts.DISPOSITIONS.get(word, Disposition.UNKNOWN)
    if not word and (answer is not None or talk is not None):
        found = Disposition.ANSWERED if answer or talk else Disposition.NO_ANSWER
    if found is Disposition.ANSWERED and layout.kind != "csv":
        if cells.column("lastapp").casefold() == "voicemail":
            return Disposition.VOICEMAIL
        if not cells.column("dstchannel"):
            return Disposition.UNKNOWN  # The switch answered by itself: a menu, an announcement.
    return found


def _time(layout: Layout, cells: Cells, role: str) -> datetime | None:
    text = cells.role(role)
    if not text or text.startswith("0000-00-00"):
        return None
    return read_time(text, layout.time_format)


def _seconds(cells: Cells, role: str) -> timedelta | None:
    """A duration; FreePBX may write it with decimals.

    Raises:
        ValueError: It is none.
    """
    text = cells.role(role)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        raise ValueError(f'"{text[:40]}" is no number of seconds')
    return timedelta(seconds=float(text))


def _end(
    layout: Layout, start: datetime, end: datetime | None, duration: timedelta | None
) -> datetime | None:
    expected = None if duration is None else start + duration
    return expected if end is None else instant_after(end, layout.zone, start, expected=expected)


def _answer(
    layout: Layout, start: datetime, answer: datetime | None, ended: datetime | None, talk: timedelta | None
) -> datetime | None:
    expected = None if ended is None or talk is None else max(start, ended - talk)
    return expected if answer is None else instant_after(answer, layout.zone, start, expected=expected)


def _party(plan: DialPlan, text: str) -> str | None:
    shown = clean(text)
    if shown is None or is_withheld(shown):
        return None
    return canonical(plan, shown) or f"{RAW}{shown}"


def _extension(plan: DialPlan, text: str) -> str | None:
    """The extension that a channel belongs to, ``PJSIP/201-0000001a``, or that stands there by itself."""
    match = _CHANNEL.fullmatch(text)
    peer = (match[2] if match else text).partition("@")[0].strip()
    if plan.is_extension(peer):
        return peer
    last = re.split("[-#]", peer.rstrip("#"))[-1]
    return last if _is_local(text) and plan.is_extension(last) else None


def _is_local(channel: str) -> bool:
    """Whether a channel is one that the switch makes to call on (``Local/201@from-queue-0001;2``)."""
    return channel.partition("/")[0].casefold() == _LOCAL


def _whole(length: timedelta) -> int:
    return max(0, round(length.total_seconds()))
