"""How each phone fares, as rows of a table."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync import registry
from phonesync.agent.attempt import ledger_of
from phonesync.agent.reading import driver_of, swap_order, variant_of
from phonesync.cli.output import write_table
from phonesync.config import Config, PhoneConfig
from phonesync.driver.contract import Variant
from phonesync.ledger.deadline import deadline
from phonesync.model import PhoneIdentity
from phonesync.store.records import PhoneStanding, PhoneState
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
    known = {state.name: state for state in store.phones()}
    # Phone by phone, because only that brings the ledger, and all ledgers at once would fill the memory.
    rows = [
        _configured(config, phone, store.phone(phone.name) if known.pop(phone.name, None) else None)
        for phone in config.phones
    ]
    rows += [_forgotten(state) for state in known.values()]
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


def _configured(config: Config, phone: PhoneConfig, state: PhoneState | None) -> tuple[str, ...]:
    if state is None:
        return (phone.name, "never read" if phone.enabled else "disabled", *[""] * (len(COLUMNS) - 2))
    zone = config.zone_of(phone)
    longest = phone.poll or config.agent.poll
    rate, latest = _pace(phone, state, zone, longest=longest)
    return (
        phone.name,
        state.standing.value if phone.enabled else PhoneStanding.DISABLED.value,
        _shown(state.last_read, zone) or "never",
        _shown(state.next_due, zone),
        state.due_reason,
        rate,
        latest,
        "" if state.clock_offset_s is None else f"{state.clock_offset_s:+.0f} s",
        _error(state),
    )


def _forgotten(state: PhoneState) -> tuple[str, ...]:
    last = _shown(state.last_read, None) or "never"
    return (state.name, "not in the configuration", last, *[""] * (len(COLUMNS) - 4), _error(state))


def _error(state: PhoneState) -> str:
    remarks = [state.last_error] if state.last_error else []
    return "; ".join([*remarks, *state.notes])


def _pace(phone: PhoneConfig, state: PhoneState, zone: ZoneInfo, *, longest: timedelta) -> tuple[str, str]:
    """Rows an hour this phone may reach now, and its deadline; empty before its first good read."""
    variant = _variant(phone, state)
    if variant is None or state.last_read is None or not state.ledger_state:
        return "", ""
    ledger = ledger_of(state)
    now = datetime.now(UTC)
    peaks = [ledger.rate.peak(",".join(codes), now, zone, now=now) for codes in variant.pools]
    latest = deadline(ledger, variant, zone, now=state.last_read, longest=longest)
    rate = f"{max(peaks)}/h" if peaks else ""
    return rate, f"{_shown(latest.at, zone)} ({latest.reason})"


def _variant(phone: PhoneConfig, state: PhoneState) -> Variant | None:
    if state.variant is None:
        return None
    driver = driver_of(registry.drivers(), vendor=state.vendor, variant=state.variant)
    if driver is None:
        return None
    identity = PhoneIdentity(
        vendor=driver.vendor, variant=state.variant, model=state.model, firmware=state.firmware
    )
    swap = swap_order(driver, state.variant, state.swapped) is not None
    return variant_of(driver, identity, phone.quirks, swap=swap)


def _shown(instant: datetime | None, zone: ZoneInfo | None) -> str:
    """In the phone's zone; empty for None."""
    if instant is None:
        return ""
    return instant.astimezone(zone or UTC).strftime("%Y-%m-%d %H:%M:%S" if zone else "%Y-%m-%d %H:%M:%S UTC")
