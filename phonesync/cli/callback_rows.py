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
from phonesync.config import Config
from phonesync.journal.callback_states import Standing, State
from phonesync.journal.named_callbacks import (
    FIELDS,
    age,
    as_data,
    caller_data,
    caller_name,
    is_overdue,
)
from phonesync.journal.named_calls import PARTY_FIELDS
from phonesync.journal.shown_names import Names, Plans
from phonesync.numbering import EXTENSION
from phonesync.store.call_records import CallFilter
from phonesync.store.callback_records import ListedCallback
from phonesync.store.repository import Store

CSV_FIELDS = (*(f"caller_{part}" for part in PARTY_FIELDS), *FIELDS[1:])
"""The columns of CSV: the caller has a column for each of its fields."""

_COLUMNS = ("missed (phone's zone)", "caller", "owner", "for", "misses", "attempts", "due", "closed", "state")

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def write(
    config: Config, store: Store, rows: Iterable[ListedCallback], *, output: Format, now: datetime
) -> None:
    """Writes call-backs to stdout; below a table, their figures are said on stderr."""
    names = Names(config, store)
    standing = store.callback_standings(rows, now)
    named = ((row, caller_name(names, row), stands) for row, stands in standing)
    if output is Format.CSV:
        write_csv(CSV_FIELDS, (_flat(*one, now) for one in named))
    elif output is Format.JSONL:
        write_jsonl(as_data(*one, now) for one in named)
    else:
        seen: list[CallBack] = []
        plans = Plans(config)
        write_table(_COLUMNS, _noted(named, seen, plans, now), empty="No call-backs.")
        if seen:
            typer.echo("; ".join(figures(store, seen, now)) + ".", err=True)


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


def _flat(row: ListedCallback, name: str | None, stands: Standing, now: datetime) -> Mapping[str, object]:
    caller = {f"caller_{part}": value for part, value in caller_data(row, name).items()}
    return as_data(row, name, stands, now) | caller


def _noted(
    named: Iterable[tuple[ListedCallback, str | None, Standing]],
    seen: list[CallBack],
    plans: Plans,
    now: datetime,
) -> Iterator[tuple[str, ...]]:
    """The lines of the table; what they are of is added to ``seen``."""
    for row, name, stands in named:
        seen.append(row.callback)
        yield (*_for_people(row, name, plans, now), _state(row, stands, plans))


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
        _span(age(of, now)),
        str(of.misses),
        str(of.attempts),
        shown(of.due_at) + (" late" if is_overdue(of, now) else ""),
        f"{shown(of.closed_at)}{how}",
    )


def _state(row: ListedCallback, stands: Standing, plans: Plans) -> str:
    """How it stands, in words."""
    until = stands.snoozed_until
    if until is not None:
        return f"snoozed until {until.astimezone(plans.zone(row.phone or '') or UTC):%Y-%m-%d %H:%M}"
    if stands.state is State.TAKEN:
        return f"taken by {stands.taken_by}"
    return "" if stands.state in (State.OPEN, State.CLOSED) else stands.state.value


def _span(length: timedelta) -> str:
    """A duration in its largest unit, for people."""
    seconds = int(length.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
