"""How far a clock was off: bounds that hold the truth, and narrow ones."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.calls import clocks
from phonesync.calls.clock_history import ClockHistory, Segment
from phonesync.calls.clock_lines import JITTER_S, Evidence, Lines, Source
from phonesync.calls.clocks import ClockModel, changed, learns, model
from phonesync.calls.values import Bounds

START = datetime(2025, 10, 6, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Clock:
    """A clock that drifts and is set now and then."""

    def __init__(self, offset_s, drift_ppm=0.0, sets=()) -> None:
        self.sets = sorted([(START - DAY, offset_s), *sets])
        self.drift_ppm = drift_ppm

    def offset(self, at):
        since, offset_s = [one for one in self.sets if one[0] <= at][-1]
        return offset_s + (at - since).total_seconds() * self.drift_ppm / 1e6

    def read(self, at, resolution_s=1, source=Source.PAGE, slack_s=0.4):
        true = at.timestamp() - slack_s / 2
        shown = (true + self.offset(at)) // resolution_s * resolution_s
        low = shown - at.timestamp()
        return Evidence(at=at, source=source, low_s=low, high_s=low + resolution_s + slack_s)

    def readings(self, rng, days, every=3 * HOUR, resolution_s=1):
        at, found = START, []
        while at < START + days * DAY:
            found.append(self.read(at, resolution_s))
            at += every * rng.uniform(0.9, 1.1)
        return found


def seen(hours, low_s, high_s=None, source=Source.PAGE):
    return Evidence(
        at=START + hours * HOUR, source=source, low_s=low_s, high_s=low_s + 1 if high_s is None else high_s
    )


def misses(found, clock, instants):
    history = ClockHistory(found.segments)
    return [
        at for at in instants if not history.bounds(at).low <= clock.offset(at) <= history.bounds(at).high
    ]


clocks_of_phones = st.builds(
    Clock,
    st.floats(-300, 300),
    st.floats(-100, 100),
    st.lists(
        st.tuples(
            st.floats(1, 9).map(lambda days: START + days * DAY),
            st.one_of(st.floats(-14400, -400), st.floats(400, 14400)),
        ),
        max_size=1,
    ),
)


@settings(max_examples=40, deadline=None)
@given(clocks_of_phones, st.sampled_from([1, 60]), st.integers(0, 2**16))
def test_the_true_offset_lies_within_the_bounds_whatever_the_clock_does(clock, resolution_s, seed):
    rng = Random(seed)
    readings = clock.readings(rng, 10, resolution_s=resolution_s)
    found = model(readings)
    last = readings[-1].at
    instants = [START + (last - START) * rng.random() for _ in range(50)]
    assert misses(found, clock, instants) == []
    assert found.held == ()


@settings(max_examples=20, deadline=None)
@given(clocks_of_phones, st.randoms())
def test_the_order_of_what_is_seen_does_not_matter(clock, chance):
    readings = clock.readings(Random(1), 6)
    shuffled = [*readings, *readings[:5]]
    chance.shuffle(shuffled)
    assert model(shuffled) == model(readings)


def test_a_phone_read_every_two_hours_is_known_to_two_seconds():
    clock = Clock(212.0, 35.0)
    found = model(clock.readings(Random(2), 10, every=2 * HOUR))
    read = [one for one in found.segments if START + 2 * DAY <= one.since < START + 9 * DAY]
    assert max(one.high_s - one.low_s for one in read) < 2.0
    assert ClockHistory(found.segments).bounds(START + 5 * DAY).low == pytest.approx(
        clock.offset(START + 5 * DAY), abs=1.5
    )


def test_many_readings_of_whole_minutes_narrow_an_offset_to_a_few_seconds():
    clock = Clock(-97.0, 20.0)
    found = model(clock.readings(Random(3), 10, every=HOUR, resolution_s=60))
    within = [one for one in found.segments if one.since >= START + DAY and one.until is not None]
    assert max(one.high_s - one.low_s for one in within) < 6.0


def test_of_nothing_nothing_is_known():
    assert model([]) == ClockModel()
    assert ClockHistory(()).bounds(START) is None
    assert learns((), seen(0, 1.0))


def test_one_reading_says_more_of_today_than_of_a_month_ago():
    history = ClockHistory(model([seen(0, 3.0)]).segments)
    today, last_month = history.bounds(START), history.bounds(START - 30 * DAY)
    assert today.high - today.low < 20
    assert last_month.high - last_month.low > 500
    later = history.bounds(START + 20 * DAY)
    assert later.high - later.low > 300


def test_a_clock_that_was_set_is_bounded_on_both_sides_between_the_readings():
    found = model([seen(hour, 10.0 if hour < 12 else 130.0) for hour in range(24)])
    (turn,) = [one for one in found.segments if one.stepped]
    assert (turn.since, turn.until) == (START + 11 * HOUR, START + 12 * HOUR)
    assert turn.low_s <= 10
    assert turn.high_s >= 131
    history = ClockHistory(found.segments)
    assert history.bounds(START + 5 * HOUR).high < 15
    assert history.bounds(START + 15 * HOUR).low > 125


def test_a_lone_reading_that_those_around_it_contradict_is_held():
    odd = seen(12, 3610.0)
    found = model([*(seen(hour, 10.0) for hour in range(24) if hour != 12), odd])
    assert found.held == (odd,)
    assert not any(one.stepped for one in found.segments)


def test_an_hour_off_is_held_until_a_second_reading_agrees():
    steady = [seen(hour, 0.0) for hour in range(12)]
    once = model([*steady, seen(12, 3600.0)])
    assert once.held == (seen(12, 3600.0),)
    assert ClockHistory(once.segments).bounds(START + 13 * HOUR).high < 10
    twice = model([*steady, seen(12, 3600.0), seen(13, 3600.0)])
    assert twice.held == ()
    assert ClockHistory(twice.segments).bounds(START + 13 * HOUR).low > 3590


@pytest.mark.parametrize("step", [40.0, -40.0])
def test_the_latest_reading_is_believed_at_once_where_it_is_off_by_little(step):
    found = model([*(seen(hour, 0.0) for hour in range(12)), seen(12, step)])
    assert found.held == ()
    bounds = ClockHistory(found.segments).bounds(START + 12 * HOUR)
    assert bounds.low <= step <= bounds.high


def test_readings_that_contradict_one_another_are_all_held():
    steady = [seen(hour, 0.0) for hour in range(12)]
    odd = [seen(12, 4000.0), seen(13, -4000.0), seen(14, 9000.0)]
    assert model([*steady, *odd, seen(15, 0.0)]).held == tuple(odd)


def test_what_is_too_wide_to_decide_decides_nothing():
    steady = [seen(hour, 0.0, source=Source.REPORT) for hour in range(12)]
    jump = seen(12, 900.0, source=Source.REPORT)
    wide = seen(13, -3600.0, 3600.0, source=Source.READ)
    assert model([*steady, jump, wide]).held == (jump,)
    assert model([*steady, jump, wide, seen(14, 900.0, source=Source.REPORT)]).held == ()


def test_near_readings_of_the_page_nothing_else_is_asked():
    pages = [seen(hour, 5.0) for hour in range(0, 240, 3)]
    late = [seen(hour + 1, -40.0, -30.0, source=Source.REPORT) for hour in range(0, 240, 3)]
    assert model([*pages, *late]) == model(pages)
    far = seen(400, 6.0, source=Source.REPORT)
    assert model([*pages, far]) != model(pages)


def test_a_drift_that_changes_over_the_weeks_breaks_nothing():
    found, at, offset = [], START, 0.0
    for step in range(40 * 8):
        found.append(Evidence(at=at, source=Source.PAGE, low_s=offset - 0.4, high_s=offset + 0.6))
        at += 3 * HOUR
        offset += (step - 160) / 160 * 40e-6 * 10800
    made = model(found)
    history = ClockHistory(made.segments)
    assert made.held == ()
    assert all(one.meets(history.bounds(one.at).low, history.bounds(one.at).high) for one in found)


def test_where_no_line_passes_all_the_bounds_hold_every_reading():
    lines = Lines.fitting([seen(0, 0.0), seen(1, 50.0), seen(2, 0.0)])
    assert lines.span(START.timestamp()) == (-0.25, 51.25)


def test_a_long_silence_between_readings_gets_bounds_of_its_own():
    found = model(
        [*(seen(hour, 0.0) for hour in range(0, 48, 3)), *(seen(1200 + hour, 1.0) for hour in range(9))]
    )
    assert all(one.until == other.since for one, other in itertools.pairwise(found.segments))
    history = ClockHistory(found.segments)
    bounds = history.bounds(START + 600 * HOUR)
    assert bounds.low <= 0.5 <= bounds.high


def test_two_things_seen_at_one_instant_may_contradict():
    both = [seen(0, 0.0, source=Source.REPORT), seen(0, 100.0, source=Source.MIRROR)]
    found = model(both)
    assert all(one.until is None or one.since < one.until for one in found.segments)


def test_only_stretches_whose_bounds_move_have_changed():
    steady = [seen(hour, 0.0) for hour in range(0, 240, 3)]
    before = model(steady).segments
    after = model([*steady, *(seen(hour, 200.0) for hour in range(243, 250, 3))]).segments
    now = START + 250 * HOUR
    assert changed(before, before, until=now) == ()
    ((since, until),) = changed(before, after, until=now)
    assert since == START + 237 * HOUR
    assert until == now
    ((since, until),) = changed((), before, until=now)
    assert since == datetime.min.replace(tzinfo=UTC)
    assert until == now


def test_a_reading_teaches_where_it_is_narrower_or_elsewhere_or_later():
    steady = model([seen(hour, 0.0) for hour in range(0, 240, 3)]).segments
    assert not learns(steady, seen(238, 0.0))
    assert not learns(steady, seen(238, -60.0, 60.0))
    assert learns(steady, seen(238, 10.0))
    assert learns(steady, seen(238, -10.0))
    assert learns(steady, seen(2000, 0.0))


def test_pieces_are_judged_by_what_was_seen_lately():
    assert clocks._WINDOW > clocks._CELL


# --- rows ---------------------------------------------------------------------------------------------


def level(since_h, until_h, low, high, *, stepped=False):
    until = None if until_h is None else START + until_h * HOUR
    return Segment(since=START + since_h * HOUR, until=until, low_s=low, high_s=high, stepped=stepped)


SET_AT_TEN = ClockHistory(
    (level(0, 9.9, 300, 301), level(9.9, 10, -1, 301, stepped=True), level(10, None, -1, 0))
)


def row(shown_h, unseen_h, seen_h, resolution_s=1):
    return SET_AT_TEN.of_row(
        START + shown_h * HOUR,
        resolution_s=resolution_s,
        unseen_at=None if unseen_h is None else START + unseen_h * HOUR,
        first_seen_at=START + seen_h * HOUR,
    )


def test_a_row_is_corrected_by_what_the_clock_was_off_when_it_showed_the_time():
    assert (row(5, 4, 6).low, row(5, 4, 6).high) == (300, 301)
    assert (row(12, 11, 13, 60).low, row(12, 11, 13, 60).high) == (-1, 0)
    # The clock showed 10:02 before it was set back at ten; the present offset does not lead there.
    assert row(9.93, None, 9.89).low == 300


def test_a_row_first_seen_after_the_clock_was_set_may_have_been_re_dated_or_not():
    bounds = row(9.5, 9, 11)
    assert (bounds.low, bounds.high) == (-1, 301)


SET_BACK = ClockHistory(
    (
        level(0, 9, 300, 301),
        replace(level(9, 11, -1, 301, stepped=True), never=Bounds(low=0, high=300)),
        level(11, None, -1, 0),
    )
)


@pytest.mark.parametrize(
    ("shown_h", "seen_h", "ways"),
    [
        # The clock was set while nobody looked: either holds, and nothing between the two.
        (10, 10.5, [(-1, 0), (300, 301)]),
        (10, 12, [(-1, 0), (300, 301)]),
        (8, 12, [(-1, 0), (300, 301)]),
        (8, 8.5, [(300, 301)]),
        (12, 13, [(-1, 0)]),
    ],
)
def test_between_two_clocks_a_row_was_shown_by_the_one_or_the_other(shown_h, seen_h, ways):
    shown = {
        "at": START + shown_h * HOUR,
        "resolution_s": 1,
        "unseen_at": START + (shown_h - 1) * HOUR,
        "first_seen_at": START + seen_h * HOUR,
    }
    assert [(one.low, one.high) for one in SET_BACK.ways_of_row(**shown)] == ways
    bounds = SET_BACK.of_row(**shown)
    assert (bounds.low, bounds.high) == (ways[0][0], ways[-1][1])


def test_of_two_clocks_that_can_be_told_apart_it_is_said_what_lies_between():
    found = model([seen(0, 300, 301), seen(1, 300, 301), seen(9, -1, 0), seen(10, -1, 0)])
    (turn,) = [one for one in found.segments if one.stepped]
    history = ClockHistory(found.segments)
    assert history.stepped(turn.since)
    assert not history.stepped(turn.since - timedelta(seconds=1))
    assert not ClockHistory(()).stepped(turn.since)
    was, now = sorted(turn.either(turn.since), key=lambda one: -one.low)
    assert (was.low <= 300, 301 <= was.high < 320) == (True, True)
    assert (-20 < now.low <= -1, now.high >= 0) == (True, True)
    assert turn.never == Bounds(low=now.high, high=was.low)
    assert [len(one.either(one.since)) for one in found.segments if not one.stepped].count(1) > 1


def test_two_histories_differ_where_one_of_them_knows_that_the_clock_was_set():
    told = (replace(level(0, None, -1, 301, stepped=True), never=Bounds(low=0, high=300)),)
    assert clocks.changed((level(0, None, -1, 301),), told, until=START + HOUR)
    assert not clocks.changed(told, told, until=START + HOUR)
    less = (replace(level(0, None, -1, 301, stepped=True), never=Bounds(low=0, high=200)),)
    assert clocks.changed(less, told, until=START + HOUR)


def test_a_row_that_nothing_explains_is_corrected_by_what_held_then():
    bounds = row(30, 4, 6)
    assert (bounds.low, bounds.high) == (300, 301)


def test_of_a_clock_of_which_nothing_is_known_rows_are_not_corrected():
    assert ClockHistory(()).of_row(START, resolution_s=1, unseen_at=None, first_seen_at=START) is None


def test_what_is_too_wide_to_tell_says_nothing_of_when_a_clock_was_set():
    wide = [seen(hours, -1800.0, 1800.0, Source.READ) for hours in (3, 5, 7)]
    told = [
        seen(hours, low, low + 1, Source.MIRROR)
        for hours, low in ((0, 100.0), (1, 100.0), (9, -50.0), (10, -50.0))
    ]
    found = model([*told, *wide])
    history = ClockHistory(found.segments)
    assert history.bounds(START + HOUR / 2).low > 99.0
    assert history.bounds(START + 9.5 * HOUR).high < -48.0
    for hours in (2, 4, 6, 8):
        bounds = history.bounds(START + hours * HOUR)
        assert bounds.low < -49.0
        assert bounds.high > 100.0
    assert [one.stepped for one in found.segments].count(True) == 1


def test_a_clock_that_only_wide_observations_followed_for_days_was_set_where_the_next_one_says_so():
    wide = [seen(24 * day, -1800.0, 1800.0, Source.READ) for day in range(1, 9)]
    found = model([seen(0, 262.0, 328.0), *wide, seen(24 * 9, 18.0, 84.0), seen(24 * 9 + 1, 20.0, 86.0)])
    assert any(one.stepped for one in found.segments)
    history = ClockHistory(found.segments)
    middle = history.bounds(START + 4 * DAY)
    assert middle.low < 84.0
    assert middle.high > 262.0


def test_a_clock_of_which_nothing_telling_was_ever_seen_goes_on_by_what_there_is():
    wide = [seen(24 * day, -1800.0, 1800.0, Source.READ) for day in range(20)]
    (low, high), *_ = [(one.low_s, one.high_s) for one in model(wide).segments if one.since >= START]
    assert low <= -1800.0 <= 1800.0 <= high


def test_what_is_wide_and_wrong_spoils_nothing_that_is_telling():
    told = [seen(hours, 40.0 - hours / 10, 90.0 + hours / 10, Source.MIRROR) for hours in range(4)]
    # By the reads the clock was slow: together no line passes them.
    wide = [seen(2.5, -900.0, -30.0, Source.READ)]
    low, high = Lines.fitting([*told, *wide]).span(told[0].at.timestamp())
    assert 39.0 < low < 41.0
    assert 89.0 < high < 91.0
    # Where the telling ones contradict one another, it was somewhere among them.
    torn = Lines.fitting([*wide, seen(0, 10.0, 20.0), seen(1, 80.0, 90.0)])
    assert torn.span(START.timestamp()) == (10.0 - JITTER_S, 90.0 + JITTER_S)


def minute(hours, low_s):
    """What a row of a minute shows: a minute wide, and a little."""
    return seen(hours, low_s, low_s + 66, source=Source.FIT)


KNOWN = tuple(minute(n, low) for n, low in enumerate((-60, -1, -30, -5, -50, -2)))
"""Of a clock that is right: between a second slow and six fast."""


def test_an_observation_amiss_by_seconds_does_not_hold_up_those_that_follow():
    amiss = minute(10, -74)
    later = [minute(11 + 12 * n, low) for n, low in enumerate((-40, -20, -55, -10))]
    found = model([*KNOWN, amiss, *later])
    assert found.held == (amiss,)
    bounds = ClockHistory(found.segments).bounds(later[-1].at)
    assert bounds.low <= 0 <= bounds.high
    assert bounds.high - bounds.low < 40


def test_what_agrees_with_both_clocks_is_of_the_one_that_turns_out_to_be_right():
    found = model([*KNOWN, minute(10, -80), minute(11, -41), minute(12, -90)])
    bounds = ClockHistory(found.segments).bounds(START + 12 * HOUR)
    assert bounds.low > -50
    assert bounds.low <= -40 <= bounds.high


def test_what_agreed_with_both_clocks_and_fits_neither_in_the_end_is_held():
    either = seen(2, 15, 40)
    assert model([seen(0, -20, 20), seen(1, 30, 60), either, seen(3, 50, 80)]).held == (either,)


@pytest.mark.parametrize(("amiss_s", "width_s"), [(5, 16), (100, 240)])
def test_where_few_are_amiss_by_seconds_lines_are_as_much_wider(amiss_s, width_s):
    right = [seen(n, low, low + 66) for n, low in enumerate((-60, -1, -30, -5, -50, -2) * 3)]
    low, high = Lines.fitting([*right, seen(20, -66 - amiss_s, -amiss_s)]).span(START.timestamp())
    assert low <= 0 <= high
    assert width_s / 2 < high - low < width_s
