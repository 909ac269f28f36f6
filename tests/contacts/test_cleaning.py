"""Texts of strangers become names and numbers that can be kept and shown."""

import re
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.contacts.cleaning import LONGEST_NAME, MOST_NUMBERS, clean, made, numbers_of
from phonesync.contacts.values import Place
from phonesync.model import NumberKind

HERE = Place(file="f", line=1)


@given(text=st.text(st.characters(exclude_categories=())))
def test_a_clean_text_is_one_visible_line_and_stays_itself(text):
    found = clean(text)
    if found is None:
        return
    assert found == found.strip()
    assert len(found) <= LONGEST_NAME
    assert all(category(letter) not in {"Cc", "Cs", "Zl", "Zp"} for letter in found)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", found)
    assert clean(found) == found


def test_nothing_is_left_of_nothing():
    assert clean(None) is None
    assert clean(" \x00\u202e\n") is None


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("8 (495) 123-45-67", ["8 (495) 123-45-67"]),
        ("1, 2;3\n4|5", ["1", "2", "3", "4", "5"]),
        ("", []),
        (" , ;", []),
        ('="8495"', ["8495"]),
        ("'+7495", ["+7495"]),
        ("tel:+7-495-1", ["+7-495-1"]),
        ("*98", ["*98"]),
    ],
)
def test_a_cell_holds_numbers(cell, numbers):
    found, reasons = numbers_of(cell, NumberKind.HOME)
    assert [number.number for number in found] == numbers
    assert reasons == []


def test_what_is_no_number_is_told():
    found, reasons = numbers_of(f"none, {'9' * 65}, 5", NumberKind.WORK)
    assert [number.number for number in found] == ["5"]
    assert reasons == ['"none" is no number', f'"{"9" * 40}…" is too long for a number']


def test_the_same_number_twice_is_one_and_of_very_many_the_first_are_taken():
    contact, remarks = made(
        names=["A"], numbers=[("5", NumberKind.WORK), ("5", NumberKind.HOME)], place=HERE, uid="u"
    )
    assert [(number.number, number.kind) for number in contact.numbers] == [("5", NumberKind.WORK)]
    assert remarks == []
    many = [(str(number), NumberKind.WORK) for number in range(MOST_NUMBERS + 1)]
    contact, remarks = made(names=["A"], numbers=many, place=HERE)
    assert len(contact.numbers) == MOST_NUMBERS
    assert [(remark.reason, remark.kept) for remark in remarks] == [
        ("has 201 numbers; the first 200 were taken", True)
    ]
