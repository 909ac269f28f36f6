"""What an import changes is decided purely; what is too much to be true is held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.contacts.importing import decide, number_form
from phonesync.contacts.values import Found, Harvest, Place, Remark
from phonesync.model import ContactNumber
from phonesync.numbering import DialPlan
from phonesync.store.contact_records import ContactSourceState

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MOSCOW = DialPlan(country="RU", area_code="495", extension_length=3)
PETERSBURG = DialPlan(country="RU", area_code="812", extension_length=4)


def found(name, *numbers, uid=None, line=1, **more):
    given_numbers = tuple(ContactNumber(number=number) for number in numbers or ("5",))
    return Found(name=name, numbers=given_numbers, uid=uid, place=Place(file="f", line=line), **more)


def decision(*brought, kept=(), plans=(MOSCOW,), shrink=30, now=NOW, remarks=(), **known):
    state = ContactSourceState(name="office", kind="csv", **known)
    harvest = Harvest(found=brought, remarks=remarks)
    return decide(harvest, state=state, kept=kept, plans=plans, shrink_percent=shrink, now=now)


def after(made, kept=()):
    left = {one.contact.uid: one for one in kept if one.contact.uid not in made.change.gone}
    return tuple((left | {one.contact.uid: one for one in made.change.put}).values())


def test_the_first_import_brings_everything_with_canonical_numbers():
    made = decision(found("Anna", "8 495 123-45-67", "201", "*98", uid="1"), found("Boris", uid="2"))
    assert (made.new, made.changed, made.gone, made.total, made.held) == (2, 0, 0, 2, None)
    (anna, _) = made.change.put
    assert anna.contact.id == "office/1"
    assert anna.canonicals == ("+74951234567", "ext:201", None)
    assert anna.changed_at == NOW


def test_only_what_says_something_else_changes():
    before = after(decision(found("Anna", uid="1"), found("Boris", uid="2"), found("Vera", uid="3")))
    made = decision(
        found("Anna", uid="1"),
        found("Borya", uid="2"),
        found("Gleb", uid="4"),
        kept=before,
        now=LATER,
        shrink=50,
    )
    assert (made.new, made.changed, made.gone, made.total) == (1, 1, 1, 3)
    assert {one.contact.uid: one.changed_at for one in made.change.put} == {"2": LATER, "4": LATER}
    assert made.change.gone == ("3",)


def test_a_new_etag_is_kept_without_a_change_of_the_contact():
    before = after(decision(found("Anna", uid="1", card="/1", etag="a")))
    made = decision(found("Anna", uid="1", card="/1", etag="b"), kept=before, now=LATER)
    assert made.changed == 0
    (one,) = made.change.put
    assert (one.etag, one.changed_at) == ("b", NOW)
    assert made.change.digest == decision(found("Anna", uid="1")).change.digest


def test_another_dial_plan_changes_what_numbers_are():
    before = after(decision(found("Anna", "1234567", uid="1")))
    made = decision(found("Anna", "1234567", uid="1"), kept=before, plans=(PETERSBURG,), now=LATER)
    assert made.changed == 1
    assert made.change.put[0].canonicals == ("+78121234567",)


def test_a_number_that_dial_plans_read_differently_is_left_unread():
    assert number_form((MOSCOW, PETERSBURG), "1234567") is None
    assert number_form((MOSCOW, PETERSBURG), "84951234567") == "+74951234567"
    assert number_form((MOSCOW, PETERSBURG), "201") == "ext:201"
    assert number_form((), "84951234567") is None


def test_an_empty_source_is_held_and_an_empty_beginning_is_not():
    before = after(decision(found("Anna", uid="1"), found("Boris", uid="2")))
    assert decision(kept=before, shrink=100).held == "it holds nothing any more; 2 contacts would go"
    assert decision(kept=before[:1], shrink=100).held == "it holds nothing any more; 1 contact would go"
    assert decision().held is None


@pytest.mark.parametrize(("left", "held"), [(10, False), (7, False), (6, True), (1, True)])
def test_a_source_that_shrinks_by_more_than_its_share_is_held(left, held):
    before = after(decision(*(found(f"N{n}", uid=str(n)) for n in range(10))))
    made = decision(*(found(f"N{n}", uid=str(n)) for n in range(left)), kept=before)
    assert (made.held is not None) == held
    if left == 6:
        assert made.held == "4 of 10 contacts would go (40 %); up to 30 % may go at once"


def test_contacts_that_all_become_others_are_held_too():
    before = after(decision(*(found(f"N{n}", uid=str(n)) for n in range(10))))
    assert decision(*(found(f"N{n}", uid=f"x{n}") for n in range(10)), kept=before).held


def test_a_confirmation_lets_exactly_that_content_through():
    before = after(decision(found("Anna", uid="1"), found("Boris", uid="2")))
    held = decision(found("Anna", uid="1"), kept=before)
    confirmed = held.change.digest
    assert decision(found("Anna", uid="1"), kept=before, confirmed_digest=confirmed).held is None
    assert decision(found("Anne", uid="1"), kept=before, confirmed_digest=confirmed).held is not None


def test_without_ids_contacts_are_told_apart_by_name_and_place_among_namesakes():
    brought = (found("Anna", "1"), found("Anna", "2", line=2), found("Boris", "3", line=3))
    made = decision(*brought)
    assert made.total == 3
    assert made.remarks == ()
    again = decision(*reversed(brought), kept=after(made), now=LATER)
    assert {one.contact.uid for one in after(again, after(made))} == {one.contact.uid for one in after(made)}


def test_the_same_twice_is_taken_once_and_the_same_id_twice_is_kept_apart():
    made = decision(
        found("Anna", uid="1"), found("Anna", uid="1", line=2), found("Other", uid="1", line=3),
        remarks=(Remark(place=Place(file="f", line=9), reason="has no name"),),
    )  # fmt: skip
    assert [one.contact.uid for one in made.change.put] == ["1", "1~2"]
    assert [str(remark) for remark in made.remarks] == [
        "f:9: has no name",
        "f:2: says the same as f:1",
        "f:3: its id stands at f:1 already; it was kept as 1~2",
    ]
    assert made.change.bad_rows == 1


names = st.sampled_from(["Anna", "Boris", "Vera", "Gleb"])
brought_lists = st.lists(
    st.builds(
        lambda name, numbers, uid: found(name, *numbers, uid=uid),
        names,
        st.lists(st.sampled_from(["1", "201", "84951234567"]), min_size=1, max_size=3, unique=True),
        st.one_of(st.none(), st.sampled_from(["1", "2", "3~2"])),
    ),
    max_size=8,
)


@given(first=brought_lists, second=brought_lists)
def test_after_an_import_the_store_holds_exactly_what_the_source_does(first, second):
    made = decision(*first, shrink=100)
    kept = after(made)
    again = decision(*second, kept=kept, shrink=100, now=LATER)
    if again.held is None:
        left = after(again, kept)
        assert len(left) == again.total == len({one.contact.uid for one in left})
        assert {one.contact.name for one in left} == {one.name for one in second}
        third = decision(*second, kept=left, shrink=100, now=LATER)
        assert third.change.put == ()
        assert third.change.gone == ()
        assert third.change.digest == again.change.digest
        assert replace(third, change=third.change).held is None
