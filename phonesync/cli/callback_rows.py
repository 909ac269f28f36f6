"""Call-backs on their way to stdout: the fields of ``phonesync callbacks``."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import typer

from phonesync.calls.callbacks import (
    CallBack,
    called_back_share,
    in_time_share,
    median_to_call_back,
    perhaps_missed,
    still_open,
)
from phonesync.calls.values import CallDirection, Disposition
from phonesync.cli.output import Format, write_csv, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.journal.named_calls import PARTY_FIELDS
from phonesync.journal.shown_names import Names, Plans
from phonesync.numbering import EXTENSION
from phonesync.store.call_records import CallFilter
from phonesync.store.callback_records import ListedCallback
from phonesync.store.repository import Store

FIELDS = (
    "caller",
    "owner",
    "department",
    "opened_at",
    "age_s",
    "misses",
    "last_miss_at",
    "attempts",
    "last_attempt_at",
    "due_at",
    "overdue",
    "closed_at",
    "closed_by",
    "closed_how",
    "first_call",
    "last_call",
)
"""The fields of a call-back, in the order in which they are written; ``caller`` is a party as of a call."""

CSV_FIELDS = (*(f"caller_{part}" for part in PARTY_FIELDS), *FIELDS[1:])
"""The columns of CSV: the caller has a column for each of its fields."""

_COLUMNS = ("missed (phone's zone)", "caller", "owner", "for", "misses", "attempts", "due", "closed")

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def write(
    config: Config, store: Store, rows: Iterable[ListedCallback], *, output: Format, now: datetime
) -> None:
    """Writes call-backs to stdout; below a table, their figures are said on stderr."""
    names = Names(config, store)
    named = ((row, _name(names, row)) for row in rows)
    if output is Format.CSV:
        write_csv(CSV_FIELDS, (_flat(row, name, now) for row, name in named))
    elif output is Format.JSONL:
        write_jsonl(as_data(row, name, now) for row, name in named)
    else:
        seen: list[CallBack] = []
        plans = Plans(config)
        write_table(_COLUMNS, _noted(named, seen, plans, now), empty="No call-backs.")
        if seen:
            typer.echo("; ".join(figures(store, seen, now)) + ".", err=True)


def as_data(row: ListedCallback, name: str | None, now: datetime) -> dict[str, object]:
    """A call-back as one JSON object."""
    of = row.callback
    return {
        "caller": _caller(row, name),
        "owner": of.owner,
        "department": of.department,
        "opened_at": iso(of.opened_at),
        "age_s": int(_age(of, now).total_seconds()),
        "misses": of.misses,
        "last_miss_at": iso(of.last_at),
        "attempts": of.attempts,
        "last_attempt_at": iso(of.last_attempt_at),
        "due_at": iso(of.due_at),
        "overdue": is_overdue(of, now),
        "closed_at": iso(of.closed_at),
        "closed_by": of.closed_by,
        "closed_how": None if of.closed_how is None else of.closed_how.value,
        "first_call": of.first_call,
        "last_call": of.last_call,
    }


def is_overdue(of: CallBack, now: datetime) -> bool:
    """It was due before it was closed, or is due and open."""
    return of.due_at is not None and of.due_at < (of.closed_at or now)


def figures(store: Store, some: list[CallBack], now: datetime) -> Iterator[str]:
    """The figures of call-backs in words; ``docs/reference/definitions.md`` defines them."""
    late = sum(is_overdue(of, now) for of in some if of.closed_at is None)
    yield f"{len(some)} call-backs, {still_open(some)} open" + (f" ({late} overdue)" if late else "")
    if still_open(some) < len(some):
        share, in_time = called_back_share(some).value, in_time_share(some, now=now).value
        yield f"called back {share:.0%}" + ("" if in_time is None else f", in time {in_time:.0%}")
        median = median_to_call_back(some)
        if median is not None:
            yield f"half of the calls back within {_span(timedelta(seconds=median))}"
    wanted = CallFilter(
        since=some[0].opened_at, direction=CallDirection.INBOUND, disposition=Disposition.UNKNOWN
    )
    perhaps = perhaps_missed(store.calls(wanted))
    if perhaps:
        yield f"{perhaps} more inbound calls since then may have been missed: nothing proves it"


def _name(names: Names, row: ListedCallback) -> str | None:
    party, phone = row.callback.party, row.phone or ""
    if party.startswith(EXTENSION):
        return names.inside(phone, party.removeprefix(EXTENSION)) or row.name_shown
    return names.of(phone, party) or row.name_shown


def _caller(row: ListedCallback, name: str | None) -> Mapping[str, object]:
    party = row.callback.party
    inside = party.startswith(EXTENSION)
    return {
        "number_shown": row.number_shown,
        "e164": None if inside else party,
        "extension": party.removeprefix(EXTENSION) if inside else None,
        "name": name,
    }


def _flat(row: ListedCallback, name: str | None, now: datetime) -> Mapping[str, object]:
    caller = {f"caller_{part}": value for part, value in _caller(row, name).items()}
    return as_data(row, name, now) | caller


def _noted(
    named: Iterable[tuple[ListedCallback, str | None]], seen: list[CallBack], plans: Plans, now: datetime
) -> Iterator[tuple[str, ...]]:
    """The lines of the table; what they are of is added to ``seen``."""
    for row, name in named:
        seen.append(row.callback)
        yield _for_people(row, name, plans, now)


def _for_people(row: ListedCallback, name: str | None, plans: Plans, now: datetime) -> tuple[str, ...]:
    of = row.callback
    number = row.number_shown or of.party.removeprefix(EXTENSION)

    def shown(instant: datetime | None) -> str:
        zone = plans.zone(row.phone or "")
        if instant is None:
            return ""
        return f"{instant.astimezone(zone or UTC):%Y-%m-%d %H:%M}{'' if zone else ' UTC'}"

    how = "" if of.closed_how is None else f" {of.closed_how.value.replace('_', ' ')}"
    return (
        shown(of.opened_at),
        number if name is None else f"{name} ({number})",
        of.owner or "",
        _span(_age(of, now)),
        str(of.misses),
        str(of.attempts),
        shown(of.due_at) + (" late" if is_overdue(of, now) else ""),
        f"{shown(of.closed_at)}{how}",
    )


def _age(of: CallBack, now: datetime) -> timedelta:
    """Since it opened, until it was closed."""
    return max(timedelta(), (of.closed_at or now) - of.opened_at)


def _span(length: timedelta) -> str:
    """A duration in its largest unit, for people."""
    seconds = int(length.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
