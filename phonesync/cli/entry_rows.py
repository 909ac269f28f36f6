"""Entries on their way to stdout: the fields of ``phonesync entries``, and which of them match a number."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from phonesync.cli.output import Format, talk, write_csv, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.events.numbers import digits as digits_of
from phonesync.journal.shown_names import Names, Plans
from phonesync.numbering import canonical
from phonesync.store.records import EntryRow
from phonesync.store.repository import Store

FIELDS = (
    "id",
    "phone",
    "extension",
    "owner",
    "department",
    "list",
    "remote_number",
    "remote_host",
    "e164",
    "remote_name",
    "line",
    "started_at",
    "resolution_s",
    "clock_offset_s",
    "time_of",
    "shown_at",
    "duration_s",
    "occurrence",
    "count",
    "complete",
    "uncertain",
    "first_seen_at",
    "last_seen_at",
    "on_phone",
    "sources",
    "call_id",
    "ring_s",
    "outcome",
    "contact",
    "corrected_at",
)
"""The fields of an entry, in the order in which they are written."""

_OUTCOMES = {"rejected": "rejected", "no_answer": "no answer", "busy": "busy"}
"""Outcomes that the name of a list does not tell."""

_MINUTE = 60


def write(
    config: Config, store: Store, rows: Iterable[EntryRow], *, number: str | None, output: Format
) -> None:
    """Writes the rows that match ``number`` (None: all) to stdout."""
    plans = Plans(config)
    found = rows if number is None else _matching(rows, number, plans)
    if output is Format.TABLE:
        columns = ("started (phone's zone)", "phone", "list", "number", "name", "duration", "")
        write_table(columns, (_for_people(row, plans) for row in found), empty="No entries.")
        return
    names = Names(config, store)
    data = (_as_data(row, plans, names) for row in found)
    if output is Format.CSV:
        write_csv(FIELDS, data)
    else:
        write_jsonl(data)


def _matching(rows: Iterable[EntryRow], number: str, plans: Plans) -> Iterator[EntryRow]:
    """Rows whose remote number is ``number`` as shown, digit for digit, or as the same E.164 number."""
    text, digits = number.strip().casefold(), digits_of(number)
    for row in rows:
        shown = row.remote_number or ""
        same = shown.casefold() == text or (digits and digits_of(shown) == digits)
        if same or _same_e164(row, number, digits, plans):
            yield row


def _same_e164(row: EntryRow, number: str, digits: str, plans: Plans) -> bool:
    plan, e164 = plans.plan(row.phone), plans.e164(row.phone, row.remote_number)
    if plan is None or e164 is None or not digits:
        return False
    return e164.removeprefix("+") == digits or plan.e164(number) == e164


def _as_data(row: EntryRow, plans: Plans, names: Names) -> Mapping[str, object]:
    plan = plans.plan(row.phone)
    return {
        "id": row.id,
        "phone": row.phone,
        "extension": row.extension,
        "owner": row.owner,
        "department": row.department,
        "list": row.list_name,
        "remote_number": row.remote_number,
        "remote_host": row.remote_host,
        "e164": plans.e164(row.phone, row.remote_number),
        "remote_name": row.remote_name,
        "line": row.line,
        "started_at": iso(row.started_at),
        "resolution_s": row.resolution_s,
        "clock_offset_s": row.clock_offset_s,
        "time_of": row.time_of,
        "shown_at": row.shown_at,
        "duration_s": row.duration_s,
        "occurrence": row.occurrence,
        "count": row.count,
        "complete": row.complete,
        "uncertain": row.uncertain,
        "first_seen_at": iso(row.first_seen_at),
        "last_seen_at": iso(row.last_seen_at),
        "on_phone": row.on_phone,
        "sources": list(row.sources),
        "call_id": row.call_id,
        "ring_s": row.ring_s,
        "outcome": row.outcome,
        "contact": names.of(row.phone, canonical(plan, row.remote_number) if plan is not None else None),
        "corrected_at": iso(row.corrected_at),
    }


def _for_people(row: EntryRow, plans: Plans) -> tuple[str, ...]:
    zone = plans.zone(row.phone)
    started = row.started_at.astimezone(zone or UTC)
    exact = row.resolution_s is not None and row.resolution_s < _MINUTE
    form = "%Y-%m-%d %H:%M:%S" if exact else "%Y-%m-%d %H:%M"
    remarks = [f"{row.count} calls merged"] if row.count > 1 else []
    remarks += [_OUTCOMES[row.outcome]] if row.outcome in _OUTCOMES else []
    remarks += ["reported only"] if row.sources == ("event",) else []
    remarks += [_doubt(row)] if row.uncertain else []
    remarks += ["incomplete"] if not row.complete and row.count == 1 else []
    return (
        f"{started.strftime(form)}{'' if zone else ' UTC'}",
        row.phone,
        row.list_name,
        row.remote_number or "withheld",
        row.remote_name or "",
        "" if row.duration_s is None else talk(row.duration_s),
        ", ".join(remarks),
    )


def _doubt(row: EntryRow) -> str:
    """A row may be another one shown anew; a report, a row that stands here too."""
    return "may be here twice" if "event" in row.sources else "time uncertain"
