"""What readers of the journal ask the store for, and what it hands out: frozen values, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from phonesync.calls.values import Call
from phonesync.clock import iso
from phonesync.errors import ConfigError
from phonesync.journal.filters import Tab
from phonesync.journal.marks import Tag
from phonesync.numbering import DialPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the store does not know by itself.

    Attributes:
        sites: Name of each configured phone to its site.
        plans: Dial plans of the sites: in which ways a number may be typed.
    """

    sites: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plans: tuple[DialPlan, ...] = ()


NO_OFFICE = Office()


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """From where the journal is looked at.

    Attributes:
        zone: The reader's: its midnights begin and end days.
        now: The present instant, UTC.
        office: What the store does not know by itself.
    """

    zone: ZoneInfo
    now: datetime
    office: Office = NO_OFFICE


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cursor:
    """A place in the journal, which lists newest first: calls behind it come next.

    Attributes:
        at: ``started_at`` of the last call handed out, UTC.
        id: Its id; empty where everything that began before ``at`` comes next.
    """

    at: datetime
    id: str = ""

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{iso(self.at)}_{self.id}"

    @classmethod
    def of(cls, call: Call) -> Cursor:
        """The place right behind a call."""
        return cls(at=call.started_at, id=call.id)

    @classmethod
    def from_text(cls, text: str) -> Cursor:
        """Reads what :meth:`__str__` wrote.

        Raises:
            ConfigError: It is no cursor.
        """
        instant, _, call = text.partition("_")
        wrong = ConfigError(
            f'"{text}" is no place in the journal.', hint="Take the next page from the page before."
        )
        try:
            at = datetime.fromisoformat(instant)
            if at.tzinfo is None or "\0" in call:
                raise wrong
            # An offset may lead out of the calendar.
            return cls(at=at.astimezone(UTC), id=call)
        except (ValueError, OverflowError) as error:
            raise wrong from error


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCall:
    """A call as its reader may see it.

    Attributes:
        call: The call. For a reader without the right to numbers those of outside parties are masked and
            their names left out; a private call of somebody else's has neither numbers nor names.
        tags: On the call itself, by name.
        number_tags: On its number, by name.
        comments: How many.
        favourite: The reader's favourite.
        rating: What the reader gave it, 1 to 5, or None.
        private: Its employee hides it from superiors.
        hidden: It is private, and not the reader's: numbers and names were taken out.
        masked: Numbers are masked and names left out.
        spam: Its number is marked as spam.
        callback_open: It was missed and the caller still waits to be called back.
    """

    call: Call
    tags: tuple[Tag, ...] = ()
    number_tags: tuple[Tag, ...] = ()
    comments: int = 0
    favourite: bool = False
    rating: int | None = None
    private: bool = False
    hidden: bool = False
    masked: bool = False
    spam: bool = False
    callback_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPage:
    """Some calls, newest first.

    Attributes:
        calls: At most as many as were asked for. There may be fewer, or none, although ``next`` stands:
            so far was looked, and the rest is looked through by asking again.
        next: Where to go on; None at the end.
    """

    calls: tuple[JournalCall, ...] = ()
    next: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The figures above the list.

    Attributes:
        tabs: Calls on each tab, under the rest of the filter.
        answered: Calls of the filter, tab and all, that somebody answered.
        missed: That nobody answered though they rang here (see the tab).
        still_open: Missed ones whose caller still waits to be called back.
        talk_s: Talk time of all of them, seconds.
        coverage: Share of the phones' time that is proven, 0 to 1; None without phones.
        is_capped: More calls were there than are looked at: the figures are of the newest ones.
        since: From when on calls were counted, where ``is_capped``; else None.
        first_at: When the first of all calls on the filter's tab began, UTC; None without one, and where
            ``is_capped``.
        last_at: When the last one began, UTC; None without one.
    """

    tabs: Mapping[Tab, int] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(Tab, 0)))
    answered: int = 0
    missed: int = 0
    still_open: int = 0
    talk_s: int = 0
    coverage: float | None = None
    is_capped: bool = False
    since: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a filter can be made of, by name.

    Attributes:
        employees: Owners of phones, now or before.
        departments: Likewise.
        sites: Of configured phones.
        phones: All phones ever read.
        lines: Line numbers.
    """

    employees: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
