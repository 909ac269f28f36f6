"""The spellings a value may take in an answer, and answers as text.

Answers are looked at as Latin-1, in which every byte is a character and comes back as it was; a value of more
letters is spelled in it as its UTF-8.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

_MARKS = frozenset("\"'<>&/\\")
"""What is written differently from page to page."""

SHORTEST_ENCODED = 4
"""Shorter values are not looked for in base64 and hex, where chance would spell them."""


def as_text(content: bytes) -> str:
    """An answer as text of one character a byte."""
    return content.decode("latin-1")


def as_bytes(text: str) -> bytes:
    """The bytes of :func:`as_text`."""
    return text.encode("latin-1")


def inner(value: str) -> str:
    """A value as it stands in an answer in UTF-8, looked at as Latin-1."""
    return as_text(value.encode("utf-8", "surrogatepass"))


def outer(text: str) -> str:
    """The value of :func:`inner`."""
    return as_bytes(text).decode("utf-8", "surrogatepass")


def spellings(value: str) -> tuple[str, ...]:
    """A value as pages, scripts, forms, headers and dumps spell it, always in the same order, as text."""
    # A page in Latin-1 holds it letter by letter.
    latin = value if all(ord(letter) < 0x100 for letter in value) else inner(value)  # noqa: PLR2004  a byte
    return (*(inner(text) for text in _spelled(value)), latin)


def mixes(value: str) -> bool:
    """Whether pages may spell the letters of a value differently from one another."""
    return any(letter in _MARKS or not letter.isascii() for letter in value) and any(
        letter in _MARKS for letter in value
    )


def mixed(value: str) -> str:
    """A pattern for a value whose letters are spelled each in a way of its own, a group a letter."""
    return "".join(f"({'|'.join(map(re.escape, dict.fromkeys(_of_letter(one))))})" for one in value)


def respelled(found: Sequence[str], value: str, replacement: str) -> str:
    """The groups of a match of :func:`mixed`, each in the spelling that it has, for a replacement as long."""
    return "".join(
        _of_letter(other)[_of_letter(letter).index(text)]
        for text, letter, other in zip(found, value, replacement, strict=True)
    )


def _of_letter(letter: str) -> tuple[str, ...]:
    """The spellings of one letter, always in the same order, as text."""
    plain = inner(letter)
    if letter.isascii() and letter not in _MARKS:
        return (plain,)
    code = ord(letter)
    escaped = json.dumps(letter)[1:-1]
    entity = codepoint2name.get(code, f"#{code}")
    latin = letter if code < 0x100 else plain  # noqa: PLR2004  a byte
    percent = quote(letter, safe="")
    forms = (f"&{entity};", f"&#{code};", f"&#x{code:x};", f"&#x{code:X};", f"&#{code:03};")
    slashes = (escaped, escaped.replace("\\", "\\\\"), f"\\{plain}", f"\\\\{plain}", f"\\\\\\{plain}")
    return (*forms, *slashes, percent, percent.lower(), "&apos;" if letter == "'" else plain, plain, latin)


def _spelled(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogatepass")
    yield value
    yield html.escape(value)
    yield html.escape(value, quote=False)
    yield html.escape(value).replace("&#x27;", "&#39;")
    yield html.escape(value).replace("&#x27;", "&apos;")
    yield "".join(f"&#{ord(letter)};" if ord(letter) > 127 else letter for letter in value)  # noqa: PLR2004  ASCII
    yield "".join(f"&#{ord(letter)};" for letter in value)
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        twice = json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        for text in (once, twice):
            yield text
            yield text.replace("/", "\\/")
            yield text.replace("\\u", "\\\\u")
            yield text.replace("'", "\\'")
    yield quote(value, safe="", errors="surrogatepass")
    yield quote(value, safe="", errors="surrogatepass").lower()
    yield quote(value, errors="surrogatepass")
    yield quote_plus(value, errors="surrogatepass")
    yield "".join(f"%{byte:02X}" for byte in raw)
    if len(raw) >= SHORTEST_ENCODED:
        encoded = base64.b64encode(raw).decode()
        yield encoded
        yield quote(encoded, safe="")
        yield raw.hex()
        yield raw.hex().upper()
