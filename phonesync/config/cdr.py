"""The tables ``[[cdr]]``: where a switch writes its own record of calls, and what a value there may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from phonesync.config import checks
from phonesync.config.contacts import known_encoding, one_sign
from phonesync.config.report import Report, texts_at
from phonesync.config.table import Duration, Name, Table, nothing
from phonesync.spelling import unknown

KINDS = ("asterisk", "freepbx", "csv")

ROLES = (
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "src",
    "dst",
    "answered_by",
    "disposition",
    "unique_id",
    "linked_id",
    "keys",
    "recording",
    "group",
)
"""What a column may hold of a call."""

EPOCH = "epoch"
"""As ``time_format``: seconds since 1970."""


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(unknown("kind of record", value, KINDS))
    return value


def _roles(value: Any) -> Any:
    """Which heading holds what; anything else than a table is left to be refused."""
    if not isinstance(value, Mapping):
        return value
    for role in value:
        if role not in ROLES:
            raise ValueError(unknown("key", str(role), ROLES))
    return MappingProxyType(dict(value))


def _time_format(value: str) -> str:
    """A format of ``strptime`` that holds a date and a time, or ``epoch``."""
    if value == EPOCH:
        return value
    sample = datetime(2026, 11, 26, 13, 14, 15)  # noqa: DTZ001  a wall clock has no zone
    try:
        read = datetime.strptime(sample.strftime(value), value)  # noqa: DTZ007  as above
    except ValueError as error:
        raise ValueError(f'"{value}" is no format of a time, for example "%d.%m.%Y %H:%M:%S".') from error
    if read.replace(second=sample.second, tzinfo=None) != sample:
        raise ValueError(f'"{value}" lacks the date or the time, for example "%d.%m.%Y %H:%M:%S".')
    return value


class CdrConfig(Table):
    """One record of a switch.

    Attributes:
        name: Unique; lines are told apart by it.
        kind: ``asterisk`` (``cdr-csv/Master.csv``), ``freepbx`` (its table as CSV) or ``csv``.
        path: Of the file, relative to the configuration's folder.
        every: How often the agent imports what was added.
        site: By whose dial plan, and in whose zone, it is read; the first site by default.
        timezone: Zone of its times, where it is not the site's.
        utc: Its times are UTC (Asterisk's ``usegmtime``).
        columns: Role to the heading of its column; ``asterisk`` and ``freepbx`` know theirs.
        keys: The column of keys pressed in a voice menu, often ``userfield``; None: nobody writes them.
        delimiter: Between cells; None: a comma, or for ``csv`` recognised.
        encoding: None: recognised.
        time_format: Of its times, as of ``strptime``, or ``epoch``; None: ISO 8601.
    """

    name: Name
    kind: Annotated[str, AfterValidator(_kind)]
    path: Name
    every: Duration = timedelta(minutes=1)
    site: str = ""
    timezone: Annotated[str, AfterValidator(checks.zone)] | None = None
    utc: bool = False
    columns: Annotated[
        Mapping[str, str],
        BeforeValidator(_roles),
        AfterValidator(checks.read_only),
        PlainSerializer(dict),
    ] = Field(default_factory=nothing)
    keys: Name | None = None
    delimiter: Annotated[str, AfterValidator(one_sign)] | None = None
    encoding: Annotated[str, AfterValidator(known_encoding)] | None = None
    time_format: Annotated[str, AfterValidator(_time_format)] | None = None


def read_records(report: Report, raw: Mapping[str, Any], sites: tuple[str, ...]) -> tuple[CdrConfig, ...]:
    """The records of a file; their mistakes are added to the report.

    Args:
        report: Collects mistakes.
        raw: The whole file.
        sites: Names of its sites.
    """
    tables = raw.get("cdr", [])
    if not isinstance(tables, list):
        report.add(("cdr",), "must be written [[cdr]], in double brackets, once for each record of a switch.")
        return ()
    first: dict[str, int] = {}
    for position, name in texts_at(tables, "name").items():
        earlier = first.setdefault(name, position)
        if earlier != position:
            where = report.where(("cdr", earlier, "name"))
            report.add(
                ("cdr", position, "name"), f'"{name}" stands at {where} already; each record needs its own.'
            )
    for position, site in texts_at(tables, "site").items():
        if site not in sites:
            report.add(("cdr", position, "site"), unknown("site", site, sites))
    for position, table in enumerate(tables):
        if isinstance(table, dict):
            _check(report, ("cdr", position), table, sites)
    found = [report.table(CdrConfig, table, ("cdr", at)) for at, table in enumerate(tables)]
    return tuple(
        record if record.site or not sites else record.model_copy(update={"site": sites[0]})
        for record in found
        if record is not None
    )


def _check(report: Report, path: tuple[str, int], table: Mapping[str, Any], sites: tuple[str, ...]) -> None:
    """Adds what only shows when keys are held against each other."""
    if len(sites) > 1 and "site" not in table:
        report.add(
            (*path, "site"),
            f"is missing; with several sites each record names its own: {', '.join(sites)}.",
        )
    if table.get("utc") is True and "timezone" in table:
        report.add((*path, "timezone"), "stands beside utc = true; keep one of the two.")
    columns = table.get("columns", {})
    if isinstance(columns, dict):
        if "keys" in columns and "keys" in table:
            report.add((*path, "keys"), "stands in columns too; keep one of the two.")
        if table.get("kind") == "csv":
            lacking = [role for role in ("start", "src", "dst") if role not in columns]
            if lacking:
                report.add((*path, "columns"), f"lacks {' and '.join(lacking)}, which every line must have.")
