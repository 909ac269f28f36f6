"""Users, their sessions, links and tokens: on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from phonesync.errors import ConfigError

IDLE_S = 3600.0


@pytest.fixture
def anna(store):
    return store.add_user("Anna", role="employee", owner="Owner 101", departments=["Склад", "Sales", "Sales"])


def test_a_name_is_folded_and_taken_once(store, anna):
    assert (anna.name, anna.shown_name, anna.departments) == ("anna", "Anna", ("Sales", "Склад"))
    assert store.user(" ANNA ") == anna == store.user_of(anna.id)
    with pytest.raises(ConfigError, match="There is a user anna already"):
        store.add_user("aNNa", role="head")
    with pytest.raises(ConfigError, match="needs a name"):
        store.add_user("  ", role="head")
    assert store.user("nobody\0") is None


def test_users_are_paged_by_name(store):
    assert not store.has_users()
    for name in ("c", "a", "b"):
        store.add_user(name, role="employee")
    assert [user.name for user in store.users(limit=2)] == ["a", "b"]
    assert [user.name for user in store.users(after="b")] == ["c"]
    assert store.has_users()


def test_the_last_administrator_stays(store, clock):
    first = store.add_user("first", role="administrator")
    for change in ({"role": "employee"}, {"disabled": True}):
        with pytest.raises(ConfigError, match="only administrator"):
            store.change_user(first.id, **change)
    second = store.add_user("second", role="administrator")
    assert store.change_user(first.id, disabled=True).disabled_at == clock.now()
    with pytest.raises(ConfigError, match="only administrator"):
        store.change_user(second.id, role="head")
    assert store.change_user(second.id, shown_name="Second").shown_name == "Second"


def test_a_subject_belongs_to_one_user(store, anna):
    boris = store.add_user("boris", role="employee", subject="issuer boris")
    with pytest.raises(ConfigError, match="boris has that subject"):
        store.change_user(anna.id, subject="issuer boris")
    assert store.user_by_subject("issuer boris") == boris
    assert store.user_by_subject("issuer anna") is None
    with pytest.raises(ConfigError, match="no such user"):
        store.change_user(99, role="head")


def test_one_wrong_password_too_many_locks_until_its_time(store, clock, anna):
    assert [store.note_failure(anna.id, most=3, locked_s=60) for _ in range(3)] == [False, False, True]
    assert store.user_of(anna.id).is_locked(clock.now())
    assert not store.user_of(anna.id).is_locked(clock.now() + timedelta(seconds=60))
    assert store.change_user(anna.id, locked=False).locked_until is None
    store.note_failure(anna.id, most=3, locked_s=60)
    store.note_success(anna.id)
    assert store.user_of(anna.id).failures == 0


def test_a_step_of_a_second_factor_is_taken_once(store, anna):
    assert [store.take_step(anna.id, step) for step in (7, 7, 6, 8)] == [True, False, False, True]


def open_session(store, clock, user, digest="d", **more):
    keys = {
        "expires_at": clock.now() + timedelta(hours=5),
        "peer": "192.0.2.1",
        "browser": "B",
        "complete": True,
    }
    return store.open_session(user.id, digest=digest, **{**keys, **more})


def test_a_session_lasts_while_it_is_used_and_not_beyond_its_end(store, clock, anna):
    number = open_session(store, clock, anna)
    for _ in range(5):
        session, user = store.session("d", idle_s=IDLE_S)
        assert (session.id, session.complete, user) == (number, True, anna)
        clock.instant += timedelta(minutes=59)
    clock.instant += timedelta(minutes=5)
    assert store.session("d", idle_s=IDLE_S) is None
    assert store.session("other", idle_s=IDLE_S) is None


def test_an_unused_session_ends(store, clock, anna):
    open_session(store, clock, anna)
    clock.instant += timedelta(hours=1)
    assert store.session("d", idle_s=IDLE_S) is None
    assert store.sessions_of(anna.id, idle_s=IDLE_S) == []


def test_a_session_that_becomes_complete_has_another_secret(store, clock, anna):
    number = open_session(store, clock, anna, complete=False)
    store.complete_session(number, digest="e")
    assert store.session("d", idle_s=IDLE_S) is None
    assert store.session("e", idle_s=IDLE_S)[0].complete


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "kept"}])
def test_sessions_end_with_the_user_and_with_the_password(store, clock, anna, change):
    open_session(store, clock, anna)
    store.change_user(anna.id, **change)
    assert store.session("d", idle_s=IDLE_S) is None


def test_sessions_are_listed_and_ended(store, clock, anna):
    numbers = [open_session(store, clock, anna, digest=one) for one in "abc"]
    boris = store.add_user("boris", role="employee")
    assert not store.end_session(numbers[0], user_id=boris.id)
    assert store.end_session(numbers[0], user_id=anna.id)
    assert {one.id for one in store.sessions_of(anna.id, idle_s=IDLE_S)} == set(numbers[1:])


def test_a_link_is_used_once_in_its_time(store, clock, anna):
    for digest in ("a", "b"):
        store.add_link(anna.id, digest=digest, expires_at=clock.now() + timedelta(hours=1))
    assert store.is_link("a")
    assert store.use_link("a") == anna
    assert store.use_link("a") is None
    clock.instant += timedelta(hours=1)
    assert not store.is_link("b")
    assert store.use_link("b") is None


def test_a_token_lasts_until_it_expires_is_revoked_or_its_user_is_locked(store, clock, anna):
    def add(digest):
        return store.add_token(
            anna.id,
            digest=digest,
            name="report",
            permissions=["export"],
            expires_at=clock.now() + timedelta(days=1),
        )

    first, second = add("a"), add("b")
    token, user = store.token("a")
    assert (token.id, token.permissions, user) == (first, frozenset({"export"}), anna)
    assert [one.id for one in store.tokens()] == [second, first]
    assert store.tokens(user_id=anna.id)[1].used_at == clock.now()
    assert not store.revoke_token(first, user_id=anna.id + 1)
    assert store.revoke_token(first, user_id=anna.id)
    assert not store.revoke_token(first)
    assert store.token("a") is None
    store.change_user(anna.id, disabled=True)
    assert store.token("b") is None
    store.change_user(anna.id, disabled=False)
    assert store.token("b") is not None
    clock.instant += timedelta(days=1)
    assert store.token("b") is None
    assert store.tokens() == []
