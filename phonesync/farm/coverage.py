"""Scores what was said of completeness against what the phones recorded, showed and forgot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from phonesync.farm.card import Finding
from phonesync.farm.matching import Matched
from phonesync.farm.proof import Proof
from phonesync.farm.recordings import Downtime, Fate, ProvenSpan, Recording
from phonesync.farm.telling import tell, tell_span
from phonesync.farm.truth import TruthLog
from phonesync.ledger.values import SpanState
from phonesync.store.records import CoverageRow

_EVER = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_TOLERANCE = timedelta(seconds=1)
"""Instants may have been stored in whole seconds."""

_FIGURES = ("unconfessed", "false_gap", "late", "missed", "invisible", "weak_proof", "untidy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What counts as in time: what a polite reader can do that does not know which phone goes away, and when.

    Attributes:
        settle: The reader may still be learning rates for so long after the start.
        polite: A row that was on a phone that never went away must have been there for so long; to read one
            phone more often than this would not be polite.
        poll: The longest time between two reads: a row that was there for so long before its phone went
            away should have been read; likewise, with ``look_again`` added, a row that was the newest for so
            long where only that is shown.
        look_again: How soon a phone that was away is found to be back: a row that was there for so long
            after the return should have been read.
    """

    settle: timedelta = timedelta(days=3)
    polite: timedelta = timedelta(minutes=1)
    poll: timedelta = timedelta(hours=2)
    look_again: timedelta = timedelta(minutes=6)


