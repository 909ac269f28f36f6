"""Phones in the store: names, incarnations, dated owners, orders to rename and replace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from phonesync.errors import ConfigError, PlanRefused, StaleState
from phonesync.store.records import EntryFilter, PhoneSpec, PhoneStanding, RawKind, RawRecord
from tests.store.desk import busy_poll, entry, minute, read_of


def spec(**more):
    return PhoneSpec(
        **{"name": "desk-101", "owner": "Anna A.", "extension": "101", "department": "Sales"} | more
    )


def owners(store):
    return [row.owner for row in store.entries()]


def rows_at(store, *times):
    state = store.phone("desk-101")
    new = tuple(entry(f"at {n}", started_at=at) for n, at in enumerate(times))
    store.commit(read_of(state, minute(500), new=new))


def test_a_new_name_gets_its_first_incarnation(store):
    store.sync_phones([spec(mac="00005e005301"), PhoneSpec(name="desk-102")])
    one, two = store.phones()
    assert (one.name, one.incarnation, one.mac, one.standing) == (
        "desk-101",
        "desk-101#1",
        "00005e005301",
        PhoneStanding.NEW,
    )
    assert (two.incarnation, two.mac, two.ledger_state) == ("desk-102#1", None, b"")


def test_taking_the_same_configuration_in_again_changes_nothing(store, place):
    specs = [spec(), PhoneSpec(name="desk-102", valid_from=date(2026, 1, 1))]
    store.sync_phones(specs)
    before = [
        place.rows(f"SELECT * FROM {table}") for table in ("phones", "incarnations", "assignments", "states")
    ]
    store.sync_phones(specs)
    assert before == [
        place.rows(f"SELECT * FROM {table}") for table in ("phones", "incarnations", "assignments", "states")
    ]


def test_a_phone_no_longer_configured_keeps_all_it_has(store, desk):
    store.commit(busy_poll(desk, 1))
    store.sync_phones([PhoneSpec(name="desk-102")])
    assert [state.name for state in store.phones()] == ["desk-101", "desk-102"]
    assert owners(store)
    assert set(owners(store)) == {"Anna A."}


def test_a_mac_configured_later_joins_the_incarnation_and_a_different_one_is_not_the_stores_to_judge(
    store, desk
):
    store.sync_phones([spec(mac="00005e005301")])
    assert (store.phone("desk-101").mac, store.phone("desk-101").incarnation) == (
        "00005e005301",
        "desk-101#1",
    )
    store.sync_phones([spec(mac="00005e005302")])
    assert (store.phone("desk-101").mac, store.phone("desk-101").incarnation) == (
        "00005e005301",
        "desk-101#1",
    )


def test_an_unknown_name_is_an_usage_error_with_the_nearest_name(store, desk):
    for ask in (
        store.phone,
        store.request_poll,
        store.clock_offsets,
        store.coverage,
        lambda name: store.entries(EntryFilter(phone=name)),
        lambda name: store.rename(name, "new"),
        lambda name: store.new_incarnation(name, mac=None, reason="test"),
        store.answers,
    ):
        with pytest.raises(
            ConfigError, match=r"knows no phone named 'desk-10l'\. Did you mean 'desk-101'\?"
        ) as caught:
            ask("desk-10l")
        assert caught.value.exit_code == 2
    with pytest.raises(ConfigError, match="List what it knows"):
        store.phone("пусто")


def test_last_years_calls_stay_with_last_years_owner(store, clock):
    store.sync_phones([spec()])
    clock.instant = minute(100)
    store.sync_phones([spec(owner="Boris B.", department="Support")])
    rows_at(store, minute(-100000), minute(99), minute(100), minute(101))
    assert owners(store) == ["Anna A.", "Anna A.", "Boris B.", "Boris B."]
    assert [row.department for row in store.entries()] == ["Sales", "Sales", "Support", "Support"]


def test_a_date_begins_at_midnight_of_the_phones_zone(store):
    moscow = {"desk-101": ZoneInfo("Europe/Moscow")}
    store.sync_phones([spec()], zone_of=moscow)
    store.sync_phones([spec(owner="Boris B.", valid_from=date(2026, 3, 1))], zone_of=moscow)
    midnight = datetime(2026, 2, 28, 21, 0, tzinfo=UTC)
    rows_at(store, midnight - (minute(1) - minute(0)), midnight)
    assert owners(store) == ["Anna A.", "Boris B."]


def test_a_date_without_a_zone_begins_at_midnight_utc(store):
    store.sync_phones([spec(valid_from=date(2026, 3, 1))])
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    rows_at(store, midnight - (minute(1) - minute(0)), midnight)
    assert owners(store) == [None, "Anna A."]


def test_an_owner_dated_back_takes_the_calls_from_that_date_on(store, clock):
    store.sync_phones([spec()])
    clock.instant = minute(100)
    store.sync_phones([spec(owner="Boris B.")])
    clock.instant = minute(200)
    store.sync_phones([spec(owner="Clara C.", valid_from=date(2026, 3, 1))])
    rows_at(store, datetime(2026, 2, 28, tzinfo=UTC), minute(50), minute(150), minute(250))
    assert owners(store) == ["Anna A.", "Clara C.", "Clara C.", "Clara C."]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, ["Anna A.", "Boris B.", "Boris B.", "Boris B."]),
        (3, ["Anna A.", "Anna A.", "Boris B.", "Boris B."]),
    ],
)
def test_a_date_that_changes_while_the_owner_stays_is_corrected_both_ways(store, day, expected):
    store.sync_phones([spec()])
    store.sync_phones([spec(owner="Boris B.", valid_from=date(2026, 3, 2))])
    store.sync_phones([spec(owner="Boris B.", valid_from=date(2026, 3, day))])
    rows_at(
        store, *(datetime(2026, month, d, 12, tzinfo=UTC) for month, d in ((2, 28), (3, 1), (3, 3), (3, 4)))
    )
    assert owners(store) == expected


def test_a_date_that_is_taken_out_again_says_nothing(store):
    store.sync_phones([spec(valid_from=date(2026, 3, 1))])
    store.sync_phones([spec()])
    rows_at(store, datetime(2026, 2, 28, tzinfo=UTC), minute(0))
    assert owners(store) == [None, "Anna A."]


def test_another_phone_under_the_name_starts_its_own_record(store, desk, clock):
    store.commit(busy_poll(desk, 1))
    kept = len(list(store.entries()))
    new = store.new_incarnation("desk-101", mac="00005e005302", reason="another MAC answers")
    assert (new.name, new.incarnation, new.mac) == ("desk-101", "desk-101#2", "00005e005302")
    assert (new.ledger_state, new.ledger_digest, new.last_read, new.notes) == (b"", "", None, ())
    assert store.phone("desk-101") == new
    assert [state.incarnation for state in store.phones()] == ["desk-101#2"]
    store.commit(read_of(new, minute(5), new=(entry("new"),), list_names={"1": "missed"}))
    assert len(list(store.entries(EntryFilter(phone="desk-101")))) == kept + 1
    assert {row.id: row.list_name for row in store.entries()}["new"] == "missed"
    assert {row.id: row.list_name for row in store.entries()}["entry 1.0"] == "placed"


def test_what_a_replaced_phone_proves_ends_with_its_last_good_read(store, desk):
    store.commit(read_of(desk, minute(1), pools={"1": minute(1)}))
    store.commit(read_of(store.phone("desk-101"), minute(4), pools={"1": minute(1)}, unchanged=True))
    new = store.new_incarnation("desk-101", mac=None, reason="test")
    store.commit(read_of(new, minute(9), pools={"1": minute(9)}))
    shown = [(row.since, row.until, row.proven_until) for row in store.coverage()]
    assert shown == [(minute(1), minute(4), None), (minute(9), None, minute(9))]


def test_the_poll_in_hand_of_a_replaced_phone_stays_its_own(store, desk):
    store.new_incarnation("desk-101", mac=None, reason="test")
    store.commit(read_of(desk, minute(1), new=(entry("old"),), before=desk))
    assert store.phone("desk-101").last_read is None
    assert [row.id for row in store.entries()] == ["old"]


def test_a_renamed_phone_goes_on_with_its_ledger(store, desk):
    store.commit(busy_poll(desk, 1))
    before = store.phone("desk-101")
    kept = list(store.entries())
    renamed = store.rename("desk-101", "desk-201")
    assert renamed == replace(before, name="desk-201") == store.phone("desk-201")
    assert list(store.entries()) == [replace(row, phone="desk-201") for row in kept]
    assert {row.phone for row in store.coverage()} == {"desk-201"}
    store.commit(busy_poll(renamed, 2))
    assert store.phone("desk-201").incarnation == "desk-101#1"


def test_a_name_the_configuration_had_first_makes_room_for_the_renamed_phone(store, desk):
    store.commit(busy_poll(desk, 1))
    kept = len(list(store.entries()))
    store.sync_phones([PhoneSpec(name="desk-201", owner="Boris B.")])
    empty = store.phone("desk-201")
    answer = RawRecord(kind=RawKind.NEWEST, path="/list", content_type=None, content=b"")
    store.commit(read_of(empty, minute(1), raw=(answer,), after={"clock_offset_s": 1.0}))
    store.request_poll("desk-201")
    store.rename("desk-101", "desk-201")
    assert [state.name for state in store.phones()] == ["desk-201"]
    assert len(list(store.entries(EntryFilter(phone="desk-201")))) == kept
    assert set(owners(store)) == {"Anna A."}
    assert store.info().incarnations == 1


def test_a_name_with_entries_of_its_own_takes_no_other_phone(store, desk):
    store.sync_phones([PhoneSpec(name="desk-201")])
    store.commit(read_of(desk, minute(1), new=(entry("e1"),)))
    store.commit(read_of(store.phone("desk-201"), minute(1), new=(entry("e2"),)))
    with pytest.raises(PlanRefused, match="desk-201 has entries of its own already"):
        store.rename("desk-101", "desk-201")
    assert [state.name for state in store.phones()] == ["desk-101", "desk-201"]
    assert {row.phone for row in store.entries()} == {"desk-101", "desk-201"}


def test_a_phone_renamed_to_its_own_name_stays(store, desk):
    assert store.rename("desk-101", "desk-101") == desk


def test_a_name_used_again_after_a_rename_gets_a_label_of_its_own(store, desk):
    store.rename("desk-101", "desk-201")
    store.sync_phones([spec()])
    assert store.phone("desk-101").incarnation == "desk-101#2"
    assert store.phone("desk-201").incarnation == "desk-101#1"
    assert store.new_incarnation("desk-201", mac=None, reason="test").incarnation == "desk-201#2"


def test_a_process_that_held_a_phone_renamed_away_writes_into_nothing_else(store, desk, place):
    store.sync_phones([PhoneSpec(name="desk-201")])
    held = store.phone("desk-201")
    store.commit(read_of(held, minute(1)))
    with place.opened() as other:
        other.rename("desk-101", "desk-201")
        other.sync_phones([PhoneSpec(name="desk-301")])
    with pytest.raises(StaleState):
        store.commit(
            read_of(
                replace(held, ledger_digest=f"digest at {minute(1).isoformat()}"), minute(2), unchanged=True
            )
        )
    with pytest.raises(StaleState):
        store.commit(read_of(held, minute(2), new=(entry("e1"),)))
    assert list(store.entries()) == []
