"""The memory of a refused password: a salted hash that tells the same credentials again, and nothing else.

Guessing is made dear (scrypt), because the hash lies in the store; and it is worked out only where a phone
has refused, so that reading thousands of phones costs nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

from phonesync.driver.session import Credentials

_SCHEME = "scrypt"
_COST, _BLOCK, _PARALLEL = 2**12, 8, 1


def fingerprint(url: str, credentials: Credentials, *, salt: bytes | None = None) -> str:
    """A salted hash of address, user and password.

    Args:
        url: The phone's configured address.
        credentials: What was offered.
        salt: A salt to repeat a known hash with; a new one if None.
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    # Lengths in front keep ("ab", "c") and ("a", "bc") apart.
    parts = (url, credentials.username, credentials.password)
    text = "".join(f"{len(part)}:{part}" for part in parts).encode()
    digest = hashlib.scrypt(text, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32)
    return f"{_SCHEME}${b64encode(salt).decode()}${b64encode(digest).decode()}"


class Refusals:
    """Compares credentials with refused ones; remembers the last answer, as the hash is slow on purpose."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._answers: dict[str, tuple[bytes, bool]] = {}

    def is_refused(self, refused: str | None, url: str, credentials: Credentials) -> bool:
        """Whether these are the credentials the phone refused.

        Args:
            refused: The hash in the phone's state, or None where nothing was refused.
            url: The phone's configured address.
            credentials: As resolved now.
        """
        if refused is None:
            return False
        text = f"{refused}\0{url}\0{credentials.username}\0{credentials.password}".encode()
        quick = hmac.digest(self._key, text, "sha256")
        known = self._answers.get(refused)
        if known is not None and hmac.compare_digest(known[0], quick):
            return known[1]
        answer = _matches(refused, url, credentials)
        self._answers[refused] = (quick, answer)
        return answer


def _matches(refused: str, url: str, credentials: Credentials) -> bool:
    """A hash of a scheme we do not know counts as a match: better stopped than a second wrong password."""
    scheme, _, rest = refused.partition("$")
    salt, _, _ = rest.partition("$")
    if scheme != _SCHEME:
        return True
    return hmac.compare_digest(fingerprint(url, credentials, salt=b64decode(salt)), refused)
