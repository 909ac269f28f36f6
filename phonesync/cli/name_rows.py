"""How far names have come, on its way to stdout."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from phonesync.agent.name_coverage import PhoneNames
from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config

FIELDS = (
    "phone",
    "since",
    "rows",
    "named",
    "could",
    "not_observable",
    "taken_at",
    "asked_at",
    "left_out",
    "wanted",
)
"""The fields of a phone, in the order in which they are written."""


def write(config: Config, found: Iterable[PhoneNames], *, output: TableOrJsonl) -> None:
    """Writes one row for each phone to stdout."""
    if output is TableOrJsonl.JSONL:
        write_jsonl(_as_data(one) for one in found)
        return
    columns = ("phone", "entries", "show a name", "could", "book fetched (phone's zone)", "would help most")
    write_table(columns, (_for_people(config, one) for one in found), empty="No phone is configured.")


def _as_data(one: PhoneNames) -> Mapping[str, object]:
    names = one.names
    return {
        "phone": one.phone,
        "since": iso(one.since),
        "rows": None if names is None else names.rows,
        "named": None if names is None else names.named,
        "could": None if names is None else names.could,
        "not_observable": one.why_not or None,
        "taken_at": iso(one.taken_at),
        "asked_at": iso(one.asked_at),
        "left_out": one.left_out,
        "wanted": [
            {"number": want.number, "rows": want.rows, "known": want.known}
            for want in (names.wanted if names is not None else ())
        ],
    }


def _for_people(config: Config, one: PhoneNames) -> tuple[str, ...]:
    fetched = _shown(config, one.phone, one.taken_at)
    if one.names is None:
        return one.phone, "", f"not observable: {one.why_not}", "", fetched, ""
    names = one.names
    wanted = ", ".join(
        f"{want.number} ({want.rows}{', in its book' if want.known else ''})" for want in names.wanted
    )
    return (
        one.phone,
        str(names.rows),
        _share(names.named, names.rows),
        _share(names.could, names.rows),
        fetched,
        wanted,
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // whole} %)" if whole else str(part)


def _shown(config: Config, phone: str, instant: datetime | None) -> str:
    if instant is None:
        return "never"
    return instant.astimezone(config.zone_of(config.phone(phone))).strftime("%Y-%m-%d %H:%M:%S")
