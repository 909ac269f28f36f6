"""Marks of credentials: salted hashes that tell the same credentials again, and nothing else.

Guessing is made dear (scrypt), because marks lie in the store. The dear part is worked out once for each user
and password of this process, however many phones share them.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TypeVar

from phonesync.driver.session import Credentials

_SCHEME = "scrypt"
_COST, _BLOCK, _PARALLEL = 2**12, 8, 1
_REMEMBERED = 256
_SALT = secrets.token_bytes(16)


def mark_of(url: str, credentials: Credentials, *, salt: bytes = _SALT) -> str:
    """A salted hash of address, user and password.

    Args:
        url: The phone's configured address.
        credentials: User and password.
        salt: A salt to repeat a known hash with; by default the one of this process.
    """
    # The address is mixed in last: it keeps phones that share a password apart, and costs next to nothing.
    digest = hmac.digest(_stretched(credentials.username, credentials.password, salt), url.encode(), "sha256")
    return f"{_SCHEME}${b64encode(salt).decode()}${b64encode(digest).decode()}"


@lru_cache(maxsize=_REMEMBERED)
def _stretched(username: str, password: str, salt: bytes) -> bytes:
    # The length in front keeps ("ab", "c") and ("a", "bc") apart.
    text = f"{len(username)}:{username}{password}".encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32)


T = TypeVar("T")


class Marks:
    """Compares credentials with marks; remembers the answers, as the hash is slow on purpose.

    What an event loop asks for is worked out in one thread of its own: it may not keep the loop, nor take
    more than one processor when thousands of phones are met for the first time.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marks")
        self._key = secrets.token_bytes(32)
        self._answers: dict[str, tuple[bytes, bool]] = {}

    def fits(self, mark: str | None, url: str, credentials: Credentials, *, in_doubt: bool) -> bool:
        """Whether these are the credentials that were marked.

        Args:
            mark: From the phone's state, or None where nothing was marked.
            url: The phone's configured address.
            credentials: As resolved now.
            in_doubt: The answer for a mark of a scheme that this version does not know.
        """
        known = self.known(mark, url, credentials)
        if known is not None:
            return known
        assert mark is not None
        answer = _fits(mark, url, credentials, in_doubt=in_doubt)
        self._answers[mark] = (self._quick(mark, url, credentials), answer)
        return answer

    async def proven(self, mark: str | None, url: str, credentials: Credentials) -> bool:
        """Whether these are the credentials that were marked as having worked."""
        known = self.known(mark, url, credentials)
        if known is not None:
            return known
        return await self._work(partial(self.fits, mark, url, credentials, in_doubt=False))

    async def mark(self, url: str, credentials: Credentials) -> str:
        """As :func:`mark_of`."""
        return await self._work(partial(mark_of, url, credentials))

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def known(self, mark: str | None, url: str, credentials: Credentials) -> bool | None:
        """As :meth:`fits`, at once; None where it would have to be worked out first."""
        if mark is None:
            return False
        found = self._answers.get(mark)
        if found is None or not hmac.compare_digest(found[0], self._quick(mark, url, credentials)):
            return None
        return found[1]

    def _quick(self, mark: str, url: str, credentials: Credentials) -> bytes:
        text = f"{mark}\0{url}\0{credentials.username}\0{credentials.password}".encode(
            "utf-8", "surrogatepass"
        )
        return hmac.digest(self._key, text, "sha256")


def _fits(mark: str, url: str, credentials: Credentials, *, in_doubt: bool) -> bool:
    scheme, _, rest = mark.partition("$")
    salt, _, _ = rest.partition("$")
    if scheme != _SCHEME:
        return in_doubt
    return hmac.compare_digest(mark_of(url, credentials, salt=b64decode(salt)), mark)
