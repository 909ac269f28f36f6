"""The spans of one name and list abut, whatever phones have borne the name."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.ledger.values import Span, SpanState
from phonesync.store.abutting import Stated, abutting
from phonesync.store.records import CoverageRow
from tests.store.desk import minute, read_of


def read(store, at, *, since, closed=(), **more):
    """A first read at a minute: unknown up to ``since``, open from there."""
    unknown = Span(list_code="1", since=None, until=minute(since), state=SpanState.UNKNOWN)
    commit = read_of(
        store.phone("desk-101"), minute(at), spans=(unknown, *closed), pools={"1": minute(since)}, **more
    )
    store.commit(commit)


def replaced(store):
    store.new_incarnation("desk-101", mac=None, reason="test")


def stated(store, name="placed"):
    return [(row.since, row.until, row.state.value) for row in store.coverage(list_name=name)]


def test_of_three_phones_each_is_unknown_from_the_last_good_read_of_the_one_before(store, desk):
    read(store, 4, since=1)
    replaced(store)
    read(store, 9, since=8)
    replaced(store)
    read(store, 15, since=15)
    assert stated(store) == [
        (None, minute(1), "unknown"),
        (minute(1), minute(4), "complete"),
        (minute(4), minute(8), "unknown"),
        (minute(8), minute(9), "complete"),
        (minute(9), minute(15), "unknown"),
        (minute(15), None, "complete"),
    ]


def test_a_phone_that_was_never_read_leaves_nothing_to_begin_after(store, desk):
    replaced(store)
    read(store, 4, since=1)
    replaced(store)
    replaced(store)
    read(store, 9, since=8)
    assert stated(store) == [
        (None, minute(1), "unknown"),
        (minute(1), minute(4), "complete"),
        (minute(4), minute(8), "unknown"),
        (minute(8), None, "complete"),
    ]


def test_what_a_phone_showed_of_the_time_of_its_predecessor_is_cut_away(store, desk):
    read(store, 10, since=1)
    replaced(store)
    past = Span(list_code="1", since=None, until=minute(2), state=SpanState.UNKNOWN)
    old = Span(list_code="1", since=minute(2), until=minute(5), state=SpanState.COMPLETE)
    late = Span(list_code="1", since=minute(5), until=minute(12), state=SpanState.REMOVED)
    spans, state = (past, old, late), store.phone("desk-101")
    store.commit(read_of(state, minute(13), spans=spans, pools={"1": minute(12)}))
    assert stated(store) == [
        (None, minute(1), "unknown"),
        (minute(1), minute(10), "complete"),
        (minute(10), minute(12), "removed"),
        (minute(12), None, "complete"),
    ]


def test_a_list_that_no_phone_before_had_is_unknown_since_ever(store, desk):
    read(store, 4, since=1)
    replaced(store)
    forwarded = Span(list_code="4", since=None, until=minute(8), state=SpanState.UNKNOWN)
    names = {"1": "placed", "4": "forwarded"}
    read(store, 9, since=8, closed=(forwarded,), list_names=names)
    assert stated(store, "forwarded") == [(None, minute(8), "unknown")]


def test_a_list_that_a_phone_lost_and_has_again_is_unknown_in_between(store, desk):
    read(store, 4, since=1)
    lost = Span(list_code="1", since=minute(1), until=minute(4), state=SpanState.COMPLETE)
    store.commit(read_of(store.phone("desk-101"), minute(5), spans=(lost,), pools={"2": minute(5)}))
    read(store, 9, since=7)
    assert stated(store) == [
        (None, minute(1), "unknown"),
        (minute(1), minute(4), "complete"),
        (minute(4), minute(7), "unknown"),
        (minute(7), None, "complete"),
    ]


def test_a_time_asked_for_is_held_against_the_spans_as_they_are_cut(store, desk):
    read(store, 4, since=1)
    replaced(store)
    read(store, 9, since=8)
    shown = [row.since for row in store.coverage(since=minute(2), until=minute(3))]
    assert shown == [minute(1)]


def span(number, since, until, *, variant="v", code="1", state=SpanState.COMPLETE):
    row = CoverageRow(
        phone="desk-101",
        list_name="placed",
        since=None if since is None else minute(since),
        until=None if until is None else minute(until),
        state=state,
        at_most=None,
        estimate=None,
        proven_until=None,
    )
    return Stated(number=number, variant=variant, list_code=code, row=row)


def test_lists_shown_side_by_side_under_one_name_do_not_cut_each_other():
    shown = [
        span(1, None, 10, code="1", state=SpanState.UNKNOWN),
        span(1, 10, 11, code="1"),
        span(1, None, 12, code="2", state=SpanState.UNKNOWN),
    ]
    assert list(abutting(shown)) == [one.row for one in shown]


@pytest.mark.parametrize("variant", ["v", "w"])
def test_a_list_known_under_another_variant_is_unknown_after_it(variant):
    shown = [span(1, None, 10), span(1, None, 12, variant=variant, code="1", state=SpanState.UNKNOWN)]
    assert [row.since for row in abutting(shown)] == [None, minute(10)]


@given(
    lives=st.lists(
        st.lists(st.integers(0, 60), min_size=3, max_size=6, unique=True).map(sorted), min_size=1, max_size=4
    )
)
def test_whatever_the_phones_showed_the_spans_of_a_name_abut(lives):
    """Each phone: unknown up to its first instant, then span after span; the last one is read still."""
    shown = []
    for number, instants in enumerate(lives):
        ends = [None, *instants]
        shown += [span(number, since, until) for since, until in pairwise(ends)]
    shown.append(span(len(lives) - 1, lives[-1][-1], None))
    rows = list(abutting(shown))
    assert rows[0].since is None
    assert rows[-1].until is None
    for before, after in pairwise(rows):
        assert before.until == after.since
