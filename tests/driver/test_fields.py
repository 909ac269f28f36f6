import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonesync.driver import fields
from phonesync.driver.fields import Party
from phonesync.errors import UnexpectedResponse

USERS = st.text(st.characters(exclude_characters="@;<>", exclude_categories=("Cs", "Cc")), min_size=1).filter(
    lambda text: text.strip() and not text.lower().startswith(("sip:", "sips:", "tel:"))
)


@pytest.mark.parametrize(
    ("text", "host", "expected"),
    [
        (None, None, (None, None)),
        (None, "pbx.example", (None, "pbx.example")),
        ("204", None, ("204", None)),
        ("204", "pbx.example", ("204", "pbx.example")),
        ("204@pbx.example", None, ("204", "pbx.example")),
        ("204@192.0.2.20:5062", "pbx.example", ("204", "192.0.2.20:5062")),
        ("sip:123@192.0.2.20;user=phone", None, ("123", "192.0.2.20")),
        ("SIPS:+7495@pbx.example?a=b", None, ("+7495", "pbx.example")),
        ("<sip:123@pbx.example>", None, ("123", "pbx.example")),
        ("tel:+7495;phone-context=example", None, ("+7495", None)),
        ("sip:+7495;phone-context=x@pbx.example", None, ("+7495", "pbx.example")),
        ("204;user=phone", None, ("204", None)),
        ("204;55", None, ("204;55", None)),
        ("sip:204", "pbx.example", ("204", "pbx.example")),
        ("@pbx.example", None, (None, "pbx.example")),
        ("sip:@anonymous.invalid", None, (None, "anonymous.invalid")),
        ("anonymous", None, ("anonymous", None)),
        ("*21*204#", None, ("*21*204#", None)),
        ("8 (495) 555-01-23", None, ("8 (495) 555-01-23", None)),
    ],
)
def test_a_party_is_a_user_part_and_a_host(text, host, expected):
    assert fields.party(text, host=host) == Party(*expected)


@given(USERS)
def test_the_user_part_keeps_its_characters(user):
    for text in (user, f"{user}@pbx.example", f"sip:{user}@pbx.example;x=y", f"<sip:{user}@h>"):
        assert fields.party(text).number == user


@given(st.text())
def test_no_number_shows_a_host_or_cannot_be_stored(text):
    number = fields.party(fields.shown(text)).number
    assert number is None or ("@" not in number and number.encode() and "\0" not in number)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("65", 65),
        (65, 65),
        ("0", 0),
        (0, 0),
        ("1:05", 65),
        ("0:01:05", 65),
        ("01:02:05", 3725),
        (" 7 ", 7),
        ("", None),
        (None, None),
        ("  ", None),
    ],
)
def test_both_forms_of_duration_are_read(value, seconds):
    assert fields.duration_s(value) == seconds


@pytest.mark.parametrize(
    "value", ["x", "-1", "1:2:3:4", ":", "1:", "1.5", 1.5, True, [], {}, "٣", "9" * 11, "9" * 5000]
)
def test_a_duration_in_another_form_is_refused(value):
    with pytest.raises(UnexpectedResponse):
        fields.duration_s(value)


@given(st.integers(0, 10**6))
def test_a_duration_written_in_any_form_is_the_same(seconds):
    minutes, rest = divmod(seconds, 60)
    hours, left = divmod(minutes, 60)
    for text in (str(seconds), f"{minutes}:{rest:02}", f"{hours}:{left:02}:{rest:02}"):
        assert fields.duration_s(text) == seconds


@pytest.mark.parametrize(
    ("value", "count"), [(None, 1), ("", 1), ("0", 1), (0, 1), ("3", 3), (4, 4), ("1", 1)]
)
def test_repeats_are_at_least_one(value, count):
    assert fields.repeats(value) == count


@pytest.mark.parametrize("value", ["x", "-2", 1.5, True, "1000000", "99999999999999"])
def test_repeats_that_are_no_number_are_refused(value):
    with pytest.raises(UnexpectedResponse):
        fields.repeats(value)


def test_text_is_shown_as_it_is_but_for_what_no_store_holds():
    assert fields.shown(" Жук ") == " Жук "
    assert fields.shown("") is None
    assert fields.shown(" \t") is None
    assert fields.shown(201) == "201"
    assert fields.shown("a\0b") == "a�b"
    assert fields.shown("\ud83d\ude00") == "😀"
    assert fields.shown("a\ud83d!") == "a�!"


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
def test_other_json_values_are_no_text(value):
    with pytest.raises(UnexpectedResponse):
        fields.shown(value)


@given(st.text())
def test_storable_text_can_be_stored_and_stays_so(text):
    once = fields.storable(text)
    assert once.encode().decode() == once
    assert "\0" not in once
    assert fields.storable(once) == once


def test_english_dates_are_read_in_both_lengths():
    assert [fields.weekday(word) for word in ("Mon", "sunday", "Thu.")] == [0, 6, 3]
    assert [fields.month(word) for word in ("Jan", "may", "December")] == [1, 5, 12]


@pytest.mark.parametrize("word", ["", "Do", "Th", "Thur", "Мар", "13"])
def test_other_date_words_are_refused(word):
    for read in (fields.weekday, fields.month):
        with pytest.raises(UnexpectedResponse):
            read(word)


def test_whole_numbers_are_digits():
    assert fields.whole_number(" 07") == 7
    for text in ("", "-1", "1.0", "x", "½"):
        with pytest.raises(UnexpectedResponse):
            fields.whole_number(text)
