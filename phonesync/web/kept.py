"""Texts that the store keeps in English, found again among the sentences they were made from. Pure.

Why a phone is read when it is, what went wrong with it, with a source or with a delivery is kept as one text:
the words of the command line and of the API. Such a text is made of sentences of ours with values in them,
one behind another. Here each of them is found by its form, ``Phone %(name)s was not found.``, and said in the
reader's language. Words that no form has came from outside, a phone's or a server's: they stay as they are.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

CONTEXT = "kept"
"""Of the texts in the catalogues that are forms of kept ones."""

_PLACE = re.compile(r"%\((\w+)\)s")
_END = re.compile(r"[.?!;] (?=\S)")
_BETWEEN = re.compile(r"[.?!] [A-Z`]")
"""Between two sentences."""

_QUOTED = re.compile(r'"[^"]*"')
_BEGINNING = 4
"""So many letters of a form tell where it may fit."""

_LONGEST, _SENTENCES = 1200, 12
"""A longer text, and a form that goes over more sentences, is not looked for: it is none of ours."""

_REMEMBERED = 4096
_LISTED = 6
_DEEPEST = 4
"""Values that are sentences themselves are looked into so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text.

    Attributes:
        text: In the reader's language, or as it came.
        is_ours: It is in the reader's language.
    """

    text: str
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A sentence with places for values.

    Attributes:
        literal: What stands before, between and behind the places.
        names: Of the places.
        translated: The sentence in the reader's language.
    """

    literal: tuple[str, ...]
    names: tuple[str, ...]
    translated: str

    @property
    def certainty(self) -> int:
        """Letters that must be there: of two forms that fit, the one with more is meant."""
        return sum(map(len, self.literal))

    def values(self, text: str) -> Mapping[str, str] | None:
        """What stands at the places of a text; None where it is not of this form.

        The first fit is taken, and no value goes from one sentence to the next, unless it is quoted.
        """
        first, *between = self.literal
        if not between:
            return {} if text == first else None
        last = between.pop()
        end = len(text) - len(last)
        if end < len(first) or not text.startswith(first) or not text.endswith(last):
            return None
        at, found = len(first), []
        for piece in between:
            to = text.find(piece, at, end)
            if to < 0:
                return None
            found.append(text[at:to])
            at = to + len(piece)
        found.append(text[at:end])
        if any(_goes_on(before, value) for before, value in zip(self.literal, found, strict=False)):
            return None
        return dict(zip(self.names, found, strict=True))


def _goes_on(before: str, value: str) -> bool:
    return not before.endswith('"') and _BETWEEN.search(_without_quoted(value)) is not None


def form(english: str, translated: str) -> Form:
    """A form out of a catalogue."""
    pieces = _PLACE.split(english)
    return Form(
        literal=tuple(piece.replace("%%", "%") for piece in pieces[::2]),
        names=tuple(pieces[1::2]),
        translated=translated,
    )


class KeptTexts:
    """The forms of one language.

    Args:
        forms: All of them, in any order; none for English.
    """

    def __init__(self, forms: Iterable[Form] = ()) -> None:
        self._by_beginning: dict[str, list[Form]] = {}
        for one in sorted(forms, key=lambda one: one.certainty, reverse=True):
            self._by_beginning.setdefault(one.literal[0][:_BEGINNING], []).append(one)
        self._open = [text for text in self._by_beginning if len(text) < _BEGINNING]
        self.said = lru_cache(maxsize=_REMEMBERED)(self._said)
        """A kept text, piece by piece, in the reader's language as far as it is ours."""

    def _said(self, text: str) -> tuple[Piece, ...]:
        text = text.strip()
        if len(text) > _LONGEST:
            return (Piece(text=text, is_ours=False),)
        return tuple(_joined(self._pieces(text, _DEEPEST)))

    def _pieces(self, text: str, depth: int) -> Iterator[Piece]:
        while text:
            end, said = self._first(text, depth)
            yield Piece(text=text[:end] if said is None else said, is_ours=said is not None)
            text = text[end:].lstrip()

    def _first(self, text: str, depth: int) -> tuple[int, str | None]:
        """Where the longest beginning that is of a form ends, and what it says; else the first sentence."""
        ends = [*(found.start() + 1 for found in _END.finditer(_without_quoted(text))), len(text)]
        for end in reversed(ends[:_SENTENCES]):
            said = self._whole(text[:end], depth)
            if said is not None:
                return end, said
            if text[end - 1] == ";":
                said = self._whole(text[: end - 1], depth)
                if said is not None:
                    return end, f"{said};"
        return ends[0], None

    def _whole(self, text: str, depth: int) -> str | None:
        """A text that is all of one form."""
        for one in self._likely(text):
            values = one.values(text)
            if values is not None:
                told = {name: self._value(value, depth - 1) for name, value in values.items()}
                return one.translated % told
        return None

    def _likely(self, text: str) -> Iterator[Form]:
        found = (self._by_beginning.get(one, ()) for one in (text[:_BEGINNING], *self._open))
        return heapq.merge(*found, key=lambda one: -one.certainty)

    def _value(self, text: str, depth: int) -> str:
        if not text or not depth:
            return text
        if (whole := self._whole(text, depth)) is not None:
            return whole
        if 0 < text.count(", ") < _LISTED:
            return ", ".join(self._value(one, depth) for one in text.split(", "))
        return " ".join(one.text for one in self._pieces(text, depth))


def _without_quoted(text: str) -> str:
    """What stands in quotes may look like several sentences, and is one value."""
    return _QUOTED.sub(lambda found: f'"{"x" * (len(found[0]) - 2)}"', text)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one."""
    before: Piece | None = None
    for piece in pieces:
        if before is not None and before.is_ours is piece.is_ours:
            before = Piece(text=f"{before.text} {piece.text}", is_ours=piece.is_ours)
            continue
        if before is not None:
            yield before
        before = piece
    if before is not None:
        yield before
