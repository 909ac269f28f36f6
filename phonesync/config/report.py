"""Collects every mistake of a configuration file, each with its line, and raises them all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from phonesync.config.lines import KeyPath, Lines
from phonesync.errors import ConfigError, Problem
from phonesync.spelling import unknown

Table = TypeVar("Table", bound=BaseModel)

_WANTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number without quotes",
    "bool_type": "must be true or false, without quotes",
    "date_type": "must be a date without quotes, for example 2026-01-31",
    "dict_type": "must be a table of keys and texts",
    "mapping_type": "must be a table of keys and texts",
    "model_type": "must be a table",
}
"""Kinds of errors that pydantic reports for a wrong type, in our words."""

_KINDS: Sequence[tuple[type, str]] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
    (float, "a number with a point"),
    (list, "a list"),
    (dict, "a table"),
    (dt.datetime, "a date with a time"),
    (dt.date, "a date"),
    (dt.time, "a time"),
)


class Report:
    """The mistakes found so far.

    Args:
        file: The file as the user named it.
        lines: Where its keys stand.
    """

    def __init__(self, file: str, lines: Lines) -> None:
        self._file = file
        self._lines = lines
        self._problems: list[tuple[int, Problem]] = []

    def where(self, path: KeyPath) -> str:
        """File and line of a key."""
        return f"{self._file}:{self._lines.of(path)}"

    def add(self, path: KeyPath, message: str) -> None:
        """Adds one mistake; ``path`` is the key it is about."""
        problem = Problem(where=self.where(path), key=dotted(path), message=message)
        self._problems.append((self._lines.of(path), problem))

    def table(self, kind: type[Table], value: object, path: KeyPath) -> Table | None:
        """The table read as ``kind``, or None after its mistakes have been added."""
        if not isinstance(value, dict):
            self.add(path, f"must be a table, not {_kind(value)}.")
            return None
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_context=True):
                self._add_detail(kind, detail, path)
            return None

    def raise_if_any(self) -> None:
        """Ends the reading where there was a mistake.

        Raises:
            ConfigError: With every problem, in the order of the file.
        """
        if self._problems:
            ordered = sorted(self._problems, key=lambda found: found[0])
            raise ConfigError([problem for _, problem in ordered])

    def _add_detail(self, kind: type[BaseModel], detail: ErrorDetails, path: KeyPath) -> None:
        """One of pydantic's errors in our words; the value itself is never shown."""
        at = (*path, *(part for part in detail["loc"] if part != "[key]"))
        word = detail["type"]
        if word == "extra_forbidden":
            self.add(at, unknown("key", str(detail["loc"][-1]), keys_of(kind)))
        elif word == "missing":
            self.add(at, f"is missing; required here: {', '.join(_required(kind))}.")
        elif word == "value_error":
            self.add(at, str(detail.get("ctx", {}).get("error", "is not valid.")))
        elif word in _WANTED:
            self.add(at, f"{_WANTED[word]}, not {_kind(detail['input'])}.")
        else:
            self.add(at, f"{detail['msg'][:1].lower()}{detail['msg'][1:]}.")


def dotted(path: KeyPath) -> str:
    """The path as people write it, tables counted from 1: ``phone[3].url``."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def keys_of(kind: type[BaseModel]) -> tuple[str, ...]:
    """The keys a table may have, as the file spells them."""
    return tuple(field.alias or name for name, field in kind.model_fields.items())


def texts_at(tables: Sequence[object], key: str) -> Mapping[int, str]:
    """Position to value of a key, for the tables where it is text: wrong types are reported elsewhere."""
    return {
        position: table[key]
        for position, table in enumerate(tables)
        if isinstance(table, dict) and isinstance(table.get(key), str)
    }


def _required(kind: type[BaseModel]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.is_required()]


def _kind(value: Any) -> str:
    return next((word for kind, word in _KINDS if isinstance(value, kind)), "that")
