from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync.journal.search_text import asks_for_withheld, folded_name, tails, terms
from phonesync.numbering import DialPlan

RU = DialPlan(country="RU", area_code="495", extension_length=3)
DE = DialPlan(country="DE")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Михаил", "Mikhail"),
        ("Чайковский", "chaikovskiy"),
        ("Щербаков", "Shcherbakov"),
        ("Юлия Жукова", "Yuliya Zhukova"),
        ("Ёлкин", "елкин"),
        ("José Müller", "jose MULLER"),
        ("Подъячий", "podyachii"),
    ],
)
def test_spellings_of_a_name_are_one(one, other):
    assert folded_name(one) == folded_name(other)


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщьюяABCHhsxyzé", max_size=12), st.data())
@settings(max_examples=60)
def test_a_part_of_a_word_folds_to_a_part_of_the_folded_word(word, data):
    start = data.draw(st.integers(0, len(word)))
    part = word[start : data.draw(st.integers(start, len(word)))]
    assert folded_name(part) in folded_name(word)


@pytest.mark.parametrize(
    ("text", "plans", "readings"),
    [
        ("+7 (495) 555-00-01", (RU,), [("74955550001",)]),
        ("8 495", (RU,), [("8495", "7495")]),
        ("8", (RU,), [("8",)]),
        ("0341 5550", (DE, RU), [("03415550", "493415550")]),
        ("0049341", (DE,), [("0049341", "49049341", "49341")]),
        ("Анна 495", (), [("ana",), ("495",)]),
        ("Ivanov-Petrov", (), [("ivanov",), ("petrov",)]),
        ("()", (), []),
        ("ъ", (), []),
    ],
)
def test_what_is_typed_is_read_in_each_way_it_may_be_meant(text, plans, readings):
    assert [term.readings for term in terms(text, plans)] == readings


@pytest.mark.parametrize(
    "text", ["withheld", "Hidden number", "anon", "ANONYMOUS", "скрыт", "Номер скрыт", "анонимный", "неизв"]
)
def test_words_for_a_withheld_number_are_known_in_both_languages(text):
    assert asks_for_withheld(text)


@pytest.mark.parametrize("text", ["", "number", "hid", "Анна", "скрытый Иван", "hidden 495", "anatoly"])
def test_other_words_do_not_ask_for_withheld_numbers(text):
    assert not asks_for_withheld(text)


def test_tails_begin_at_each_letter_of_a_text():
    assert tails(["ab c", ""]) == {"ab c", "b c", "c"}
