"""Searches a finished folder for everything that was replaced, however it may be written.

It shares no code with what rewrote the answers but the list of originals: each file is looked at as it is and
with every encoding undone, again and again until nothing changes.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

OURS = ("expected.json", "expected_status.json")
_OUR_WORDS = frozenset({"provenance", "source", "method", "variant", "error", "quirks"})
_ROUNDS = 4
_MOST_VIEWS = 400
_ESCAPED = re.compile(r"\\+u([0-9A-Fa-f]{4})|\\+x([0-9A-Fa-f]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){4,}(?![0-9A-Fa-f])")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ().\-/]{1,3}(?=\d)")
_BETWEEN_HEX = re.compile(r"(?<=[0-9a-f]{2})[:.\- ](?=[0-9a-f]{2})")
_SHORT, _LONG = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What may not be found.

    Attributes:
        texts: Names, hosts, cookies, tokens, passwords: looked for in any letter case.
        numbers: Digits of telephone numbers; short ones as whole words of text only.
        macs: Twelve lower-case hex digits.
        exact: Names that are words of HTML and scripts as well: looked for in the original's letter case.
    """

    texts: frozenset[str]
    numbers: frozenset[str]
    macs: frozenset[str]
    exact: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One original found.

    Attributes:
        file: Name of the file.
        kind: What it is, in words.
    """

    file: str
    kind: str


def leaks(folder: Path, sought: Sought) -> tuple[Leak, ...]:
    """Everything sought that any file below ``folder`` holds; names of files and folders count as text."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        content = b"" if path.is_dir() else _content(path)
        found += [Leak(file=name, kind=kind) for kind in kinds_in(content + f'\n"{name}"'.encode(), sought)]
    return tuple(found)


def _content(path: Path) -> bytes:
    """What a file says of the phone: of our own files the values, for their keys are ours."""
    content = path.read_bytes()
    if path.suffix == ".toml":
        return "\n".join(_leaves(tomllib.loads(content.decode()))).encode("utf-8", "surrogatepass")
    if path.name in OURS:
        return "\n".join(_leaves(json.loads(content))).encode("utf-8", "surrogatepass")
    return content


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _OUR_WORDS:
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield f'"{value}"'


def kinds_in(content: bytes, sought: Sought) -> tuple[str, ...]:
    """The kinds of originals that some bytes hold."""
    found: dict[str, None] = {}
    for number, view in enumerate(_views(content)):
        found.update(dict.fromkeys(_in_view(view, sought, plain=number < _PLAIN_VIEWS)))
    return tuple(found)


_PLAIN_VIEWS = 2
"""The first views are the bytes themselves as UTF-8 and as Latin-1."""


def _in_view(view: str, sought: Sought, *, plain: bool) -> Iterator[str]:
    folded = view.casefold()
    for text in sought.texts:
        wanted = text.casefold()
        if wanted in folded and (not _is_plain_word(wanted) or _stands(wanted, folded)):
            yield "a name, an address or a secret"
    if any(_stands(text, view) for text in sought.exact):
        yield "a name, an address or a secret"
    joined = _BETWEEN_DIGITS.sub("", view)
    for digits in sought.numbers:
        if len(digits) >= _SHORT:
            if re.search(rf"(?<!\d){digits}(?!\d)", view) or (len(digits) > _SHORT + 1 and digits in joined):
                yield "a telephone number"
        elif plain and _short_number(digits, view):
            yield "an extension"
    bare = _BETWEEN_HEX.sub("", folded)
    if any(mac in bare for mac in sought.macs):
        yield "a MAC"


def _stands(wanted: str, text: str) -> bool:
    """Whether a short text stands as a word of its own."""
    return re.search(rf"(?<![^\W_]){re.escape(wanted)}(?![^\W_])", text) is not None


def _is_plain_word(text: str) -> bool:
    """A short word that longer ones may hold by chance, as "unsupported" holds a department."""
    return len(text) < _SHORT or (len(text) < _LONG and text.isascii() and text.isalpha())


def _short_number(digits: str, text: str) -> bool:
    """Whether a short number stands in quotes or between marks; bare ones are lengths, years and counts."""
    return re.search(rf"(?:[\"'>]|sip:|\bext\.? ?){digits}(?:[\"'<@\\]|$)", text) is not None


def _views(content: bytes) -> Iterator[str]:
    """The content as text, with its encodings undone step by step."""
    first = [content.decode("utf-8", "replace"), content.decode("latin-1")]
    seen: set[str] = set()
    waiting = [(text, 0) for text in first]
    while waiting and len(seen) < _MOST_VIEWS:
        text, depth = waiting.pop(0)
        if text in seen and depth:
            continue
        seen.add(text)
        yield text
        if depth < _ROUNDS:
            waiting += [(view, depth + 1) for view in _undone(text) if view not in seen]


def _undone(text: str) -> Iterator[str]:
    yield html.unescape(text)
    if "%" in text:
        yield unquote(text, errors="replace")
        yield unquote_plus(text, errors="replace")
    if "\\" in text:
        unescaped = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
        # Two halves of a pair are one letter.
        joined = unescaped.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield re.sub(r"\\+([\"'/\\])", r"\1", joined)
    decoded = [*_from_base64(text), *_from_hex(text)]
    if decoded:
        yield "\n".join(decoded)


def _from_base64(text: str) -> Iterator[str]:
    for word in _BASE64.findall(text):
        plain = word.rstrip("=").replace("-", "+").replace("_", "/")
        # A value may begin anywhere in what was encoded, and a word anywhere in the text.
        for start in range(min(4, len(plain) - 4)):
            part = plain[start:]
            if len(part) % 4 == 1:
                part = part[:-1]
            yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


def _from_hex(text: str) -> Iterator[str]:
    for word in _HEX.findall(text):
        try:
            yield bytes.fromhex(word).decode("utf-8", "replace")
        except (ValueError, binascii.Error):
            continue
