"""What people say of calls, in the store."""

import pytest

from phonesync.errors import ConfigError
from phonesync.journal.marks import BUILT_IN_TAGS, NoSuchMark
from phonesync.store.event_entries import hand_journal_marks_on
from phonesync.store.tables import CALL_COMMENTS, CALLS
from tests.store.desk import minute
from tests.store.journal.said import PARTY, keep_call, keep_user, move_entry


@pytest.fixture
def anna(store, desk):
    return keep_user(store, "Anna A.")


def named(tags):
    return [tag.name for tag in tags]


def test_three_tags_are_there_from_the_start_and_cannot_be_lost(store):
    first = store.tags()
    assert {tag.name: tag.color for tag in first} == BUILT_IN_TAGS
    assert store.tags() == first
    for tag in first:
        with pytest.raises(ConfigError, match="comes with the journal"):
            store.remove_tag(tag.id)
        with pytest.raises(ConfigError, match="comes with the journal"):
            store.change_tag(tag.id, name="other")
    assert store.change_tag(first[0].id, color="amber").color == "amber"


def test_own_tags_are_made_changed_and_removed_with_all_they_mark(store, desk, anna):
    tag = store.add_tag("  Жалоба  клиента ", "blue")
    assert (tag.name, tag.color, tag.built_in) == ("Жалоба клиента", "blue", False)
    with pytest.raises(ConfigError, match="already"):
        store.add_tag("ЖАЛОБА клиента", "red")
    with pytest.raises(ConfigError, match='did you mean "red"'):
        store.add_tag("x", "redd")
    with pytest.raises(ConfigError, match="1 to 40"):
        store.add_tag(" ", "red")
    assert store.change_tag(tag.id, name="жалоба клиента", color="violet").name == "жалоба клиента"
    call = keep_call(store, desk.name)
    store.tag_call(call, tag.id, user_id=anna)
    store.tag_number(PARTY, tag.id, user_id=anna)
    assert store.remove_tag(tag.id).name == "жалоба клиента"
    assert store.marks_of(call, user_id=anna).tags == store.marks_of(call, user_id=anna).number_tags == ()
    with pytest.raises(NoSuchMark, match="no tag"):
        store.tag_call(call, tag.id, user_id=anna)


def test_a_call_is_tagged_once_and_all_calls_of_a_number_by_it(store, desk, anna):
    important, new_client, spam = store.tags()
    call, other = keep_call(store, desk.name), keep_call(store, desk.name, 5)
    assert store.tag_call(call, important.id, user_id=anna)
    assert not store.tag_call(call, important.id, user_id=anna)
    assert store.tag_number(PARTY, spam.id, user_id=anna)
    assert not store.tag_number(PARTY, spam.id, user_id=anna)
    assert named(store.number_tags(PARTY)) == ["spam"]
    assert named(store.marks_of(call, user_id=None).tags) == ["important"]
    assert [named(store.marks_of(one, user_id=None).number_tags) for one in (call, other)] == [["spam"]] * 2
    assert store.untag_call(call, important.id)
    assert not store.untag_call(call, important.id)
    assert store.untag_number(PARTY, spam.id)
    assert not store.untag_number(PARTY, spam.id)
    assert new_client.name == "new_client"


def test_a_call_nobody_has_cannot_be_marked(store, anna):
    tag = store.tags()[0]
    for mark in (
        lambda: store.tag_call("nobody", tag.id, user_id=anna),
        lambda: store.untag_call("nobody", tag.id),
        lambda: store.star_call("nobody", user_id=anna, favourite=True, rating=None),
        lambda: store.hide_call("nobody", "Anna A.", user_id=anna, hidden=True),
        lambda: store.comment_call("nobody", "text", user_id=anna),
        lambda: store.marks_of("nobody", user_id=anna),
    ):
        with pytest.raises(NoSuchMark, match="no such call"):
            mark()


