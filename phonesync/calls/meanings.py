"""What a row's time means on a model of phone, estimated from other witnesses of the same calls. Pure.

Each observation leaves some of the possible meanings (start, answer, recording) and excludes others. A
meaning is believed once it is clearly told from each of the others; until then it is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from phonesync.calls.clock_evidence import Told, told
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.linking import is_placed
from phonesync.calls.timing import (
    RECORD_LATE_S,
    RING_MOST_S,
    Moments,
    Span,
    is_answered,
    whole,
)
from phonesync.calls.values import Bounds, Call, Row, Rule
from phonesync.events.fitting import ListRow
from phonesync.events.values import EventEntry
from phonesync.model import Outcome, TimeOf

ENOUGH = 5
"""So many observations must tell a meaning from another one."""

CLEARLY = 0.1
"""At most this share of them may say the contrary."""

SLACK_S = 2.0
"""Two phones begin and end a call so long after one another at most, besides what their spans leave."""

NARROW_S = 60.0
"""A clock known to so much may tell one meaning from another."""

TELLING_S = 300.0
"""A mirrored row that leaves more of an offset than this says nothing of a clock."""

_MEANINGS = (TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED)

Fits = frozenset[TimeOf]
"""The meanings that an observation leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What was found.

    Attributes:
        time_of: The meaning; unknown where no majority is clear.
        pairs: Observations that leave it and exclude another one.
        against: Observations that exclude it.
    """

    time_of: TimeOf
    pairs: int
    against: int


def majority(votes: Mapping[Fits, int], *, answered: bool) -> Meaning:
    """The meaning that is clearly told from all others.

    Args:
        votes: How many observations left which meanings.
        answered: They are of rows of answered calls; the others have no answer.
    """
    possible = possible_meanings(answered=answered)
    for meaning in possible:
        pairs = sum(count for fits, count in votes.items() if meaning in fits)
        if all(_beats(votes, meaning, other) for other in possible if other is not meaning):
            return Meaning(time_of=meaning, pairs=pairs, against=sum(votes.values()) - pairs)
    return Meaning(time_of=TimeOf.UNKNOWN, pairs=0, against=0)


def mirrored(
    call: Call, rows: Mapping[str, Row], together: Mapping[str, Collection[str]]
) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows on two phones that began and stopped to ring together, each pair both ways round.

    Args:
        call: One call.
        rows: Its rows by entry id.
        together: Extension to those that ring when it does. Of others nobody knows that, whatever their rows
            seem to say: one that rings after another looks like one that rang with it and shows the end.
    """
    if call.uncertain:
        return
    for reason in call.reasons:
        if reason.rule in {Rule.MIRRORED, Rule.RANG_TOGETHER}:
            there = [rows[entry_id] for entry_id in reason.entry_ids if entry_id in rows]
            for row, other in permutations(there, 2):
                if row.phone == other.phone or not rang_together(row, other):
                    continue
                if (
                    is_placed(row)
                    or is_placed(other)
                    or other.extension in together.get(row.extension or "", ())
                ):
                    yield row, other


def meaning_of(found: Mapping[bool, TimeOf], *, answered: bool | None) -> TimeOf:
    """What a row's time means by what is known of the rows of its phone.

    Args:
        found: What those of answered calls show (True), and the others (False); unknown where it is missing.
        answered: Which of them it is; None where it does not say, as a placed one without talk time.
    """
    if answered is not None:
        return found.get(answered, TimeOf.UNKNOWN)
    one, other = (found.get(kind, TimeOf.UNKNOWN) for kind in (True, False))
    return one if one is other else TimeOf.UNKNOWN


