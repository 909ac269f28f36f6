"""Which contact a phone shows for a number that several have."""

from datetime import UTC, datetime

import pytest

from phonesync.model import Contact, ContactNumber
from phonesync.phonebook.winner import KeptContact, Scope, Viewer, candidates, why

NUMBER = "+74951234567"
SALES = Viewer(site="Omsk", department="Sales")


def kept(source, name, *canonicals, uid="1"):
    numbers = tuple(ContactNumber(number=str(at)) for at, _ in enumerate(canonicals))
    return KeptContact(
        contact=Contact(source=source, uid=uid, name=name, numbers=numbers),
        canonicals=canonicals,
        digest="",
        changed_at=datetime(2026, 1, 31, tzinfo=UTC),
    )


def scopes(**given):
    return {name: Scope(source=name, **values) for name, values in given.items()}


def names(found):
    return [one.contact.name for one in found]


def test_the_lower_precedence_wins_even_over_a_narrower_scope():
    rules = scopes(crm={"precedence": 5}, team={"precedence": 6, "department": "Sales"})
    first, second = candidates(NUMBER, [kept("team", "A", NUMBER), kept("crm", "B", NUMBER)], rules, SALES)
    assert (first.contact.name, second.contact.name) == ("B", "A")
    assert why(first, second, NUMBER, rules) == "precedence 5 is before 6"


def test_a_department_is_narrower_than_a_site_and_a_site_than_everyone():
    rules = scopes(
        all={},
        site={"site": "Omsk"},
        team={"department": "Sales"},
        both={"site": "Omsk", "department": "Sales"},
    )
    found = candidates(NUMBER, [kept(name, name, NUMBER) for name in rules], rules, SALES)
    assert names(found) == ["both", "team", "site", "all"]
    assert why(found[0], found[1], NUMBER, rules) == "a department of a site is narrower than a department"
    assert why(found[2], found[3], NUMBER, rules) == "a site is narrower than everyone"


def test_then_the_number_that_stands_earlier_then_the_name_then_the_id():
    rules = scopes(all={})
    late = kept("all", "A", None, NUMBER)
    bob, anna = kept("all", "Bob", NUMBER), kept("all", "Anna", NUMBER, uid="9")
    other = kept("all", "Anna", NUMBER, uid="2")
    found = candidates(NUMBER, [late, bob, anna, other], rules, SALES)
    assert found == [other, anna, bob, late]
    assert why(other, anna, NUMBER, rules) == "its id is first in order"
    assert why(anna, bob, NUMBER, rules) == "its name is first in order"
    assert why(bob, late, NUMBER, rules) == "its number 1, not its number 2"


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({}, True),
        ({"site": "Omsk"}, True),
        ({"department": "Sales"}, True),
        ({"site": "Head office"}, False),
        ({"department": "Support"}, False),
        ({"site": "Omsk", "department": "Support"}, False),
    ],
)
def test_a_phone_sees_what_is_for_its_site_and_department(scope, seen):
    found = candidates(NUMBER, [kept("it", "A", NUMBER)], scopes(it=scope), SALES)
    assert bool(found) == seen


def test_a_phone_without_a_department_sees_none_of_a_department():
    assert not candidates(
        NUMBER, [kept("it", "A", NUMBER)], scopes(it={"department": "Sales"}), Viewer(site="Omsk")
    )


def test_other_numbers_and_sources_that_are_configured_no_longer_do_not_count():
    given = [kept("it", "A", "+74951234568", None), kept("gone", "B", NUMBER)]
    assert candidates(NUMBER, given, scopes(it={}), SALES) == []
