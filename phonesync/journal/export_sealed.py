"""An export with a password: a workbook as Office encrypts it, or a zip with AES.

A workbook goes through in pieces. The library that knows Office's encryption makes the keys and the
description of them; its own way of writing the file would hold all of it in memory several times.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
from pathlib import Path
from struct import pack
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

import pyzipper
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from phonesync.journal.export_compound import Stream, write_compound

if TYPE_CHECKING:
    from msoffcrypto.method.ecma376_agile import ECMA376AgileEncryptionInfo

SEGMENT = 4096
"""Bytes that are encrypted at a time, each with a vector of its own ([MS-OFFCRYPTO] 2.3.4.15)."""

_BLOCK = 16
_HMAC_KEY = bytes.fromhex("5fb2ad010cb9e1f6")
_HMAC_VALUE = bytes.fromhex("a0677f02b22c8433")
"""Block keys of the proof that nothing was changed ([MS-OFFCRYPTO] 2.3.4.14)."""


def seal_workbook(plain: Path, sealed: Path, password: str) -> None:
    """Encrypts a workbook as Office does ("agile": AES-256 in CBC, SHA-512).

    Args:
        plain: The workbook.
        sealed: The file to write; whatever is in it is lost. Its folder takes a temporary file too.
        password: With which Office opens it.
    """
    info, key = ECMA376Agile.generate_encryption_parameters(password)
    with TemporaryFile(dir=sealed.parent) as package, plain.open("rb") as source:
        _encrypt(source, package, info, key)
        described = info.getEncryptionDescriptorHeader() + info.toEncryptionDescriptor().encode("utf-8")
        size = package.tell()
        package.seek(0)
        with sealed.open("wb") as target:
            write_compound(target, package=Stream(size=size, file=package), information=described)


def _encrypt(source: IO[bytes], package: IO[bytes], info: ECMA376AgileEncryptionInfo, key: bytes) -> None:
    """Writes the package, and puts into the description what proves that nothing in it was changed."""
    salt = info.keyData.saltValue
    assert salt is not None
    size = source.seek(0, 2)
    source.seek(0)
    proof_key = secrets.token_bytes(info.keyData.hashSize)
    proof = hmac.new(proof_key, digestmod=hashlib.sha512)
    piece = pack("<Q", size)
    at = 0
    while piece:
        package.write(piece)
        proof.update(piece)
        plain = source.read(SEGMENT)
        piece = _aes(plain.ljust(-(-len(plain) // _BLOCK) * _BLOCK, b"\0"), key, salt + pack("<I", at))
        at += 1
    info.encryptedHmacKey = _aes(proof_key, key, salt + _HMAC_KEY)
    info.encryptedHmacValue = _aes(proof.digest(), key, salt + _HMAC_VALUE)


def _aes(plain: bytes, key: bytes, vector: bytes) -> bytes:
    """Whole blocks, encrypted with a vector made from what is given; nothing for nothing."""
    mode = modes.CBC(hashlib.sha512(vector).digest()[:_BLOCK])
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def seal_in_zip(plain: Path, sealed: Path, password: str, *, name: str) -> None:
    """Puts a file into a zip that is encrypted with AES-256 (WinZip's AE-2).

    Args:
        plain: The file.
        sealed: The zip to write; whatever is in it is lost.
        password: With which it opens; UTF-8.
        name: Of the file inside.
    """
    with (
        pyzipper.AESZipFile(
            sealed, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
        ) as zipped,
        plain.open("rb") as source,
    ):
        zipped.setpassword(password.encode("utf-8"))
        with zipped.open(name, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
