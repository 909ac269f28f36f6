"""Bytes of a file as text, in whichever encoding a spreadsheet wrote them."""

from __future__ import annotations

import codecs
import re

from phonesync.errors import SourceError

SINGLE = ("cp1251", "cp1252", "cp866", "mac_cyrillic", "cp850", "mac_roman")
"""Encodings of one byte a letter that Excel writes as CSV: for Windows, for MS-DOS, for the Macintosh; in the
order in which they are preferred where nothing tells them apart."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 200_000
_MOSTLY = 4
_UPPER = b"\x00\x04"
"""Upper bytes of Latin and Cyrillic letters in UTF-16; in other texts they hardly occur."""

_CYRILLIC = range(0x400, 0x530)


def decode(data: bytes, encoding: str | None, *, file: str) -> tuple[str, str]:
    """The text of a file, and the encoding it was read in. Bytes that mean nothing become U+FFFD.

    Args:
        data: The file.
        encoding: As configured; None: recognised.
        file: For the error.

    Raises:
        SourceError: The configured encoding is not one of text.
    """
    name = encoding or recognised(data)
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"{file} cannot be read as {name}: {error}.") from error
    return text.removeprefix("\ufeff"), name


def recognised(data: bytes) -> str:
    """The encoding that a file was most likely written in."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_SAMPLE]
    odd, even = (sum(byte in _UPPER for byte in sample[at::2]) for at in (1, 0))
    if max(odd, even) * _MOSTLY > len(sample):
        return "utf-16-le" if odd > even else "utf-16-be"
    if _is_utf8(sample):
        return "utf-8"
    return max(SINGLE, key=lambda name: (_score(sample.decode(name, "replace")), -SINGLE.index(name)))


def _is_utf8(data: bytes) -> bool:
    """Also where a few bytes are broken: the rest of such a file would be unreadable in any other way."""
    text = data.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= letter <= "\udcff" for letter in text)
    whole = sum(letter >= "\x80" for letter in text) - broken
    # The sample may end in the middle of a letter.
    return broken == 0 or whole > _MOSTLY * broken or (broken <= len("юю") and whole > 0)


def _score(text: str) -> int:
    """How much a text looks like words of one language: the higher the better."""
    letters = sum(_word_score(word) for word in _WORD.findall(text))
    strange = sum(letter >= "\x80" and not letter.isalpha() for letter in text)
    return letters - 2 * strange


def _word_score(word: str) -> int:
    high = [letter for letter in word if letter >= "\x80"]
    if not high:
        return 0
    cased = word.islower() or word.isupper() or (word[1:].islower() and word[0].isupper())
    cyrillic = sum(ord(letter) in _CYRILLIC for letter in high)
    if cyrillic and len(high) < len(word):
        return -2 * len(high)  # Latin and Cyrillic letters in one word
    if not cyrillic and len(high) * 2 > len(word):
        return -len(high)  # Latin words have few accents
    return len(high) if cased else -len(high)
