"""A body, decompressed piece by piece and never beyond a bound."""

from __future__ import annotations

import zlib
from enum import Enum

from phonesync.errors import UnexpectedResponse


class _Wrapping(Enum):
    """``wbits`` of zlib for each kind of compressed data."""

    GZIP = 31
    ZLIB = 15
    RAW = -15


_ENCODINGS = {
    "": None,
    "identity": None,
    "gzip": _Wrapping.GZIP,
    "x-gzip": _Wrapping.GZIP,
    "deflate": _Wrapping.ZLIB,
}

_OTHERS = frozenset({"br", "zstd", "compress", "xz", "lzma", "bzip2"})


_KEPT = 64 * 1024
"""Bytes kept of a body that was too long."""


class Body:
    """Collects one body. Decoding stops as soon as the bound is passed, however small the compressed data.

    Args:
        phone: Name for the errors.
        encoding: ``Content-Encoding`` as sent, or None.
        most: The largest body, decoded, in bytes.

    Raises:
        UnexpectedResponse: The encoding is not one that was offered.
    """

    def __init__(self, *, phone: str, encoding: str | None, most: int) -> None:
        word = (encoding or "").strip().lower()
        if word not in _ENCODINGS:
            # Only a known word is repeated: anything else could be anything.
            shown = f"the encoding {word}" if word in _OTHERS else "an unknown encoding"
            raise UnexpectedResponse(
                f"Phone {phone} sent its answer in {shown}, which was not offered to it."
            )
        self._phone = phone
        self._encoding = word
        self._wrapping = _ENCODINGS[word]
        self._most = most
        self._inflater = zlib.decompressobj(self._wrapping.value) if self._wrapping else None
        self._decoded = bytearray()
        self._begun = False

    @property
    def so_far(self) -> bytes:
        """What has been decoded."""
        return bytes(self._decoded)

    def refuse_length(self, declared: int) -> None:
        """Refuses a body that is too long by its own word, before it is read.

        Raises:
            UnexpectedResponse: Longer than the bound.
        """
        if declared > self._most:
            raise self._too_long()

    def feed(self, data: bytes) -> None:
        """Adds one piece as received.

        Raises:
            UnexpectedResponse: The body is longer than the bound, or the compressed data are damaged.
        """
        if self._inflater is None:
            self._add(data)
            return
        try:
            self._inflate(data)
        except zlib.error:
            raise UnexpectedResponse(
                f"Phone {self._phone} sent an answer whose {self._encoding} data are damaged."
            ) from None

    def finish(self) -> bytes:
        """The whole body.

        Raises:
            UnexpectedResponse: The compressed data end too early.
        """
        if self._inflater is not None and self._begun and not self._inflater.eof:
            raise UnexpectedResponse(
                f"Phone {self._phone} sent an answer whose {self._encoding} data end too early: it was cut."
            )
        return bytes(self._decoded)

    def _inflate(self, data: bytes) -> None:
        if data and not self._begun:
            self._begun = True
            self._choose_deflate(data)
        while data:
            assert self._inflater is not None
            assert self._wrapping is not None
            if self._inflater.eof:  # only gzip may hold another member behind the end
                if self._wrapping is not _Wrapping.GZIP:
                    raise zlib.error
                self._inflater = zlib.decompressobj(self._wrapping.value)
            self._add(self._inflater.decompress(data, self._most - len(self._decoded) + 1))
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _choose_deflate(self, data: bytes) -> None:
        """``deflate`` means zlib data by the standard, and raw data by some servers: the first byte tells."""
        if self._wrapping is _Wrapping.ZLIB and data[0] & 0x0F != zlib.DEFLATED:
            self._wrapping = _Wrapping.RAW
            self._inflater = zlib.decompressobj(self._wrapping.value)

    def _add(self, data: bytes) -> None:
        self._decoded += data
        if len(self._decoded) > self._most:
            # The start tells what it was; many phones at fault at once must not fill the memory.
            self._decoded = self._decoded[:_KEPT]
            raise self._too_long()

    def _too_long(self) -> UnexpectedResponse:
        return UnexpectedResponse(
            f"Phone {self._phone} sends a body of more than {self._most} bytes, "
            "which is more than any page of a phone has."
        )
