"""Books of phones: whom they hold, in which order, and how all of it fits."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver.phonebooks import BookLimits
from phonesync.numbering import canonical
from phonesync.phonebook.building import CANARY, CANARY_NUMBER, Callers, build, canary_name
from phonesync.phonebook.ranking import weights
from phonesync.phonebook.spelling import learned
from phonesync.phonebook.view import undialled, view
from phonesync.phonebook.winner import Scope, Viewer
from tests.phonebook.contacts import NOW, PLAN, contact, met

SCOPES = {
    "crm": Scope(source="crm"),
    "team": Scope(source="team", site="Omsk", department="Sales", precedence=5),
}
OMSK = Viewer(site="Omsk", department="Sales")
ROOMY = BookLimits(entries=None)


def seen_by(contacts, viewer=OMSK, scopes=SCOPES):
    return view(contacts, scopes, viewer)


def built(contacts, limits=ROOMY, callers=Callers(), viewer=OMSK, canary=None):  # noqa: B008  a frozen value
    return build(seen_by(contacts, viewer), callers, plan=PLAN, limits=limits, title="Names", canary=canary)


def names(found):
    return [entry.name for entry in found.book.entries]


def callers_of(mine=(), colleagues=()):
    return Callers(
        mine=weights(PLAN, mine, now=NOW),
        colleagues=weights(PLAN, colleagues, now=NOW),
        phone=learned(PLAN, mine),
    )


def test_an_owner_sees_the_contacts_whose_scope_covers_the_phone():
    contacts = [contact("A", "201"), contact("B", "202", source="team"), contact("C", "203", source="gone")]
    assert names(built(contacts)) == ["A", "B"]
    assert names(built(contacts, viewer=Viewer(site="Omsk"))) == ["A"]


def test_a_number_stands_once_with_the_contact_that_wins_it():
    contacts = [
        contact("A", "201", "202"),
        contact("B", "202", source="team"),
        contact("C", "201", "203", uid="9"),
    ]
    found = built(contacts)
    assert [(entry.name, [one.number for one in entry.numbers]) for entry in found.book.entries] == [
        ("A", ["201"]),
        ("B", ["202"]),
        ("C", ["203"]),
    ]
    assert seen_by(contacts).names == {"ext:201": "A", "ext:202": "B", "ext:203": "C"}


def test_a_contact_that_wins_no_number_is_left_out():
    found = built([contact("A", "201"), contact("B", "201"), contact("C", "---")])
    assert (names(found), found.visible) == (["A"], 1)


def test_a_number_that_a_contact_has_twice_stands_once():
    (entry,) = built([contact("A", "+7 495 123-45-67", "84951234567")]).book.entries
    assert [one.number for one in entry.numbers] == ["84951234567", "+74951234567", "74951234567", "1234567"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("*98", "*98"),
        ("sip:door@192.0.2.20", "sip:door@192.0.2.20"),
        ("sip: 1 @pbx", "sip:1@pbx"),
        ("door", ""),
        ("", ""),
    ],
)
def test_a_number_without_a_canonical_form_is_written_as_it_can_be_dialled(number, text):
    assert undialled(number) == text


def test_a_feature_code_is_written_as_it_stands():
    (entry,) = built([contact("Voice mail", "*98")]).book.entries
    assert [one.number for one in entry.numbers] == ["*98"]


def test_own_callers_come_first_then_those_of_colleagues_then_the_rest_by_name():
    contacts = [
        contact(name, number)
        for name, number in zip("edcba", ("205", "204", "203", "202", "201"), strict=True)
    ]
    mine = [met("203", 1), met("204", 8, days=21), met("205", 8, days=22), met("nobody"), met("999", 500)]
    found = built(contacts, callers=callers_of(mine, [met("201"), met("204", 990)]))
    assert names(found) == ["d", "c", "e", "a", "b"]


def test_lately_counts_more_than_long_ago():
    found = weights(PLAN, [met("201", 4, days=14), met("202", 2, days=0), met("203", 1, days=-1)], now=NOW)
    assert found == {"ext:201": 1.0, "ext:202": 2.0, "ext:203": 1.0}


def test_what_does_not_fit_is_told_most_wanted_first():
    contacts = [contact(name, str(200 + at)) for at, name in enumerate("abcd")]
    found = built(contacts, BookLimits(entries=2), callers_of([met("203")]))
    assert (names(found), found.left_out, found.visible) == (["d", "a"], ("crm/b", "crm/c"), 4)


def test_a_contact_gets_its_likeliest_spellings_within_the_numbers_a_phone_takes():
    one = contact("A", "84951234567", "84957654321")
    found = built([one], BookLimits(entries=10, numbers=3), callers_of([met("+74957654321", 900)]))
    (entry,) = found.book.entries
    assert [number.number for number in entry.numbers] == ["+74951234567", "+74957654321"]
    found = built([one], BookLimits(entries=10, numbers=3))
    (entry,) = found.book.entries
    assert [number.number for number in entry.numbers] == ["84951234567", "84957654321", "+74951234567"]
    assert found.left_numbers == 5


def test_a_spelling_that_another_contact_has_already_is_not_written_twice():
    # One phone shows seven digits that are a number of the area here and of another trunk there.
    callers = replace(callers_of(), phone=learned(PLAN, [met("1234567", 9)]))
    contacts = [contact("A", "+74951234567"), contact("B", "@1234567"), contact("C", "sip:1234567@x")]
    texts = [one.number for entry in built(contacts, callers=callers).book.entries for one in entry.numbers]
    assert len(texts) == len(set(texts))


def test_a_contact_whose_every_spelling_is_taken_is_left_out():
    contacts = [contact("A", "1@x"), contact("B", "1 @x", source="team")]
    assert names(built(contacts)) == ["B"]
    by_canary = built([contact("A", CANARY_NUMBER)], canary="now")
    assert names(by_canary) == ["now"]


def test_names_are_tidied_cut_and_where_wanted_unique():
    contacts = [
        contact("Ольга Смирнова", "201", uid="1"),
        contact("Ольга\tСмирнова", "202", uid="2"),
        contact("👍", "203", company="Ромашка"),
        contact("👎", "204"),
    ]
    limits = BookLimits(entries=9, name_characters=10, unique_names=True, basic_plane_only=True)
    found = built(contacts, limits)
    assert sorted(names(found)) == sorted(["Ольга Сми…", "Ольга… (2)", "Ромашка", "204"])
    assert found.cut_names == 2


def test_the_canary_stands_first_and_takes_a_place():
    contacts = [contact("A", "201"), contact("B", "202")]
    found = built(
        contacts, BookLimits(entries=2, name_characters=12), canary=canary_name(datetime(2026, 11, 26, 7, 40))
    )
    assert (found.book.entries[0].contact, found.book.entries[0].numbers[0].number) == (
        CANARY,
        CANARY_NUMBER,
    )
    assert names(found) == ["✓ phonesync…", "A"]
    assert found.left_out == ("crm/B",)
    assert canary_name(datetime(2026, 11, 26, 7, 59)) == "✓ phonesync 2026-11-26 07:00"


def test_nobody_can_have_the_number_of_the_canary():
    assert canonical(PLAN, CANARY_NUMBER) is None


HOSTILE = st.text(st.characters(), max_size=40)


@given(
    rows=st.lists(
        st.tuples(HOSTILE, st.lists(st.one_of(HOSTILE, st.from_regex(r"8495[0-9]{7}")), max_size=6)),
        max_size=12,
    ),
    entries=st.one_of(st.none(), st.integers(1, 5)),
    numbers=st.one_of(st.none(), st.integers(1, 3)),
    characters=st.one_of(st.none(), st.integers(1, 20)),
    unique=st.booleans(),
)
def test_whatever_contacts_hold_a_book_keeps_to_its_limits(rows, entries, numbers, characters, unique):
    limits = BookLimits(
        entries=entries,
        numbers=numbers,
        name_characters=characters,
        unique_names=unique,
        basic_plane_only=True,
    )
    contacts = [contact(name, *texts, uid=str(at)) for at, (name, texts) in enumerate(rows)]
    found = built(contacts, limits)
    book = found.book.entries
    assert entries is None or len(book) <= entries
    assert all(0 < len(entry.numbers) <= (numbers or 999) for entry in book)
    assert all(
        entry.name and (characters is None or unique or len(entry.name) <= characters) for entry in book
    )
    assert not unique or len({entry.name for entry in book}) == len(book)
    texts = [one.number for entry in book for one in entry.numbers]
    assert len(texts) == len(set(texts))
    assert len(book) + len(found.left_out) <= found.visible
    assert built(list(reversed(contacts)), limits) == found