def either_of(found: Mapping[bool, TimeOf], *, answered: bool | None) -> tuple[TimeOf, ...]:
    """What a row's time means if its call was answered, and if not, where it does not say and that differs.

    Args:
        found: As :func:`meaning_of` takes it.
        answered: The same.

    Returns:
        Nothing where one of the two is unknown, or where both are one.
    """
    both = tuple(found.get(kind, TimeOf.UNKNOWN) for kind in (True, False))
    return both if answered is None and TimeOf.UNKNOWN not in both and both[0] is not both[1] else ()


def by_report(row: ListRow, event: EventEntry, clock: Bounds) -> Fits:
    """What the reports of its call leave of the meanings of a row's time; all where they tell nothing.

    Args:
        row: As kept before it met the call.
        event: The call.
        clock: The phone's clock minus true time when the row was written.
    """
    answered = event.outcome is Outcome.ANSWERED
    if not row.timed or row.count > 1:
        return frozenset(possible_meanings(answered=answered))
    at = row.started_at.timestamp()
    shown = Span(at - clock.high, at + (row.resolution_s or 1) - clock.low)
    known = told(event)
    return _left(shown, {meaning: _span(known, meaning) for meaning in _MEANINGS}, answered=answered)


def by_reads(row: Row) -> Fits | None:
    """What the reads between which a row was recorded leave of the meanings of its time.

    Returns:
        None where that is not asked, or tells nothing.
    """
    shown = _shown(row)
    answered = is_answered(row)
    if shown is None or answered is None or (answered and row.duration_s is None):
        return None
    since = float("-inf") if row.unseen_at is None else row.unseen_at.timestamp() - RECORD_LATE_S
    seen = Span(since, row.first_seen_at.timestamp())
    talk = float(row.duration_s or 0) if answered else 0.0
    stopped = seen.moved(-talk - 1.0, -talk)
    spans: dict[TimeOf, Span | None] = {
        TimeOf.START: Span(stopped.low - RING_MOST_S, stopped.high),
        TimeOf.ANSWERED: stopped,
        TimeOf.RECORDED: seen,
    }
    return telling(_left(shown, spans, answered=answered), answered=answered)


def by_mirror(row: Row, other: Row) -> Fits | None:
    """What a row of the same call on another phone leaves of the meanings of a row's time.

    Args:
        row: Its meaning is asked for.
        other: Its clock and its meaning are known.

    Returns:
        None where that is not asked, or tells nothing.
    """
    shown, known = _shown(row), known_moments(other)
    answered = is_answered(row)
    if shown is None or known is None or answered is None:
        return None
    return by_spans(shown, spans_by_mirror(row, other, known, answered=answered), answered=answered)


def spans_by_mirror(row: Row, other: Row, known: Moments, *, answered: bool) -> Mapping[TimeOf, Span | None]:
    """When the instant was that a row shows, under each meaning; None where a row of its call does not tell.

    Args:
        row: Its meaning is asked for.
        other: Of the same call.
        known: What that tells of the call.
        answered: The row's phone answered, or reached whom it called.
    """
    return {
        TimeOf.START: known.start.moved(-SLACK_S, SLACK_S),
        TimeOf.ANSWERED: known.stop.moved(-SLACK_S, SLACK_S),
        TimeOf.RECORDED: _over(row, other, known, answered=answered),
    }


def by_spans(shown: Span, spans: Mapping[TimeOf, Span | None], *, answered: bool) -> Fits | None:
    """The meanings of a row's time that are left; None where that tells nothing.

    Args:
        shown: When the instant was that it shows.
        spans: The same, under each meaning.
        answered: Its call was answered.
    """
    return telling(_left(shown, spans, answered=answered), answered=answered)


def telling(left: Fits, *, answered: bool) -> Fits | None:
    """An observation that excludes a meaning and leaves one; None for any other."""
    return left if 0 < len(left) < len(possible_meanings(answered=answered)) else None


