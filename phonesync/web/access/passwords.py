"""Passwords: Argon2id, few at once, and which ones are too weak."""

from __future__ import annotations

import os
import threading

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from phonesync.errors import ConfigError, StoreBusy
from phonesync.spelling import N_, worded

ITERATIONS, LANES, MEMORY_KIB = 2, 1, 19 * 1024
"""OWASP Password Storage Cheat Sheet: at least 19 MiB, 2 iterations, 1 lane."""

SHORTEST, LONGEST = 10, 200
"""Letters of a password; a longer one would only cost time."""

AT_ONCE = 2
"""Passwords worked on at once: each takes a core and 19 MiB for a moment."""

PATIENCE_S = 10.0
"""So long somebody waits for others' passwords."""

_SALT_BYTES, _HASH_BYTES = 16, 32
_WORDS = (
    "password passw0rd qwerty qwertyuiop asdfghjkl zxcvbnm 1q2w3e4r5t 1qaz2wsx qazwsxedc letmein welcome "
    "administrator admin iloveyou monkey dragon football baseball sunshine princess superman trustno1 "
    "changeme secret default phonesync telephone phone journal пароль йцукен йцукенг йцукенгшщз фывапролдж "
    "любовь привет администратор солнышко наташа телефон 0123456789 1234567890 9876543210 0987654321"
)
_COMMON = frozenset(_WORDS.split())
_FEWEST_SIGNS = 5
_places = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What the store keeps of a password.

    Raises:
        StoreBusy: Too many are worked on.
    """
    with _Place():
        return _argon().derive_phc_encoded(_bytes(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the kept one; where none is kept, it takes as long and is wrong.

    Raises:
        StoreBusy: Too many are worked on.
    """
    with _Place():
        try:
            Argon2id.verify_phc_encoded(_bytes(password[: LONGEST + 1]), kept or _NOBODYS)
        except InvalidKey:
            return False
    return kept is not None


def check_strength(password: str, *, name: str) -> None:
    """Refuses a weak password.

    Args:
        password: A new password.
        name: What its user signs in with.

    Raises:
        ConfigError: It is weak; the sentence says why.
    """
    folded = password.casefold()
    bare = folded.strip("0123456789!?.,-_*#@$ ")
    hint = N_("Several words that have nothing to do with each other make a good one.")
    if len(password) < SHORTEST:
        raise ConfigError(N_("A password needs at least 10 letters, digits or signs."), hint=hint)
    if len(password) > LONGEST:
        raise ConfigError(N_("A password has at most 200 letters."))
    if len(set(folded)) < _FEWEST_SIGNS:
        raise ConfigError(N_("This password repeats very few signs."), hint=hint)
    if name.casefold() in folded and len(folded) < len(name) + SHORTEST:
        raise ConfigError(N_("This password is little more than the user's name."), hint=hint)
    if folded in _COMMON or bare in _COMMON or _halves(folded):
        raise ConfigError(N_("This password is one of those that are tried first."), hint=hint)


def _halves(folded: str) -> bool:
    """Whether it is one of the common words twice."""
    half = folded[: len(folded) // 2]
    return folded == half * 2 and half in _COMMON


def _argon() -> Argon2id:
    return Argon2id(
        salt=os.urandom(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=ITERATIONS,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
    )


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


class _Place:
    """One of the places at which passwords are worked on."""

    def __enter__(self) -> None:
        if not _places.acquire(timeout=PATIENCE_S):
            raise StoreBusy(worded(N_("Too many sign in at once.")), hint=N_("Try again in a moment."))

    def __exit__(self, *_: object) -> None:
        _places.release()


_NOBODYS = _argon().derive_phc_encoded(os.urandom(_SALT_BYTES))
"""Looked at where there is no user or no password, so that the answer takes as long."""