class CoverageScorer:
    """Scores the coverage of phone after phone.

    Args:
        truth: What truly happened.
        settings: What counts as in time.

    Attributes:
        found: Figure name to what was found.
    """

    def __init__(self, truth: TruthLog, settings: Settings) -> None:
        self.found = {name: Finding() for name in _FIGURES}
        self._truth = truth
        self._settings = settings

    def score(self, phone: str, spans: Sequence[CoverageRow], matched: Matched) -> None:
        """Scores one phone.

        Args:
            phone: Its name.
            spans: Every span stated of it.
            matched: Its recordings and entries, and how the reader labels its lists.
        """
        facts = self._truth.facts(phone)
        complete = [span for span in spans if span.state is SpanState.COMPLETE]
        if facts.experimental:
            for span in complete:
                self.found["unconfessed"].add(tell_span(span), cause="claimed of an experimental list")
        for recording in self._truth.recordings(phone):
            if recording.seen or recording.foreign:
                continue
            self._confession(recording, complete, matched.label(recording))
            if recording.displaced_at is not None if facts.newest_only else recording.fate is Fate.EVICTED:
                self._timeliness(recording)
        for span in spans:
            self._bounded(phone, span, matched)
        for span in () if facts.experimental else self._judged(phone, spans):
            self._overlooked(phone, span, matched)
        self._tidiness(phone, spans)

    def _confession(self, recording: Recording, complete: Iterable[CoverageRow], label: str) -> None:
        claims = [
            span for span in complete if span.list_name == label and _contains(span, recording.recorded)
        ]
        if not claims:
            return
        if recording.hidden:
            self.found["invisible"].add(tell(recording), cause=recording.fate.value)
        else:
            example = f"{tell(recording)}, in {tell_span(claims[0])}"
            self.found["unconfessed"].add(example, cause=recording.fate.value)

    def _timeliness(self, recording: Recording) -> None:
        facts = self._truth.facts(recording.phone)
        gone = recording.displaced_at if facts.newest_only else recording.fate_at
        assert gone is not None
        window = (recording.recorded, gone)
        downs = sorted(
            (
                down
                for down in self._truth.downtimes(recording.phone)
                if down.since < window[1] and down.until > window[0]
            ),
            key=lambda down: down.since,
        )
        settings = self._settings
        enough = settings.poll + settings.look_again if facts.newest_only else settings.polite
        reason = None
        if not facts.readable:
            reason = "its list cannot be read"
        elif recording.recorded < self._truth.start + self._settings.settle:
            reason = "settling days"
        elif window[1] - window[0] < enough:
            reason = "only the newest row is shown" if facts.newest_only else "overflowed too fast"
        elif downs and not self._had_time(window, downs):
            reason = " and ".join(sorted({down.reason for down in downs}))
        if reason is not None:
            self.found["missed"].add(tell(recording), cause=reason)
        else:
            self.found["late"].add(tell(recording), cause="around a downtime" if downs else "never down")

    def _had_time(self, window: tuple[datetime, datetime], downs: Sequence[Downtime]) -> bool:
        """Between the downtimes of the window, given by their beginning, the phone was there long enough."""
        if downs[0].since - window[0] >= self._settings.poll:
            return True
        back = downs[0].until
        for down in downs[1:]:
            if down.since - back >= self._settings.look_again:
                return True
            back = max(back, down.until)
        return window[1] - back >= self._settings.look_again

    def _bounded(self, phone: str, span: CoverageRow, matched: Matched) -> None:
        """A bound stated of what a gap hides, against what it hides."""
        if span.at_most is None or span.until is None:
            return
        unseen = [
            recording
            for recording in self._truth.recordings(phone)
            if not (recording.seen or recording.foreign or recording.hidden)
            and matched.label(recording) == span.list_name
            and _contains(span, recording.recorded)
        ]
        for recording in unseen[span.at_most :]:
            example = f"{tell(recording)}, in {tell_span(span)}: at most {span.at_most}"
            self.found["unconfessed"].add(example, cause="more than the bound stated")

    def _judged(self, phone: str, spans: Sequence[CoverageRow]) -> Iterator[CoverageRow]:
        """The incomplete spans, without the unknown past of each device that came to this desk later."""
        swaps = self._swaps(phone)
        pasts: dict[str, list[CoverageRow]] = {}
        for span in spans:
            if span.state is SpanState.UNKNOWN and span.since is None:
                pasts.setdefault(span.list_name, []).append(span)
            elif span.state is not SpanState.COMPLETE:
                yield span
        for found in pasts.values():
            found.sort(key=lambda span: span.until or _LATEST)
            yield from (found[0], *found[1 + swaps :])

    def _swaps(self, phone: str) -> int:
        return sum(what == Fate.SWAPPED.value for _, what in self._truth.events(phone))

    def _overlooked(self, phone: str, span: CoverageRow, matched: Matched) -> None:
        """A span stated incomplete, against what the reads prove."""
        proofs = [
            proof
            for proof in self._truth.proven(phone, matched.true_list(span.list_name))
            if proof.proof is not Proof.NONE and _overlap(span, proof) > _TOLERANCE
        ]
        strict = next((proof for proof in proofs if proof.proof is Proof.PROVEN), None)
        if strict is not None:
            reads = f"{strict.since:%Y-%m-%d %H:%M:%S}Z to {strict.until:%Y-%m-%d %H:%M:%S}Z"
            self.found["false_gap"].add(
                f"{tell_span(span)}: the reads of {reads} prove it", cause=span.state.value
            )
        elif proofs:
            self.found["weak_proof"].add(tell_span(span), cause=proofs[0].proof.value)

    def _tidiness(self, phone: str, spans: Sequence[CoverageRow]) -> None:
        """The spans of a list abut, unless the phone under this name was another one for a time."""
        if self._swaps(phone):
            return
        for name in sorted({span.list_name for span in spans}):
            stated = sorted(
                (span for span in spans if span.list_name == name), key=lambda span: span.since or _EVER
            )
            for fault, span in _untidy(stated):
                self.found["untidy"].add(tell_span(span), cause=fault)


def _contains(span: CoverageRow, instant: datetime) -> bool:
    until = span.until or span.proven_until
    return until is not None and (span.since or _EVER) <= instant < until


def _overlap(span: CoverageRow, proof: ProvenSpan) -> timedelta:
    until = span.until or span.proven_until
    if until is None:
        return timedelta(0)
    return min(until, proof.until) - max(span.since or _EVER, proof.since)


def _untidy(stated: Sequence[CoverageRow]) -> Iterator[tuple[str, CoverageRow]]:
    if stated[0].since is not None:
        yield "does not begin with the beginning", stated[0]
    for before, after in pairwise(stated):
        if before.until is None or after.since is None:
            yield "open before its end", before
        elif after.since - before.until > _TOLERANCE:
            yield "hole", after
        elif before.until - after.since > _TOLERANCE:
            yield "overlap", after
    if stated[-1].until is not None:
        yield "no open end", stated[-1]
