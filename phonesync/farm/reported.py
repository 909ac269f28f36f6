"""What phones reported, held against what was kept: one entry a call, as exact as what was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from phonesync.farm.card import Figure, Finding
from phonesync.farm.reporting import ReportedCall
from phonesync.farm.telling import tell_entry
from phonesync.farm.truth import TruthLog
from phonesync.store.records import EntryRow

EXACT = timedelta(seconds=1.5)
"""An entry begins when the report of its beginning arrived: a second, and the way it had."""

MUST_BE_ZERO = ("lost", "doubled", "invented", "inexact", "misjoined", "apart")


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
    ambiguous: Figure

    @property
    def passed(self) -> bool:
        """Nothing is lost, doubled, invented, inexact or wrongly joined."""
        return not any(getattr(self, name).count for name in MUST_BE_ZERO)

    def markdown(self) -> str:
        """The card for a report."""
        lines = [
            f"Reports: {self.calls} calls of phones that report, {self.heard} heard of, "
            f"{self.unheard} of which no report arrived (the method's limit).",
            ", ".join(f"{name} {getattr(self, name).count}" for name in MUST_BE_ZERO)
            + f" (wanted 0 each); ambiguous and marked: {self.ambiguous.count}.",
        ]
        for name in (*MUST_BE_ZERO, "ambiguous"):
            lines += [f"- {name}: {example}" for example in getattr(self, name).examples]
        return "\n".join(lines) + "\n"


def score_reports(
    calls: Mapping[tuple[str, str], ReportedCall], truth: TruthLog, entries: Iterable[EntryRow]
) -> ReportsCard:
    """Holds what was kept against what was sent.

    Args:
        calls: Phone and Call-ID to what was heard.
        truth: What the phones recorded.
        entries: Every entry of the store.
    """
    found = {name: Finding() for name in (*MUST_BE_ZERO, "ambiguous")}
    by_call: defaultdict[tuple[str, str], list[EntryRow]] = defaultdict(list)
    rows: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for entry in entries:
        if entry.call_id is not None:
            by_call[entry.phone, entry.call_id].append(entry)
        else:
            rows[entry.phone].append(entry)
    for key, kept in by_call.items():
        if key not in calls:
            for entry in kept:
                found["invented"].add(tell_entry(entry))
    shown = {
        (recording.phone, recording.call_id)
        for phone in truth.phones
        for recording in truth.recordings(phone)
        if recording.completed and recording.position == 1
    }
    unheard = 0
    for key, call in calls.items():
        if not call.is_known:
            unheard += 1
            continue
        kept = by_call.get(key, [])
        _score_call(call, kept, is_shown=key in shown, rows=rows[call.phone], found=found)
    return ReportsCard(
        calls=len(calls),
        heard=len(calls) - unheard,
        unheard=unheard,
        **{name: finding.figure() for name, finding in found.items()},
    )


def _score_call(
    call: ReportedCall,
    kept: list[EntryRow],
    *,
    is_shown: bool,
    rows: list[EntryRow],
    found: Mapping[str, Finding],
) -> None:
    said = f"{call.phone} {call.leg.call_id} {call.leg.list_name} {call.leg.number} {call.leg.started:%d %H:%M:%S}"
    if not kept:
        found["lost"].add(said)
        return
    if len(kept) > 1:
        found["doubled"].add(said)
    entry = kept[0]
    if entry.remote_number not in {None, "", call.leg.number} and entry.remote_number != call.leg.number:
        found["misjoined"].add(f"{tell_entry(entry)}; truly {said}")
    if call.start_is_known and abs(entry.started_at - call.leg.started) > EXACT:
        found["inexact"].add(f"{tell_entry(entry)}; truly {said}")
    if "list" in entry.sources or not is_shown:
        return
    # The row is kept by itself: where that is said of the entry, more than one pair was possible.
    found["ambiguous" if entry.uncertain else "apart"].add(f"{tell_entry(entry)}; truly {said}")
