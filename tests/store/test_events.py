"""Reports in the store: kept as they arrive, taken into entries once, and met by the rows of lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync.events.assembling import assembled
from phonesync.events.liveness import HeardSpan, settled
from phonesync.events.meeting import joined, meet
from phonesync.events.values import Report
from phonesync.ledger.values import ChangedEntry, SpanState
from phonesync.model import EventKind, PhoneEvent, TimeOf
from phonesync.store.event_records import NewReport, Taken
from phonesync.store.records import EntryFilter, PhoneSpec
from tests.events.told import START, answered, at, missed, report
from tests.store.desk import entry, minute, read_of

NUMBER = "+74950000001"


def send(store, *reports, phone="desk-101"):
    store.add_reports([NewReport(phone=phone, report=one) for one in reports])


def take(store, limit=100):
    """What the agent does with reports that wait."""
    store.take_reports(
        Taken(
            incarnation=waiting.incarnation,
            entries=assembled(waiting.incarnation, waiting.reports),
            report_ids=waiting.untaken,
        )
        for waiting in store.waiting_reports(limit=limit)
    )


def meet_all(store, incarnation="desk-101#1"):
    """What the agent does with rows and calls that may be one."""
    found = store.unmet(incarnation, START, START + timedelta(hours=2))
    decided = meet(found.rows, found.events)
    pairs = [joined(row, event) for row, event in decided.pairs]
    return store.apply_meeting(incarnation, pairs, doubtful=decided.doubtful_rows | decided.doubtful_events)


def read(store, *rows, read_at=60, **more):
    """A good read an hour after the start, on a phone whose clock is right and whose rows tell starts."""
    state = store.phone("desk-101")
    commit = read_of(state, minute(read_at), new=rows, time_of=TimeOf.START, before=state, **more)
    store.commit(replace(commit, state=replace(commit.state, clock_offset_s=0.0)))


def shown(id_="row", **more):
    fields = {
        "list_code": "2",
        "remote_number": NUMBER,
        "clock_offset_s": 0.0,
        "duration_s": 60,
        "started_at": START,
        "resolution_s": 60,
        **more,
    }
    return entry(id_, **fields)


# --- reports ------------------------------------------------------------------------------------------------


def test_reports_come_out_as_they_went_in_until_they_are_taken(store, desk):
    whole = report(1, "incoming", remote_name="Пётр «П.»", remote_host="192.0.2.1", duration_s=3)
    send(store, whole, report(2, "established"))
    (waiting,) = store.waiting_reports(limit=10)
    assert (waiting.phone, waiting.incarnation, waiting.current) == ("desk-101", "desk-101#1", True)
    assert set(waiting.reports) == set(waiting.fresh) == {whole, report(2, "established")}
    assert not waiting.listed
    store.take_reports([Taken(incarnation=waiting.incarnation, entries=(), report_ids=waiting.untaken)])
    assert store.waiting_reports(limit=10) == []


def test_reports_of_a_call_that_were_taken_already_come_along(store, desk):
    first, second, third = answered()
    send(store, first, second)
    take(store)
    send(store, third, report(70, "incoming", call="c2"))
    (waiting,) = store.waiting_reports(limit=1)
    assert waiting.fresh == (third,)
    assert set(waiting.reports) == {first, second, third}


def test_reports_without_a_call_id_come_with_all_around_them(store, desk):
    day = 24 * 3600
    send(store, *missed(-day, call=None), *answered(call="c1"))
    take(store)
    lone = report(90, "terminated", call=None)
    send(store, lone)
    (waiting,) = store.waiting_reports(limit=10)
    assert set(waiting.reports) == {*answered(call="c1"), lone}


def test_a_report_that_says_nothing_of_a_call_only_proves_life(store, desk):
    send(store, Report(at=at(5), event=PhoneEvent(kind=EventKind.ALIVE)), *missed(9))
    (waiting,) = store.waiting_reports(limit=10)
    assert len(waiting.untaken) == 2
    send(store, Report(at=at(3), event=PhoneEvent(kind=EventKind.STARTED)))
    last = store.last_reports()["desk-101"]
    assert (last.first_at, last.last_at) == (at(5), at(29))


def test_reports_of_a_phone_nobody_knows_are_left_out(store, desk):
    sent = [NewReport(phone="desk-999", report=one) for one in missed()]
    assert store.add_reports(sent) == {"desk-999"}
    assert store.waiting_reports(limit=10) == []
    assert store.last_reports() == {}


def test_hundreds_of_phones_are_kept_in_one_transaction(store, desk):
    names = [f"desk-{number}" for number in range(500, 1000)]
    store.sync_phones([PhoneSpec(name=name) for name in names])
    store.add_reports([NewReport(phone=name, report=one) for name in names for one in missed()])
    assert len(store.waiting_reports(limit=10_000)) == len(names)
    take(store, limit=10_000)
    assert len(list(store.entries())) == len(names)
    assert store.waiting_reports(limit=10) == []


def test_old_reports_go_once_they_were_taken(store, desk):
    send(store, *missed(), *missed(3600, call="c2"))
    assert store.purge_reports(at(9000)) == 0
    take(store)
    assert store.purge_reports(at(1800)) == 2
    assert store.purge_reports(at(9000)) == 2
    assert len(list(store.entries())) == 2


def test_a_phone_that_only_reported_makes_room_for_another_one(store, desk):
    store.sync_phones([PhoneSpec(name="desk-101"), PhoneSpec(name="new")])
    send(store, Report(at=at(5), event=PhoneEvent(kind=EventKind.ALIVE)), phone="new")
    assert store.rename("desk-101", "new").name == "new"


# --- entries ------------------------------------------------------------------------------------------------


def test_an_entry_of_reports_comes_out_as_it_was_told(store, desk):
    send(store, *answered(5, remote_name="Пётр П."))
    take(store)
    (kept,) = store.entries()
    assert (kept.list_name, kept.sources, kept.on_phone) == ("received", ("event",), False)
    assert (kept.remote_number, kept.remote_name, kept.call_id) == (NUMBER, "Пётр П.", "c1")
    assert (kept.started_at, kept.resolution_s, kept.time_of) == (at(5), 1, "start")
    assert (kept.ring_s, kept.duration_s, kept.outcome) == (7, 60, "answered")
    assert (kept.first_seen_at, kept.last_seen_at) == (at(5), at(72))
    assert (kept.shown_at, kept.clock_offset_s, kept.uncertain, kept.complete) == (None, None, False, True)


def test_reports_that_come_one_by_one_make_the_same_entry(store, desk):
    for one in (*answered(), answered()[0], *missed(300, call=None)):
        send(store, one)
        take(store)
    one_by_one = list(store.entries())
    assert len(one_by_one) == 2
    fresh = assembled("desk-101#1", [*answered(), *missed(300, call=None)])
    assert [row.id for row in one_by_one] == [made.id for made in fresh]
    assert [row.duration_s for row in one_by_one] == [60, None]


def test_a_call_whose_way_nobody_told_stands_in_no_list(store, desk):
    send(store, report(0, "established"))
    take(store)
    assert [row.list_name for row in store.entries()] == ["unknown"]


def test_a_call_that_a_later_report_joins_stays_one_entry(store, desk):
    send(store, report(0, "established", account=None))
    take(store)
    (before,) = store.entries()
    send(store, report(60, "terminated"))
    take(store)
    (after,) = store.entries()
    assert after.id != before.id
    assert after.duration_s == 60
    send(store, report(61, "terminated"))
    take(store)
    assert [row.id for row in store.entries()] == [after.id]


def test_entries_are_filtered_by_source(store, desk):
    send(store, *missed(900, call="c2"), *answered())
    take(store)
    read(store, shown(), shown("other", started_at=minute(30)))
    meet_all(store)
    for sources, many in (("list", 1), ("event", 1), ("list event", 1), (None, 3)):
        assert len(list(store.entries(EntryFilter(sources=sources)))) == many


# --- meeting ------------------------------------------------------------------------------------------------


def test_event_first_and_row_first_come_to_the_same_entry(store, desk):
    send(store, *answered(5))
    take(store)
    read(store, shown())
    assert meet_all(store) == 1
    (kept,) = store.entries()
    assert (kept.id, kept.sources, kept.shown_at) == ("row", ("list", "event"), "2026-03-02 12:00:00")
    assert (kept.started_at, kept.resolution_s, kept.time_of) == (at(5), 1, "start")
    assert (kept.call_id, kept.ring_s, kept.outcome, kept.duration_s) == ("c1", 7, "answered", 60)
    assert (kept.on_phone, kept.clock_offset_s, kept.remote_name) == (True, None, "Пётр П.")


def test_a_late_event_meets_an_old_row(store, desk):
    read(store, shown())
    assert meet_all(store) == 0
    send(store, *answered(5))
    take(store)
    assert meet_all(store) == 1
    (kept,) = store.entries()
    assert (kept.id, kept.sources, kept.started_at) == ("row", ("list", "event"), at(5))


def test_a_report_that_comes_after_the_meeting_goes_into_the_row(store, desk):
    first, second, third = answered(5)
    send(store, second, third)
    take(store)
    read(store, shown())
    assert meet_all(store) == 1
    (kept,) = store.entries()
    assert (kept.started_at, kept.ring_s) == (START, None)
    send(store, first)
    take(store)
    (kept,) = store.entries()
    assert (kept.id, kept.started_at, kept.ring_s, kept.sources) == ("row", at(5), 7, ("list", "event"))
    assert meet_all(store) == 0


def test_later_reads_neither_undo_nor_double_what_has_met(store, desk):
    send(store, *answered(5))
    take(store)
    read(store, shown(duration_s=None))
    meet_all(store)
    grown = ChangedEntry(id="row", duration_s=None, remote_name="Анна А.", count=1, complete=True)
    read(store, read_at=61, changed=(grown,))
    read(store, read_at=62, gone=("row",))
    read(store, read_at=63, back=("row",))
    assert meet_all(store) == 0
    (kept,) = store.entries()
    assert (kept.remote_name, kept.duration_s, kept.on_phone) == ("Анна А.", 60, True)
    assert (kept.started_at, kept.sources) == (at(5), ("list", "event"))
    counted = ChangedEntry(id="row", duration_s=61, remote_name=None, count=1, complete=True)
    read(store, read_at=64, changed=(counted,))
    assert [row.duration_s for row in store.entries()] == [61]


def test_the_rows_key_leads_to_the_row_and_the_events_to_nothing_new(store, desk):
    send(store, *answered(5))
    take(store)
    (event,) = store.entries()
    read(store, shown())
    meet_all(store)
    (made,) = assembled("desk-101#1", answered(5))
    assert made.id == event.id
    assert store.known("desk-101#1", ["key of row", made.key]) == {"key of row": ("row",), made.key: ("row",)}


def test_rows_taken_in_late_meet_reports_too(store, desk):
    send(store, *answered(5))
    take(store)
    read(store)
    state = store.phone("desk-101")
    store.take_late(
        state, [shown()], [], first_seen_at=minute(30), last_seen_at=minute(31), zone="Europe/Moscow"
    )
    assert meet_all(store) == 1
    (kept,) = store.entries()
    assert (kept.id, kept.sources, kept.on_phone) == ("row", ("list", "event"), False)
    store.take_late(
        store.phone("desk-101"), [shown()], [], first_seen_at=minute(30), last_seen_at=minute(31), zone="UTC"
    )
    assert len(list(store.entries())) == 1


def test_what_is_ambiguous_stays_two_and_is_marked_until_it_is_not(store, desk):
    minute_list = {"list_code": "3", "duration_s": None}
    send(store, *missed(5, ring=8, call="c1"))
    take(store)
    read(store, shown("r1", **minute_list), shown("r2", occurrence=2, **minute_list))
    assert meet_all(store) == 0
    assert [row.uncertain for row in store.entries()] == [True] * 3
    send(store, *missed(30, ring=8, call="c2"))
    take(store)
    assert meet_all(store) == 2
    kept = {row.id: row for row in store.entries()}
    assert {id_: (row.started_at, row.uncertain) for id_, row in kept.items()} == {
        "r1": (at(5), False),
        "r2": (at(30), False),
    }


def test_a_meeting_decided_on_what_is_gone_changes_nothing(store, desk):
    send(store, *answered(5))
    take(store)
    read(store, shown())
    found = store.unmet("desk-101#1", START, minute(60))
    pairs = [joined(row, event) for row, event in meet(found.rows, found.events).pairs]
    assert store.apply_meeting("desk-101#1", pairs, doubtful=()) == 1
    assert store.apply_meeting("desk-101#1", pairs, doubtful=()) == 0
    assert len(list(store.entries())) == 1


def test_phones_whose_rows_and_calls_may_be_one_are_known(store, desk):
    send(store, *answered(5), *missed(900, call="c2"))
    take(store)
    assert store.half_known(START) == []
    read(store, shown())
    send(store, report(901, "incoming", call="c2"))
    (waiting,) = store.waiting_reports(limit=10)
    assert waiting.listed
    assert store.half_known(START) == ["desk-101#1"]
    assert store.half_known(minute(30)) == []


# --- listening ----------------------------------------------------------------------------------------------


def settle(store, until):
    store.settle(
        {
            one.incarnation: settled(one.before, until=until, heard=one.heard, signs=one.signs, rhythm=None)
            for one in store.listening()
        }
    )


def spans(store, list_name="missed"):
    return [(row.since, row.until, row.state) for row in store.coverage(list_name=list_name)]


def test_outages_of_the_receiver_are_gaps_of_a_phone_that_only_reports(store, desk):
    store.heard(START, minute(10))
    send(store, *missed(60))
    settle(store, minute(10))
    assert spans(store) == [(None, at(60), SpanState.UNKNOWN), (at(60), None, SpanState.UNKNOWN)]
    store.heard(minute(20), minute(30))
    store.heard(minute(20), minute(40))
    settle(store, minute(40))
    store.heard(minute(50), minute(60))
    settle(store, minute(60))
    assert spans(store) == [
        (None, at(60), SpanState.UNKNOWN),
        (at(60), minute(10), SpanState.UNKNOWN),
        (minute(10), minute(20), SpanState.GAP),
        (minute(20), minute(40), SpanState.UNKNOWN),
        (minute(40), minute(50), SpanState.GAP),
        (minute(50), None, SpanState.UNKNOWN),
    ]
    before = spans(store)
    settle(store, minute(60))
    assert spans(store) == before
    assert {row.list_name for row in store.coverage()} == {"placed", "received", "missed", "forwarded"}


def test_reports_prolong_what_was_heard(store, desk):
    store.add_reports([NewReport(phone="desk-101", report=report(0, "missed"))], heard=(START, minute(5)))
    (one,) = store.listening()
    assert [(span.since, span.until) for span in one.heard] == [(START, minute(5))]
    assert (one.before, list(one.signs), list(one.beats)) == (
        HeardSpan(since=START, until=START, state=SpanState.UNKNOWN),
        [START],
        [],
    )


def test_regular_reports_are_the_beats_of_a_phone(store, desk):
    alive = PhoneEvent(kind=EventKind.ALIVE)
    send(store, *(Report(at=at(second), event=alive) for second in (60, 0, 30)), *missed(10))
    (one,) = store.listening()
    assert list(one.beats) == [at(0), at(30), at(60)]
    settle(store, at(40))
    (one,) = store.listening()
    assert list(one.signs) == [at(30), at(60)]


def test_once_its_lists_are_read_a_phone_is_covered_by_them_alone(store, desk):
    store.heard(START, minute(10))
    send(store, *missed(60))
    settle(store, minute(30))
    assert len(spans(store)) == 3
    waiting = store.listening()
    read(store, shown(), pools={"1,2": minute(1), "3": minute(1)})
    assert [state for *_, state in spans(store)] == [SpanState.COMPLETE]
    assert store.listening() == []
    late = settled(waiting[0].before, until=minute(50), heard=[], signs=[], rhythm=None)
    store.settle({waiting[0].incarnation: late})
    assert [state for *_, state in spans(store)] == [SpanState.COMPLETE]


@pytest.mark.parametrize("times", [1, 2])
def test_taking_twice_is_taking_once(store, desk, times):
    send(store, *answered(5))
    (waiting,) = store.waiting_reports(limit=10)
    made = assembled(waiting.incarnation, waiting.reports)
    for _ in range(times):
        store.take_reports([Taken(incarnation=waiting.incarnation, entries=made, report_ids=waiting.untaken)])
    assert len(list(store.entries())) == 1
