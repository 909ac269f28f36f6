"""What a push does to a phone, and what it leaves alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.driver.phonebooks import BookLimits, HeldContact, PushRoute
from phonesync.errors import PlanRefused
from phonesync.model import BookEntry, ContactNumber, Evidence
from phonesync.phonebook.contents import bare, digest, lines
from phonesync.phonebook.push_values import Action, PushPlan, PushRecord, PushState
from phonesync.phonebook.pushing import plan_push
from tests.thorough import daily

FULL = PushRoute(reads=True, changes=True, removes=True, ids=True, evidence=Evidence.CERTAIN)
ADDS = replace(FULL, changes=False, removes=False, ids=False)
NAMES = replace(ADDS, reads_numbers=False)
BLIND = replace(ADDS, reads=False)
ENDLESS = BookLimits(entries=None)


def entry(uid, name, *numbers) -> BookEntry:
    return BookEntry(
        contact=f"staff/{uid}", name=name, numbers=tuple(ContactNumber(number=one) for one in numbers)
    )


def held(name, *numbers, id=None, group=None) -> HeldContact:  # noqa: A002  the field's name
    return HeldContact(
        id=id, name=name, numbers=tuple(ContactNumber(number=one) for one in numbers), group=group
    )


def record(of: BookEntry, held_id=None, state=PushState.THERE, **more) -> PushRecord:
    given = {"name": of.name, "digest": digest(of.name, of.numbers), "numbers": lines(of.numbers)} | more
    return PushRecord(contact=of.contact, state=state, held_id=held_id, **given)


OLGA = entry(1, "Olga Smirnova", "84955550101", "201")
IVAN = entry(2, "Ivan Petrov", "84955550102")
ANNA = entry(3, "Anna Orlova", "84955550103")
ON_PHONE = (
    held("Olga Smirnova", "84955550101", "201", id="11"),
    held("Ivan Petrov", "84955550102", id="12"),
)
WRITTEN = (record(OLGA, "11"), record(IVAN, "12"))


def planned(wanted, phone, records=(), route=FULL, limits=ENDLESS, **more) -> PushPlan:
    return plan_push(wanted, held=phone, records=records, route=route, limits=limits, **more)


def done(plan: PushPlan) -> dict[str, str]:
    return {step.contact.removeprefix("staff/"): str(step.action) for step in plan.steps}


def why(plan: PushPlan, uid) -> str:
    return next(step.reason for step in plan.steps if step.contact == f"staff/{uid}")


def test_what_is_missing_is_added_and_what_people_typed_is_not_looked_at_twice():
    plan = planned([OLGA, IVAN], [held("Granny", "84955550177", id="1")])
    assert done(plan) == {"1": "add", "2": "add"}
    assert [step.entry for step in plan.orders] == [OLGA, IVAN]
    assert [one.name for one in plan.typed] == ["Granny"]


def test_what_is_there_as_wanted_is_kept_and_costs_no_write():
    plan = planned([OLGA, IVAN], ON_PHONE, WRITTEN)
    assert done(plan) == {"1": "keep", "2": "keep"}
    assert (plan.orders, plan.settled, plan.gone, plan.typed) == ((), (), (), ())


def test_order_of_words_spelling_of_numbers_and_kinds_are_no_difference():
    phone = [held("Smirnova  Olga", "201", "+8 (495) 555-01-01", id="5")]
    wanted = entry(1, "Olga Smirnova", "+84955550101", "sip:201@pbx.example;user=phone")
    plan = planned([wanted], phone, [record(wanted)], ADDS)
    assert done(plan) == {"1": "keep"}
    assert bare("sips:+7 495@pbx.example") == "+7495"


def test_a_change_goes_to_the_id_that_the_phone_has_said_and_shown():
    new = replace(OLGA, name="Olga Petrova")
    plan = planned([new, IVAN], ON_PHONE, WRITTEN)
    (step,) = plan.orders
    assert (step.action, step.held, step.entry) == (Action.CHANGE, ON_PHONE[0], new)
    assert step.reason == "not as wanted any more"


def test_an_id_that_was_never_confirmed_is_never_written_to():
    one = (record(OLGA, "1"), record(IVAN, "1"))  # "1" means "done" on this phone
    phone = [replace(ON_PHONE[0], id="1"), replace(ON_PHONE[1], id="2")]
    new = replace(OLGA, name="Olga Petrova")
    plan = planned([new], phone, one)
    assert done(plan) == {"1": "by hand", "2": "by hand"}
    assert plan.orders == ()
    assert "a person must edit" in why(plan, 1)
    assert {kept.contact: kept.held_id for kept in plan.settled} == {"staff/2": None}


def test_an_id_that_is_merely_shown_is_never_written_to_for_it_may_be_a_running_number():
    phone = [*ON_PHONE, held("Anna Orlova", "84955550103", id="13")]
    lost = record(ANNA, state=PushState.SENT)
    plan = planned([OLGA, IVAN, replace(ANNA, name="Anna Petrova")], phone, [*WRITTEN, lost])
    assert done(plan) == {"1": "keep", "2": "keep", "3": "by hand"}
    assert plan.settled == (record(ANNA),)
    twins = planned([OLGA, IVAN, ANNA], [*phone, replace(phone[2], id="14")], [*WRITTEN, lost])
    assert done(twins) == {"1": "keep", "2": "keep", "3": "keep"}
    assert [one.id for one in twins.typed] == ["14"]


def test_an_id_that_the_phone_shows_beside_another_contact_by_now_is_not_used_for_ours():
    phone = [held("Typed", "84955550170", id="11"), replace(ON_PHONE[0], id="10"), ON_PHONE[1]]
    plan = planned([replace(OLGA, name="Olga Petrova"), IVAN], phone, WRITTEN)
    assert done(plan) == {"1": "by hand", "2": "keep"}


def test_what_is_wanted_no_more_is_removed_where_that_can_be_done():
    plan = planned([IVAN], ON_PHONE, WRITTEN)
    (step,) = plan.orders
    assert (step.action, step.held) == (Action.REMOVE, ON_PHONE[0])
    by_hand = planned([IVAN], ON_PHONE, WRITTEN, replace(FULL, removes=False))
    assert done(by_hand) == {"2": "keep", "1": "by hand"}
    assert why(by_hand, 1) == "wanted no more: a person must remove it"


def test_what_is_neither_wanted_nor_there_is_forgotten():
    plan = planned([IVAN], [ON_PHONE[1]], WRITTEN)
    assert plan.gone == ("staff/1",)
    assert done(plan) == {"2": "keep"}


def test_a_contact_that_a_person_edited_is_left_to_them():
    phone = [
        held("Olga from the choir", "84955550101", id="11"),
        *ON_PHONE[1:],
        held("Anna Orlova", "84955550103", id="13"),
    ]
    records = [*WRITTEN, record(ANNA, "13")]
    plan = planned([replace(OLGA, name="Olga Petrova"), IVAN, ANNA], phone, records)
    assert done(plan) == {"1": "leave", "2": "keep", "3": "keep"}
    assert why(plan, 1) == "somebody has edited it on the phone: left to them"
    assert planned([IVAN, ANNA], phone, records).gone == ("staff/1",)


def test_a_contact_whose_numbers_were_edited_is_known_by_its_name():
    phone = [replace(ON_PHONE[0], numbers=()), ON_PHONE[1], held("Anna Orlova", "84955550103", id="13")]
    plan = planned([OLGA, IVAN, ANNA], phone, [*WRITTEN, record(ANNA, "13")])
    assert why(plan, 1) == "somebody has edited it on the phone: left to them"


def test_somebody_elses_contact_under_an_id_that_was_ours_is_not_taken_for_an_edit():
    phone = [
        held("Plumber", "84955550188", id="11"),
        ON_PHONE[1],
        held("Anna Orlova", "84955550103", id="13"),
    ]
    plan = planned([OLGA, IVAN, ANNA], phone, [*WRITTEN, record(ANNA, "13")])
    assert done(plan) == {"1": "add", "2": "keep", "3": "keep"}
    assert why(plan, 1) == "pushed before, and not on the phone"


def test_an_edit_is_not_written_over_also_where_ids_are_not_to_be_trusted():
    phone = [held("Olga from the choir", "84955550101", "201")]
    plan = planned([OLGA], phone, [record(OLGA)], ADDS)
    assert done(plan) == {"1": "leave"}
    assert why(plan, 1) == "its numbers are on the phone already, as Olga from the choir"


def test_a_number_that_a_person_typed_is_not_doubled():
    plan = planned([OLGA, IVAN], [held("Ivan (dacha)", "8 495 555-01-02"), held("Mum", "201")])
    assert done(plan) == {"1": "add", "2": "leave"}
    assert [one.number for one in plan.orders[0].entry.numbers] == ["84955550101"]


def test_the_dial_plan_may_say_that_two_spellings_are_one_number():
    phone = [held("Ivan (dacha)", "+74955550102")]
    plan = planned([IVAN], phone, same=lambda number: bare(number)[-10:])
    assert done(plan) == {"2": "leave"}


def test_what_was_written_without_a_typed_number_is_as_wanted():
    fit = replace(OLGA, numbers=OLGA.numbers[:1])
    phone = [held("Mum", "201"), held("Olga Smirnova", "84955550101")]
    assert done(planned([OLGA], phone, [record(fit)], ADDS)) == {"1": "keep"}


def test_another_spelling_of_a_number_is_written_where_it_can_be_and_never_asked_of_a_person():
    plus = replace(IVAN, numbers=(ContactNumber(number="+74955550102"),))

    def same(number):
        return bare(number)[-10:]

    assert done(planned([OLGA, plus], ON_PHONE, WRITTEN, same=same)) == {"1": "keep", "2": "change"}
    assert done(planned([OLGA, plus], ON_PHONE, WRITTEN, ADDS, same=same)) == {"1": "keep", "2": "keep"}
    assert done(planned([plus], [held("Ivan Petrov")], WRITTEN[1:], NAMES, same=same)) == {"2": "keep"}
    assert done(planned([plus], None, WRITTEN[1:], BLIND, same=same)) == {"2": "keep"}
    other = replace(IVAN, numbers=(ContactNumber(number="+74955550199"),))
    assert done(planned([other], None, WRITTEN[1:], BLIND, same=same)) == {"2": "by hand"}


def test_ours_is_not_changed_to_numbers_that_people_have_typed_since():
    new = entry(1, "Olga Smirnova", "84955550166")
    phone = [*ON_PHONE, held("Olga at home", "84955550166", id="2")]
    plan = planned([new, IVAN], phone, WRITTEN)
    assert done(plan) == {"1": "remove", "2": "keep"}
    assert why(plan, 1) == "its numbers stand under another name"
    stuck = planned([new, IVAN], phone, WRITTEN, replace(FULL, removes=False))
    assert done(stuck) == {"1": "by hand", "2": "keep"}
    heir = entry(2, "Ivan Petrov", "84955550101")  # waits for the number that the first one keeps
    assert done(planned([new, heir], phone, WRITTEN, replace(FULL, removes=False))) == {
        "1": "by hand",
        "2": "by hand",
    }


def test_a_number_that_moves_to_another_contact_is_not_doubled_where_the_old_one_cannot_go():
    heir = entry(9, "Boris Heir", "84955550101")
    plan = planned([heir, IVAN], ON_PHONE, WRITTEN, replace(FULL, removes=False))
    assert done(plan) == {"9": "leave", "2": "keep", "1": "by hand"}
    assert "Olga Smirnova" in why(plan, 9)
    moved = planned([heir, IVAN], ON_PHONE, WRITTEN)
    assert [step.action for step in moved.orders] == [Action.REMOVE, Action.ADD]


def test_two_wanted_contacts_with_one_number_give_it_once():
    twin = entry(9, "Olga Again", "84955550101")
    assert done(planned([OLGA, twin], [])) == {"1": "add", "9": "leave"}


def test_a_change_that_was_cut_is_found_whichever_side_of_it_the_phone_stands():
    new = replace(OLGA, name="Olga Petrova")
    sent = record(new, "11", PushState.SENT, before=digest(OLGA.name, OLGA.numbers))
    undone = planned([new, IVAN], ON_PHONE, [sent, WRITTEN[1]])
    assert done(undone) == {"1": "change", "2": "keep"}
    made = planned([new, IVAN], [replace(ON_PHONE[0], name="Olga Petrova"), ON_PHONE[1]], [sent, WRITTEN[1]])
    assert done(made) == {"1": "keep", "2": "keep"}
    assert made.settled == (record(new, "11"),)


def test_an_addition_that_was_cut_is_never_made_twice():
    sent = record(IVAN, state=PushState.SENT)
    arrived = planned([IVAN], [ON_PHONE[1]], [sent], ADDS)
    assert (done(arrived), arrived.settled) == ({"2": "keep"}, (record(IVAN),))
    assert done(planned([IVAN], [], [sent], ADDS)) == {"2": "add"}


def test_typed_contacts_stay_and_ours_yield_where_the_phone_is_full():
    four = BookLimits(entries=4)
    typed = [held(f"Friend {n}", f"8495555020{n}", id=str(n)) for n in range(3)]
    plan = planned([OLGA, IVAN], [*typed, *ON_PHONE], WRITTEN, limits=four)
    assert done(plan) == {"1": "keep", "2": "remove"}
    assert why(plan, 2).startswith("makes room")
    stuck = planned([ANNA, OLGA, IVAN], [*typed, *ON_PHONE], WRITTEN, ADDS, limits=four)
    assert done(stuck) == {"3": "leave", "1": "keep", "2": "keep"}
    assert why(stuck, 3) == "there is no room for it"


def test_an_empty_book_is_refused_where_something_was_pushed_before():
    with pytest.raises(PlanRefused, match="2 contacts were pushed"):
        planned([], ON_PHONE, WRITTEN)
    assert planned([], ON_PHONE).steps == ()


def test_what_lies_in_our_own_group_as_wanted_is_ours_although_its_record_is_lost():
    grouped = replace(FULL, group="phonesync")
    phone = [replace(ON_PHONE[0], group="phonesync"), replace(ON_PHONE[1], group="Friends")]
    plan = planned([OLGA, IVAN], phone, [], grouped)
    assert done(plan) == {"1": "keep", "2": "leave"}
    assert plan.settled == (record(OLGA),)
    assert [one.name for one in plan.typed] == ["Ivan Petrov"]
    assert planned([OLGA, IVAN], phone, WRITTEN, grouped).typed == ()


def test_a_phone_that_shows_names_only_is_matched_by_them():
    plan = planned([OLGA, IVAN, ANNA], [held("IVAN  petrov"), held("Olga Smirnova")], [record(OLGA)], NAMES)
    assert done(plan) == {"1": "keep", "2": "leave", "3": "add"}
    assert why(plan, 2) == "a contact of this name is on the phone already"
    changed = planned([entry(1, "Olga Smirnova", "202")], [held("Olga Smirnova")], [record(OLGA)], NAMES)
    assert done(changed) == {"1": "by hand"}


def test_two_contacts_of_one_name_are_not_written_where_the_phone_takes_one():
    namesake = entry(8, "olga smirnova", "84955550108")
    unique = BookLimits(entries=None, unique_names=True)
    assert done(planned([OLGA, namesake], [], limits=unique)) == {"1": "add", "8": "leave"}
    assert done(planned([OLGA, namesake], [])) == {"1": "add", "8": "add"}


def test_a_phone_that_cannot_be_read_gets_nothing_twice():
    records = [record(OLGA), record(IVAN, state=PushState.SENT)]
    plan = planned([OLGA, IVAN, ANNA], None, records, BLIND)
    assert done(plan) == {"1": "keep", "2": "leave", "3": "add"}
    assert "not sent twice" in why(plan, 2)
    assert plan.typed is None
    again = planned([OLGA, IVAN, ANNA], None, records, BLIND, again=True)
    assert done(again) == {"1": "keep", "2": "add", "3": "add"}
    assert why(again, 2) == "sent again"


def test_a_phone_that_cannot_be_read_is_full_when_our_own_count_says_so():
    plan = planned([OLGA, IVAN, ANNA], None, [record(OLGA)], BLIND, BookLimits(entries=2))
    assert done(plan) == {"1": "keep", "2": "add", "3": "leave"}
    twin = entry(9, "Olga Again", "84955550101")
    assert done(planned([OLGA, twin], None, [], BLIND)) == {"1": "add", "9": "leave"}


def test_what_cannot_be_seen_changed_or_removed_is_left_to_a_person_and_said():
    plan = planned([replace(OLGA, name="Olga Petrova")], None, WRITTEN, BLIND)
    assert done(plan) == {"2": "by hand", "1": "by hand"}
    assert len(plan.of(Action.BY_HAND)) == 2


# --- any phone, any book, cut anywhere ---------------------------------------------------------------------


class Phone:
    """A phone that gives ids, and may be cut off after any number of writes, before or after the last."""

    def __init__(self, typed) -> None:
        self.contacts = {str(place): one for place, one in enumerate(typed)}
        self.last = len(typed)

    def held(self):
        return [replace(one, id=key) for key, one in self.contacts.items()]

    def write(self, step):
        fresh = None if step.entry is None else held(step.entry.name, *(n.number for n in step.entry.numbers))
        if step.action is Action.REMOVE:
            del self.contacts[step.held.id]
            return None
        if step.action is Action.CHANGE:
            self.contacts[step.held.id] = fresh
            return step.held.id
        self.last += 1
        self.contacts[str(self.last)] = fresh
        return str(self.last)


def push(phone, book, records, route, *, cut):
    """As an agent does it; ``cut`` half steps are made: writing, and hearing of it."""
    try:
        plan = planned(book, phone.held(), list(records.values()), route)
    except PlanRefused:
        return True
    for kept in plan.settled:
        records[kept.contact] = kept
    for gone in plan.gone:
        del records[gone]
    for number, step in enumerate(plan.orders):
        if step.entry is not None:
            before = None if step.held is None else digest(step.held.name, step.held.numbers)
            held_id = None if step.held is None else step.held.id
            records[step.contact] = record(step.entry, held_id, PushState.SENT, before=before)
        if 2 * number >= cut:
            return False
        said = phone.write(step)
        if 2 * number + 1 >= cut:
            return False
        if step.action is Action.REMOVE:
            del records[step.contact]
        else:
            records[step.contact] = record(step.entry, said)
    return True


names = st.sampled_from(["Olga", "Ivan", "Anna", "Boris", "Granny"])
digits = st.sampled_from(["201", "202", "203", "204", "205", "206"])
people = st.lists(st.tuples(names, st.lists(digits, min_size=1, max_size=2, unique=True)), max_size=4)
books = st.dictionaries(
    st.integers(0, 5), st.tuples(names, st.lists(digits, min_size=1, max_size=2, unique=True)), max_size=5
)


@settings(max_examples=daily(100, thorough=300), deadline=None)
@given(
    typed=people,
    rounds=st.lists(st.tuples(books, st.integers(0, 12)), min_size=1, max_size=5),
    route=st.sampled_from([FULL, ADDS, replace(FULL, removes=False)]),
)
def test_however_often_it_is_cut_nothing_typed_is_touched_and_nothing_is_doubled(typed, rounds, route):
    own = [held(name, *numbers) for name, numbers in typed]
    phone, records = Phone(own), {}
    for book, cut in [*rounds, (rounds[-1][0], 99), (rounds[-1][0], 99)]:
        wanted = [entry(uid, name, *numbers) for uid, (name, numbers) in book.items()]
        push(phone, wanted, records, route, cut=cut)
        assert [phone.contacts.get(str(place)) for place in range(len(own))] == own
        ours = [each for key, each in phone.contacts.items() if int(key) >= len(own)]
        assert len(ours) <= len(records), "a contact stands there of which nothing is known"
    if not wanted:
        return  # the last pushes were refused, so a cut one before them stays as it is
    final = planned(wanted, phone.held(), list(records.values()), route)
    assert final.orders == (), "the push after a cut finishes it"
    shown = [one.number for each in ours for one in each.numbers]
    assert not set(shown) & {one.number for each in own for one in each.numbers}
    # Where two contacts were to exchange their numbers, and one of them cannot go, a person is asked.
    assert len(shown) == len(set(shown)) or final.of(Action.BY_HAND), "a number of ours stands twice"
