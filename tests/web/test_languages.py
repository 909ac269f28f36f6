"""Which language somebody reads, and that each says everything."""

import pytest
from babel.messages.pofile import read_po

from phonesync.web.languages import LANGUAGES, catalogue, chosen, translations
from tools.translations import updated

OTHERS = LANGUAGES[1:]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_pages_is_translated_and_none_is_left_over(language):
    assert catalogue(language).read_text(encoding="utf-8") == updated(language), "Run make translations."
    with catalogue(language).open("rb") as file:
        read = read_po(file, locale=language)
    missing = [
        message.id
        for message in read
        if message.id
        and (message.fuzzy or not all(message.string if message.pluralizable else [message.string]))
    ]
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_for_values(language):
    with catalogue(language).open("rb") as file:
        wrong = [
            (message.id, error)
            for message, errors in read_po(file, locale=language).check()
            for error in errors
        ]
    assert wrong == []


@pytest.mark.parametrize(
    ("wishes", "accepted", "language"),
    [
        ((), "", "en"),
        ((), "de, fr;q=0.9", "en"),
        ((), "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ((), "en;q=0.5, ru;q=0.7", "ru"),
        ((), "ru;q=nonsense, en;q=0.1", "en"),
        ((), "ru;level=1", "ru"),
        (("ru",), "en", "ru"),
        ((None, "xx", "ru"), "en", "ru"),
    ],
)
def test_the_language_is_the_readers_wish_else_the_browsers(wishes, accepted, language):
    assert chosen(wishes, accepted) == language


def test_russian_has_its_three_plurals():
    texts = translations("ru")
    assert texts.gettext("Calls") == "Звонки"
