"""Scores what was kept against what truly happened: pure, and stricter than it is kind.

The figures are those of :class:`~phonesync.farm.card.ScoreCard`. Coverage is held against the instants at
which phones *recorded* rows. What no reader can know is counted apart: a row written and deleted between two
reads, an empty list filled and cleared, rows written after a read and lost in a reboot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeVar

from phonesync.farm.card import Finding, ScoreCard
from phonesync.farm.coverage import CoverageScorer, Settings
from phonesync.farm.matching import Matched, keys_of_text, match
from phonesync.farm.recordings import Recording
from phonesync.farm.telling import tell, tell_entry
from phonesync.farm.truth import TruthLog
from phonesync.store.records import CoverageRow, EntryRow

_NEAR = timedelta(days=2)
"""What happened to a phone this long around an entry may explain that it is uncertain."""

_SLACK = timedelta(minutes=1)
"""A row may be written while a read is under way."""

_ENTRY_FIGURES = ("lost", "doubled", "invented", "indistinguishable", "by_count", "uncertain", "misread")


def score(
    truth: TruthLog,
    entries: Iterable[EntryRow],
    coverage: Iterable[CoverageRow],
    *,
    settings: Settings | None = None,
) -> ScoreCard:
    """Scores a whole run.

    Args:
        truth: What truly happened.
        entries: Every entry of the store.
        coverage: Every coverage span of the store.
        settings: What counts as in time.
    """
    kept, spans = list(entries), list(coverage)
    by_phone, spans_of = _grouped(kept), _grouped(spans)
    found = {name: Finding() for name in _ENTRY_FIGURES}
    covered = CoverageScorer(truth, settings or Settings())
    relabelled: list[str] = []
    for phone in truth.phones:
        matched = match(truth.facts(phone), truth.recordings(phone), by_phone.pop(phone, ()))
        _score_entries(truth, phone, matched, found)
        covered.score(phone, spans_of.pop(phone, ()), matched)
        if matched.exchanged:
            relabelled.append(phone)
    for strangers in by_phone.values():
        for entry in strangers:
            found["invented"].add(tell_entry(entry), cause="a phone that is not in the farm")
    return ScoreCard(
        phones=len(truth.phones),
        reads=truth.tally["reads"],
        recorded=truth.tally["recorded"],
        shown=sum(row.seen for phone in truth.phones for row in truth.recordings(phone)),
        entries=len(kept),
        spans=len(spans),
        relabelled=tuple(relabelled),
        **{name: finding.figure() for name, finding in (found | covered.found).items()},
    )


def _score_entries(truth: TruthLog, phone: str, matched: Matched, found: Mapping[str, Finding]) -> None:
    for recording in matched.unmatched:
        if recording.completed:
            figure, cause = _why_unmatched(truth, recording, matched)
            found[figure].add(tell(recording), cause=cause)
    # Of an uncertain entry the reader says itself that it may be a row it has: scored apart.
    for entry, recording in ((entry, of) for entry, of in matched.doubled if not entry.uncertain):
        found["doubled"].add(f"{tell_entry(entry)}, kept besides the entry of: {tell(recording)}")
    for entry in matched.invented:
        found["invented"].add(tell_entry(entry))
    known = {recording.id for recording, _ in matched.pairs}
    for recording in truth.recordings(phone):
        if recording.counted and not recording.completed and recording.id not in known:
            found["by_count"].add(tell(recording))
    for recording, entry in matched.pairs:
        if recording.id not in matched.ambiguous:
            for what in _misread(truth, recording, entry):
                found["misread"].add(f"{tell_entry(entry)}; truly {tell(recording)}", cause=what)
    _score_uncertain(truth, matched, found["uncertain"])


def _score_uncertain(truth: TruthLog, matched: Matched, found: Finding) -> None:
    for recording, entry in matched.pairs:
        if entry.uncertain:
            found.add(tell_entry(entry), cause=_why_uncertain(truth, recording, entry))
    for entry, recording in matched.doubled:
        if entry.uncertain:
            cause = f"kept twice: {_why_uncertain(truth, recording, entry)}"
            found.add(tell_entry(entry), cause=cause)
    for entry in matched.invented:
        if entry.uncertain:
            found.add(tell_entry(entry), cause="invented")


def _why_unmatched(truth: TruthLog, recording: Recording, matched: Matched) -> tuple[str, str]:
    """The figure a shown row without an entry belongs to, and the cause."""
    for earlier, entry in matched.pairs:
        same_row = earlier.row == recording.row and earlier.position < recording.position
        if same_row and entry.count >= recording.position:
            return "by_count", ""
    if _has_look_alike(truth, recording, matched):
        return "indistinguishable", ""
    return "lost", "merged repeats" if recording.position > 1 else ""


def _has_look_alike(truth: TruthLog, recording: Recording, matched: Matched) -> bool:
    """As many entries bear its number and time as any single read ever showed rows of them."""
    facts = truth.facts(recording.phone)
    if facts.newest_only:
        return any(_same_id(recording, other) for other, _ in matched.pairs)
    relabel = matched.relabel_of(recording)
    for wall, _ in recording.texts:
        most = truth.most_at_once(recording.phone, recording.list_name, recording.number, wall)
        keys = keys_of_text(recording, wall, facts, relabel)
        if sum(matched.entries_of.get(key, 0) for key in keys) >= most:
            return True
    return False


def _same_id(one: Recording, other: Recording) -> bool:
    """Two rows of a numbering that began anew show the same list, number, account and id."""
    return (one.list_name, one.number, one.account, one.row_id) == (
        other.list_name,
        other.number,
        other.account,
        other.row_id,
    )


def _misread(truth: TruthLog, recording: Recording, entry: EntryRow) -> Iterable[str]:
    # Where a list shows none, a duration is what was observed, from arrival to arrival.
    tolerance = 2 if "event" in entry.sources else 0
    if entry.duration_s is not None and abs(entry.duration_s - recording.duration_s) > tolerance:
        yield "duration"
    if entry.remote_name and entry.remote_name != recording.name:
        yield "name"
    if entry.count > 1 and entry.complete:
        yield "merged row called complete"
    if entry.count > recording.most_count:
        yield "count"
    if recording.exposed is not None and entry.call_id is None and not _brackets(truth, recording, entry):
        yield "time"


def _brackets(truth: TruthLog, recording: Recording, entry: EntryRow) -> bool:
    """The time of an entry without a shown one, less its resolution, lies before the row was recorded.

    That is asked only of rows recorded after the first read, and shown while they were the newest: a row that
    comes back into sight because a newer one was deleted is older than the read before.
    """
    first = truth.first_read(recording.phone)
    shown = recording.exposed
    assert shown is not None
    if first is None or recording.recorded <= first or recording.foreign:
        return True
    if recording.displaced_at is not None and recording.displaced_at < shown[1]:
        return True
    if entry.shown_at is not None or recording.recorded > shown[1]:
        return False
    if entry.resolution_s is None:
        return True
    return entry.started_at - timedelta(seconds=entry.resolution_s) - _SLACK <= recording.recorded


def _why_uncertain(truth: TruthLog, recording: Recording, entry: EntryRow) -> str:
    around = (recording.recorded - _NEAR, entry.first_seen_at + _NEAR)
    happened = {what for at, what in truth.events(recording.phone) if around[0] <= at <= around[1]}
    for what in ("firmware changed", "phone swapped", "clock set", "factory reset", "reboot"):
        if what in happened:
            return what
    return "none found"


_Row = TypeVar("_Row", EntryRow, CoverageRow)


def _grouped(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    grouped: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        grouped[row.phone].append(row)
    return dict(grouped)
