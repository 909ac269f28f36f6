"""How each phone fares, as rows of a table."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from phonesync import registry
from phonesync.agent.phone_status import PhoneStatus, all_names, statuses
from phonesync.cli.output import write_table
from phonesync.config import Config
from phonesync.store.repository import Store

COLUMNS = (
    "phone",
    "state",
    "last good read",
    "next due",
    "why then",
    "rate",
    "deadline",
    "clock off",
    "last error",
)


def write(config: Config, store: Store) -> None:
    """Writes a row for each configured phone, and for each other one the store knows."""
    states = {state.name: state for state in store.phones()}
    found = statuses(
        config,
        store,
        registry.drivers(),
        all_names(config, states),
        states=states,
        now=datetime.now(UTC),
    )
    rows = [_row(config, status) for status in found]
    reports = store.last_reports()
    if not reports:
        write_table(COLUMNS, rows, empty="No phones.")
        return
    zones = {phone.name: config.zone_of(phone) for phone in config.phones}
    told = [_shown(reports[row[0]].last_at, zones.get(row[0])) if row[0] in reports else "" for row in rows]
    write_table(
        (*COLUMNS[:3], "last report", *COLUMNS[3:]),
        [(*row[:3], last, *row[3:]) for row, last in zip(rows, told, strict=True)],
        empty="No phones.",
    )


def _row(config: Config, status: PhoneStatus) -> tuple[str, ...]:
    state, pace = status.state, status.pace
    if state is None:
        return (status.name, status.standing, *[""] * (len(COLUMNS) - 2))
    if status.phone is None:
        last = _shown(state.last_read, None) or "never"
        return (status.name, status.standing, last, *[""] * (len(COLUMNS) - 4), status.error)
    zone = config.zone_of(status.phone)
    return (
        status.name,
        status.standing,
        _shown(state.last_read, zone) or "never",
        _shown(state.next_due, zone),
        state.due_reason,
        "" if pace is None or pace.rate is None else f"{pace.rate}/h",
        "" if pace is None else f"{_shown(pace.latest, zone)} ({pace.why})",
        "" if state.clock_offset_s is None else f"{state.clock_offset_s:+.0f} s",
        status.error,
    )


def _shown(instant: datetime | None, zone: ZoneInfo | None) -> str:
    """In the phone's zone; empty for None."""
    if instant is None:
        return ""
    return instant.astimezone(zone or UTC).strftime("%Y-%m-%d %H:%M:%S" if zone else "%Y-%m-%d %H:%M:%S UTC")
