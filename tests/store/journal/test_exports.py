"""Exports that were asked for, in the store."""

from datetime import timedelta

import pytest

from phonesync.journal.exports import ExportFormat, ExportState, NoSuchExport
from tests.store.desk import minute
from tests.store.journal.said import keep_user


def asked(store, user, query="tab=missed"):
    return store.ask_export(user, query, ExportFormat.XLSX, total=10)


def test_an_export_is_its_users_alone(store, desk):
    anna, boris = keep_user(store, "Anna A."), keep_user(store, "Boris B.")
    first, second = asked(store, anna), asked(store, anna)
    assert (first.query, first.format, first.state) == ("tab=missed", ExportFormat.XLSX, ExportState.WAITING)
    assert (first.done, first.total, first.share, first.is_open) == (0, 10, 0.0, True)
    assert store.exports(anna) == (second, first)
    assert store.exports(boris) == ()
    assert store.export(first.id, user_id=anna) == first
    with pytest.raises(NoSuchExport, match="no such export of yours"):
        store.export(first.id, user_id=boris)


def test_an_export_goes_from_waiting_to_done_and_its_file_goes_after_days(store, desk, clock):
    anna = keep_user(store, "Anna A.")
    export = asked(store, anna)
    assert store.start_export(export.id)
    assert not store.start_export(export.id)
    assert store.export_written(export.id, 5)
    assert store.export(export.id, user_id=anna).share == 0.5
    assert store.end_export(export.id, ExportState.DONE, done=9, file="1.xlsx")
    done = store.export(export.id, user_id=anna)
    assert (done.state, done.done, done.total, done.file) == (ExportState.DONE, 9, 9, "1.xlsx")
    assert (done.ended_at, done.is_open) == (clock.now(), False)
    assert store.export_files() == [(export.id, "1.xlsx")]
    assert store.export_files(before=clock.now()) == []
    assert store.export_files(before=clock.now() + timedelta(seconds=1)) == [(export.id, "1.xlsx")]
    store.forget_export_file(export.id)
    assert store.export_files() == []
    assert store.export(export.id, user_id=anna).state is ExportState.DONE


def test_what_has_ended_is_not_ended_again_and_is_not_written_on(store, desk):
    export = asked(store, keep_user(store, "Anna A."))
    assert store.end_export(export.id, ExportState.CANCELLED)
    assert not store.start_export(export.id)
    assert not store.export_written(export.id, 7)
    assert not store.end_export(export.id, ExportState.DONE, done=10, file="x")
    assert store.export(export.id, user_id=export.user_id).state is ExportState.CANCELLED


def test_a_restart_fails_what_was_open_with_a_sentence(store, desk):
    anna = keep_user(store, "Anna A.")
    running, waiting, done = asked(store, anna), asked(store, anna), asked(store, anna)
    store.start_export(running.id)
    store.end_export(done.id, ExportState.DONE, done=1, file="1.xlsx")
    assert store.end_all_exports("It was ended.") == 2
    found = {one.id: one for one in store.exports(anna)}
    assert [found[one.id].state.value for one in (running, waiting, done)] == ["failed", "failed", "done"]
    assert (found[running.id].problem, found[done.id].problem) == ("It was ended.", None)
    assert found[running.id].asked_at == minute(0)
