"""Names as phones take them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.phonebook.names import shortened, tidy, unique


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ольга \t\n Смирнова ", "Ольга Смирнова"),
        ("Olga\x00\x1b[31m\u202eSmirnova", "Olga[31mSmirnova"),
        ("\ud800Olga", "Olga"),
        ("Cafe\u0301", "Café"),
        ("שרה\u200f כהן", "שרה כהן"),
        ("Olga 👩\u200d💻", "Olga 👩\u200d💻"),
        ("a\u200b\u2028b", "ab"),
        ("\u200d", ""),
    ],
)
def test_what_cannot_be_seen_is_taken_out(name, shown):
    assert tidy(name) == shown


def test_a_phone_of_the_basic_plane_gets_no_emoji_and_no_lone_joiner():
    assert tidy("Olga 👩\u200d💻 S.", basic_plane_only=True) == "Olga S."
    assert tidy("❤\ufe0f Olga", basic_plane_only=True) == "❤ Olga".replace("❤", "❤\ufe0f")


@pytest.mark.parametrize(
    ("name", "most", "shown"),
    [
        ("Olga", None, "Olga"),
        ("Olga", 4, "Olga"),
        ("Olga Smirnova", 12, "Olga Smirno…"),
        ("Department of Sales", 15, "Department of…"),
        ("Smirnova, Olga", 10, "Smirnova…"),
        ("Cafe\u0301\u0301\u0301 x", 6, "Caf…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("a👩\u200d💻bcd", 4, "a…"),
        ("Olga", 1, "O"),
        ("\u0301\u0301\u0301", 2, "\u0301\u0301"),
        ("....... x", 6, ".....…"),
    ],
)
def test_a_long_name_is_cut_between_words_or_between_characters_as_seen(name, most, shown):
    assert shortened(name, most) == shown


def test_a_name_that_is_taken_is_numbered_within_its_length():
    assert unique("Olga", set(), 10) == "Olga"
    assert unique("Olga", {"Olga", "Olga (2)"}, None) == "Olga (3)"
    assert unique("Olga Smirnova", {"Olga Smirnova"}, 13) == "Olga Smi… (2)"
    assert len(unique("Olga", {"Olga"}, 5)) == 5


@given(name=st.text(max_size=60), most=st.one_of(st.none(), st.integers(1, 40)), basic=st.booleans())
def test_a_name_never_holds_control_characters_nor_is_it_too_long(name, most, basic):
    found = shortened(tidy(name, basic_plane_only=basic), most)
    assert most is None or len(found) <= most
    assert found == " ".join(found.split())
    assert not basic or all(letter <= "\uffff" for letter in found)
    found.encode()
