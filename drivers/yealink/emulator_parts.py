"""Pieces that the emulated Yealink generations share: ciphers, times, texts.

Written from the vendor's fact sheet alone. Where the sheet leaves room, each emulated phone has habits of
its own, drawn from its MAC, so that a reader cannot lean on one of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from phonesync.driver.emulation import EmulatedRequest
from phonesync.driver.emulator_kit import Habits
from phonesync.driver.session import Credentials
from phonesync.model import ListName

THREE_LISTS = (ListName.PLACED, ListName.RECEIVED, ListName.MISSED)
_HEX_KEY_LENGTH = 32
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
