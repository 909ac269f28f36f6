"""How numbers are written so that a phone finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.numbering import DialPlan, canonical
from phonesync.phonebook.spelling import Form, Habits, Sort, Speller, learned, spelled
from tests.phonebook.contacts import PLAN, met

NONE = Habits()


def written(number, phone=NONE, site=NONE, plan=PLAN):
    return Speller(plan=plan, phone=phone, site=site).spellings(number)


@pytest.mark.parametrize(
    ("number", "sort", "forms"),
    [
        (
            "+74951234567",
            Sort.AREA,
            {
                Form.NATIONAL: "84951234567",
                Form.PLUS: "+74951234567",
                Form.BARE: "74951234567",
                Form.UNPREFIXED: "4951234567",
                Form.LOCAL: "1234567",
                Form.INTERNATIONAL: "81074951234567",
            },
        ),
        (
            "+78121234567",
            Sort.COUNTRY,
            {
                Form.NATIONAL: "88121234567",
                Form.PLUS: "+78121234567",
                Form.BARE: "78121234567",
                Form.UNPREFIXED: "8121234567",
                Form.INTERNATIONAL: "81078121234567",
            },
        ),
        (
            "+442079460123",
            Sort.ABROAD,
            {Form.PLUS: "+442079460123", Form.INTERNATIONAL: "810442079460123"},
        ),
        ("ext:201", Sort.INSIDE, {Form.INSIDE: "201"}),
    ],
)
def test_a_number_has_the_forms_in_which_trunks_present_it(number, sort, forms):
    found = spelled(PLAN, number)
    assert found.sort is sort
    assert dict(found.forms) == forms
    assert all(canonical(PLAN, text) == number for text in found.forms.values())


def test_a_form_that_would_be_read_as_another_number_is_none():
    narrow = DialPlan(country="RU", area_code="495", extension_length=7)
    assert Form.LOCAL in spelled(PLAN, "+74951234567").forms
    assert Form.LOCAL not in spelled(narrow, "+74951234567").forms


def test_a_country_without_a_national_prefix_has_a_national_form_all_the_same():
    plan = DialPlan(country="ES")
    assert spelled(plan, "+34912345678").forms[Form.NATIONAL] == "912345678"


def test_a_country_where_the_carrier_is_chosen_has_no_one_way_to_dial_abroad():
    assert set(spelled(DialPlan(country="BR"), "+442079460123").forms) == {Form.PLUS}


def test_where_nothing_was_met_a_number_is_written_in_every_form_that_trunks_use():
    assert written("+74951234567") == ("84951234567", "+74951234567", "74951234567", "1234567")
    assert written("+78121234567") == ("88121234567", "+78121234567", "78121234567")
    assert written("+442079460123")[0] == "+442079460123"
    assert written("ext:201") == ("201",)


def test_a_number_is_written_first_as_the_phone_has_shown_it():
    phone = learned(PLAN, [met("8 (495) 123-45-67", 2), met("1234567", 5), met("anonymous"), met("*98")])
    site = learned(PLAN, [met("+74951234567", 500)])
    assert written("+74951234567", phone, site) == ("1234567", "84951234567", "+74951234567")


def test_a_number_the_phone_never_met_is_written_as_the_site_has_shown_it():
    site = learned(PLAN, [met("74951234567", 3), met("+74957654321", 900)])
    assert written("+74951234567", NONE, site)[0] == "74951234567"


def test_a_number_nobody_met_is_written_in_the_forms_most_seen_among_its_sort():
    many = [met("4951111111", 600), met("+74952222222", 380), met("84953333333", 2), met("78121234567", 900)]
    site = learned(PLAN, many)
    assert written("+74951234567", NONE, site) == ("4951234567", "+74951234567")
    assert written("+78129999999", NONE, site) == ("78129999999",)


def test_the_phones_own_habit_comes_before_that_of_its_site():
    phone, site = learned(PLAN, [met("+74952222222")]), learned(PLAN, [met("74952222222", 500)])
    assert written("+74951234567", phone, site) == ("+74951234567", "74951234567")


def test_a_few_numbers_met_tell_little_so_the_usual_forms_are_added():
    phone = learned(PLAN, [met("1111111")])
    assert written("+74951234567", phone) == ("1234567", "84951234567", "+74951234567", "74951234567")


def test_a_form_the_number_does_not_have_is_passed_over():
    site = learned(PLAN, [met("+74952222222", 400), met("2222222", 900)])
    assert written("+74951234567", NONE, site) == ("1234567", "+74951234567")
    other = DialPlan(country="RU", area_code="812", extension_length=3)
    only_local = Habits(forms={Sort.COUNTRY: {Form.LOCAL: 990}})
    assert written("+74951234567", NONE, only_local, plan=other) == ("+74951234567",)


def test_a_spelling_met_is_kept_though_it_is_none_of_the_forms():
    plan = DialPlan(country="BR")  # where the code of a carrier may stand in the middle
    phone = learned(plan, [met("0152121234567", 3)])
    assert written("+552121234567", phone, plan=plan)[:3] == ("0152121234567", "02121234567", "+552121234567")


@given(
    digits=st.from_regex(r"(495|812|916)[1-9][0-9]{6}", fullmatch=True),
    seen=st.lists(st.tuples(st.sampled_from(["+7", "8", "7", ""]), st.integers(1, 9)), max_size=4),
)
def test_every_spelling_leads_back_to_its_number(digits, seen):
    number = canonical(PLAN, f"+7{digits}")
    if number is None:
        return
    phone = learned(PLAN, [met(prefix + digits, times) for prefix, times in seen])
    found = written(number, phone)
    assert found
    assert len(set(found)) == len(found) <= 5
    assert all(canonical(PLAN, text) == number for text in found)
    assert {prefix + digits for prefix, _ in seen} <= set(found)
