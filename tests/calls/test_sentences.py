"""Sentences of forms and values: the same in English as ever, and in other languages by the texts of those."""

import pytest

from phonesync.calls.sentences import (
    FORMS,
    Form,
    clause,
    in_english,
    in_words,
    is_plain,
    listed,
    plain,
)

RANG = (
    clause(Form.RANG, phones=("desk-101", "desk-102"), number="84955550101"),
    clause(Form.EACH_WITHIN, span="17 min"),
)


def test_each_form_has_a_text():
    assert set(FORMS) == set(Form)


def test_clauses_follow_one_another_and_end_with_a_full_stop():
    assert in_english(RANG) == "desk-101 and desk-102 rang for 84955550101 within 17 min of one another."


def test_a_sentence_of_an_old_call_stays_as_it_was_written():
    assert in_english(plain("Rang at 100 %.")) == "Rang at 100 %."
    assert is_plain(plain("Rang."))
    assert not is_plain(RANG)


def test_another_language_has_its_own_texts_and_values():
    said = in_words(
        RANG,
        {FORMS[Form.RANG]: "%(number)s!", FORMS[Form.EACH_WITHIN]: " (%(span)s)"}.get,
        lambda name, _: name,
    )
    assert said == "number! (span)."


@pytest.mark.parametrize(
    ("names", "said"), [(("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")]
)
def test_names_are_listed(names, said):
    assert listed(names) == said
