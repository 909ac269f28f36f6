"""Tools for writers of what emulated phones do by themselves: settings, variables, books.

An emulated phone is as strict as the papers say phones are, and as careless: what it does not know it
ignores, a broken book is not taken, and values go out as they are.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

from phonesync.driver.emulation import Happening
from phonesync.driver.markup import Element, read_xml
from phonesync.errors import UnexpectedResponse

TakenBook = list[tuple[str, Sequence[tuple[str, str]]]]
"""Name of each contact, and its numbers: kind word and number."""


def filled(url: str, values: Mapping[str, str], *, escapes: bool) -> str:
    """An address with its variables filled in, as a phone does it.

    Args:
        url: As the phone was told.
        values: Variable to value; one that has none, or is not known, stays as it is written.
        escapes: The phone escapes values; else they go out raw, blanks and all.
    """
    if not values:
        return url
    longest_first = sorted(values, key=len, reverse=True)
    variables = re.compile("|".join(re.escape(name) for name in longest_first))
    return variables.sub(lambda found: _value(values[found[0]], escapes=escapes), url)


def _value(text: str, *, escapes: bool) -> str:
    return quote(text, safe="") if escapes else text


def said(happening: Happening) -> dict[str, str]:
    """What there is to say of a happening, by a word of ours; what is not known, or empty, is left out."""
    values = {
        "call_id": happening.call_id,
        "account": happening.account,
        "number": happening.number,
        "name": happening.name,
    }
    return {word: text for word, text in values.items() if text}


def basic(username: str, password: str) -> tuple[str, str]:
    """The header of HTTP Basic."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return "Authorization", f"Basic {token}"


def lines_of(text: str, *, comments: Sequence[str] = ("#",)) -> Iterator[tuple[str, str]]:
    """Key and value of each line ``key = value``; other lines are passed over.

    Args:
        text: The settings.
        comments: What lines begin with that are none.
    """
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.strip().startswith(tuple(comments)):
            yield key.strip(), value.strip()


def xml_of(content: bytes) -> Element | None:
    """The document, or None where a phone's parser would stop."""
    try:
        return read_xml(content)
    except UnexpectedResponse:
        return None


def taken(status: int, content: bytes, read: Callable[[bytes], TakenBook | None]) -> TakenBook | None:
    """The contacts of a file that arrived; None where none arrived or the phone does not take it."""
    return read(content) if status == HTTPStatus.OK else None


def text_of(element: Element, name: str) -> str:
    """The text of the first child of that name, blanks at both ends removed; "" where there is none."""
    return (element.findtext(name) or "").strip()
