"""Whose secret address it is. Every answer takes the time of one look into a table of hashes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping

FRESH_S = 30.0
"""A known address is believed so long: one that was renewed leads nowhere after that."""

ANEW_S = 1.0
"""An unknown address makes the table be read anew, but not more often than this."""


class Addresses:
    """The secret addresses of all phones, in memory under their hashes.

    Args:
        load: Reads all of them: secret part to name of the phone.
        monotonic: Seconds that never go back.
    """

    def __init__(
        self, load: Callable[[], Awaitable[Mapping[str, str]]], monotonic: Callable[[], float]
    ) -> None:
        self._load, self._monotonic = load, monotonic
        self._phones: dict[bytes, str] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def find(self, token: str) -> str | None:
        """The name of the phone whose address it is, or None.

        Raises:
            StoreError: The store cannot be read.
        """
        hashed = _hash(token)
        await self._look(FRESH_S)
        if hashed not in self._phones:
            await self._look(ANEW_S)
        return self._phones.get(hashed)

    async def _look(self, older_s: float) -> None:
        if not self._is_older(older_s):
            return
        async with self._reading:
            if self._is_older(older_s):
                found = await self._load()
                self._phones = {_hash(token): name for token, name in found.items()}
                self._read_at = self._monotonic()

    def _is_older(self, seconds: float) -> bool:
        return self._read_at is None or self._monotonic() - self._read_at >= seconds


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