def clock_by_mirror(row: Row, other: Row) -> Evidence | None:
    """What a row of the same call on another phone shows of a phone's clock; None where that is too little.

    Args:
        row: Its phone's clock is asked for.
        other: Its clock is known, and its meaning.
    """
    known = known_moments(other)
    if known is None or row.heard or not row.timed or row.count > 1 or row.uncertain:
        return None
    start, over = (
        known.start.moved(-SLACK_S, SLACK_S),
        _over(row, other, known, answered=bool(is_answered(row))),
    )
    if row.time_of is TimeOf.START:
        span = start
    elif row.time_of is TimeOf.ANSWERED and is_answered(row):
        span = known.stop.moved(-SLACK_S, SLACK_S)
    elif over is None:
        return None
    else:
        span = over if row.time_of is TimeOf.RECORDED else start.hull(over)
    at, unit = row.at.timestamp(), row.resolution_s or 1
    if span.width + unit > TELLING_S:
        return None
    return Evidence(
        at=max(row.unseen_at or row.at, min(row.at, row.first_seen_at)),
        source=Source.MIRROR,
        low_s=round(at - span.high, 3),
        high_s=round(at + unit - span.low, 3),
    )


def _beats(votes: Mapping[Fits, int], meaning: TimeOf, other: TimeOf) -> bool:
    """Whether enough observations leave a meaning and exclude another, and few do the contrary."""
    pro = sum(count for fits, count in votes.items() if meaning in fits and other not in fits)
    contra = sum(count for fits, count in votes.items() if other in fits and meaning not in fits)
    return pro >= ENOUGH and contra <= CLEARLY * pro


def possible_meanings(*, answered: bool) -> tuple[TimeOf, ...]:
    """What the time of a row may mean; rows of calls nobody answered have no answer."""
    return _MEANINGS if answered else (TimeOf.START, TimeOf.RECORDED)


def rang_together(row: Row, other: Row) -> bool:
    """Whether two rows of a call began and stopped at once: both talked as long, or one did not answer."""
    if is_answered(row) is None or is_answered(other) is None:
        return False
    if is_answered(row) and is_answered(other):
        one, two = row.duration_s, other.duration_s
        return one is not None and two is not None and abs(one - two) <= SLACK_S
    return True


def _shown(row: Row) -> Span | None:
    """When the instant was that a row shows; None where its clock is not known well enough."""
    clock = row.clock
    if clock is None or clock.high - clock.low > NARROW_S:
        return None
    if row.heard or not row.timed or row.count > 1 or row.uncertain:
        return None
    at = row.at.timestamp()
    return Span(at - clock.high, at + (row.resolution_s or 1) - clock.low)


def known_moments(row: Row) -> Moments | None:
    """When a call began, stopped ringing and ended, by a row whose clock and meaning are known."""
    clock = row.clock
    if clock is None or clock.high - clock.low > NARROW_S or row.time_of is TimeOf.UNKNOWN:
        return None
    return whole(row) if row.timed and row.count == 1 and not row.uncertain else None


def _left(shown: Span, spans: Mapping[TimeOf, Span | None], *, answered: bool) -> Fits:
    """The meanings whose spans meet what is shown, or are not known."""
    return frozenset(
        one
        for one in possible_meanings(answered=answered)
        if (span := spans.get(one)) is None or span.meets(shown)
    )


def _span(known: Told, meaning: TimeOf) -> Span | None:
    span = known.of(meaning)
    if span is None:
        return None
    late = RECORD_LATE_S if meaning is TimeOf.RECORDED else 0.0
    return Span(span.low.timestamp(), span.high.timestamp() + late)


def _over(row: Row, other: Row, known: Moments, *, answered: bool) -> Span | None:
    """When a row was written, a moment after its call was over on its own phone; None if nobody knows."""
    if not answered:
        span = known.stop
    elif is_answered(other):
        span = known.end
    elif row.duration_s is None:
        return None
    else:
        span = known.stop.moved(row.duration_s, row.duration_s + 1.0)
    return span.moved(-SLACK_S, SLACK_S + RECORD_LATE_S)
