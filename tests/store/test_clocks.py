"""Clocks in the store: few of many readings kept, conclusions by version, rows queued where bounds move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from phonesync.agent.hearing import meet_around
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clocks import model
from phonesync.errors import ConfigError
from phonesync.model import TimeOf
from phonesync.store.clock_records import Kind, Vote
from phonesync.store.clocks import VERSIONS_KEPT
from phonesync.store.records import PhoneSpec
from phonesync.store.tables import CLOCK_SEGMENTS, JOIN_QUEUE, TIME_VOTES
from tests.events.told import answered
from tests.store.desk import START, entry, minute, read_of
from tests.store.test_events import send, take

OF = "desk-101#1"
S, A, R = TimeOf.START, TimeOf.ANSWERED, TimeOf.RECORDED


def seen(minutes, low_s, source=Source.PAGE):
    return Evidence(at=minute(minutes), source=source, low_s=low_s, high_s=low_s + 1)


def poll(store, minutes, low_s, *rows, **more):
    state = store.phone("desk-101")
    store.commit(
        read_of(
            state,
            minute(minutes),
            new=rows,
            unchanged=not rows,
            clock=None if low_s is None else seen(minutes, low_s),
            before=state,
            **more,
        )
    )


def conclude(store, clock=None):
    if clock is not None:
        clock.instant = max(clock.instant, store.clock_evidence(OF)[-1].at)
    return store.keep_clock(store.clock_of(OF), model(store.clock_evidence(OF)))


def queued(store):
    with store._database.read() as connection:
        return set(connection.execute(select(JOIN_QUEUE.c.entry_id)).scalars())


def empty_queue(store):
    with store._database.write() as connection:
        connection.execute(JOIN_QUEUE.delete())


# --- what polls see -----------------------------------------------------------------------------------


def test_of_many_readings_of_a_clock_few_are_kept_with_the_polls(store, desk):
    for minutes in range(0, 400, 10):
        poll(store, minutes, 0.0)
    assert [one.at for one in store.clock_evidence(OF)] == [minute(at) for at in (0, 10, 190, 370)]
    assert store.clock_evidence(OF, minute(100))[0].at == minute(190)
    assert store.clock_news() == [OF]


def test_a_poll_that_shows_no_clock_keeps_nothing_of_it(store, desk):
    poll(store, 0, None)
    assert store.clock_evidence(OF) == ()
    assert store.clock_news() == []
    assert store.unpaged_clocks() == [OF]


def test_the_same_poll_twice_is_the_same_as_once(store, desk):
    state = store.phone("desk-101")
    commit = read_of(state, minute(0), new=(entry("a"),), clock=seen(0, 3.0), before=state)
    store.commit(commit)
    store.commit(commit)
    assert store.clock_evidence(OF) == (seen(0, 3.0),)


def test_what_is_seen_of_a_clock_besides_is_added_once_as_it_was_understood_last(store, desk):
    read = seen(5, 1.0, Source.READ)
    store.add_clock_evidence(OF, [replace(read, low_s=-60.0)])
    store.add_clock_evidence(OF, [read])
    assert store.clock_evidence(OF) == (read,)
    (clock,) = store.clocks()
    assert clock.evidence == {Source.READ: 1}


# --- versions -----------------------------------------------------------------------------------------


def test_a_conclusion_is_a_version_and_queues_the_rows_it_moves(store, desk, clock):
    poll(store, 0, 20.0, entry("a"))
    empty_queue(store)
    assert conclude(store, clock)
    assert store.clock_news() == []
    kept = store.clock_of(OF)
    assert (kept.version, kept.made_at) == (1, START)
    assert kept.segments == model([seen(0, 20.0)]).segments
    assert queued(store) == {"a"}


def test_a_conclusion_that_moves_nothing_is_no_version(store, desk, clock):
    for hours in range(0, 72, 3):
        poll(store, 60 * hours, 20.0)
    assert conclude(store, clock)
    poll(store, 60 * 72, 20.0)
    assert not conclude(store, clock)
    assert store.clock_of(OF).version == 1
    assert store.clock_news() == []


def test_only_rows_shown_since_a_clock_was_set_are_queued(store, desk, clock):
    poll(store, 0, 0.0, entry("before"))
    for hours in range(3, 72, 3):
        poll(store, 60 * hours, 0.0)
    conclude(store, clock)
    late = minute(60 * 75)
    poll(store, 60 * 76, 120.0, entry("after", started_at=late))
    empty_queue(store)
    assert conclude(store, clock)
    assert queued(store) == {"after"}
    assert any(one.stepped for one in store.clock_of(OF).segments)
    kept = store.clock_of(OF).segments
    assert kept == model(store.clock_evidence(OF)).segments
    assert any(one.never is not None for one in kept)


def test_a_jump_that_is_held_is_kept_and_shown_and_moves_nothing(store, desk, clock):
    for hours in range(0, 72, 3):
        poll(store, 60 * hours, 0.0, *((entry("row"),) if not hours else ()))
    conclude(store, clock)
    empty_queue(store)
    poll(store, 60 * 72, 3600.0)
    assert conclude(store, clock)
    (held,) = store.clock_of(OF).held
    assert (held.since, held.low_s) == (minute(60 * 72), 3600.0)
    assert queued(store) == set()
    assert not any(one.stepped for one in store.clock_of(OF).segments)


def test_of_nothing_there_is_no_conclusion_and_no_news(store, desk):
    assert not store.keep_clock(store.clock_of(OF), model([]))
    (clock,) = store.clocks("desk-101")
    assert (clock.phone, clock.version, clock.segments, clock.current) == ("desk-101", 0, (), True)


def test_only_the_latest_versions_are_kept(store, desk, clock):
    for turn in range(VERSIONS_KEPT + 2):
        store.add_clock_evidence(OF, [seen(60 * turn, 50.0 * turn)])
        conclude(store, clock)
    with store._database.read() as connection:
        versions = set(connection.execute(select(CLOCK_SEGMENTS.c.version)).scalars())
    assert len(versions) == VERSIONS_KEPT
    assert store.clock_of(OF).version == max(versions)


def test_what_says_nothing_new_is_no_news(store, desk):
    poll(store, 0, 0.0)
    store.no_clock_news([OF])
    assert store.clock_news() == []


def test_the_clocks_of_a_phone_that_was_replaced_stay_beside_those_of_the_new_one(store, desk, clock):
    poll(store, 0, 0.0)
    conclude(store, clock)
    store.new_incarnation("desk-101", mac=None, reason="swapped")
    store.sync_phones([PhoneSpec(name="desk-101"), PhoneSpec(name="desk-102")])
    assert [(one.incarnation, one.current, one.version) for one in store.clocks()] == [
        ("desk-101#1", False, 1),
        ("desk-101#2", True, 0),
        ("desk-102#1", True, 0),
    ]
    with pytest.raises(ConfigError):
        store.clocks("desk-109")


# --- rows and meanings --------------------------------------------------------------------------------


def test_rows_between_two_reads_are_told_with_the_meaning_of_their_times(store, desk):
    poll(store, 0, None, entry("first", unseen_at=None))
    poll(
        store,
        60,
        None,
        entry("talk", list_code="2", started_at=minute(50), unseen_at=minute(0)),
        entry("missed", list_code="3", started_at=minute(40), unseen_at=minute(0), duration_s=None),
        entry("merged", count=3, started_at=minute(40), unseen_at=minute(0)),
        after={"vendor": "yealink", "model": "T20P"},
    )
    store.decide_time_meanings([Vote(kind=kind(True), source=Source.MIRROR, fits=frozenset({A}))] * 6)
    rows = {row.started_at: row for row in store.read_rows(OF, minute(1))}
    assert rows.keys() == {minute(50), minute(40)}
    assert (rows[minute(50)].time_of, rows[minute(40)].time_of) == (A, TimeOf.UNKNOWN)
    assert rows[minute(50)].first_seen_at == minute(60)


def kind(answered):
    return Kind(vendor="yealink", model="T20P", firmware="", answered=answered)


def vote(fits, answered=True, source=Source.MIRROR):
    return Vote(kind=kind(answered), source=source, fits=frozenset(fits))


def test_a_meaning_is_decided_by_a_clear_majority_and_queues_its_rows(store, desk):
    poll(store, 0, None, entry("row"), after={"vendor": "yealink", "model": "T20P"})
    empty_queue(store)
    assert store.decide_time_meanings([vote({S, A})] * 9 + [vote({R}, answered=False)] * 4) == []
    assert queued(store) == set()
    (found,) = store.decide_time_meanings([vote({S})] * 19 + [vote({R})])
    assert (found.kind, found.time_of, found.pairs, found.against) == (kind(True), S, 28, 1)
    assert queued(store) == {"row"}
    assert store.clock_news() == []
    assert store.time_meanings() == [found]


def test_what_was_clear_stays_until_something_else_is(store, desk):
    store.decide_time_meanings([vote({S})] * 9)
    assert store.decide_time_meanings() == []
    store.decide_time_meanings([vote({S})] * 10)
    assert store.time_meanings()[0].pairs == 19
    assert store.decide_time_meanings([vote({R})] * 9) == []
    assert store.time_meanings()[0].time_of is S
    (turned,) = store.decide_time_meanings([vote({R})] * 200)
    assert turned.time_of is R


def test_a_placed_row_without_talk_time_has_not_the_meaning_of_unanswered_ones(store, desk):
    dialled = entry("row", started_at=minute(50), unseen_at=minute(0), duration_s=None)
    poll(store, 60, None, dialled, after={"vendor": "yealink", "model": "T20P"})
    store.decide_time_meanings([vote({S}, answered=False)] * 9)
    send(store, *answered(3300, call="other", number="+74950000009"))
    take(store)

    def means():
        (read,) = store.read_rows(OF, minute(1))
        (unmet,) = store.unmet(OF, minute(0), minute(60)).rows
        (row,) = store.call_rows(["row"], plan_of=lambda _: None)
        return read.time_of, unmet.time_of, row.time_of

    assert means() == (TimeOf.UNKNOWN,) * 3
    store.decide_time_meanings([vote({S})] * 9)
    assert means() == (S,) * 3


def test_a_placed_row_without_talk_time_means_what_either_kind_of_row_does(store, desk):
    dialled = entry("row", started_at=minute(50), unseen_at=minute(0), duration_s=None)
    poll(store, 60, None, dialled, after={"vendor": "yealink", "model": "T20P"})
    store.decide_time_meanings([vote({S}, answered=False)] * 9)
    (row,) = store.call_rows(["row"], plan_of=lambda _: None)
    assert (row.time_of, row.either) == (TimeOf.UNKNOWN, ())
    empty_queue(store)
    store.decide_time_meanings([vote({A})] * 9)
    assert queued(store) == {"row"}
    (row,) = store.call_rows(["row"], plan_of=lambda _: None)
    assert (row.time_of, row.either) == (TimeOf.UNKNOWN, (A, S))
    poll(store, 61, None, after={"vendor": "yealink", "model": "T20P"}, time_of=R)
    (row,) = store.call_rows(["row"], plan_of=lambda _: None)
    assert (row.time_of, row.either) == (R, ())


def test_what_a_variant_or_the_configuration_says_goes_before_what_was_found(store, desk):
    known = entry("row", started_at=minute(50), unseen_at=minute(0))
    after = {"vendor": "yealink", "model": "T20P"}
    poll(store, 60, None, known, after=after, time_of=R)
    store.decide_time_meanings([vote({S})] * 9)
    (row,) = store.read_rows(OF, minute(1))
    assert row.time_of is R


# --- rows that met reports ----------------------------------------------------------------------------


@pytest.mark.parametrize("clock_s", [None, 0.0])
def test_a_meeting_keeps_what_it_shows_of_the_clock_and_of_the_times(store, desk, clock_s):
    send(store, *answered(0, ring=10, talk=60))
    take(store)
    row = entry(
        "row",
        list_code="2",
        remote_number="+74950000001",
        started_at=START + timedelta(seconds=10),
        duration_s=60,
        clock_offset_s=clock_s,
        unseen_at=START - timedelta(hours=1),
    )
    state = store.phone("desk-101")
    commit = read_of(state, START + timedelta(minutes=5), new=(row,), before=state)
    store.commit(replace(commit, state=replace(commit.state, clock_offset_s=clock_s)))
    assert meet_around(store, OF, START, START + timedelta(minutes=5)) == 1
    if clock_s is None:
        (one,) = store.clock_evidence(OF)
        assert one.source is Source.REPORT
        assert one.low_s <= 0 <= one.high_s
    else:
        assert store.clock_evidence(OF) == ()
        store.decide_time_meanings()
        with store._database.read() as connection:
            ((fits, votes),) = connection.execute(select(TIME_VOTES.c.fits, TIME_VOTES.c.votes)).all()
        assert (fits, votes) == ("answered", 1)
