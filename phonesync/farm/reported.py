"""What phones reported, held against what was kept: one entry a call, as exact as what was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from phonesync.farm.card import Figure, Finding
from phonesync.farm.matching import plain_number
from phonesync.farm.reporting import ReportedCall, Reporting
from phonesync.farm.telling import tell_entry
from phonesync.farm.truth import TruthLog
from phonesync.ledger.values import SpanState
from phonesync.store.records import CoverageRow, EntryRow

EXACT = timedelta(seconds=1.5)
"""An entry begins when the report of its beginning arrived: a second, and the way it had."""

SIGN_OF_LIFE = timedelta(minutes=2)
"""Between two signs of life of the receiver nobody can tell when it went down."""

Key = tuple[str, str]
"""Phone and Call-ID."""

MUST_BE_ZERO = (
    "lost",
    "doubled",
    "invented",
    "inexact",
    "misjoined",
    "apart",
    "silent_outage",
    "claimed",
    "refused",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsCard:
    """How reports became entries.

    Attributes:
        calls: Calls of phones that report.
        heard: Those of which at least one report arrived.
        unheard: Those of which none did: the limit of the method.
        lost: Heard, and no entry bears their Call-ID.
        doubled: More than one entry bears it.
        invented: Entries with a Call-ID that nobody ever sent.
        inexact: The report of the beginning arrived in time, and the entry begins otherwise.
        misjoined: The entry holds a row of another call.
        apart: Kept twice, once by report and once by row, without a word about it.
        silent_outage: An outage of the receiver that no gap of a phone known by reports alone covers.
        claimed: A span of such a phone that is stated complete: reports prove nothing.
        refused: A report that was answered with something else than 200.
        ambiguous: Kept twice and marked, because more than one pair was possible.
    """

    calls: int
    heard: int
    unheard: int
    lost: Figure
    doubled: Figure
    invented: Figure
    inexact: Figure
    misjoined: Figure
    apart: Figure
    silent_outage: Figure
    claimed: Figure
    refused: Figure
    ambiguous: Figure

    @property
    def passed(self) -> bool:
        """Nothing is lost, doubled, invented, inexact or wrongly joined."""
        return not any(getattr(self, name).count for name in MUST_BE_ZERO)

    def markdown(self) -> str:
        """The card for a report."""
        limit = f"{self.unheard} of which no report arrived (the method's limit)"
        figures = ", ".join(f"{name.replace('_', ' ')} {getattr(self, name).count}" for name in MUST_BE_ZERO)
        lines = [
            f"Reports: {self.calls} calls of phones that report, {self.heard} heard of, {limit}.",
            f"{figures} (wanted 0 each); ambiguous and marked: {self.ambiguous.count}.",
        ]
        for name in (*MUST_BE_ZERO, "ambiguous"):
            lines += [f"- {name}: {example}" for example in getattr(self, name).examples]
        return "\n".join(lines) + "\n"


def score_reports(
    reporting: Reporting,
    truth: TruthLog,
    entries: Iterable[EntryRow],
    coverage: Iterable[CoverageRow],
    *,
    outages: Sequence[tuple[datetime, datetime]] = (),
) -> ReportsCard:
    """Holds what was kept against what was sent.

    Args:
        reporting: What phones sent, and what of it arrived.
        truth: What the phones recorded.
        entries: Every entry of the store.
        coverage: Every coverage span of the store.
        outages: When the receiver was down, UTC.
    """
    calls = reporting.calls
    found = {name: Finding() for name in (*MUST_BE_ZERO, "ambiguous")}
    by_call = _by_call(calls, entries, found)
    shown = _shown(truth)
    for key, call in calls.items():
        if call.is_known:
            _score_call(call, by_call.get(key, []), is_shown=key in shown, found=found)
    for said in reporting.refused:
        found["refused"].add(said)
    by_reports = {name: at for name, at in reporting.first_heard.items() if not truth.facts(name).readable}
    _score_spans(by_reports, coverage, outages, found)
    return ReportsCard(
        calls=len(calls),
        heard=sum(call.is_known for call in calls.values()),
        unheard=sum(not call.is_known for call in calls.values()),
        **{name: finding.figure() for name, finding in found.items()},
    )


def _by_call(
    calls: Mapping[Key, ReportedCall], entries: Iterable[EntryRow], found: Mapping[str, Finding]
) -> Mapping[Key, list[EntryRow]]:
    """The entries of each call; those of no call are invented."""
    by_call: defaultdict[Key, list[EntryRow]] = defaultdict(list)
    without_id: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for entry in entries:
        if entry.call_id is not None:
            by_call[entry.phone, entry.call_id].append(entry)
        elif "event" in entry.sources:
            without_id[entry.phone].append(entry)
    _name_calls(calls, without_id, by_call, found)
    for key, kept in by_call.items():
        if key not in calls:
            for entry in kept:
                found["invented"].add(tell_entry(entry))
    return by_call


def _shown(truth: TruthLog) -> frozenset[Key]:
    """The calls whose rows a completed read showed, each as a row of its own."""
    return frozenset(
        (recording.phone, recording.call_id)
        for phone in truth.phones
        for recording in truth.recordings(phone)
        if recording.completed and recording.position == 1
    )


def _name_calls(
    calls: Mapping[Key, ReportedCall],
    without_id: Mapping[str, list[EntryRow]],
    by_call: defaultdict[Key, list[EntryRow]],
    found: Mapping[str, Finding],
) -> None:
    """Which call an entry is whose phone sends no Call-ID: of its number, and heard when it began."""
    heard: defaultdict[tuple[str, str | None], list[tuple[datetime, Key]]] = defaultdict(list)
    for key, call in calls.items():
        if call.is_known:
            heard[call.phone, plain_number(call.leg.number)].append((call.first_heard_at, key))
    for phone, entries in without_id.items():
        for entry in entries:
            near = [
                (abs(at - entry.started_at), key)
                for at, key in heard[phone, plain_number(entry.remote_number)]
                if abs(at - entry.started_at) <= EXACT
            ]
            if near:
                by_call[min(near)[1]].append(entry)
            else:
                found["invented"].add(tell_entry(entry))


def _score_call(
    call: ReportedCall,
    kept: list[EntryRow],
    *,
    is_shown: bool,
    found: Mapping[str, Finding],
) -> None:
    leg = call.leg
    said = f"{call.phone} {leg.call_id} {leg.list_name} {leg.number} {leg.started:%d %H:%M:%S}"
    if not kept:
        found["lost"].add(said)
        return
    if len(kept) > 1:
        found["doubled"].add(said)
    entry = kept[0]
    if plain_number(entry.remote_number) != plain_number(leg.number):
        found["misjoined"].add(f"{tell_entry(entry)}; truly {said}")
    if call.start_is_known and abs(entry.started_at - leg.started) > EXACT:
        found["inexact"].add(f"{tell_entry(entry)}; truly {said}")
    if "list" in entry.sources or not is_shown:
        return
    # The row is kept by itself: where that is said of the entry, more than one pair was possible.
    found["ambiguous" if entry.uncertain else "apart"].add(f"{tell_entry(entry)}; truly {said}")


def _score_spans(
    first_heard: Mapping[str, datetime],
    coverage: Iterable[CoverageRow],
    outages: Sequence[tuple[datetime, datetime]],
    found: Mapping[str, Finding],
) -> None:
    """Of phones known by reports alone: nothing is claimed, and an outage lies in a gap of every list."""
    gaps: defaultdict[Key, list[CoverageRow]] = defaultdict(list)
    for span in coverage:
        if span.phone not in first_heard:
            continue
        if span.state is SpanState.COMPLETE:
            found["claimed"].add(f"{span.phone} {span.list_name} {span.since} to {span.until}")
        gaps[span.phone, span.list_name].append(span)
    for phone, first in first_heard.items():
        lists = [name for owner, name in gaps if owner == phone]
        for since, until in outages:
            if since <= first:
                continue
            if not lists or not all(_hides(gaps[phone, name], since, until) for name in lists):
                found["silent_outage"].add(f"{phone}: {since:%d %H:%M} to {until:%d %H:%M}")


def _hides(spans: Iterable[CoverageRow], since: datetime, until: datetime) -> bool:
    """Whether one gap reaches over a stretch, but for the time a sign of life is good for."""
    return any(
        span.state is SpanState.GAP
        and span.since is not None
        and span.since <= since + SIGN_OF_LIFE
        and (span.until is None or span.until >= until - SIGN_OF_LIFE)
        for span in spans
    )
