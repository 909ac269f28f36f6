"""What is known of the time of a phone that only reports: unknown while we listened, a gap while we did not."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from phonesync.events.liveness import FEWEST, HeardSpan, Stretch, rhythm_of, settled
from phonesync.ledger.values import SpanState
from tests.events.told import at

HOUR = 3600
UNKNOWN, GAP = SpanState.UNKNOWN, SpanState.GAP


def up(*pairs):
    return [Stretch(since=at(first), until=at(last)) for first, last in pairs]


def opened(since=0, until=0, state=UNKNOWN):
    return HeardSpan(since=at(since), until=at(until), state=state)


def hours(*numbers):
    return [at(number * HOUR) for number in numbers]


def spans(found):
    return [(span.since, span.until, span.state) for span in found.closed]


def test_time_in_which_we_listened_is_unknown_and_never_complete():
    found = settled(opened(), until=at(900), heard=up((0, 900)), signs=[], rhythm=None)
    assert (spans(found), found.open_since, found.open_state, found.until) == ([], at(0), UNKNOWN, at(900))


def test_the_time_when_our_receiver_was_down_is_a_gap():
    found = settled(
        opened(), until=at(900), heard=up((700, 900), (0, 200), (150, 300)), signs=[], rhythm=None
    )
    assert spans(found) == [(at(0), at(300), UNKNOWN), (at(300), at(700), GAP)]
    assert (found.open_since, found.open_state) == (at(700), UNKNOWN)


def test_a_receiver_that_is_down_leaves_an_open_gap():
    found = settled(opened(), until=at(900), heard=up((0, 300)), signs=[], rhythm=None)
    assert spans(found) == [(at(0), at(300), UNKNOWN)]
    assert (found.open_since, found.open_state) == (at(300), GAP)
    later = settled(
        HeardSpan(since=found.open_since, until=found.until, state=found.open_state),
        until=at(1200),
        heard=up((1000, 1200)),
        signs=[],
        rhythm=None,
    )
    assert spans(later) == [(at(300), at(1000), GAP)]


def test_nothing_is_said_where_no_time_has_passed():
    before = opened(0, 500, GAP)
    found = settled(before, until=at(400), heard=[], signs=[], rhythm=None)
    assert (found.closed, found.open_since, found.open_state, found.until) == ((), at(0), GAP, at(500))


def test_silence_longer_than_the_phones_own_rhythm_is_a_gap():
    rhythm = timedelta(hours=3)
    signs = hours(1, 2, 7, 8)
    found = settled(opened(), until=at(9 * HOUR), heard=up((0, 9 * HOUR)), signs=signs, rhythm=rhythm)
    assert spans(found) == [(at(0), at(5 * HOUR), UNKNOWN), (at(5 * HOUR), at(7 * HOUR), GAP)]
    assert (found.open_since, found.open_state, found.until) == (at(7 * HOUR), UNKNOWN, at(9 * HOUR))


def test_a_silence_that_lasts_is_an_open_gap():
    rhythm = timedelta(hours=3)
    found = settled(opened(), until=at(9 * HOUR), heard=up((0, 9 * HOUR)), signs=hours(1), rhythm=rhythm)
    assert spans(found) == [(at(0), at(4 * HOUR), UNKNOWN)]
    assert (found.open_since, found.open_state) == (at(4 * HOUR), GAP)
    over = settled(
        HeardSpan(since=found.open_since, until=found.until, state=found.open_state),
        until=at(11 * HOUR),
        heard=up((0, 11 * HOUR)),
        signs=hours(1, 10, 11),
        rhythm=rhythm,
    )
    assert spans(over) == [(at(4 * HOUR), at(10 * HOUR), GAP)]


def test_a_rhythm_is_learned_from_regular_reports_alone():
    regular = hours(*range(FEWEST + 1))
    assert rhythm_of(regular) == timedelta(hours=3)
    assert rhythm_of(regular[1:]) is None
    assert rhythm_of(hours(0, 1, 2, 9, 10, 18, 19, 25, 31, 40, 41, 42, 50, 51)) is None
    assert rhythm_of([at(0)] * (FEWEST + 2)) is None


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 600)), max_size=5),
    st.lists(st.integers(0, 2000), max_size=8).map(sorted),
    st.sampled_from([None, 200]),
    st.lists(st.integers(1, 2000), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_settling_in_steps_says_what_settling_at_once_says(stretches, signs, rhythm, steps):
    heard = up(*((first, first + length) for first, length in stretches))
    allowed = None if rhythm is None else timedelta(seconds=rhythm)
    closed: list[HeardSpan] = []
    before = opened()
    for step in steps:
        known = [at(sign) for sign in signs if sign <= step]
        known = [sign for sign in known if sign < before.until][-1:] + [
            sign for sign in known if sign >= before.until
        ]
        found = settled(before, until=at(step), heard=heard, signs=known, rhythm=allowed)
        closed += found.closed
        before = HeardSpan(since=found.open_since, until=found.until, state=found.open_state)
    whole = settled(
        opened(),
        until=at(steps[-1]),
        heard=heard,
        signs=[at(sign) for sign in signs if sign <= steps[-1]],
        rhythm=allowed,
    )
    assert (closed, before.since, before.state) == (list(whole.closed), whole.open_since, whole.open_state)
    edges = [span.since for span in closed] + [before.since]
    assert all(span.until == later for span, later in zip(closed, edges[1:], strict=True))
    assert all(span.since < span.until for span in closed)
