"""Lists that show their newest row only, lists that are silent, and ways of reading that prove nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.ledger import codec
from phonesync.ledger.deadline import deadline
from phonesync.ledger.rate import HOURS, RateProfile
from phonesync.ledger.values import IdTrail, PhoneLedger, SpanState
from phonesync.model import CallLogEntry, ListName
from tests.ledger.paper import START, ZONE, Store, local, row, variant

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ONE = variant(pools=(("1",),), lists={"1": ListName.PLACED}, newest_only=True)
TWO = variant(pools=(("1",), ("2",)), lists={"1": ListName.PLACED, "2": ListName.RECEIVED}, newest_only=True)
SHARED = replace(TWO, pools=(("1", "2"),))

COMPLETE, GAP, CLEARED, UNKNOWN = SpanState.COMPLETE, SpanState.GAP, SpanState.CLEARED, SpanState.UNKNOWN


def newest(code, row_id, number="7"):
    return [CallLogEntry(list_code=code, remote_number=number, row_id=row_id)]


def told(ids, *, toy=ONE, **numbers):
    """A store after one read an hour; "-" is a silent answer, None an empty one, "" a row without an id."""
    store = Store()
    for turn, row_id in enumerate(ids):
        rows = {} if row_id in {None, "-"} else {"1": newest("1", row_id or None)}
        silent = ("1",) if row_id == "-" else ()
        store.read(
            START + turn * HOUR, rows, toy=toy, newest_only=True, offset_s=None, silent=silent, **numbers
        )
    return store


def stated(store, name=ListName.PLACED):
    """State and length in hours of each span after the unknown past; the open one up to the last read."""
    last = store.ledger.last_read
    spans = [(state, ((until or last) - since) / HOUR) for since, until, state in store.stated(name)[1:]]
    return [(state, hours) for state, hours in spans if hours]


def bounds(store):
    return [span.at_most for span in store.spans if span.state is GAP]


# --- by ids alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([None, None], [(COMPLETE, 1)]),
        (["41", "41", "41"], [(COMPLETE, 2)]),
        (["40", "41", "42", "43"], [(GAP, 1), (COMPLETE, 2)]),
        (["40", "41", "44"], [(GAP, 1), (GAP, 1)]),
        ([None, "1"], [(GAP, 1)]),
        (["41", None], [(CLEARED, 1)]),
        (["a", "b", "b"], [(GAP, 1), (COMPLETE, 1)]),
        (["40", "41", "9" * 30], [(GAP, 1), (GAP, 1)]),
        (["", "42"], [(GAP, 1)]),
    ],
)
def test_it_is_proven_by_ids_alone_and_only_where_they_were_seen_to_grow(ids, expected):
    assert stated(told(ids)) == expected


def test_a_row_without_an_id_proves_nothing_however_often_it_is_shown():
    assert stated(told(["", "", ""])) == [(UNKNOWN, 2)]


def test_a_gap_is_bounded_where_ids_were_seen_to_grow():
    assert bounds(told(["40", "43", "46"])) == [None, 2]


def test_ids_that_fall_take_back_what_they_were_taken_to_say():
    store = told(["40", "41", "42", "44", "45"])
    assert stated(store) == [(GAP, 1), (COMPLETE, 1), (GAP, 1), (COMPLETE, 1)]
    assert bounds(store) == [None, 1]
    plan = store.read(START + 5 * HOUR, {"1": newest("1", "3")}, toy=ONE, newest_only=True, offset_s=None)
    assert plan.withdrawn == ("1",)
    assert stated(store) == [(GAP, 1), (UNKNOWN, 1), (GAP, 1), (UNKNOWN, 1), (GAP, 1)]
    assert bounds(store) == [None, None, None]
    for hour, row_id in enumerate(["3", "3", "4", "5"], start=6):
        at = START + hour * HOUR
        plan = store.read(at, {"1": newest("1", row_id)}, toy=ONE, newest_only=True, offset_s=None)
        assert plan.withdrawn == ()
    assert stated(store)[5:] == [(UNKNOWN, 2), (GAP, 1), (GAP, 1)]


def test_an_id_borne_by_two_rows_has_fallen():
    store = told(["40", "41"])
    store.read(START + 2 * HOUR, {"1": newest("1", "41", "8")}, toy=ONE, newest_only=True, offset_s=None)
    assert store.ledger.ids == IdTrail(grown=1, fallen=True)


def test_ids_that_fall_in_one_list_are_believed_in_none():
    store = Store()
    for turn, (one, two) in enumerate([("40", "1"), ("41", "1"), ("42", "1"), ("2", "1"), ("2", "1")]):
        rows = {"1": newest("1", one), "2": newest("2", two)}
        store.read(START + turn * HOUR, rows, toy=TWO, newest_only=True, offset_s=None)
    assert stated(store, ListName.RECEIVED) == [(UNKNOWN, 4)]
    assert stated(store) == [(GAP, 1), (UNKNOWN, 1), (GAP, 1), (UNKNOWN, 1)]


def test_lists_of_one_capacity_are_as_bad_as_the_worst_of_them():
    store = Store()
    for turn, (one, two) in enumerate([("1", "5"), ("2", "5"), ("2", "9"), ("3", "9")]):
        rows = {"1": newest("1", one), "2": newest("2", two)}
        store.read(START + turn * HOUR, rows, toy=SHARED, newest_only=True, offset_s=None)
    assert stated(store) == [(GAP, 1), (GAP, 1), (COMPLETE, 1)]


# --- silence ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["-", "-", "-"], [(UNKNOWN, 2)]),
        (["-", "-", "1"], [(UNKNOWN, 1), (GAP, 1)]),
        (["1", "2", "-", "-"], [(GAP, 1), (UNKNOWN, 2)]),
        (["1", "2", "-", "-", "2"], [(GAP, 1), (COMPLETE, 3)]),
        (["1", "2", "-", "3"], [(GAP, 1), (COMPLETE, 2)]),
        (["1", "2", "2", "-", "5"], [(GAP, 1), (COMPLETE, 1), (UNKNOWN, 1), (GAP, 1)]),
        (["-", None], [(GAP, 1)]),
    ],
)
def test_a_silent_answer_proves_nothing_and_takes_nothing_back(ids, expected):
    assert stated(told(ids)) == expected


def test_a_silent_list_has_not_lost_its_row():
    store = told(["1", "2"])
    plan = store.read(START + 2 * HOUR, {}, toy=ONE, newest_only=True, silent=("1",), offset_s=None)
    assert (plan.gone, plan.new, plan.unchanged) == ((), (), False)
    assert store.read(START + 3 * HOUR, {}, toy=ONE, newest_only=True, silent=("1",), offset_s=None).unchanged
    plan = store.read(START + 4 * HOUR, {"1": newest("1", "2")}, toy=ONE, newest_only=True, offset_s=None)
    assert (plan.gone, plan.new, plan.back, plan.changed) == ((), (), (), ())


def test_a_row_shown_first_is_bounded_by_the_last_read_that_was_not_silent():
    def resolution(ids):
        return [entry.resolution_s for entry in told(ids).entries.values()]

    assert resolution(["1"]) == [None]
    assert resolution(["1", "2"]) == [None, 3600]
    assert resolution(["1", "-", "-", "2"]) == [None, 3 * 3600]
    assert resolution(["-", "1"]) == [3600]
    assert resolution(["-", "-", "1"]) == [2 * 3600]
    store = told(["-", "-", "1"])
    assert [entry.started_at for entry in store.entries.values()] == [START + 2 * HOUR]


def test_one_silent_list_says_nothing_of_the_others():
    store = Store()
    store.read(START, {"1": newest("1", "1")}, toy=TWO, newest_only=True, silent=("2",), offset_s=None)
    store.read(START + HOUR, {"1": newest("1", "1")}, toy=TWO, newest_only=True, silent=("2",), offset_s=None)
    assert stated(store) == [(COMPLETE, 1)]
    assert stated(store, ListName.RECEIVED) == [(UNKNOWN, 1)]


def test_a_long_list_that_was_silent_is_proven_by_the_row_that_stayed():
    store = Store()
    store.read(START, {"1": [row("1", local(START - HOUR))]})
    store.read(START + HOUR, {}, silent=("1", "2"))
    rows = [row("1", local(START + HOUR), "8"), row("1", local(START - HOUR))]
    store.read(START + 2 * HOUR, {"1": rows, "2": [row("2", local(START + HOUR))]})
    assert stated(store)[-1][0] is COMPLETE
    assert [span.state for span in store.spans if span.list_code == "2"] == [UNKNOWN, UNKNOWN, GAP]


def test_silence_goes_on_under_another_variant():
    store = told(["1", "2", "-"])
    other = replace(ONE, name="other")
    store.read(START + 3 * HOUR, {}, toy=other, newest_only=True, silent=("1",), offset_s=None)
    assert store.ledger.silent == {"1": START + HOUR}
    store.read(START + 4 * HOUR, {"1": newest("1", "3")}, toy=other, newest_only=True, offset_s=None)
    assert stated(store) == [(GAP, 1), (UNKNOWN, 1), (COMPLETE, 2)]
    assert store.ledger.silent == {}


# --- ways of reading that are experimental ------------------------------------------------------------------


def test_nothing_is_claimed_of_an_experimental_way_of_reading():
    store, trial = Store(), variant(experimental=True)
    rows = [row("1", local(START - HOUR))]
    store.read(START, {"1": rows}, toy=trial)
    assert store.read(START + HOUR, {"1": rows}, toy=trial).unchanged
    store.read(START + 2 * HOUR, {"1": [row("1", local(START + HOUR), "8"), *rows]}, toy=trial)
    assert {state for _, _, state in store.stated(ListName.PLACED)} == {UNKNOWN}
    assert len(store.entries) == 2


def test_a_way_of_reading_that_has_become_known_proves_from_there_on():
    store = Store()
    rows = [row("1", local(START - HOUR))]
    store.read(START, {"1": rows}, toy=variant(experimental=True))
    store.read(START + HOUR, {"1": rows}, toy=variant())
    store.read(START + 2 * HOUR, {"1": rows}, toy=variant(experimental=True))
    assert store.stated(ListName.PLACED)[-1][2] is UNKNOWN


# --- in time, in bytes ------------------------------------------------------------------------------------


def test_a_list_of_one_row_is_read_before_a_third_of_a_row_could_have_come():
    due = deadline(PhoneLedger(incarnation="x"), ONE, ZONE, now=START, longest=HOUR)
    assert (due.at, due.reason) == (START + timedelta(seconds=100), "placed could overflow")
    rate = RateProfile(peaks={"1": (60,) * HOURS}, totals={}, since=0)
    busy = deadline(PhoneLedger(incarnation="x", rate=rate), ONE, ZONE, now=START, longest=HOUR)
    assert busy.at == START + MINUTE


def test_ids_and_silence_survive_their_bytes():
    ledger = told(["1", "2", "-"]).ledger
    again = codec.load(
        codec.dump(ledger),
        incarnation=ledger.incarnation,
        last_read=ledger.last_read,
        clock_offset_s=None,
        digest=ledger.digest,
    )
    assert again == ledger
    assert (again.ids.grown, again.unproven(), again.silent) == (1, frozenset("1"), {"1": START + HOUR})


# --- any phone ----------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["1", "1", "2", "read", "read", "silent", "reset", "clear"]), st.integers(1, 3)
    ),
    max_size=60,
)


class Office:
    """A phone on paper with two lists of one row each, and the reader's store."""

    def __init__(self, *, one_counter: bool, first: int) -> None:
        self.store, self.now = Store(), START
        self.one_counter = one_counter
        self.counters = dict.fromkeys(["all", "1", "2"], first)
        self.calls: dict[str, list[tuple[int, datetime]]] = {"1": [], "2": []}
        self.shown: dict[str, set[tuple[int, datetime]]] = {"1": set(), "2": set()}
        self.newest: dict[str, tuple[int, datetime] | None] = {"1": None, "2": None}
        self.was_reset = False

    def step(self, what: str, times: int) -> None:
        self.now += 10 * MINUTE
        if what in self.calls:
            for _ in range(times):
                self.call(what)
        elif what == "reset":
            self.was_reset, self.counters = True, dict.fromkeys(self.counters, 0)
        elif what == "clear":
            self.newest = dict.fromkeys(self.newest)
        else:
            self.read(silent=what == "silent")

    def call(self, code: str) -> None:
        counter = "all" if self.one_counter else code
        self.counters[counter] += 1
        self.now += MINUTE
        self.newest[code] = (self.counters[counter], self.now)
        self.calls[code].append((self.counters[counter], self.now))

    def read(self, *, silent: bool) -> None:
        shown = {} if silent else {code: item for code, item in self.newest.items() if item is not None}
        rows = {code: newest(code, str(item[0])) for code, item in shown.items()}
        quiet = tuple(code for code in self.newest if code not in rows)
        self.store.read(self.now, rows, toy=TWO, newest_only=True, silent=quiet, offset_s=None)
        for code, item in shown.items():
            self.shown[code].add(item)

    def unseen(self, code: str) -> list[datetime]:
        return [call[1] for call in self.calls[code] if call not in self.shown[code]]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(steps=STEPS, one_counter=st.booleans(), first=st.integers(0, 200))
def test_no_call_is_lost_unconfessed_and_no_bound_is_too_low(steps, one_counter, first):
    office = Office(one_counter=one_counter, first=first)
    for what, times in [("read", 1), *steps, ("read", 1)]:
        office.step(what, times)
    store = office.store
    for code, name in TWO.lists.items():
        spans = store.stated(name)
        assert spans[0][0] is None
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        bounded = [span for span in store.spans if span.list_code == code and span.at_most is not None]
        if store.ledger.ids.fallen:
            assert COMPLETE not in {state for _, _, state in spans}
            assert not bounded
        if office.was_reset:
            continue  # before a fall is seen, nobody can tell a counter that began anew from one that grew
        unseen = office.unseen(code)
        assert not [at for at in unseen if store.state_at(name, at) is COMPLETE]
        for span in bounded:
            assert len([at for at in unseen if span.since < at <= span.until]) <= span.at_most
