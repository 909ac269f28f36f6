"""Calls as rows of a table for people: the columns of an export, in the reader's words and zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from phonesync.calls.values import CallDirection, Disposition, Party
from phonesync.journal.named_calls import Named

Gettext = Callable[[str], str]
"""An English text in the reader's language."""

Value = str | int | float | datetime | None


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    """A telephone number: a text."""
    MOMENT = "moment"
    """Wall time in the reader's zone, naive."""
    SECONDS = "seconds"
    COUNT = "count"
    SHARE = "share"
    """0 to 1, rounded down to whole percent: 1 means all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A call on its way out.

    Attributes:
        named: The call, as far as the reader may see it, with the names of its parties.
        tags: Names of its tags.
        comments: How many there are.
    """

    named: Named
    tags: tuple[str, ...] = ()
    comments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of an export beside its rows.

    Attributes:
        at: When it was made, UTC.
        by: Who asked for it.
        zone: The reader's.
        language: The reader's: ``ru`` or ``en``.
        gettext: English texts in that language.
        wanted: The filter in words: what is filtered for, and its value.
    """

    at: datetime
    by: str
    zone: ZoneInfo
    language: str = "en"
    gettext: Gettext = str
    wanted: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Tally:
    """What an export has written so far.

    Attributes:
        rows: Calls.
        proven: Sum of their coverage.
        settled: Calls that have one.
    """

    rows: int = 0
    proven: float = 0.0
    settled: int = 0

    def counting(self, calls: Iterable[Exported], observe: Callable[[int], None]) -> Iterator[Exported]:
        """The calls, counted as they pass.

        Args:
            calls: To be written.
            observe: Told how many have passed, now and then; may raise to end it.
        """
        for one in calls:
            yield one
            self.rows += 1
            coverage = one.named.call.coverage
            if coverage is not None:
                self.proven += coverage
                self.settled += 1
            if self.rows % _OBSERVED == 0:
                observe(self.rows)

    @property
    def coverage(self) -> float | None:
        """The mean of the coverage of the calls that have one; None without any."""
        return self.proven / self.settled if self.settled else None


_OBSERVED = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        title: In the reader's language.
        kind: What it holds.
        width: In characters, for a spreadsheet.
        of: The value for a call.
    """

    title: str
    kind: Kind
    width: int
    of: Callable[[Exported], Value] = field(repr=False)


def columns(about: About) -> tuple[Column, ...]:
    """The columns of an export, in order."""
    gettext, zone = about.gettext, about.zone
    directions, outcomes = direction_words(gettext), outcome_words(gettext)
    doubtful = gettext("yes")

    def started(one: Exported) -> datetime:
        return one.named.call.started_at.astimezone(zone).replace(tzinfo=None)

    return (
        _column(f"{gettext('Started')} ({zone.key})", Kind.MOMENT, 19, started),
        _column(gettext("Direction"), Kind.TEXT, 12, lambda one: directions[one.named.call.direction]),
        _column(gettext("Outcome"), Kind.TEXT, 14, lambda one: outcomes[one.named.call.disposition]),
        _column(gettext("From: number"), Kind.NUMBER, 17, lambda one: number(one.named.call.calling)),
        _column(gettext("From: name"), Kind.TEXT, 26, lambda one: one.named.calling),
        _column(gettext("To: number"), Kind.NUMBER, 17, lambda one: number(one.named.call.called)),
        _column(gettext("To: name"), Kind.TEXT, 26, lambda one: one.named.called),
        _column(gettext("Employee"), Kind.TEXT, 22, lambda one: one.named.call.owner),
        _column(gettext("Department"), Kind.TEXT, 18, lambda one: one.named.call.department),
        _column(gettext("Group"), Kind.TEXT, 14, lambda one: one.named.call.group),
        _column(gettext("Answered by"), Kind.NUMBER, 12, lambda one: one.named.call.answered_by),
        _column(gettext("Ring time"), Kind.SECONDS, 11, lambda one: one.named.call.ring_s),
        _column(gettext("Talk time"), Kind.SECONDS, 11, lambda one: one.named.call.talk_s),
        _column(gettext("Tags"), Kind.TEXT, 18, lambda one: ", ".join(one.tags)),
        _column(gettext("Comments"), Kind.COUNT, 11, lambda one: one.comments),
        _column(
            gettext("Uncertain"), Kind.TEXT, 11, lambda one: doubtful if one.named.call.uncertain else ""
        ),
        _column(gettext("Coverage"), Kind.SHARE, 10, lambda one: whole_percent(one.named.call.coverage)),
        _column(gettext("Call"), Kind.TEXT, 14, lambda one: one.named.call.id),
    )


def _column(title: str, kind: Kind, width: int, of: Callable[[Exported], Value]) -> Column:
    return Column(title=title, kind=kind, width=width, of=of)


def number(party: Party) -> str | None:
    """The number of one end: E.164, else an extension, else as it was shown."""
    return party.e164 or party.extension or party.number_shown


def whole_percent(share: float | None) -> float | None:
    """A share rounded down to whole percent, so that 1 is said of nothing less."""
    return None if share is None else int(share * 100) / 100


def direction_words(gettext: Gettext) -> Mapping[CallDirection, str]:
    """Each direction in the reader's language."""
    return {
        CallDirection.INBOUND: gettext("incoming"),
        CallDirection.OUTBOUND: gettext("outgoing"),
        CallDirection.INTERNAL: gettext("internal"),
    }


def outcome_words(gettext: Gettext) -> Mapping[Disposition, str]:
    """Each disposition in the reader's language."""
    return {
        Disposition.ANSWERED: gettext("answered"),
        Disposition.MISSED: gettext("missed"),
        Disposition.NO_ANSWER: gettext("no answer"),
        Disposition.VOICEMAIL: gettext("voicemail"),
        Disposition.REJECTED: gettext("rejected"),
        Disposition.BUSY: gettext("busy"),
        Disposition.FORWARDED: gettext("forwarded"),
        Disposition.FAILED: gettext("failed"),
        Disposition.UNKNOWN: gettext("unknown"),
    }
