"""The audit log is only ever added to, and shows where somebody did otherwise."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from phonesync.store.access import audit
from phonesync.store.access.records import Act, AuditFilter


def act(number=0, **more):
    return Act(
        **{"user": "anna", "peer": "192.0.2.1", "action": "call.view", "object": f"call {number}", **more}
    )


def test_lines_are_found_newest_first_by_user_action_and_time(store, clock):
    store.note_act(act(1))
    clock.instant += timedelta(minutes=1)
    store.note_act(act(2, user=None, action="sign-in.failed", detail={"reason": "password"}))
    clock.instant += timedelta(minutes=1)
    store.note_act(act(3, user="boris"))
    assert [line.object for line in store.audit_page()] == ["call 3", "call 2", "call 1"]
    newest = store.audit_page(limit=1)
    assert [line.object for line in store.audit_page(before=newest[0].id)] == ["call 2", "call 1"]
    since = clock.now() - timedelta(minutes=1)
    for wanted, found in (
        (AuditFilter(user="boris"), ["call 3"]),
        (AuditFilter(action="sign-in.failed"), ["call 2"]),
        (AuditFilter(since=since), ["call 3", "call 2"]),
        (AuditFilter(until=since), ["call 1"]),
    ):
        assert [line.object for line in store.audit_page(wanted)] == found


def test_a_log_that_nobody_touched_is_whole(store, monkeypatch):
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    assert store.verify_audit().chain == ""
    for number in range(5):
        store.note_act(act(number, object="Ёж\0\ud800", detail={"name": "Ёж \0", "n": number}))
    verdict = store.verify_audit()
    assert (verdict.lines, verdict.broken_at) == (5, None)
    assert verdict.chain == store.audit_page(limit=1)[0].chain
    assert store.verify_audit(expect=verdict.chain).expected
    assert not store.verify_audit(expect="0" * 64).expected


@pytest.mark.parametrize(
    "spoil",
    [
        "update audit_log set object = 'call 9' where id = 3",
        "update audit_log set at = '2020-01-01 00:00:00.000000' where id = 3",
        "update audit_log set user_name = null where id = 3",
        "delete from audit_log where id = 2",
        "delete from audit_log where id = 1",
    ],
)
def test_whatever_was_changed_or_removed_breaks_the_chain(store, path, spoil):
    for number in range(4):
        store.note_act(act(number))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(spoil)
    broken = 2 if "id = 1" in spoil else 3
    assert store.verify_audit().broken_at == broken


def test_lines_of_several_threads_follow_one_another(store):
    threads = [
        threading.Thread(target=lambda n=n: [store.note_act(act(n)) for _ in range(5)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = store.verify_audit()
    assert (verdict.lines, verdict.broken_at) == (20, None)
