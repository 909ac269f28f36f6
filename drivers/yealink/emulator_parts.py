"""Pieces that the emulated Yealink generations share: habits, ciphers, requests taken apart, texts of rows.

Written from the vendor's fact sheet alone. Where the sheet leaves room, each emulated phone has habits of
its own, drawn from its MAC, so that a reader cannot lean on one of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from phonesync.driver.emulation import EmulatedRequest, PhoneMemory, StoredRow
from phonesync.driver.session import Credentials
from phonesync.model import ListName

T = TypeVar("T")

THREE_LISTS = (ListName.PLACED, ListName.RECEIVED, ListName.MISSED)
_HEX_KEY_LENGTH = 32
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Habits:
    """The free choices of one phone: the same for ever, different from its neighbour's.

    Args:
        mac: The phone's MAC address, the seed.
    """

    def __init__(self, mac: str) -> None:
        self._seed = mac.lower()

    def pick(self, question: str, *choices: T) -> T:
        """One of ``choices``, always the same for this phone and this question."""
        digest = hashlib.sha256(f"{self._seed}/{question}".encode()).digest()
        return choices[int.from_bytes(digest[:4], "big") % len(choices)]

    def flip(self, question: str, *, one_in: int = 2) -> bool:
        """Yes on one phone in ``one_in``."""
        chosen: int = self.pick(question, *range(one_in))
        return chosen == 0


@cache
def key_pair(kind: str) -> rsa.RSAPrivateKey:
    """The RSA key pair that every emulated phone of one kind shares; 1024 bits, as the phones have."""
    assert kind
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  what the phones have


@cache
def modulus_hex(kind: str) -> str:
    """The public modulus of :func:`key_pair`, hex."""
    return f"{key_pair(kind).public_key().public_numbers().n:0256X}"


def rsa_open(kind: str, sealed_hex: str) -> bytes | None:
    """Decrypts hex of RSA PKCS#1 v1.5, or None where it is no such thing."""
    try:
        return key_pair(kind).decrypt(bytes.fromhex(sealed_hex), padding.PKCS1v15())
    except ValueError:
        return None


def aes_open(key_hex: bytes | None, iv_hex: bytes | None, sealed_base64: str) -> bytes | None:
    """Decrypts base64 of AES-128-CBC with zero padding, or None where key, IV or text cannot be.

    Args:
        key_hex: 32 ASCII hex characters.
        iv_hex: Likewise.
        sealed_base64: The text.
    """
    if key_hex is None or iv_hex is None or {len(key_hex), len(iv_hex)} != {_HEX_KEY_LENGTH}:
        return None
    try:
        key, iv = bytes.fromhex(key_hex.decode("ascii")), bytes.fromhex(iv_hex.decode("ascii"))
        sealed = base64.b64decode(sealed_base64, validate=True)
        opener = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        return (opener.update(sealed) + opener.finalize()).rstrip(b"\0")
    except (ValueError, binascii.Error):
        return None


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and query fields of a request target."""
    path, _, query = target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))


def form_fields(request: EmulatedRequest) -> dict[str, str]:
    """The fields of a form-encoded body."""
    return dict(parse_qsl(request.content.decode("utf-8", "replace"), keep_blank_values=True))


def cookies(request: EmulatedRequest) -> dict[str, str]:
    """The cookies a request carries."""
    found: dict[str, str] = {}
    for part in (request.header("Cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found[name] = value
    return found


def basic_credentials(request: EmulatedRequest) -> Credentials | None:
    """User and password of HTTP Basic, or None where none were sent."""
    scheme, _, sealed = (request.header("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(sealed.strip(), validate=True).decode("utf-8").partition(":")
    except (ValueError, binascii.Error):
        username, password = "", ""
    return Credentials(username=username, password=password)


def date_words(wall: datetime) -> tuple[str, str, int]:
    """Weekday and month in English and the day: all that the old lists show of a date."""
    return _WEEKDAYS[wall.weekday()], _MONTHS[wall.month - 1], wall.day


def dotted_time(wall: datetime) -> str:
    """``yyyy.MM.dd_HH.mm.ss``, the form of every newer generation."""
    return f"{wall.year:04}.{wall.month:02}.{wall.day:02}_{wall.hour:02}.{wall.minute:02}.{wall.second:02}"


def bare_mac(mac: str) -> str:
    """Twelve upper-case hex digits."""
    return re.sub(r"[^0-9A-Fa-f]", "", mac).upper()


def colon_mac(mac: str) -> str:
    """Upper-case hex pairs with colons."""
    digits = bare_mac(mac)
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def script_text(text: str) -> str:
    """``text`` as it may stand in markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class DurationHabit:
    """How one phone writes talk time: seconds or h:m:s, as text or number, perhaps nothing for unanswered.

    Args:
        habits: The phone's free choices.
    """

    def __init__(self, habits: Habits) -> None:
        self._form = habits.pick("duration", "text", "number", "h:mm:ss", "hh:mm:ss")
        self._empty = habits.flip("duration of unanswered", one_in=3)

    def write(self, seconds: int) -> str | int:
        """The value of the field ``duration``."""
        if self._empty and not seconds:
            return ""
        if self._form == "number":
            return seconds
        if self._form == "text":
            return str(seconds)
        hours, rest = divmod(seconds, 3600)
        shown = f"{hours}" if self._form == "h:mm:ss" else f"{hours:02}"
        return f"{shown}:{rest // 60:02}:{rest % 60:02}"


class RowTexts(Generic[T]):
    """Keeps the text of each row as long as the row is shown: a list usually grows by one row at a time.

    Args:
        write: Makes the text of one row.
    """

    def __init__(self, write: Callable[[StoredRow], T]) -> None:
        self._write = write
        self._kept: dict[int, tuple[StoredRow, T]] = {}

    def of(self, rows: Iterable[StoredRow]) -> list[T]:
        """The texts of ``rows``, which must be all rows shown now."""
        shown: dict[int, tuple[StoredRow, T]] = {}
        texts: list[T] = []
        for row in rows:
            # An id is not used again while the row is kept beside its text.
            kept = self._kept.get(id(row)) or (row, self._write(row))
            shown[id(row)] = kept
            texts.append(kept[1])
        self._kept = shown
        return texts


class RenderedLists:
    """Keeps the text of a page's lists until the memory changes, since most reads find nothing new.

    Args:
        memory: The phone's memory.
        lists: Which lists the page shows.
        render: Makes the text from the rows of all of them.
    """

    def __init__(
        self,
        memory: PhoneMemory,
        lists: Sequence[ListName],
        render: Callable[[Mapping[ListName, Sequence[StoredRow]]], bytes],
    ) -> None:
        self._memory = memory
        self._lists = tuple(lists)
        self._render = render
        self._of: tuple[tuple[StoredRow, ...], ...] | None = None
        self._text = b""

    def text(self) -> bytes:
        """The text for the rows as they are now."""
        rows = tuple(tuple(self._memory.rows(name)) for name in self._lists)
        if rows != self._of:  # the same row objects compare by identity first, so this is cheap
            self._text = self._render(dict(zip(self._lists, rows, strict=True)))
            self._of = rows
        return self._text
