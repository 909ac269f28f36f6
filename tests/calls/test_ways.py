"""In how many ways the rows of one phone can be placed."""

from dataclasses import dataclass

from phonesync.calls.ways import agreed, best_ways, least, prefer


@dataclass(frozen=True, eq=False)
class Thing:
    """A row or a place."""

    kind: str


A, B, C = (Thing(kind) for kind in "abc")
X, Y, Z = (Thing(kind) for kind in "xyz")


def test_two_rows_of_one_phone_have_two_places():
    assert best_ways([A, B], [[X, Y], [X]]) == [(Y, X)]
    assert best_ways([A, B], [[X], [X]]) == [(X, None), (None, X)]


def test_a_report_and_a_row_may_share_a_place():
    assert best_ways([A, B], [[X], [X]], share=lambda _one, _other: True) == [(X, X)]


def test_what_fits_nowhere_has_no_way():
    assert best_ways([A], [[]]) == []
    assert agreed([], [A]) == []


def test_nothing_is_decided_where_there_are_too_many_ways():
    assert best_ways([Thing(str(index)) for index in range(6)], [[X, Y, Z]] * 6) != []
    assert best_ways([Thing(str(index)) for index in range(6)], [[X, Y, Z, A, B, C]] * 6) == []


def test_of_several_ways_the_good_ones_are_left():
    assert prefer([(X,), (Y,)], lambda way: way == (Y,)) == [(Y,)]
    assert prefer([(X,), (Y,)], lambda _way: False) == [(X,), (Y,)]
    assert prefer([(X,)], lambda _way: False) == [(X,)]


def test_only_what_all_ways_agree_on_is_done():
    assert agreed([(X, Y), (X, Z)], [A, B]) == [(A, X)]
    assert agreed([(None, Y), (X, Y)], [A, B]) == [(B, Y)]
    assert agreed([(X, None), (Y, None)], [A, B]) == []


def test_rows_and_places_that_nobody_can_tell_apart_are_the_same():
    assert agreed([(X, None), (None, X)], [A, Thing("a")]) == [(A, X)]
    assert agreed([(X,), (Thing("x"),)], [A]) == [(A, X)]


def test_of_several_ways_those_that_cost_the_least_are_left():
    costs = {(X,): 1, (Y,): 0, (Z,): 0}
    assert least([(X,), (Y,), (Z,)], costs.__getitem__) == [(Y,), (Z,)]
    assert least([(X,)], costs.__getitem__) == [(X,)]
