"""The tables ``[[group]]`` and ``[callbacks]``: who rings together, and when callers are called back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from phonesync.calls.linking import LATER_S
from phonesync.calls.values import Group, Ringing
from phonesync.calls.working_hours import DAY_MINUTES, DAYS, Span, WorkingHours
from phonesync.config import checks
from phonesync.config.report import Report
from phonesync.config.table import Duration, Name, Table
from phonesync.spelling import did_you_mean, unknown

_RINGS = tuple(ringing.value for ringing in Ringing)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_FEWEST = 2
_HOUR = 60


def _members(value: Any) -> Any:
    """At least two extensions, each once."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list of extensions in quotes, for example ["101", "102"].')
    for member in value:
        checks.name(member)
        if value.count(member) > 1:
            raise ValueError(f'has "{member}" twice.')
    if len(value) < _FEWEST:
        raise ValueError("must have at least two extensions.")
    return tuple(value)


def _ring(value: str) -> str:
    if value not in _RINGS:
        raise ValueError(unknown("way to ring", value, _RINGS))
    return value


def _hours(value: Any) -> Any:
    """Weekdays, or first and last of several, to their spans; anything but a table is left to be refused."""
    if not isinstance(value, Mapping):
        return value
    found: dict[str, tuple[str, ...]] = {}
    for days, spans in value.items():
        weekdays(days)
        several = [spans] if isinstance(spans, str) else spans
        if not isinstance(several, list | tuple) or not all(isinstance(span, str) for span in several):
            raise ValueError(f'{days} must be a text like "09:00-18:00", or a list of such texts.')
        found[days] = tuple(several)
    if found and not any(_week(found)):
        raise ValueError("must leave some working time; left out, all time counts.")
    return MappingProxyType(found)


def weekdays(text: str) -> range:
    """Weekdays, 0 for Monday, of ``friday`` or ``monday-friday``.

    Raises:
        ValueError: It names none; the sentence says why.
    """
    ends = [end.strip() for end in text.split("-")]
    for end in ends:
        if end not in DAYS:
            raise ValueError(f'"{end}" is no weekday{did_you_mean(end, DAYS)}')
    first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
    if len(ends) > _FEWEST or last < first:
        raise ValueError(f'"{text}" must be a weekday, or two in their order like monday-friday.')
    return range(first, last + 1)


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no span of hours like "09:00-18:00".')
    begins, ends = (int(match[at]) * _HOUR + int(match[at + 1]) for at in (1, 3))
    if int(match[2]) >= _HOUR or int(match[4]) >= _HOUR or ends > DAY_MINUTES:
        raise ValueError(f'"{text}" holds a time that no clock shows; the last is 24:00.')
    if begins >= ends:
        raise ValueError(f'"{text}" must end after it begins; write what goes on after midnight on its day.')
    return begins, ends


def _week(hours: Mapping[str, Iterable[str]]) -> tuple[tuple[Span, ...], ...]:
    """The spans of each weekday."""
    week: list[list[Span]] = [[] for _ in DAYS]
    named: set[int] = set()
    for days, spans in hours.items():
        for day in weekdays(days):
            if day in named:
                raise ValueError(f"names {DAYS[day]} twice.")
            named.add(day)
            week[day] = sorted(_span(span) for span in spans)
            if any(later[0] < earlier[1] for earlier, later in zip(week[day], week[day][1:], strict=False)):
                raise ValueError(f"has spans of {DAYS[day]} that overlap.")
    return tuple(tuple(spans) for spans in week)


def _no_hours() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


