"""The record of what was written to phones."""

import pytest

from phonesync.errors import StoreError
from phonesync.phonebook.push_values import PushRecord, PushState
from phonesync.store.records import PhoneSpec


def record(uid: int, **more) -> PushRecord:
    given = {
        "name": f"Contact {uid}",
        "digest": f"digest {uid}",
        "numbers": "201\n202",
        "state": PushState.SENT,
    } | more
    return PushRecord(contact=f"staff/{uid}", **given)


def test_a_record_is_kept_changed_and_forgotten(store, desk):
    assert store.pushed(desk.incarnation) == []
    store.keep_pushed(desk.incarnation, [record(2), record(1, before="old", name="Ольга \0")])
    kept = record(1, before="old", name="Ольга \ufffd")
    assert store.pushed(desk.incarnation) == [kept, record(2)]
    there = record(1, state=PushState.THERE, held_id="17")
    store.keep_pushed(desk.incarnation, [there, record(3)], gone=["staff/2", "staff/99"])
    assert store.pushed(desk.incarnation) == [there, record(3)]
    store.keep_pushed(desk.incarnation)
    assert store.pushed(desk.incarnation) == [there, record(3)]


def test_another_phone_in_its_place_starts_without_any(store, desk):
    store.keep_pushed(desk.incarnation, [record(1)])
    other = store.new_incarnation(desk.name, mac="00005e005399", reason="swapped")
    assert store.pushed(other.incarnation) == []
    assert store.pushed(desk.incarnation) == [record(1)]
    with pytest.raises(StoreError, match="no incarnation"):
        store.keep_pushed("nobody/1", [record(1)])


def test_a_phone_renamed_keeps_its_records(store, desk):
    store.keep_pushed(desk.incarnation, [record(1)])
    new = PhoneSpec(name="desk-199")
    store.sync_phones([new])
    store.keep_pushed(store.phone("desk-199").incarnation, [record(2)])
    renamed = store.rename(desk.name, "desk-199")
    assert store.pushed(renamed.incarnation) == [record(1)]
