"""Words: the nearest right spelling of one that is not known, and which texts are to be translated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


def N_(text: str) -> str:  # noqa: N802  the name that the extraction of texts knows
    """Marks a text for the catalogues that is translated where it is shown."""
    return text


class Worded(str):
    """An English sentence that knows the text it was made from: pages say it in other languages.

    Attributes:
        form: The text with places for values, as the catalogues have it.
        values: What stands in them, by name.
    """

    __slots__ = ("form", "values")
    form: str
    values: Mapping[str, object]


def worded(form: str, **values: object) -> Worded:
    """A sentence.

    Args:
        form: Marked for the catalogues, with places like ``%(name)s``.
        values: What stands in them.
    """
    made = Worded(form % values)
    made.form, made.values = form, values
    return made


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, letter case aside, or None where none is near."""
    spelled = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(word.casefold(), spelled, n=1)
    return spelled[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "…"?`` for the end of a sentence, or a full stop where no known word is near."""
    found = nearest(word, known)
    return f'; did you mean "{found}"?' if found is not None else "."


def unknown(kind: str, word: str, known: Iterable[str]) -> str:
    """One sentence: the word is unknown, and which known one is near, or else which there are.

    Args:
        kind: What the word was meant to be, for example ``driver``.
        word: As the user wrote it.
        known: All right spellings; listed where none is near and they are at most a dozen.
    """
    words = sorted(set(known))
    found = nearest(word, words)
    if found is not None:
        return f'unknown {kind} "{word}"; did you mean "{found}"?'
    if 0 < len(words) <= _LISTED:
        return f'unknown {kind} "{word}"; known: {", ".join(words)}.'
    return f'unknown {kind} "{word}".'


def capital(text: str) -> str:
    """The text with a capital letter, where it is to stand as a sentence of its own."""
    return text[:1].upper() + text[1:]


_LISTED = 12
