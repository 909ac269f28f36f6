"""Kept answers: those with new rows for a while, the newest always, quarantined ones until resolved."""

from __future__ import annotations

import pytest

from phonesync.errors import StoreError
from phonesync.store import raw
from phonesync.store.records import PhoneSpec, PollCommit, RawKind, RawRecord
from tests.store.desk import entry, minute, read_of


def answer(kind, content=b"<list/>", path="/list", reason=""):
    return RawRecord(kind=kind, path=path, content_type="text/xml", content=content, reason=reason)


def poll(store, at, *answers, name="desk-101"):
    store.commit(read_of(store.phone(name), minute(at), unchanged=False, raw=answers))


def fail(store, at, *answers):
    store.commit(PollCommit(state=store.phone("desk-101"), plan=None, raw=answers, at=minute(at)))


def kept(store, kind=None):
    return [(item.content.decode(), item.kind.value, item.newest) for item in store.answers(kind=kind)]


def test_an_answer_comes_out_as_it_went_in_and_lies_compressed(store, desk, place):
    content = bytes(range(256)) + b"a" * 100_000
    poll(store, 1, answer(RawKind.NEW_ROWS, content))
    (item,) = store.answers("desk-101")
    assert (item.content, item.path, item.content_type, item.at) == (content, "/list", "text/xml", minute(1))
    assert (item.phone, item.incarnation) == ("desk-101", "desk-101#1")
    assert place.rows("SELECT CASE WHEN length(content) < 2000 THEN 1 END FROM raw_answers") == [(1,)]


def test_the_newest_takes_the_place_of_the_newest_but_not_of_one_with_new_rows(store, desk):
    poll(store, 1, answer(RawKind.NEW_ROWS, b"1"))
    poll(store, 2, answer(RawKind.NEWEST, b"2"))
    assert kept(store) == [("1", "new rows", False), ("2", "newest", True)]
    poll(store, 3, answer(RawKind.NEWEST, b"3"))
    assert kept(store) == [("1", "new rows", False), ("3", "newest", True)]
    poll(store, 4, answer(RawKind.NEW_ROWS, b"4"))
    assert kept(store) == [("1", "new rows", False), ("4", "new rows", True)]
    assert kept(store, RawKind.NEWEST) == [("4", "new rows", True)]


def test_each_path_and_each_phone_has_its_own_newest(store, desk):
    store.sync_phones([PhoneSpec(name="desk-102")])
    poll(store, 1, answer(RawKind.NEWEST, b"a", "/placed"), answer(RawKind.NEWEST, b"b", "/missed"))
    poll(store, 2, answer(RawKind.NEWEST, b"c", "/placed"))
    poll(store, 3, answer(RawKind.NEWEST, b"d", "/placed"), name="desk-102")
    assert sorted(kept(store)) == [("b", "newest", True), ("c", "newest", True), ("d", "newest", True)]
    assert [item.content for item in store.answers("desk-102")] == [b"d"]


def test_lists_read_from_one_path_are_kept_side_by_side(store, desk):
    poll(store, 1, answer(RawKind.NEWEST, b"placed 1"), answer(RawKind.NEWEST, b"missed 1"))
    poll(store, 2, answer(RawKind.NEWEST, b"placed 2"), answer(RawKind.NEWEST, b"missed 2"))
    assert [content for content, _, newest in kept(store) if newest] == ["placed 2", "missed 2"]


def test_an_older_read_written_late_is_not_the_newest(store, desk):
    poll(store, 5, answer(RawKind.NEWEST, b"5"))
    poll(store, 4, answer(RawKind.NEWEST, b"4"))
    poll(store, 3, answer(RawKind.NEW_ROWS, b"3"))
    assert kept(store) == [("5", "newest", True), ("3", "new rows", False)]


def test_a_quarantined_answer_stays_beside_the_newest_until_it_is_resolved(store, desk, clock):
    poll(store, 1, answer(RawKind.NEWEST, b"good"))
    fail(store, 2, answer(RawKind.QUARANTINED, b"odd", reason="no end mark"))
    poll(store, 3, answer(RawKind.NEWEST, b"better"))
    (item,) = store.answers(kind=RawKind.QUARANTINED)
    assert (item.content, item.reason, item.newest, item.resolved_at) == (b"odd", "no end mark", False, None)
    assert store.purge_raw(minute(100)) == 0
    assert store.info().quarantined == 1
    clock.instant = minute(50)
    assert store.resolve(item.id)
    assert not store.resolve(item.id)
    assert list(store.answers(kind=RawKind.QUARANTINED)) == []
    assert [one.resolved_at for one in store.answers() if one.id == item.id] == [minute(50)]
    assert store.info().quarantined == 0
    assert store.purge_raw(minute(100)) == 1
    assert kept(store) == [("better", "newest", True)]


def test_a_phone_that_repeats_itself_fills_no_disk(store, desk):
    for at in range(1, 6):
        fail(store, at, answer(RawKind.QUARANTINED, b"login page"))
    fail(store, 5, answer(RawKind.QUARANTINED, b"login page"))
    fail(store, 6, answer(RawKind.QUARANTINED, b"another page"))
    assert [(item.content, item.seen, item.at, item.seen_at) for item in store.answers()] == [
        (b"login page", 5, minute(1), minute(5)),
        (b"another page", 1, minute(6), minute(6)),
    ]


def test_answers_can_be_quarantined_outside_a_poll(store, desk):
    store.quarantine("desk-101#1", [answer(RawKind.QUARANTINED, b"odd")], at=minute(1))
    assert kept(store) == [("odd", "quarantined", False)]
    with pytest.raises(StoreError, match="no incarnation desk-999#1"):
        store.quarantine("desk-999#1", [answer(RawKind.QUARANTINED)], at=minute(1))


def test_retention_takes_old_answers_with_new_rows_and_nothing_else(store, desk, monkeypatch):
    monkeypatch.setattr(raw, "PURGED_AT_ONCE", 2)
    for at in range(1, 8):
        store.commit(
            read_of(
                store.phone("desk-101"),
                minute(at),
                new=(entry(f"e{at}"),),
                raw=(answer(RawKind.NEW_ROWS, str(at).encode()),),
            )
        )
    fail(store, 1, answer(RawKind.QUARANTINED, b"odd"))
    before = (list(store.entries()), list(store.coverage()), store.phone("desk-101"))
    assert store.purge_raw(minute(6)) == 5
    assert kept(store) == [("6", "new rows", False), ("7", "new rows", True), ("odd", "quarantined", False)]
    assert store.purge_raw(minute(99)) == 1
    assert store.purge_raw(minute(99)) == 0
    assert kept(store) == [("7", "new rows", True), ("odd", "quarantined", False)]
    assert before == (list(store.entries()), list(store.coverage()), store.phone("desk-101"))


def test_many_answers_are_fetched_in_pages(store, desk):
    for at in range(45):
        poll(store, at, answer(RawKind.NEW_ROWS, str(at).encode()))
    assert [item.content for item in store.answers(kind=RawKind.NEW_ROWS)] == [
        str(n).encode() for n in range(45)
    ]
