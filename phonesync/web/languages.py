"""The languages of the pages: which one somebody reads, and the texts of each.

The templates speak English; the texts of the other languages stand in
``locale/<language>/LC_MESSAGES/messages.po`` and are read from there: nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from phonesync.web.kept import CONTEXT, KeptTexts, form

LANGUAGES = ("en", "ru")
"""The first is that of the texts in the templates; it needs no catalogue."""

LOCALE = Path(__file__).with_name("locale")


def catalogue(language: str) -> Path:
    """Where the texts of a language stand."""
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


@cache
def translations(language: str) -> NullTranslations:
    """The texts of one of ``LANGUAGES``."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _read(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def kept_texts(language: str) -> KeptTexts:
    """The forms of the texts that the store keeps in English, in one of ``LANGUAGES``."""
    if language == LANGUAGES[0]:
        return KeptTexts()
    return KeptTexts(
        form(message.id, message.string)
        for message in _read(language)
        if message.context == CONTEXT and isinstance(message.id, str) and isinstance(message.string, str)
    )


@cache
def _read(language: str) -> Catalog:
    with catalogue(language).open("rb") as file:
        return read_po(file, locale=language)


def chosen(wishes: Iterable[str | None], accepted: str) -> str:
    """The language somebody reads.

    Args:
        wishes: Languages asked for by name, the strongest first; None and unknown ones count for nothing.
        accepted: The header ``Accept-Language``; may be empty.
    """
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            ranked.append((-_weight(weight), place, language))
    return min(ranked)[2] if ranked else LANGUAGES[0]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
