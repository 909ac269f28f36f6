"""A switch's record against the phones, on its way to stdout."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import typer

from phonesync.calls.cdr import bare
from phonesync.calls.loss import PhoneDay, phone_days
from phonesync.calls.matching import party_of
from phonesync.cdr.report import Pair, Report
from phonesync.cli.cdr import Listed
from phonesync.cli.output import Format, write_csv, write_jsonl, write_table
from phonesync.clock import iso
from phonesync.logs import visible

LOSS_FIELDS = ("phone", "day", "rang", "expected", "known", "lost", "confessed", "unconfessed", "loss")
"""The fields of a phone's day, in the order in which they are written."""

PAIR_FIELDS = (
    "started_at", "source", "unique_id", "calling", "called", "extensions", "answered_by", "disposition",
    "talk_s", "call", "ambiguous",
)  # fmt: skip
"""The fields of a call in both or one of both, in the order in which they are written."""


def write(report: Report, listed: Listed, *, output: Format) -> None:
    """Writes one part of the report to stdout."""
    if listed is Listed.LOSS:
        _write_loss(report, output)
        return
    rows = (_pair(pair) for pair in report.pairs() if _belongs(pair, listed))
    if output is Format.JSONL:
        write_jsonl(rows)
    elif output is Format.CSV:
        write_csv(PAIR_FIELDS, rows)
    else:
        columns = ("started (UTC)", "calling", "called", "extensions", "became", "talk", "call")
        write_table(columns, map(_for_people, rows), empty="There is none.")


def _write_loss(report: Report, output: Format) -> None:
    *days, total = phone_days(report.seen())
    rows = [_day(day) for day in days]
    if output is Format.JSONL:
        write_jsonl(rows)
    elif output is Format.CSV:
        write_csv(LOSS_FIELDS, rows)
    else:
        shown = ([_cell(row[field]) for field in LOSS_FIELDS] for row in rows)
        write_table(LOSS_FIELDS, shown, empty="No record of a switch speaks of a phone here.")
        typer.echo(visible(_summary(report, total)))


def _summary(report: Report, total: PhoneDay) -> str:
    sides: Counter[str] = Counter()
    for pair in report.pairs():
        sides["phones" if pair.record is None else "switch" if pair.call is None else "both"] += 1
        sides["unclear"] += pair.ambiguous and pair.record is not None
    loss = "nothing was expected" if total.loss is None else f"{total.loss:.2%} lost"
    met = (
        f"Calls in both: {sides['both']}; only in the record: {sides['switch']}, of which {sides['unclear']} "
        f"fit several calls; only on phones: {sides['phones']}. Of {total.expected} calls that a list must "
        f"show, {total.known} are known: {loss}"
    )
    if not total.lost:
        return f"{met}."
    return f"{met}; of the {total.lost} that are missing, coverage had confessed {total.confessed}."


def _belongs(pair: Pair, listed: Listed) -> bool:
    if listed is Listed.BOTH:
        return pair.record is not None and pair.call is not None
    return (pair.call is None) if listed is Listed.ONLY_CDR else (pair.record is None)


def _day(day: PhoneDay) -> Mapping[str, object]:
    return {
        "phone": day.phone,
        "day": None if day.day is None else day.day.isoformat(),
        "rang": day.rang,
        "expected": day.expected,
        "known": day.known,
        "lost": day.lost,
        "confessed": day.confessed,
        "unconfessed": day.unconfessed,
        "loss": None if day.loss is None else round(day.loss, 4),
    }


def _pair(pair: Pair) -> Mapping[str, object]:
    record, call = pair.record, pair.call
    if record is not None:
        line = record.lines[0]
        return {
            "started_at": iso(record.started_at),
            "source": record.source,
            "unique_id": line.linked_id or line.unique_id,
            "calling": None if record.calling is None else bare(record.calling),
            "called": None if record.called is None else bare(record.called),
            "extensions": list(record.rung),
            "answered_by": ";".join(record.answered_by) or None,
            "disposition": record.disposition.value,
            "talk_s": next((one.talk_s for one in record.lines if one.talk_s is not None), None),
            "call": None if call is None else call.id,
            "ambiguous": pair.ambiguous,
        }
    assert call is not None, "a pair has a side"
    ends = [party_of(party) for party in (call.calling, call.called)]
    return {
        "started_at": iso(call.started_at),
        "source": None,
        "unique_id": None,
        "calling": None if ends[0] is None else bare(ends[0]),
        "called": None if ends[1] is None else bare(ends[1]),
        "extensions": [leg.extension for leg in call.legs if leg.extension is not None],
        "answered_by": call.answered_by,
        "disposition": call.disposition.value,
        "talk_s": call.talk_s,
        "call": call.id,
        "ambiguous": pair.ambiguous,
    }


def _for_people(row: Mapping[str, object]) -> Sequence[str]:
    return list(_cells(row))


def _cells(row: Mapping[str, object]) -> Iterator[str]:
    extensions = row["extensions"]
    assert isinstance(extensions, list)
    yield str(row["started_at"]).replace("T", " ").removesuffix("Z")
    yield _cell(row["calling"])
    yield _cell(row["called"])
    yield " ".join(extensions)
    yield str(row["disposition"]) + (f" by {row['answered_by']}" if row["answered_by"] else "")
    yield _cell(row["talk_s"])
    yield "several fit" if row["ambiguous"] else _cell(row["call"])


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2%}" if isinstance(value, float) else str(value)