def _dates(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not all(type(item) is date for item in value):
        raise ValueError("must be a list of dates without quotes, for example [2026-01-01, 2026-05-01].")
    return tuple(value)


class GroupConfig(Table):
    """Extensions that ring together, one after another, or that pick up one another's calls.

    Attributes:
        name: Unique; call-backs of its callers are the group's.
        number: Its internal number.
        members: Extensions, in order where they ring in turn.
        ring: ``together``, ``in turn``, ``pickup`` or ``forward``.
        step: How long each rings before the next does, where they ring in turn; of a forward, for how long a
            phone rings between the two that shows nothing. None where unknown, or nothing rings between.
        department: That it belongs to.
    """

    name: Name
    number: Name | None = None
    members: Annotated[tuple[str, ...], BeforeValidator(_members)]
    ring: Annotated[str, AfterValidator(_ring)] = Ringing.TOGETHER.value
    step: Duration | None = None
    department: Name | None = None

    @property
    def group(self) -> Group:
        """The group as the joining of calls knows it."""
        return Group(
            name=self.name,
            number=self.number,
            members=self.members,
            ringing=Ringing(self.ring),
            step_s=None if self.step is None else self.step.total_seconds(),
            department=self.department,
        )


class CallbacksConfig(Table):
    """When a caller who was missed is to be called back.

    Attributes:
        target: Within so much working time.
        hours: Working hours: a weekday, or two with a dash between, to spans; empty: all time counts.
        holidays: Dates without working hours.
        window: A caller who gets through so soon after he was missed needs no call-back.
        internal: Missed calls between two extensions open call-backs too.
    """

    target: Duration = timedelta(minutes=30)
    hours: Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_hours), PlainSerializer(dict)] = Field(
        default_factory=_no_hours
    )
    holidays: Annotated[tuple[date, ...], BeforeValidator(_dates)] = ()
    window: Duration = timedelta(minutes=5)
    internal: bool = False

    @property
    def working_hours(self) -> WorkingHours:
        """When people work."""
        holidays = frozenset(self.holidays)
        if not self.hours:
            return WorkingHours(holidays=holidays)
        return WorkingHours(week=_week(self.hours), holidays=holidays)


def read_groups(report: Report, raw: Mapping[str, Any]) -> tuple[GroupConfig, ...]:
    """The groups of a file; their mistakes are added to the report."""
    tables = raw.get("group", [])
    if not isinstance(tables, list):
        report.add(("group",), "must be written [[group]], in double brackets, once for each group.")
        return ()
    for position, table in enumerate(tables):
        if isinstance(table, dict) and "step" in table and table.get("ring") not in _STEPPED:
            message = 'is for groups that ring in turn, and for forwards: ring = "in turn" or "forward".'
            report.add(("group", position, "step"), message)
        _check_forward(report, position, table)
    found = [report.table(GroupConfig, table, ("group", at)) for at, table in enumerate(tables)]
    for at, group in enumerate(found):
        if group and group.ring == Ringing.FORWARD.value and group.step and group.step > _LATEST:
            report.add(("group", at, "step"), "must be 1m at most where calls are sent on.")
    return tuple(group for group in found if group is not None)


_LATEST = timedelta(seconds=LATER_S)
_STEPPED = {Ringing.IN_TURN.value, Ringing.FORWARD.value}


def _check_forward(report: Report, position: int, table: object) -> None:
    if isinstance(table, dict) and table.get("ring") == Ringing.FORWARD.value:
        members = table.get("members")
        if isinstance(members, list) and len(members) > _FEWEST:
            message = "must be two extensions: who sends calls on, and to whom."
            report.add(("group", position, "members"), message)


def read_callbacks(report: Report, raw: Mapping[str, Any]) -> CallbacksConfig:
    """The table of call-backs; its mistakes are added to the report."""
    return report.table(CallbacksConfig, raw.get("callbacks", {}), ("callbacks",)) or CallbacksConfig()


def group_warnings(
    report: Report, groups: Iterable[GroupConfig], extensions: Collection[str | None]
) -> Iterator[str]:
    """What of groups looks wrong though it may be right.

    Args:
        report: Knows lines.
        groups: All groups, as they stand in the file.
        extensions: Of each phone; without any phone nothing is told.
    """
    if not extensions:
        return
    for at, group in enumerate(groups):
        for position, member in enumerate(group.members):
            if member not in extensions:
                where = report.where(("group", at, "members", position))
                near = did_you_mean(member, [known for known in extensions if known])
                yield f'{where}: no phone has the extension "{member}" of group {group.name}{near}'
        if group.number is not None and group.number in extensions:
            where = report.where(("group", at, "number"))
            yield f"{where}: {group.number}, the number of group {group.name}, is a phone's extension too."
