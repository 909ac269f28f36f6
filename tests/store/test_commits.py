"""A poll in the store: what it writes, that twice is once, and that an unchanged one is one small write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from phonesync.errors import StaleState
from phonesync.ledger.values import Alias, ChangedEntry, Span, SpanState
from phonesync.model import TimeOf
from phonesync.store.records import PhoneSpec, PhoneStanding, PollCommit, RawKind, RawRecord
from tests.store.desk import busy_poll, entry, minute, polls_written, read_of


def statements(store, commit):
    """What a commit sends to the database."""
    sent = []

    def note(connection, cursor, statement, *_):
        sent.append(statement)

    event.listen(store._database._write_engine, "before_cursor_execute", note)
    store.commit(commit)
    event.remove(store._database._write_engine, "before_cursor_execute", note)
    return sent


def test_an_entry_comes_out_as_it_went_in(store, desk):
    row = entry(
        "e1",
        occurrence=2,
        list_code="3",
        account="102",
        remote_number="+7 (495) 000-00-01",
        remote_host="192.0.2.1",
        remote_name="Мария «М.»",
        shown_at="02 Mar 12:05",
        started_at=minute(5),
        resolution_s=60,
        clock_offset_s=-3.5,
        duration_s=None,
        count=3,
        complete=False,
        uncertain=True,
    )
    store.commit(read_of(desk, minute(10), new=(row,), zone="Europe/Moscow", time_of=TimeOf.RECORDED))
    (kept,) = store.entries()
    assert kept.phone == "desk-101"
    assert (kept.extension, kept.owner, kept.department) == ("101", "Anna A.", "Sales")
    assert (kept.list_name, kept.line, kept.time_of) == ("missed", 2, "recorded")
    for name in (
        "id",
        "occurrence",
        "remote_number",
        "remote_host",
        "remote_name",
        "shown_at",
        "started_at",
        "resolution_s",
        "clock_offset_s",
        "duration_s",
        "count",
        "complete",
        "uncertain",
    ):
        assert getattr(kept, name) == getattr(row, name), name
    assert (kept.first_seen_at, kept.last_seen_at, kept.on_phone) == (minute(10), minute(10), True)


def test_the_zone_stands_beside_the_time(store, desk, place):
    store.commit(read_of(desk, minute(1), new=(entry("e1"),), zone="Europe/Moscow"))
    store.close()
    assert place.rows("SELECT zone, shown_at FROM entries") == [("Europe/Moscow", "2026-03-02 12:00:00")]


def test_the_same_commit_twice_changes_nothing(store, desk, place):
    first = busy_poll(desk, 1)
    store.commit(first)
    second = busy_poll(store.phone("desk-101"), 2)
    store.commit(second)
    before = place.dump()
    store.commit(second)
    assert place.dump() == before
    store.commit(replace(second, before=None))
    assert place.dump() == before
    assert polls_written(store, "desk-101") == 2


def test_an_unchanged_poll_is_one_small_update(store, desk, place):
    store.commit(busy_poll(desk, 1))
    state = store.phone("desk-101")
    same = {"pools": {"1": minute(1)}, "unchanged": True}
    assert len(statements(store, read_of(state, minute(2), **same))) == 2
    again = replace(read_of(state, minute(3), **same), before=state)
    begin, update = statements(store, again)
    assert begin == place.names["begin"]
    assert update.startswith("UPDATE states SET")
    assert "due_reason" not in update
    assert {(row.last_seen_at, row.on_phone) for row in store.entries()} == {(minute(3), True)}
    assert store.phone("desk-101").ledger_state == state.ledger_state
    assert [row.proven_until for row in store.coverage()] == [None, minute(3)]


def test_the_first_unchanged_poll_of_a_process_finds_everything_beside_in_order(store, desk, place):
    store.commit(busy_poll(desk, 1))
    before = place.dump()
    with place.opened() as other:
        state = other.phone("desk-101")
        same = read_of(state, minute(2), pools={"1": minute(1)}, unchanged=True)
        assert len(statements(other, same)) > 2
        assert len(statements(other, replace(same, at=minute(3)))) == 2
    after = place.dump()
    assert {name for name in after if after[name] != before[name]} == {"states"}


def test_an_unchanged_poll_that_says_nothing_of_pools_leaves_them_open(store, desk, place):
    store.commit(busy_poll(desk, 1))
    quiet = read_of(store.phone("desk-101"), minute(2), pools={}, unchanged=True)
    assert len(statements(store, quiet)) == 2
    with place.opened() as other:
        other.commit(replace(quiet, at=minute(3)))
    assert [row.since for row in store.coverage()][1:] == [minute(1)]


def test_an_unchanged_poll_on_another_ledger_is_stale(store, desk):
    store.commit(busy_poll(desk, 1))
    state = replace(store.phone("desk-101"), ledger_digest="what was there before")
    for _ in range(2):
        with pytest.raises(StaleState, match="desk-101 was read, renamed or replaced by another process"):
            store.commit(read_of(state, minute(2), pools={"1": minute(1)}, unchanged=True))
    assert store.phone("desk-101").last_read == minute(1)


def test_a_failed_poll_changes_what_is_known_of_the_phone_and_nothing_it_showed(store, desk, place):
    store.commit(busy_poll(desk, 1))
    before = store.phone("desk-101")
    kept = place.dump()
    down = replace(
        before, standing=PhoneStanding.DOWN, failures=1, last_error="No answer.", down_since=minute(2)
    )
    store.commit(PollCommit(state=down, plan=None, at=minute(2), before=before))
    assert store.phone("desk-101") == down
    after = place.dump()
    assert {name for name in after if after[name] != kept[name]} == {"states"}


def test_what_a_read_proves_is_written_by_a_read_alone(store, desk):
    store.commit(busy_poll(desk, 1))
    state = store.phone("desk-101")
    bold = replace(
        state,
        failures=3,
        last_read=minute(99),
        clock_offset_s=99.0,
        ledger_digest="bold",
        ledger_state=b"bold",
    )
    store.save_state(bold)
    store.commit(PollCommit(state=bold, plan=None, at=minute(2)))
    assert store.phone("desk-101") == replace(state, failures=3)


def test_an_order_given_while_a_phone_is_read_is_not_undone(store, desk):
    before = store.phone("desk-101")
    store.save_state(replace(before, swapped=("v1",), accept_unaligned=True), before=before)
    store.commit(read_of(before, minute(1), new=(entry("e1"),), before=before))
    after = store.phone("desk-101")
    assert (after.swapped, after.accept_unaligned, after.last_read) == (("v1",), True, minute(1))


def test_every_field_of_a_state_is_kept(store, desk):
    full = replace(
        desk,
        mac="00005e005301",
        vendor="acme",
        variant="v1",
        model="A1",
        firmware="1.2",
        standing=PhoneStanding.HELD,
        last_attempt=minute(1),
        next_due=minute(2),
        due_reason="because",
        failures=4,
        last_error="Not now.",
        error_kind="PhoneBusy",
        down_since=minute(0),
        refused_credentials="hash",
        locked_until=minute(9),
        open_session=True,
        certificate="ab" * 32,
        swapped=("v1", "v2"),
        swap_proposed=True,
        accept_unaligned=True,
        notes=("one", "zwei — drei"),
    )
    store.save_state(full)
    assert store.phone("desk-101") == full
    assert store.phones() == [full]
    read = read_of(full, minute(3), after={"clock_offset_s": 1.5})
    store.commit(read)
    assert store.phone("desk-101") == read.state
    assert store.phones() == [replace(read.state, ledger_state=b"")]
    assert store.phones(ledgers=True) == [read.state]


def test_a_state_that_did_not_change_is_not_written(store, desk):
    event.listen(
        store._database._write_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: pytest.fail(statement) if "UPDATE" in statement else None,
    )
    store.save_state(desk, before=desk)
    assert store.phone("desk-101") == desk


def test_a_read_of_another_process_in_between_makes_a_commit_stale(store, desk, place):
    with place.opened() as other:
        other.commit(busy_poll(desk, 1))
    late = read_of(desk, minute(2), new=(entry("late"),), before=desk)
    with pytest.raises(StaleState) as caught:
        store.commit(late)
    assert caught.value.transient
    assert "late" not in {row.id for row in store.entries()}
    assert polls_written(store, "desk-101") == 1


def test_a_commit_for_an_incarnation_that_is_gone_is_stale(store, desk):
    lost = replace(desk, incarnation="desk-101#7")
    with pytest.raises(StaleState):
        store.commit(read_of(lost, minute(1), new=(entry("e1"),)))
    with pytest.raises(StaleState):
        store.save_state(replace(lost, failures=1))
    assert list(store.entries()) == []


def test_a_grown_row_keeps_its_identity(store, desk):
    store.commit(read_of(desk, minute(1), new=(entry("e1", duration_s=10),)))
    grown = ChangedEntry(id="e1", duration_s=70, remote_name="Новое имя", count=2, complete=False)
    store.commit(read_of(store.phone("desk-101"), minute(2), changed=(grown,)))
    (kept,) = store.entries()
    assert (kept.duration_s, kept.remote_name, kept.count, kept.complete) == (70, "Новое имя", 2, False)
    assert (kept.remote_number, kept.started_at) == ("+74950000000", minute(0))
    assert (kept.first_seen_at, kept.last_seen_at) == (minute(1), minute(2))


def test_a_row_that_left_the_phone_was_last_seen_by_the_read_before(store, desk):
    store.commit(read_of(desk, minute(1), new=(entry("e1"), entry("e2"))))
    store.commit(read_of(store.phone("desk-101"), minute(2), unchanged=True))
    store.commit(read_of(store.phone("desk-101"), minute(3), gone=("e1",)))
    gone, stays = store.entries()
    assert (gone.on_phone, gone.last_seen_at) == (False, minute(2))
    assert (stays.on_phone, stays.last_seen_at) == (True, minute(3))
    store.commit(read_of(store.phone("desk-101"), minute(4), back=("e1",)))
    assert {(row.on_phone, row.last_seen_at) for row in store.entries()} == {(True, minute(4))}


def test_a_kept_entry_is_never_overwritten(store, desk):
    store.commit(read_of(desk, minute(1), new=(entry("e1", remote_number="100"),)))
    store.commit(read_of(store.phone("desk-101"), minute(2), new=(entry("e1", remote_number="200"),)))
    assert [(row.remote_number, row.first_seen_at) for row in store.entries()] == [("100", minute(1))]


def test_known_finds_entries_by_key_oldest_first_and_through_aliases(store, desk):
    store.sync_phones([PhoneSpec(name="desk-102")])
    new = (entry("b", key="k1", occurrence=2), entry("a", key="k1"), entry("c", key="k2"))
    later = Alias(key="k3", occurrence=2, alias_id="x", entry_id="c")
    first = Alias(key="k3", occurrence=1, alias_id="y", entry_id="b")
    store.commit(read_of(desk, minute(1), new=new, aliases=(later, first)))
    assert store.known("desk-101#1", ["k1", "k3", "nothing"]) == {"k1": ("a", "b"), "k3": ("b", "c")}
    assert store.known("desk-102#1", ["k1", "k3"]) == {}
    assert store.known("desk-101#1", []) == {}


def test_known_takes_any_number_of_keys(store, desk):
    new = tuple(entry(f"e{n}", key=f"k{n}") for n in range(1200))
    store.commit(read_of(desk, minute(1), new=new))
    assert store.known("desk-101#1", [f"k{n}" for n in range(1300)]) == {
        f"k{n}": (f"e{n}",) for n in range(1200)
    }


def test_spans_come_out_under_list_names_the_open_one_last(store, desk):
    spans = (
        Span(list_code="3", since=None, until=minute(1), state=SpanState.UNKNOWN),
        Span(list_code="3", since=minute(1), until=minute(2), state=SpanState.GAP, at_most=4, estimate=1.5),
    )
    store.commit(read_of(desk, minute(3), spans=spans, pools={"1,3": minute(2)}))
    shown = [(row.list_name, row.since, row.until, row.state.value) for row in store.coverage()]
    assert shown == [
        ("missed", None, minute(1), "unknown"),
        ("missed", minute(1), minute(2), "gap"),
        ("missed", minute(2), None, "complete"),
        ("placed", minute(2), None, "complete"),
    ]
    gap = list(store.coverage())[1]
    assert (gap.at_most, gap.estimate, gap.proven_until) == (4, 1.5, None)


def test_an_open_span_may_be_unknown(store, desk):
    store.commit(
        read_of(desk, minute(1), pools={"1,2": minute(0), "3": minute(0)}, unproven=frozenset({"3"}))
    )
    shown = {row.list_name: (row.state.value, row.until) for row in store.coverage()}
    assert shown == {
        "missed": ("unknown", None),
        "placed": ("complete", None),
        "received": ("complete", None),
    }
    store.commit(read_of(store.phone("desk-101"), minute(2), pools={"1,2": minute(0), "3": minute(0)}))
    assert {row.state.value for row in store.coverage()} == {"complete"}


def test_what_ids_were_taken_to_say_is_taken_back(store, desk):
    spans = tuple(
        Span(list_code=code, since=minute(since), until=minute(since + 1), state=state, at_most=at_most)
        for code in ("1", "3")
        for since, state, at_most in ((1, SpanState.COMPLETE, None), (2, SpanState.GAP, 4))
    )
    pools = {"1": minute(3), "3": minute(3)}
    store.commit(read_of(desk, minute(3), spans=spans, pools=pools))
    late = Span(list_code="3", since=minute(3), until=minute(4), state=SpanState.GAP)
    store.commit(
        read_of(
            store.phone("desk-101"),
            minute(4),
            spans=(late,),
            withdrawn=("3",),
            pools={"1": minute(3), "3": minute(4)},
        )
    )
    shown = [(row.list_name, row.state.value, row.at_most) for row in store.coverage()]
    assert shown == [
        ("missed", "unknown", None),
        ("missed", "gap", None),
        ("missed", "gap", None),
        ("missed", "complete", None),
        ("placed", "complete", None),
        ("placed", "gap", 4),
        ("placed", "complete", None),
    ]


def test_an_entry_of_unbounded_age_has_no_resolution(store, desk):
    store.commit(read_of(desk, minute(1), new=(entry("e1", resolution_s=None),)))
    assert [row.resolution_s for row in store.entries()] == [None]


def test_a_list_the_phone_no_longer_has_does_not_stay_open(store, desk):
    store.commit(read_of(desk, minute(1), pools={"1,2": minute(0), "3": minute(0)}))
    closed = Span(list_code="3", since=minute(0), until=minute(1), state=SpanState.COMPLETE)
    new = read_of(store.phone("desk-101"), minute(2), pools={"1,2": minute(0)}, spans=(closed,))
    store.commit(new)
    assert [(row.list_name, row.until) for row in store.coverage()] == [
        ("missed", minute(1)),
        ("placed", None),
        ("received", None),
    ]


def test_open_spans_are_taken_from_the_ledger_where_the_commit_names_none(store, desk):
    commit = read_of(desk, minute(1), pools={"1": minute(0)})
    store.commit(replace(commit, pools={}, list_names={}))
    assert [(row.list_name, row.since) for row in store.coverage()] == [("placed", minute(0))]


def test_a_swap_of_codes_relabels_history_without_touching_an_entry(store, desk, place):
    new = (entry("e1", list_code="2"), entry("e2", list_code="3", started_at=minute(1)))
    store.commit(
        read_of(
            desk,
            minute(2),
            new=new,
            spans=(Span(list_code="2", since=None, until=minute(1), state=SpanState.UNKNOWN),),
        )
    )
    kept = place.rows("SELECT * FROM entries")
    assert [row.list_name for row in store.entries()] == ["received", "missed"]
    swapped = {"1": "placed", "2": "missed", "3": "received"}
    store.commit(read_of(store.phone("desk-101"), minute(3), unchanged=True, list_names=swapped))
    assert [row.list_name for row in store.entries()] == ["missed", "received"]
    assert [row.list_name for row in store.coverage() if row.state is SpanState.UNKNOWN] == ["missed"]
    assert place.rows("SELECT * FROM entries") == kept


def test_lines_are_those_of_the_accounts_and_old_accounts_keep_theirs(store, desk):
    new = (entry("e1", account="101"), entry("e2", account="102"), entry("e3", account=None))
    store.commit(read_of(desk, minute(1), new=new, lines={"101": 1}))
    assert {row.id: row.line for row in store.entries()} == {"e1": 1, "e2": None, "e3": None}
    store.commit(read_of(store.phone("desk-101"), minute(2), unchanged=True, lines={"102": 1}))
    assert {row.id: row.line for row in store.entries()} == {"e1": 1, "e2": 1, "e3": None}


def test_clock_offsets_are_kept_where_they_change(store, desk):
    state = desk
    for n, offset in enumerate([None, 0.4, 1.2, -0.9, 3600.0, 3600.7, None, 1.0], 1):
        store.commit(read_of(state, minute(n), unchanged=n > 1, after={"clock_offset_s": offset}))
        state = store.phone("desk-101")
    kept = [(row.at, row.offset_s) for row in store.clock_offsets("desk-101")]
    assert kept == [(minute(2), 0.4), (minute(5), 3600.0), (minute(8), 1.0)]


def test_text_that_no_database_takes_does_not_stop_a_poll(store, desk):
    odd = entry("e1", remote_name="half \ud83d of \0 it", remote_number="1\u200b2", shown_at="täglich")
    error = replace(desk, last_error="\udc80 is no text")
    store.commit(read_of(error, minute(1), new=(odd,)))
    (kept,) = store.entries()
    assert kept.remote_name == "half \ufffd of \ufffd it"
    assert (kept.remote_number, kept.shown_at) == ("1\u200b2", "täglich")
    assert store.phone("desk-101").last_error == "\ufffd is no text"


def test_numbers_that_no_column_holds_do_not_stop_a_poll(store, desk):
    new = (entry("e1", duration_s=10**20, count=10**20), entry("e2", duration_s=-1))
    store.commit(read_of(desk, minute(1), new=new))
    assert [(row.duration_s, row.count) for row in store.entries()] == [(None, 2**31 - 1), (None, 1)]
    grown = ChangedEntry(id="e2", duration_s=10**12, remote_name=None, count=2, complete=True)
    store.commit(read_of(store.phone("desk-101"), minute(2), changed=(grown,)))
    assert [row.duration_s for row in store.entries()] == [None, None]


def test_times_without_a_zone_are_refused(store, desk):
    naive = entry("e1", started_at=minute(0).replace(tzinfo=None))
    with pytest.raises(ValueError, match="timezone"):
        store.commit(read_of(desk, minute(1), new=(naive,)))
    assert store.phone("desk-101").last_read is None


def test_an_error_of_ours_in_the_middle_of_a_commit_takes_all_of_it_back(store, desk, place):
    before = place.dump()
    broken = RawRecord(kind=RawKind.NEW_ROWS, path="/list", content_type=None, content=b"x")
    commit = read_of(desk, minute(1), new=(entry("e1"),), raw=(broken,), after={"notes": (object(),)})
    with pytest.raises(TypeError):
        store.commit(commit)
    assert place.dump() == before


def test_time_is_kept_to_the_microsecond_and_in_utc(store, desk):
    at = minute(1) + timedelta(microseconds=123456)
    store.commit(read_of(desk, at, new=(entry("e1", started_at=at),)))
    (kept,) = store.entries()
    assert kept.started_at == kept.first_seen_at == at
    assert kept.started_at.utcoffset() == timedelta(0)
