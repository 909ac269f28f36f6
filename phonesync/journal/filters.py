"""Which calls somebody asks for: one value, and the query of an address that says the same.

Every filter stands in the address bar, so that it can be bookmarked and shared. What an address says wrongly
is told, all of it at once; nothing of it is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

from phonesync.calls.values import CallDirection, Disposition
from phonesync.errors import ConfigError
from phonesync.numbering import is_country
from phonesync.spelling import N_, unknown

SEPARATORS = re.compile(r"[,;]")
"""Stand between several values in one text, where a field takes them so."""

_BETWEEN = re.compile(r"[-\s()]")
_CODE = re.compile(r"\+[0-9]{1,15}")


class Period(StrEnum):
    """Spans of days in the reader's zone, up to now."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "7d"
    MONTH = "30d"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    YEAR = "365d"
    EVER = "all"


class Tab(StrEnum):
    """The tabs above the list."""

    ALL = "all"
    MISSED = "missed"
    RECEIVED = "received"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


class Commented(StrEnum):
    """With or without a comment."""

    WITH = "with"
    WITHOUT = "without"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """Which calls are asked for; empty or None means "any". Several values of one field mean "one of them".

    Attributes:
        tab: The tab.
        period: The span of days; not looked at where ``since`` or ``until`` stands.
        since: First day, in the reader's zone.
        until: Last day, in the reader's zone.
        directions: Which way they went.
        outcomes: Their dispositions.
        employees: Owners of phones, as they were then.
        departments: As they were then.
        sites: Sites of phones, as they are now.
        phones: Names of phones.
        lines: Line numbers of the phones' own rows.
        parties: Whole numbers: E.164, or ``ext:`` and an extension; a contact is its numbers.
        tags: Ids of tags, on the call or on its number.
        regions: Countries (two capital letters) or number codes (``+7495``).
        withheld: Only callers who withheld their number, or only all other calls.
        search: Any part of a number, however written, or of a name.
        talk_from, talk_to: Talk time, seconds, both included.
        ring_from, ring_to: Ring time, seconds, both included.
        comments: With or without a comment.
        uncertain: Only those that are uncertain, or only those that are not.
        favourite: Only the reader's favourites.
        spam: Show calls of numbers marked as spam too.
    """

    tab: Tab = Tab.ALL
    period: Period = Period.WEEK
    since: date | None = None
    until: date | None = None
    directions: tuple[CallDirection, ...] = ()
    outcomes: tuple[Disposition, ...] = ()
    employees: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    parties: tuple[str, ...] = ()
    tags: tuple[int, ...] = ()
    regions: tuple[str, ...] = ()
    withheld: bool | None = None
    search: str = ""
    talk_from: int | None = None
    talk_to: int | None = None
    ring_from: int | None = None
    ring_to: int | None = None
    comments: Commented | None = None
    uncertain: bool | None = None
    favourite: bool = False
    spam: bool = False

    def without(self, *names: str) -> JournalFilter:
        """The filter with some fields as nobody had set them."""
        plain = JournalFilter()
        return replace(self, **{name: getattr(plain, name) for name in names})

    @property
    def set_fields(self) -> tuple[str, ...]:
        """Names of the fields that are not as nobody had set them, in order."""
        plain = JournalFilter()
        return tuple(one.name for one in fields(self) if getattr(self, one.name) != getattr(plain, one.name))


@dataclass(frozen=True, slots=True)
class _Field:
    """One parameter of an address.

    Attributes:
        name: In the address.
        attribute: In :class:`JournalFilter`.
        read: Turns a text into a value, or raises ValueError with the rest of a sentence.
        several: It may stand more than once.
        write: Turns a value into the text.
        split: Several may stand in one text, with commas between.
    """

    name: str
    attribute: str
    read: Callable[[str], Any]
    several: bool = False
    write: Callable[[Any], str] = str
    split: bool = False

    def texts(self, text: str) -> list[str]:
        """The values in a text, each by itself."""
        return [one for one in SEPARATORS.split(text) if one.strip()] if self.split else [text]


