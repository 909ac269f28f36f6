"""What goes into the store of reports and what comes out: frozen values, no SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from phonesync.events.fitting import ListRow
from phonesync.events.liveness import HeardSpan, Stretch
from phonesync.events.values import EventEntry, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report on its way into the store.

    Attributes:
        phone: The name that its phone bears.
        report: What arrived, and when.
    """

    phone: str
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Reports of one phone that have not gone into entries.

    Attributes:
        phone: The name it bears now.
        incarnation: The physical phone.
        current: That bears the name now.
        listed: Its lists were read.
        untaken: Ids of the reports that wait.
        fresh: Those reports.
        reports: All reports that may be of the same calls, those that wait among them.
    """

    phone: str
    incarnation: str
    current: bool
    listed: bool
    untaken: tuple[int, ...]
    fresh: tuple[Report, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What reports of one phone have become.

    Attributes:
        incarnation: The physical phone.
        entries: Its calls, as all of their reports tell them.
        report_ids: Of the reports that are in them.
    """

    incarnation: str
    entries: tuple[EventEntry, ...]
    report_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """What may be one call twice on one phone.

    Attributes:
        rows: Rows of its lists that have met no report.
        events: Calls known by reports alone.
        read_at: The phone's last good read, UTC, or None.
    """

    rows: tuple[ListRow, ...]
    events: tuple[EventEntry, ...]
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A phone that reports and whose lists were never read, as far as its coverage goes.

    Attributes:
        incarnation: The physical phone.
        before: Its open span, up to where that was settled.
        heard: When our receiver was up since then.
        signs: Arrivals of its reports since then, oldest first.
        beats: Arrivals of the latest reports that it sends by itself, oldest first.
    """

    incarnation: str
    before: HeardSpan
    heard: Sequence[Stretch]
    signs: Sequence[datetime]
    beats: Sequence[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReport:
    """When a phone reported, UTC.

    Attributes:
        phone: The name it bears now.
        first_at: The first report of the physical phone that bears it.
        last_at: The last one.
    """

    phone: str
    first_at: datetime
    last_at: datetime
