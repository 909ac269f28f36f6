"""What may be shown of an answer: its shape, without secrets and without numbers.

Two nets, one behind the other. What this conversation knows to be secret (password, cookies, tokens) is
masked wherever it stands, in every encoding it commonly takes. What looks like a secret (by the name before
it, or by being long hex or base64) is masked too, known or not. Masking too much is harmless: the whole
answer is kept elsewhere.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

MASK = "***"

_WINDOW = 4096
"""Characters looked at; far more than are shown."""

_SHOWN = 300

_SENSITIVE = re.compile(
    r"pass(?!ed|ive)|pwd|token|csrf|secret|sess(?:ion)?|^sid$|^acc(?:ess)?$|cookie|key|rsa|nonce|credential|salt"
    r"|hash|digest|authori[sz]|^auth$|cipher|private|maxlength|^pw$|^pin$",
    re.IGNORECASE,
)

_PEM = re.compile(r"-----BEGIN [^-]{1,60}-----[^-]*(?:-----END [^-]{1,60}-----)?")
_HEADER_LINE = re.compile(
    r"^([ \t]*(?:set-cookie2?|cookie|(?:proxy-)?authorization|x-csrf-?token)[ \t]*:)[^\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)
_SCHEME = re.compile(r"\b(basic|bearer|digest)(\s+)[^\s<>\"']{4,}", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{1,2000}>")
_TAG_NAME = re.compile(r"\b(?:name|id|type|http-equiv)\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_TAG_VALUE = re.compile(
    r"\b((?:d|data-)?value|content)(\s*=\s*)(\"[^\"]*\"?|'[^']*'?|[^\s>]+)", re.IGNORECASE
)
_ELEMENT = re.compile(r"(<(?:\w{1,30}:)?([\w.-]{1,60})(?:\s[^<>]{0,500})?>)([^<]+)")
_PAIR = re.compile(
    r"(?P<name>[A-Za-z_][\w.$-]{0,63})"
    r"(?P<sep>\\?[\"']?\s{0,4}[=:]\s{0,4})"
    r"(?P<value>\\\"[^\"\\]*(?:\\\")?|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s\"'<>&;,\\(){}\[\]]+)"
)
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{16,}(?![0-9A-Za-z])")
_COLON_HEX = re.compile(r"\b(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}\b")
_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_NUMBER = re.compile(r"\d(?:[\s().\-/_:]{0,2}\d){4,}")
_USER_PART = re.compile(r"\d+(?=@)")
_PLAIN = re.compile(r"(?!.{31})(?:[A-Za-z]+(?:[-_.][A-Za-z]+)*|\d{0,4})")
"""A word or a small number, as the name or value of a query."""

_DIGIT = re.compile(r"\d")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")


def excerpt(content: bytes, *, secrets: Iterable[str] = ()) -> str:
    """The start of an answer, masked, on one line.

    Args:
        content: The answer as received.
        secrets: What is known to be secret in this conversation.
    """
    whole = content[: 4 * _WINDOW].decode("utf-8", errors="replace")
    window = whole[:_WINDOW]
    shown = text(window, secrets=secrets)
    if len(window) < len(whole) or len(content) > 4 * _WINDOW:
        # The last word may be the first half of a secret, which no net recognises.
        shown = re.sub(r"[^\s\"'<>&;,=]*$", "", shown)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def is_sensitive(name: str) -> bool:
    """Whether a field of this name may hold a secret."""
    return _SENSITIVE.search(name) is not None


def text(value: str, *, secrets: Iterable[str] = ()) -> str:
    """``value`` on one line, with secrets masked and the digits of numbers replaced by ``#``."""
    for form in sorted(_forms(secrets), key=len, reverse=True):
        value = value.replace(form, MASK)
    value = _PEM.sub(MASK, value)
    value = _HEADER_LINE.sub(rf"\1 {MASK}", value)
    value = _SCHEME.sub(rf"\1\2{MASK}", value)
    value = _TAG.sub(_tag, value)
    value = _ELEMENT.sub(_element, value)
    value = _PAIR.sub(_pair, value)
    value = _COLON_HEX.sub(MASK, value)
    value = _LONG_HEX.sub(MASK, value)
    value = _LONG_WORD.sub(_long_word, value)
    value = _NUMBER.sub(_digits, value)
    value = _USER_PART.sub(_digits, value)
    return _UNSEEN.sub(" ", value).strip()


def path(value: str, *, secrets: Iterable[str] = ()) -> str:
    """A path whose query keeps its names, and of its values only short plain words and numbers."""
    where, mark, query = value.partition("?")
    where = text(where, secrets=secrets)
    if not mark:
        return where
    known = _forms(secrets)
    return f"{where}?{'&'.join(_query_item(item, known) for item in query.split('&'))}"


def _query_item(item: str, secrets: frozenset[str]) -> str:
    name, equals, value = item.partition("=")
    shown_name = name if _PLAIN.fullmatch(name) and name not in secrets else MASK
    if not equals:
        return shown_name
    shown = _PLAIN.fullmatch(value) and not _SENSITIVE.search(name) and value not in secrets
    return f"{shown_name}={value if shown else MASK}"


def _forms(secrets: Iterable[str]) -> frozenset[str]:
    """Each secret as it may stand in a page, a form, JSON, a header or a dump."""
    forms: set[str] = set()
    for secret in secrets:
        raw = secret.encode("utf-8", errors="surrogateescape")
        quoted = quote(secret, safe="", errors="surrogateescape")
        plus = quote_plus(secret, errors="surrogateescape")
        encoded = base64.b64encode(raw).decode()
        forms |= {secret, quoted, quoted.lower(), plus, html.escape(secret), html.escape(secret, quote=False)}
        forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        forms |= {encoded, encoded.rstrip("="), quote(encoded, safe=""), raw.hex(), raw.hex().upper()}
    return frozenset(form for form in forms if form)


def _digits(match: re.Match[str]) -> str:
    return _DIGIT.sub("#", match[0])


def _pair(match: re.Match[str]) -> str:
    if not _SENSITIVE.search(match["name"]):
        return match[0]
    return f"{match['name']}{match['sep']}{_mask_inside(match['value'])}"


def _mask_inside(value: str) -> str:
    for mark in ('\\"', '"', "'"):
        if value.startswith(mark):
            closed = len(value) >= 2 * len(mark) and value.endswith(mark)
            return f"{mark}{MASK}{mark if closed else ''}"
    return MASK


def _tag(match: re.Match[str]) -> str:
    if not any(_SENSITIVE.search(name) for name in _TAG_NAME.findall(match[0])):
        return match[0]
    masked: Callable[[re.Match[str]], str] = lambda value: f"{value[1]}{value[2]}{_mask_inside(value[3])}"  # noqa: E731
    return _TAG_VALUE.sub(masked, match[0])


def _element(match: re.Match[str]) -> str:
    return f"{match[1]}{MASK}" if _SENSITIVE.search(match[2]) else match[0]


def _long_word(match: re.Match[str]) -> str:
    word = match[0]
    mixed = any(character.isdigit() for character in word) and any(character.isalpha() for character in word)
    return MASK if mixed else word
