"""Clocks on their way to stdout: each stretch with its bounds, what is held, and what times mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from phonesync.calls.clock_history import Segment
from phonesync.calls.clock_lines import Source
from phonesync.cli.output import TableOrJsonl, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.config import Config
from phonesync.model import TimeOf
from phonesync.store.clock_records import KeptClock, KeptMeaning, Kind

FIELDS = (
    "phone",
    "incarnation",
    "from",
    "to",
    "state",
    "offset_low_s",
    "offset_high_s",
    "drift_ppm",
    "version",
    "made_at",
    "evidence",
    "time_of",
)
"""The fields of a stretch, in the order in which they are written."""

_ROWS = {"answered": True, "unanswered": False}

Meanings = Mapping[Kind, KeptMeaning]


def write(
    config: Config, clocks: Sequence[KeptClock], found: Iterable[KeptMeaning], *, output: TableOrJsonl
) -> None:
    """Writes clocks to stdout.

    Args:
        config: The configuration.
        clocks: Of the phones that are wanted.
        found: What the times of all kinds of rows were found to mean.
        output: How.
    """
    meanings = {one.kind: one for one in found}
    if output is TableOrJsonl.JSONL:
        write_jsonl(row for clock in clocks for row in _as_data(clock, meanings))
        return
    zones = {phone.name: config.zone_of(phone) for phone in config.phones}
    columns = ("phone", "from (phone's zone)", "clock off", "drift", "known by", "")
    rows = (row for clock in clocks for row in _for_people(clock, zones.get(clock.phone)))
    write_table(columns, rows, empty="No phones.")
    known = [row for clock in clocks for row in _times(clock, meanings)]
    if known:
        write_table(("phone", "rows", "time of", "for it", "against"), known, empty="")


def _as_data(clock: KeptClock, meanings: Meanings) -> Iterator[Mapping[str, object]]:
    for segment, state in _stretches(clock):
        held = state == "held"
        yield {
            "phone": clock.phone,
            "incarnation": clock.incarnation,
            "from": None if segment is None else iso(segment.since),
            "to": None if segment is None or held else iso(segment.until),
            "state": state,
            "offset_low_s": None if segment is None else segment.low_s,
            "offset_high_s": None if segment is None else segment.high_s,
            "drift_ppm": None if segment is None or held else segment.drift_ppm,
            "version": clock.version,
            "made_at": iso(clock.made_at),
            "evidence": {source.value: clock.evidence.get(source, 0) for source in Source},
            "time_of": {rows: _meaning(clock, meanings, rows) for rows in _ROWS},
        }


def _stretches(clock: KeptClock) -> list[tuple[Segment | None, str]]:
    """Stretches and held readings in the order of time, each with its state."""
    found: list[tuple[Segment, str]] = [
        (one, "set" if one.stepped else "known") for one in clock.segments
    ] + [(one, "held") for one in clock.held]
    found.sort(key=lambda one: (one[0].since, one[1]))
    return list(found) or [(None, "unknown")]


def _meaning(clock: KeptClock, meanings: Meanings, rows: str) -> Mapping[str, object]:
    if clock.time_of is not TimeOf.UNKNOWN:
        return {"meaning": clock.time_of.value, "pairs": None, "against": None}
    vendor, model, firmware = clock.kind
    kind = Kind(vendor=vendor, model=model, firmware=firmware, answered=_ROWS[rows])
    found = meanings.get(kind)
    if found is None:
        return {"meaning": TimeOf.UNKNOWN.value, "pairs": 0, "against": 0}
    return {"meaning": found.time_of.value, "pairs": found.pairs, "against": found.against}


def _for_people(clock: KeptClock, zone: ZoneInfo | None) -> Iterator[tuple[str, ...]]:
    """Stretches, the earliest ones that only reach back left out, and what is held."""
    evidence = ", ".join(
        f"{clock.evidence[source]} {source}" for source in Source if source in clock.evidence
    )
    for segment, state in _stretches(clock):
        if segment is None:
            yield clock.phone, "", "", "", evidence, "nothing known"
            continue
        remark = {"set": "set in between", "held": "held: seen once"}.get(state, "")
        if not clock.current:
            remark = f"{remark}, another phone now".removeprefix(", ")
        drift = "" if state == "held" else f"{segment.drift_ppm:+.1f} ppm"
        yield clock.phone, _shown(segment.since, zone), _off(segment), drift, evidence, remark


def _times(clock: KeptClock, meanings: Meanings) -> Iterator[tuple[str, ...]]:
    for rows in _ROWS if clock.current else ():
        meaning = _meaning(clock, meanings, rows)
        if meaning["meaning"] != TimeOf.UNKNOWN.value:
            said = meaning["pairs"] is None
            counts = ("stated", "") if said else (str(meaning["pairs"]), str(meaning["against"]))
            yield clock.phone, rows, str(meaning["meaning"]), *counts


def _off(segment: Segment) -> str:
    """The middle of the bounds and how far they are from it."""
    middle, half = (segment.low_s + segment.high_s) / 2, (segment.high_s - segment.low_s) / 2
    return f"{middle:+.1f} ± {half:.1f} s"


def _shown(instant: datetime, zone: ZoneInfo | None) -> str:
    return instant.astimezone(zone or UTC).strftime("%Y-%m-%d %H:%M:%S" if zone else "%Y-%m-%d %H:%M:%S UTC")
