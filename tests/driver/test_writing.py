import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from phonesync.driver.writing import clean, document, escaped, fitting, leaf, lines, tag
from phonesync.model import BookEntry, ContactNumber, Phonebook


@given(st.text())
def test_any_text_gives_a_well_formed_file_that_holds_it_cleaned(text):
    content = document(tag("Book", lines([leaf("Name", clean(text), {"title": clean(text)})])))
    root = etree.fromstring(content)
    assert (root.findtext("Name") or "") == clean(text)
    assert root.find("Name").get("title") == clean(text)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")))
def test_white_space_of_others_survives_in_attributes(text):
    root = etree.fromstring(document(tag("contact", "", {"name": text})))
    assert root.get("name") == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Olga  Smirnova ", "Olga Smirnova"),
        ("Olga\r\nSmirnova", "Olga Smirnova"),
        ("\x00\x07Olga\x1b\x7f\x85", "Olga"),
        ("\ud800Olga\uffff", "Olga"),
        ("☎ Zoë 🧑‍🚀", "☎ Zoë 🧑‍🚀"),
        (" \u00a0", ""),
    ],
)
def test_what_no_file_may_hold_is_taken_out(text, cleaned):
    assert clean(text) == cleaned


def test_everything_special_is_escaped():
    assert escaped("""a<b>&"'\t\n""") == "a&lt;b&gt;&amp;&quot;&apos;&#9;&#10;"


def test_an_element_without_content_is_closed_at_once():
    assert tag("LastName") == "<LastName/>"


def test_a_file_is_utf8_without_a_byte_order_mark():
    assert document(leaf("Name", "Ольга")) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Name>Ольга</Name>\n'.encode()
    )


def test_an_entry_without_a_name_bears_its_number_and_one_without_a_number_goes():
    def entry(name, *numbers):
        return BookEntry(
            contact=name, name=name, numbers=tuple(ContactNumber(number=number) for number in numbers)
        )

    book = Phonebook(
        title="", entries=(entry("\x00", "\x00", "201 "), entry("Nobody", " "), entry("Olga", "204"))
    )
    assert [(one.name, [n.number for n in one.numbers]) for one in fitting(book)] == [
        ("201", ["201"]),
        ("Olga", ["204"]),
    ]
