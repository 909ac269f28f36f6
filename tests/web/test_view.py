"""Figures and times as one reader sees them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phonesync.calls.sentences import Form, clause, plain
from phonesync.errors import ConfigError
from phonesync.spelling import worded
from phonesync.web.languages import translations
from phonesync.web.view import View

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)


def view(language="en", zone="Europe/Moscow", now=NOW):
    return View(language=language, zone=ZoneInfo(zone), now=now, theme=None, texts=translations(language))


def test_a_day_is_that_of_the_readers_zone():
    assert view().today == date(2026, 11, 27)
    assert view(zone="UTC").today == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("language", "back", "words"),
    [
        ("en", 0, "today 00:30"),
        ("ru", 0, "сегодня 00:30"),
        ("en", 1, "yesterday 00:30"),
        ("ru", 1, "вчера 00:30"),
        ("en", 2, "25 Nov 00:30"),
        ("ru", 2, "25 нояб. 00:30"),
        ("en", 365, "27 Nov 2025 00:30"),
        ("ru", 365, "27 нояб. 2025\u202fг. 00:30"),
    ],
)
def test_a_moment_is_a_day_in_words_and_a_time(language, back, words):
    assert view(language).moment(NOW - timedelta(days=back)) == words


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (None, "–", "–"),
        (45, "45 s", "45 с"),
        (300, "5 min", "5 мин"),
        (11520, "3 h 12 min", "3 ч 12 мин"),
        (7200, "2 h", "2 ч"),
        (187200, "2 d 4 h", "2 дн. 4 ч"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(seconds, english, russian):
    assert view().span(seconds) == english
    assert view("ru").span(seconds) == russian


def test_a_duration_reads_like_a_clock():
    assert [view().duration(one) for one in (None, 0, 42, 3723)] == ["–", "0:00", "0:42", "1:02:03"]


def test_only_all_of_it_is_a_hundred_percent():
    assert view().percent(0.99999) == "99.9%"
    assert view().percent(1.0) == "100%"
    assert view("ru").percent(0.5) == "50\u00a0%"
    assert view().percent(None) == "–"


def test_numbers_have_the_separators_of_the_language():
    assert view().number(12345) == "12,345"
    assert view("ru").number(12345) == "12\u00a0345"
    assert view().number(None) == "–"


def test_nothing_observed_is_a_dash():
    shown = view()
    assert {
        shown.day(None),
        shown.short_date(None),
        shown.time(None),
        shown.moment(None),
        shown.exact(None),
        shown.ago(None),
    } == {"–"}


def test_an_exact_time_names_the_offset():
    assert view().exact(NOW) == "27 Nov 2026, 00:30:00 +03:00"
    assert view().time(NOW, seconds=True) == "00:30:00"
    assert view().long_date(NOW) == "Friday, 27 November 2026"
    assert view("ru").long_date(date(2026, 11, 27)) == "пятница, 27 ноября 2026"
    assert view().ago(NOW - timedelta(minutes=5)) == "5 min"


@pytest.mark.parametrize(("language", "words"), [("en", "Mon–Fri, Sun"), ("ru", "пн–пт, вс")])
def test_weekdays_are_short(language, words):
    assert view(language).weekdays(("monday-friday", "sunday")) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "desk-101, desk-102 and desk-103 rang for 84955550101 within 17 min of one another."),
        ("ru", "На desk-101, desk-102 и desk-103 звонили с номера 84955550101 с разницей до 17 мин."),
    ],
)
def test_a_kept_sentence_is_in_the_readers_language(language, words):
    phones = ("desk-101", "desk-102", "desk-103")
    said = (
        clause(Form.RANG, phones=phones, number="84955550101"),
        clause(Form.EACH_WITHIN, span="17 min"),
    )
    assert view(language).sentence(said) == words


def test_a_sentence_of_one_phone_has_no_list_and_an_old_one_stays_as_it_was():
    said = (clause(Form.RANG_WITHHELD, phones=("desk-101",)), clause(Form.SAME_SECOND))
    assert view("ru").sentence(said) == "На desk-101 звонил абонент без номера в одну и ту же секунду."
    assert view("ru").sentence(plain("Only desk-101 rang.")) == "Only desk-101 rang."


def test_a_mistake_is_told_in_the_readers_language_with_what_it_speaks_of():
    mistake = ConfigError(worded("There is no tag %(number)s.", number="50%"), hint="Say why.")
    assert str(mistake) == "There is no tag 50%. Say why."
    assert view().mistake(mistake) == str(mistake)
    assert view("ru").mistake(mistake) == "Метки 50% нет. Укажите причину."
    assert (
        view("ru").mistake(ConfigError("No catalogue has 100% of this.")) == "No catalogue has 100% of this."
    )
