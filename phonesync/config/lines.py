"""Where each key of a TOML text stands: the standard parser gives values without lines.

The scanner below expects text that ``tomllib`` has accepted; it only follows the structure (tables, arrays
of tables, dotted keys, inline tables, the four kinds of strings, comments) and notes lines.
"""

from __future__ import annotations

import re
import tomllib
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the top, for example ``("phone", 2, "url")``; positions count from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE = re.compile(r"[^,\]}#\r\n]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_LONGEST_VALUE = 200
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


class Lines:
    """The line of every key of a TOML text.

    Args:
        text: Text that ``tomllib.loads`` accepts.
    """

    def __init__(self, text: str) -> None:
        self._lines = _Scanner(text).scan()

    def of(self, path: KeyPath) -> int:
        """The line (from 1) of a key; of the nearest table around it where the key is not there."""
        for length in range(len(path), 0, -1):
            line = self._lines.get(path[:length])
            if line is not None:
                return line
        return 1


def unclosed_since(text: str) -> int:
    """The line on which the statement begins that never ends, in a text that breaks off inside it.

    The standard parser only says that the text ended. Statements are tried one by one; a value of more than
    200 lines is taken for one that does not end.
    """
    begun, pending = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        pending += line
        if number - begun >= _LONGEST_VALUE:
            break
        try:
            tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue
        begun, pending = number + 1, ""
    return begun


class _Scanner:
    """One pass over the text; ``_at`` is the position of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._found: dict[KeyPath, int] = {}
        self._sizes: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip_space()
        while self._at < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._header(brackets=2)
            elif self._text.startswith("[", self._at):
                table = self._header(brackets=1)
            else:
                self._assignment(table)
            self._skip_space()
        return self._found

    def _header(self, *, brackets: int) -> KeyPath:
        """Passes ``[a.b]`` or ``[[a.b]]`` and returns the path of the table that begins."""
        line = self._here()
        self._at += brackets
        parts = self._key()
        self._at += brackets
        path: KeyPath = ()
        for part in parts[:-1]:
            path = self._entered((*path, part), line)
        path = (*path, parts[-1])
        if brackets == 1:
            return self._entered(path, line)
        self._found.setdefault(path, line)
        position = self._sizes.get(path, 0)
        self._sizes[path] = position + 1
        element = (*path, position)
        self._found[element] = line
        return element

    def _entered(self, path: KeyPath, line: int) -> KeyPath:
        """The path itself, or its last element so far where it is an array of tables."""
        self._found.setdefault(path, line)
        return (*path, self._sizes[path] - 1) if path in self._sizes else path

    def _assignment(self, table: KeyPath) -> None:
        """Passes ``key = value``, noting every part of a dotted key."""
        line = self._here()
        path = table
        for part in self._key():
            path = (*path, part)
            self._found.setdefault(path, line)
        self._skip_space()
        self._at += 1
        self._skip_space()
        self._value(path)

    def _key(self) -> list[str]:
        """Passes a key, bare, quoted or dotted, and returns its parts."""
        parts: list[str] = []
        while True:
            self._skip_space()
            bare = _BARE.match(self._text, self._at)
            if bare is not None:
                parts.append(bare.group())
                self._at = bare.end()
            else:
                start = self._at
                self._string()
                parts.append(next(iter(tomllib.loads(f"{self._text[start : self._at]} = 0"))))
            self._skip_space()
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        """Passes a value, noting what lies inside inline tables and arrays."""
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            plain = _PLAIN_VALUE.match(self._text, self._at)
            assert plain is not None
            self._at = plain.end()

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        position = 0
        while not self._closes("]"):
            element = (*path, position)
            self._found[element] = self._here()
            self._value(element)
            position += 1
            self._skip_comma()

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while not self._closes("}"):
            self._assignment(path)
            self._skip_comma()

    def _string(self) -> None:
        for kind in _STRINGS:
            match = kind.match(self._text, self._at)
            if match is not None:
                self._at = match.end()
                return
        raise AssertionError(f"no string at character {self._at}")

    def _closes(self, bracket: str) -> bool:
        """Passes space, and ``bracket`` where it comes next."""
        self._skip_space()
        closes = self._text.startswith(bracket, self._at)
        self._at += closes
        return closes

    def _skip_comma(self) -> None:
        self._skip_space()
        if self._text.startswith(",", self._at):
            self._at += 1

    def _skip_space(self) -> None:
        """Passes blanks, line ends and comments."""
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _here(self) -> int:
        """The line of the next character; text is counted once."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