def test_favourite_and_rating_are_each_users_own(store, desk, anna):
    boris, call = keep_user(store, "Boris B."), keep_call(store, desk.name)
    store.star_call(call, user_id=anna, favourite=True, rating=4)
    found = store.marks_of(call, user_id=anna)
    assert (found.favourite, found.rating) == (True, 4)
    found = store.marks_of(call, user_id=boris)
    assert (found.favourite, found.rating) == (False, None)
    store.star_call(call, user_id=anna, favourite=False, rating=None)
    assert not store.marks_of(call, user_id=anna).favourite
    with pytest.raises(ConfigError, match="1 to 5"):
        store.star_call(call, user_id=anna, favourite=False, rating=6)


def test_comments_have_author_and_time_and_are_kept_when_deleted(store, desk, anna, clock):
    call = keep_call(store, desk.name)
    clock.instant = minute(3)
    first = store.comment_call(call, "  перезвонить\nпосле 15 ", user_id=anna)
    assert (first.author, first.at, first.text) == ("Anna A.", minute(3), "перезвонить\nпосле 15")
    second = store.comment_call(call, "ok", user_id=anna)
    assert store.marks_of(call, user_id=None).comments == (first, second)
    assert store.comment(first.id) == (first, call)
    assert store.delete_comment(first.id)
    assert not store.delete_comment(first.id)
    assert store.comment(first.id) is None
    assert store.marks_of(call, user_id=None).comments == (second,)
    with store._database.read() as connection:
        kept = connection.execute(CALL_COMMENTS.select().where(CALL_COMMENTS.c.id == first.id)).one()
    assert (kept.text, kept.deleted_at) == (first.text, minute(3))
    with pytest.raises(ConfigError, match="1 to 4000"):
        store.comment_call(call, " \n", user_id=anna)


def test_an_employee_hides_a_call_and_shows_it_again(store, desk, anna):
    call = keep_call(store, desk.name)
    for _ in range(2):
        store.hide_call(call, "Anna A.", user_id=anna, hidden=True)
        assert store.marks_of(call, user_id=None).private_of == {"Anna A."}
    store.hide_call(call, "Anna A.", user_id=anna, hidden=False)
    assert not store.marks_of(call, user_id=None).private_of


def marked(store, call, user, text):
    tag = store.tags()[0]
    store.tag_call(call, tag.id, user_id=user)
    store.star_call(call, user_id=user, favourite=True, rating=3)
    store.hide_call(call, "Anna A.", user_id=user, hidden=True)
    store.comment_call(call, text, user_id=user)


def everything(found):
    return (
        named(found.tags),
        found.favourite,
        found.rating,
        found.private_of,
        [one.text for one in found.comments],
    )


def test_marks_stay_with_their_call_when_calls_merge_and_split(store, desk, anna):
    one, other = (
        keep_call(store, desk.name, entries=("e1", "e2")),
        keep_call(store, desk.name, entries=("e3",)),
    )
    marked(store, one, anna, "one")
    marked(store, "e3", anna, "other")
    said = (["important"], True, 3, {"Anna A."})
    for entry in ("e1", "e2"):
        move_entry(store, entry, other)
    with store._database.write() as connection:
        connection.execute(CALLS.delete().where(CALLS.c.id == one))
    assert everything(store.marks_of("e2", user_id=anna)) == (*said, ["one", "other"])
    store.untag_call("e3", store.tags()[0].id)
    assert named(store.marks_of("e1", user_id=anna).tags) == []


def test_marks_go_over_to_the_row_that_an_entry_becomes_a_name_of(store, desk, anna):
    call, row = keep_call(store, desk.name, entries=("event",)), keep_call(store, desk.name, entries=("row",))
    marked(store, call, anna, "said while it rang")
    marked(store, row, anna, "said of the row")
    with store._database.write() as connection:
        hand_journal_marks_on(connection, "event", "row")
        hand_journal_marks_on(connection, "event", "row")
    texts = ["said while it rang", "said of the row"]
    assert everything(store.marks_of(row, user_id=anna)) == (["important"], True, 3, {"Anna A."}, texts)
    assert everything(store.marks_of(call, user_id=anna)) == ([], False, None, set(), [])