def _one_of(kind: type[StrEnum], what: str) -> Callable[[str], StrEnum]:
    words = tuple(one.value for one in kind)

    def read(text: str) -> StrEnum:
        if text not in words:
            raise ValueError(unknown(what, text, words))
        return kind(text)

    return read


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no day; write it as 2026-03-31.') from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004  what every database holds
        raise ValueError(f'"{text}" is no whole number.')
    return int(text)


def _yes(text: str) -> bool:
    if text not in ("1", "0"):
        raise ValueError(f'"{text}" is neither 1 nor 0.')
    return text == "1"


def _region(text: str) -> str:
    plain = _BETWEEN.sub("", text).upper()
    if _CODE.fullmatch(plain) or (len(plain) == 2 and is_country(plain)):  # noqa: PLR2004  as ISO 3166 has it
        return plain
    raise ValueError(f'"{text.strip()}" is neither a country, as DE, nor a number code, as +7495.')


def _flag(value: object) -> str:
    return "1" if value else "0"


FIELDS: tuple[_Field, ...] = (
    _Field("tab", "tab", _one_of(Tab, "tab")),
    _Field("period", "period", _one_of(Period, "period")),
    _Field("since", "since", _day),
    _Field("until", "until", _day),
    _Field("direction", "directions", _one_of(CallDirection, "direction"), several=True),
    _Field("outcome", "outcomes", _one_of(Disposition, "outcome"), several=True),
    _Field("employee", "employees", str, several=True),
    _Field("department", "departments", str, several=True),
    _Field("site", "sites", str, several=True),
    _Field("phone", "phones", str, several=True),
    _Field("line", "lines", _whole, several=True),
    _Field("party", "parties", str, several=True),
    _Field("tag", "tags", _whole, several=True),
    _Field("region", "regions", _region, several=True, split=True),
    _Field("withheld", "withheld", _yes, write=_flag),
    _Field("q", "search", str.strip),
    _Field("talk_from", "talk_from", _whole),
    _Field("talk_to", "talk_to", _whole),
    _Field("ring_from", "ring_from", _whole),
    _Field("ring_to", "ring_to", _whole),
    _Field("comments", "comments", _one_of(Commented, "choice")),
    _Field("uncertain", "uncertain", _yes, write=_flag),
    _Field("favourite", "favourite", _yes, write=_flag),
    _Field("spam", "spam", _yes, write=_flag),
)
"""What may stand in an address, in order."""

NAMES = tuple(one.name for one in FIELDS)


def from_query(pairs: Iterable[tuple[str, str]], *, ignore: Iterable[str] = ()) -> JournalFilter:
    """The filter that the query of an address says.

    Args:
        pairs: Names and values as they stand in it; an empty value is as none.
        ignore: Names that belong to somebody else (a cursor, a format).

    Raises:
        ConfigError: Everything that is wrong in it.
    """
    by_name = {one.name: one for one in FIELDS}
    skipped = set(ignore)
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, text in pairs:
        if name in skipped or not text:
            continue
        one = by_name.get(name)
        if one is None:
            wrong.append(unknown("filter", name, NAMES))
            continue
        for part in one.texts(text):
            try:
                value = one.read(part)
            except ValueError as error:
                wrong.append(f"{name}: {error}")
                continue
            if not one.several:
                values[one.attribute] = value
            elif value not in values.setdefault(one.attribute, ()):
                values[one.attribute] += (value,)
    wrong += _backwards(values)
    if wrong:
        raise ConfigError("; ".join(wrong), hint=N_("Mend the address, or remove what is wrong from it."))
    return JournalFilter(**values)


def _backwards(values: dict[str, Any]) -> list[str]:
    """Spans that end before they begin."""
    found = []
    for low, high in (("since", "until"), ("talk_from", "talk_to"), ("ring_from", "ring_to")):
        if values.get(low) is not None and values.get(high) is not None and values[low] > values[high]:
            found.append(f"{low} lies behind {high}.")
    return found


def to_query(wanted: JournalFilter) -> list[tuple[str, str]]:
    """Names and values that say the filter; what nobody has set is left out."""
    plain = JournalFilter()
    found: list[tuple[str, str]] = []
    for one in FIELDS:
        value = getattr(wanted, one.attribute)
        if value == getattr(plain, one.attribute):
            continue
        found += [(one.name, one.write(item)) for item in (value if one.several else (value,))]
    return found
