"""What a list code means is said by the variant that read it: an upgrade or a swap relabels nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phonesync.ledger.values import Alias, Span, SpanState
from phonesync.store.records import EntryFilter
from tests.store.desk import entry, minute, read_of

SERVLET = {"1": "placed", "2": "missed", "3": "received"}
JSON = {"1": "placed", "2": "received", "3": "missed"}


def unknown(code, at, **more):
    return Span(list_code=code, since=None, until=minute(at), state=SpanState.UNKNOWN, **more)


def complete(code, since, until, **more):
    return Span(list_code=code, since=minute(since), until=minute(until), state=SpanState.COMPLETE, **more)


@pytest.fixture
def upgraded(store, desk):
    """Read as servlet in minute 3, as JSON in minute 5; each time one entry of code 2 and one of code 3."""
    store.commit(
        read_of(
            desk,
            minute(3),
            new=(entry("s2", list_code="2"), entry("s3", list_code="3", started_at=minute(1))),
            spans=(unknown("2", 1), unknown("3", 2)),
            pools={"2": minute(1), "3": minute(2)},
            list_names=SERVLET,
            after={"variant": "servlet"},
        )
    )
    state = store.phone("desk-101")
    store.commit(
        read_of(
            state,
            minute(5),
            new=(
                entry("j2", list_code="2", started_at=minute(3)),
                entry("j3", list_code="3", started_at=minute(4)),
            ),
            aliases=(Alias(key="key of s2 as 3", occurrence=1, alias_id="a2", entry_id="s2"),),
            spans=(complete("2", 1, 3, variant="servlet"), complete("3", 2, 3, variant="servlet")),
            pools={"2": minute(3), "3": minute(3)},
            list_names=JSON,
            after={"variant": "json"},
            before=state,
        )
    )
    return store


def lists(store, **wanted):
    return {row.id: row.list_name for row in store.entries(EntryFilter(**wanted))}


def stated(store, name):
    return [(row.since, row.until, row.state.value) for row in store.coverage(list_name=name)]


def test_an_entry_stays_in_the_list_that_its_own_variant_named(upgraded):
    assert lists(upgraded) == {"s2": "missed", "s3": "received", "j2": "received", "j3": "missed"}
    assert upgraded.known("desk-101#1", ["key of s2 as 3"]) == {"key of s2 as 3": ("s2",)}


def test_the_coverage_of_a_list_goes_on_under_its_new_code(upgraded):
    assert stated(upgraded, "missed") == [
        (None, minute(1), "unknown"),
        (minute(1), minute(3), "complete"),
        (minute(3), None, "complete"),
    ]
    assert stated(upgraded, "received") == [
        (None, minute(2), "unknown"),
        (minute(2), minute(3), "complete"),
        (minute(3), None, "complete"),
    ]


def test_a_swap_relabels_what_its_variant_read_and_nothing_else(upgraded, place):
    kept = place.rows("SELECT * FROM entries")
    before = stated(upgraded, "missed")
    again = read_of(
        upgraded.phone("desk-101"),
        minute(6),
        unchanged=True,
        pools={"2": minute(3), "3": minute(3)},
        list_names=SERVLET,
    )
    upgraded.commit(again)
    assert lists(upgraded) == {"s2": "missed", "s3": "received", "j2": "missed", "j3": "received"}
    assert place.rows("SELECT * FROM entries") == kept
    assert stated(upgraded, "missed") == before
    (opened,) = (row for row in upgraded.coverage(list_name="missed") if row.until is None)
    assert opened.proven_until == minute(6)


def test_going_back_to_the_former_variant_finds_its_labels_again(upgraded):
    state = upgraded.phone("desk-101")
    back = read_of(state, minute(7), list_names=SERVLET, pools={"3": minute(5)}, after={"variant": "servlet"})
    upgraded.commit(replace(back, before=state))
    assert lists(upgraded) == {"s2": "missed", "s3": "received", "j2": "received", "j3": "missed"}
    assert stated(upgraded, "received")[-1] == (minute(5), None, "complete")


@pytest.mark.parametrize(
    ("name", "found"), [("missed", ["s2", "j3"]), ("received", ["s3", "j2"]), ("placed", [])]
)
def test_a_list_is_asked_for_by_the_name_that_each_variant_gave_it(upgraded, name, found):
    assert list(lists(upgraded, list_name=name)) == found


def test_a_list_without_a_name_is_called_by_its_code_wherever_it_is_shown(store, desk):
    new = (entry("e1"), entry("e5", list_code="5", started_at=minute(1)))
    pools = {"1": minute(0), "5": minute(1)}
    store.commit(read_of(desk, minute(2), new=new, pools=pools, spans=(unknown("5", 1),)))
    assert lists(store) == {"e1": "placed", "e5": "5"}
    assert lists(store, list_name="5") == {"e5": "5"}
    assert stated(store, "5") == [(None, minute(1), "unknown"), (minute(1), None, "complete")]
