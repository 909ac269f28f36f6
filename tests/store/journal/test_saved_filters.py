"""Filters under names, in the store."""

import pytest

from phonesync.errors import ConfigError
from phonesync.journal.marks import NoSuchMark
from tests.store.journal.said import keep_user


def test_a_user_has_own_filters_and_sees_those_that_others_share(store, desk):
    anna, boris = keep_user(store, "Anna A."), keep_user(store, "Boris B.")
    own = store.save_filter(" Мои  пропущенные ", "tab=missed", user_id=anna)
    assert (own.name, own.author, own.query, own.shared) == (
        "Мои пропущенные",
        "Anna A.",
        "tab=missed",
        False,
    )
    shared = store.save_filter("Long ones", "talk_from=600", user_id=boris, shared=True)
    store.save_filter("Secret", "q=x", user_id=boris)
    assert store.saved_filters(anna) == (own, shared)
    with pytest.raises(NoSuchMark, match="no such filter of yours"):
        store.remove_filter(shared.id, user_id=anna)
    assert store.remove_filter(own.id, user_id=anna) == own
    assert store.saved_filters(anna) == (shared,)


def test_a_filter_of_the_same_name_takes_the_place_of_the_one_before(store, desk):
    anna = keep_user(store, "Anna A.")
    first = store.save_filter("Missed", "tab=missed", user_id=anna)
    again = store.save_filter("Missed", "tab=missed&period=30d", user_id=anna, shared=True)
    assert (again.id, again.query, again.shared) == (first.id, "tab=missed&period=30d", True)
    with pytest.raises(ConfigError, match="longer"):
        store.save_filter("Missed", "q=" + "x" * 5000, user_id=anna)
    with pytest.raises(ConfigError, match="1 to 40"):
        store.save_filter("", "", user_id=anna)
