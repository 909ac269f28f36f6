"""The ciphers that sign-ins of phones need, over ``cryptography``.

Weak by today's measure (RSA-1024, PKCS#1 v1.5, MD5), but the phone decides; they hide a password on the
wire and are used for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from phonesync.errors import UnexpectedResponse

_BLOCK = 16
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def md5_hex(text: str | bytes) -> str:
    """MD5 as 32 hex digits."""
    return hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest()


def sha256_hex(text: str | bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(_bytes(text)).hexdigest()


def base64_text(content: str | bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(_bytes(content)).decode("ascii")


def form(fields: Sequence[tuple[str, str]]) -> bytes:
    """A form body in the order given; ``+ / =`` and all else that needs it percent-encoded."""
    return urlencode(fields).encode("ascii")


def random_hex() -> str:
    """32 random hex digits: a key or an initial vector of AES-128 as text."""
    return secrets.token_hex(_BLOCK)


def random_fraction() -> str:
    """A random fraction as a browser's ``Math.random()`` prints it."""
    return f"0.{secrets.randbelow(9 * 10**15) + 10**15}"


def aes_cbc(content: str | bytes, *, key: str, initial: str, whole_block: bool = False) -> bytes:
    """AES-128-CBC with zero padding.

    Args:
        content: What to encrypt.
        key: 32 hex digits.
        initial: The initial vector, 32 hex digits.
        whole_block: Add a whole block of zeros where the content already fills its blocks.
    """
    plain = _bytes(content)
    missing = -len(plain) % _BLOCK
    plain += bytes(missing or (_BLOCK if whole_block else 0))
    cipher = Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes.fromhex(initial)))
    encryptor = cipher.encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def rsa_hex(content: str | bytes, *, modulus: str, exponent: str) -> str:
    """RSA PKCS#1 v1.5, as hex of the modulus' full length.

    Args:
        content: What to encrypt.
        modulus: Hex digits, as the phone offers them.
        exponent: Hex digits.

    Raises:
        UnexpectedResponse: The key offered is no usable RSA key, or is too short for the content.
    """
    if not is_hex(modulus) or not is_hex(exponent):
        raise UnexpectedResponse("The phone offers an RSA key that is not written in hex digits.")
    try:
        key = RSAPublicNumbers(e=int(exponent, 16), n=int(modulus, 16)).public_key()
        return key.encrypt(_bytes(content), padding.PKCS1v15()).hex()
    except ValueError as error:
        raise UnexpectedResponse(
            "The phone offers an RSA key that cannot be used.",
            hint="A password too long for the phone's key has the same effect.",
        ) from error


def is_hex(text: str) -> bool:
    """Whether the text is hex digits and nothing else."""
    return bool(text) and _HEX_DIGITS.issuperset(text)


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text
