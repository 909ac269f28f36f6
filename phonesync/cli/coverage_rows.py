"""Coverage on its way to stdout: spans of a list and what is known of them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.ledger.values import SpanState
from phonesync.store.records import CoverageRow

FIELDS = ("phone", "list", "from", "to", "state", "at_most", "estimate")
"""The fields of a span, in the order in which they are written."""


def write(config: Config, rows: Iterable[CoverageRow], *, output: TableOrJsonl) -> None:
    """Writes the spans to stdout."""
    if output is TableOrJsonl.JSONL:
        write_jsonl(_as_data(row) for row in rows)
        return
    zones = {phone.name: config.zone_of(phone) for phone in config.phones}
    columns = ("phone", "list", "from (phone's zone)", "to", "state", "rows it hides")
    people = (_for_people(row, zones.get(row.phone)) for row in rows)
    write_table(columns, people, empty="Nothing is known yet.")


def _as_data(row: CoverageRow) -> Mapping[str, object]:
    return {
        "phone": row.phone,
        "list": row.list_name,
        "from": iso(row.since),
        "to": iso(row.until),
        "state": row.state.value,
        "at_most": row.at_most,
        "estimate": row.estimate,
    }


def _for_people(row: CoverageRow, zone: ZoneInfo | None) -> tuple[str, ...]:
    if row.until is None:
        proven = row.proven_until if row.state is SpanState.COMPLETE else None
        until = f"open, proven up to {_shown(proven, zone)}" if proven else "open"
    else:
        until = _shown(row.until, zone)
    since = "since ever" if row.since is None else _shown(row.since, zone)
    return row.phone, row.list_name, since, until, row.state.value, _hidden(row)


def _hidden(row: CoverageRow) -> str:
    """How many rows the span hides, as far as anything is known: an estimate is never called a bound."""
    known = [f"at most {row.at_most}"] if row.at_most is not None else []
    known += [f"about {row.estimate:g} expected"] if row.estimate is not None else []
    return ", ".join(known)


def _shown(instant: datetime, zone: ZoneInfo | None) -> str:
    return instant.astimezone(zone or UTC).strftime("%Y-%m-%d %H:%M:%S" if zone else "%Y-%m-%d %H:%M:%S UTC")
