"""The spellings a value may take in an answer, and answers as text.

Answers are looked at as Latin-1, in which every byte is a character and comes back as it was; a value of more
letters is spelled in it as its UTF-8.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

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
    return tuple(inner(text) for text in _spelled(value))


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
