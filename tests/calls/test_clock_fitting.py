"""A clock and what its times mean, found together."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.calls.clock_fitting import fit
from phonesync.calls.clock_history import ClockHistory
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clock_witnesses import Witnessed
from phonesync.calls.clocks import model
from phonesync.calls.meanings import majority
from phonesync.calls.timing import Span
from phonesync.calls.values import Bounds
from phonesync.model import ListName, TimeOf
from tests.calls.made import MONDAY
from tests.calls.rows import row

S, A, R, UNKNOWN = TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED, TimeOf.UNKNOWN
OFF_S = 47.0
HALF = {True: 0.5, False: 0.5}
VAGUE = Bounds(low=-90.0, high=140.0)


def days(meant, *, calls=200, off_s=OFF_S, seed=1, answered=None, unit=60, clock=VAGUE):
    """Rows of a phone, of which others tell all: half of the calls were answered."""
    chance, found = random.Random(seed), []
    for number in range(calls):
        start = number * 1700 + chance.uniform(0, 1000)
        stop = start + chance.uniform(4, 60)
        was = chance.random() < 0.5 if answered is None else answered
        end = stop + chance.uniform(10, 500) if was else stop
        moments = {S: start, A: stop, R: end}
        shown = int(moments[meant[0 if was else 1]] + off_s) // unit * unit
        base = MONDAY.timestamp()
        found.append(
            Witnessed(
                row=row(
                    "101",
                    ListName.RECEIVED if was else ListName.MISSED,
                    int(start),
                    int(stop),
                    int(end) if was else None,
                    id=f"{number:03}",
                    at=MONDAY + timedelta(seconds=shown),
                    resolution_s=unit,
                    time_of=UNKNOWN,
                    clock=clock,
                ),
                answered=was,
                spans={meaning: Span(base + at - 2, base + at + 2) for meaning, at in moments.items()},
            )
        )
    return found


def about(shown, off_s=OFF_S):
    """How wide the clock is known by that, seconds; it must hold the truth."""
    bounds = ClockHistory(model(shown).segments).bounds(shown[-1].at)
    assert bounds.low <= off_s <= bounds.high
    return bounds.high - bounds.low


@pytest.mark.parametrize("meant", [(S, S), (A, S), (R, R), (S, R)])
def test_a_clock_and_a_meaning_are_found_together(meant):
    found = fit({"one": days(meant)}, {})
    assert found.meant == {True: meant[0], False: meant[1]}
    assert about(found.clocks["one"]) < 25
    assert {one.source for one in found.clocks["one"]} == {Source.FIT}
    for answered, meaning in found.meant.items():
        votes = {fits: found.votes.count((answered, fits)) for was, fits in found.votes if was is answered}
        assert majority(votes, answered=answered).time_of is meaning


def test_where_nothing_is_clear_nothing_is_said():
    found = fit({"one": days((S, S), calls=6)}, {})
    assert found.meant == {}
    assert found.clocks == {}
    assert found.votes == ()
    assert fit({"one": []}, {}).clocks == {}


def test_phones_of_one_kind_are_evidence_together():
    some = {name: days((R, R), calls=12, seed=seed, off_s=seed) for seed, name in enumerate("abcd")}
    alone = fit({"a": some["a"]}, {})
    together = fit(some, {})
    assert len(alone.meant) < len(together.meant) == 2
    for seed, name in enumerate("abcd"):
        about(together.clocks[name], seed)


def test_what_is_known_already_is_not_asked_again():
    few = days((A, S), calls=20)
    found = fit({"one": few}, {True: A, False: A})
    assert found.meant[True] is A
    assert about(found.clocks["one"]) < 90


def test_a_few_rows_of_other_calls_do_no_harm():
    rows = days((R, R), calls=200)
    wrong = [
        replace(one, spans={m: span.moved(200, 200) for m, span in one.spans.items()}) for one in rows[::40]
    ]
    right = [one for one in rows if one.row.id not in {other.row.id for other in wrong}]
    found = fit({"one": [*right, *wrong]}, {})
    assert found.meant == {True: R, False: R}
    shown = {one.at for one in found.clocks["one"]}
    assert not shown & {one.row.at for one in wrong} - {one.row.at for one in right}
    about(found.clocks["one"])


def test_many_of_them_leave_nothing_clear():
    rows = days((R, R))
    wrong = [
        replace(one, spans={m: span.moved(300 * n, 300 * n) for m, span in one.spans.items()})
        for n, one in enumerate(rows)
    ]
    assert fit({"one": wrong}, {}).clocks == {}
    assert fit({"one": wrong}, {True: R, False: R}).clocks == {}


def test_a_clock_is_sought_within_what_is_known_of_it():
    rows = days((R, R), clock=Bounds(low=200.0, high=260.0))
    assert fit({"one": rows}, {}).clocks == {}
    assert fit({"one": days((R, R), clock=None)}, {}).meant == {True: R, False: R}


def test_rows_of_which_a_meaning_is_not_told_speak_neither_for_nor_against_it():
    rows = days((R, R), calls=200)
    untold = [replace(one, spans={S: one.spans[S]}) for one in rows[::4]]
    wide = [
        replace(one, spans={R: Span(one.spans[R].low - 200, one.spans[R].high + 200)}) for one in rows[1::4]
    ]
    found = fit({"one": [*rows[2::4], *rows[3::4], *untold, *wide]}, {})
    assert found.meant == {True: R, False: R}
    assert len(found.clocks["one"]) == 100


def test_a_placed_row_of_an_unknown_outcome_shows_the_clock_and_no_meaning():
    rows = days((R, R), calls=200, answered=True)
    mute = [replace(one, row=replace(one.row, list_name=ListName.PLACED, duration_s=None)) for one in rows]
    found = fit({"one": mute}, {})
    assert found.meant == {True: R}
    assert found.votes == ()
    assert len(found.clocks["one"]) == 200


def test_where_calls_were_fitted_mirrored_ones_are_not_asked():
    def seen(source, low):
        return [
            Evidence(at=MONDAY + timedelta(hours=3 * n), source=source, low_s=low, high_s=low + 5)
            for n in range(20)
        ]

    fitted = seen(Source.FIT, 40.0)
    assert model([*fitted, *seen(Source.MIRROR, 80.0)]) == model(fitted)
    assert model([*fitted, *seen(Source.READ, 42.0)]) != model(fitted)


def test_a_clock_that_was_set_is_found_on_both_sides():
    rows = days((R, R), calls=200, clock=None)
    # Two whole windows end at midnight; it was set in the middle of the second one.
    at = rows[0].row.at.timestamp() // 172800 * 172800 + 172800 * 1.5
    told = [
        replace(one, row=replace(one.row, at=one.row.at - timedelta(seconds=170)))
        if one.row.at.timestamp() >= at
        else one
        for one in rows
    ]
    found = fit({"one": told}, {True: R, False: R})
    history = ClockHistory(model(found.clocks["one"]).segments)
    for one, off_s in ((told[-1], OFF_S - 170), (told[0], OFF_S)):
        bounds = history.bounds(one.row.at)
        assert bounds.low <= off_s <= bounds.high
        assert bounds.high - bounds.low < 40
    assert len(found.clocks["one"]) > 0.9 * len(told)


def thinned(rows, *, of_a_day):
    """So many of the rows of each day."""
    by_day = {}
    for one in rows:
        by_day.setdefault(one.row.at.date(), []).append(one)
    return [one for some in by_day.values() for one in some[:of_a_day]]


KNOWN = {True: S, False: S}


def test_few_rows_of_a_stretch_are_fitted_with_those_of_the_next_one():
    few = thinned(days((S, S), calls=300), of_a_day=2)
    found = fit({"one": few, "two": few[:4]}, KNOWN)
    assert [one.at for one in found.clocks["one"]] == [one.row.at for one in few]
    assert "two" not in found.clocks


def test_few_rows_weeks_apart_are_not_fitted_together():
    few = thinned(days((S, S), calls=100), of_a_day=2)
    later = [replace(one, row=replace(one.row, at=one.row.at + timedelta(days=14))) for one in few]
    for one in later:
        spans = {meaning: span.moved(14 * 86400.0, 14 * 86400.0) for meaning, span in one.spans.items()}
        object.__setattr__(one, "spans", spans)
    assert fit({"one": [*few[:4], *later[:4]]}, KNOWN).clocks == {}


def test_few_rows_of_a_clock_that_was_set_are_not_put_to_those_before():
    before = thinned(days((S, S), calls=100), of_a_day=6)
    after = thinned(days((S, S), calls=300, off_s=130.0, seed=2), of_a_day=1)[4:]
    found = fit({"one": [*before, *after]}, KNOWN)
    shown = {one.at for one in found.clocks["one"]}
    assert shown <= {one.row.at for one in before}
    assert len(shown) > len(before) / 2
