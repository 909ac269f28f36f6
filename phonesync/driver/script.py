"""String literals in scripts: what a page assigns to a variable, or hands to a function.

Phones put their data into pages as JavaScript strings. The text of a script comes from
:mod:`phonesync.driver.markup`; here only literals are read, nothing is run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from phonesync.errors import UnexpectedResponse

_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_HEX_ESCAPES = {"x": 2, "u": 4}
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string literal found in a script.

    Attributes:
        value: Its value, escapes resolved.
        rest: The script behind it.
    """

    value: str
    rest: str


def assigned_string(script: str, name: str, *, call: str = "") -> Literal | None:
    """The first string literal assigned to ``name``, or None where none is assigned.

    With ``call``, the literal is the argument of that call: ``name = call("…")``.

    Raises:
        UnexpectedResponse: The literal is never closed.
    """
    place = script.find(name)
    while place >= 0:
        after = _skip_blanks(script, place + len(name))
        if not _is_word(script[place - 1 : place]) and script[after : after + 1] == "=":
            after = _skip_blanks(script, after + 1)
            if call:
                after = _skip_call(script, after, call)
            if after >= 0 and script[after : after + 1] in {'"', "'"}:
                return literal_at(script, after)
        place = script.find(name, place + len(name))
    return None


def called_with(script: str, function: str) -> tuple[str, ...]:
    """The string literals that ``function`` is called with in a script, in order: ``T("Thu")`` → ``Thu``.

    Raises:
        UnexpectedResponse: A literal is never closed.
    """
    found: list[str] = []
    place = script.find(function)
    while place >= 0:
        after = -1 if _is_word(script[place - 1 : place]) else _skip_call(script, place, function)
        if after >= 0 and script[after : after + 1] in {'"', "'"}:
            literal = literal_at(script, after)
            found.append(literal.value)
            script, place = literal.rest, -len(function)
        place = script.find(function, place + len(function))
    return tuple(found)


def literal_at(script: str, start: int) -> Literal:
    """The literal whose opening quote stands at ``start``.

    Raises:
        UnexpectedResponse: It is never closed.
    """
    value, end = _json_string(script, start) if script[start] == '"' else ("", 0)
    if end:
        return Literal(value=value, rest=script[end:])
    pieces: list[str] = []
    place = start + 1
    while place < len(script):
        character = script[place]
        if character == script[start]:
            return Literal(value="".join(pieces), rest=script[place + 1 :])
        if character == "\\":
            piece, place = _escape(script, place + 1)
            pieces.append(piece)
        else:
            pieces.append(character)
            place += 1
    raise UnexpectedResponse("The answer is cut: a string in a script is never closed.")


def _json_string(script: str, start: int) -> tuple[str, int]:
    """The literal as JSON reads it, which is fast, and its end; 0 where it is not a whole JSON string."""
    try:
        value, end = _DECODER.raw_decode(script, start)
    except ValueError:
        return "", 0
    return str(value), end


def _escape(script: str, place: int) -> tuple[str, int]:
    kind = script[place : place + 1]
    digits = script[place + 1 : place + 1 + _HEX_ESCAPES.get(kind, 0)]
    if digits and len(digits) == _HEX_ESCAPES[kind] and _HEX_DIGITS.issuperset(digits):
        return chr(int(digits, 16)), place + 1 + len(digits)
    return _SIMPLE_ESCAPES.get(kind, kind), place + 1


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _skip_call(text: str, place: int, call: str) -> int:
    """Where the first argument of ``call`` begins, or -1 where no such call stands at ``place``."""
    if not text.startswith(call, place):
        return -1
    place = _skip_blanks(text, place + len(call))
    return _skip_blanks(text, place + 1) if text[place : place + 1] == "(" else -1


def _is_word(character: str) -> bool:
    return character.isalnum() or character in {"_", "$"}
