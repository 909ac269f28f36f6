"""Which language somebody reads, and that each says everything."""

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from phonesync.web.languages import LANGUAGES, catalogue, chosen, translations
from tools.translations import updated

OTHERS = LANGUAGES[1:]
ROOT = Path(__file__).resolve().parents[2]
TOLD = {"ConfigError", "NoSuchMark", "NoSuchExport", "TooManyExports"}
AT_START = {"server.py"}
"""Told before there is any page."""


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


def told_in_english_alone(path):
    """Sentences of mistakes in a module that no catalogue has."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        if getattr(node.exc.func, "id", "") in TOLD:
            said = [*node.exc.args[:1], *(one.value for one in node.exc.keywords if one.arg == "hint")]
            yield from (ast.unparse(one) for one in said if isinstance(one, ast.Constant | ast.JoinedStr))


@pytest.mark.parametrize(
    "folder", ["journal", "store/access", "store/journal", "web", "web/access", "web/pages"]
)
def test_a_mistake_that_a_page_may_tell_is_marked_for_the_catalogues(folder):
    modules = sorted((ROOT / "phonesync" / folder).glob("*.py"))
    assert modules
    assert [
        text for path in modules if path.name not in AT_START for text in told_in_english_alone(path)
    ] == []


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
