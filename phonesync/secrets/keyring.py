"""The key ring: a file that only its user can read, one key a line, the newest last.

A line holds the key's id and the key, 256 bits in URL-safe base64. The id is worked out from the key, so that
a damaged line and a foreign key are told from a wrong one. New secrets are locked with the last key; the
others open what was locked before.
"""

from __future__ import annotations

import hashlib
import os
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from phonesync.errors import ConfigError

KEY_BYTES = 32
"""256 bits, for AES-256-GCM."""

KEY_MODE = 0o600
_OTHERS = 0o077
_ID_BYTES = 4
_HEAD = (
    "# The keys of phonesync's secrets: an id and a key a line, the newest last. Nobody else may read this\n"
    "# file. Keep a copy apart from the backups of the secrets: without it they cannot be opened.\n"
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        material: The 32 bytes; hidden in ``repr``.
    """

    material: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A key of the system's randomness."""
        return cls(os.urandom(KEY_BYTES))

    @property
    def id(self) -> str:
        """Eight hex digits that tell the key among others, and nothing of the key itself."""
        return hashlib.sha256(b"phonesync key id\0" + self.material).digest()[:_ID_BYTES].hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The keys of one file, at least one.

    Attributes:
        place: The file, for messages.
        keys: Oldest first.
    """

    place: Path
    keys: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        """The key that locks."""
        return self.keys[-1]

    @property
    def ids(self) -> str:
        """The ids of all keys, for messages."""
        return ", ".join(key.id for key in self.keys)

    def of(self, key_id: str) -> Key | None:
        """The key of that id, or None."""
        return next((key for key in self.keys if key.id == key_id), None)


def ring_text(keys: Sequence[Key]) -> bytes:
    """The content of a key file."""
    lines = (f"{key.id} {urlsafe_b64encode(key.material).decode()}\n" for key in keys)
    return f"{_HEAD}{''.join(lines)}".encode()


def read_ring(path: Path, *, guarded: bool = False) -> KeyRing:
    """Reads a key file.

    Args:
        path: The file.
        guarded: The service manager keeps others from it, so that its mode says nothing.

    Raises:
        ConfigError: It is lost, damaged, or others can read it; the sentence says which and what to do.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read()
    except FileNotFoundError as error:
        raise ConfigError(
            f"The key file {path} does not exist, so the kept secrets cannot be opened.",
            hint="Bring it back from its copy. If there is none, remove the secrets with `phonesync secret "
            "rm` and set them anew, which writes a new key file.",
        ) from error
    except IsADirectoryError as error:
        raise ConfigError(
            f"The key file {path} is a directory.", hint="Let [secrets] key_file name a file."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"The key file {path} cannot be read: {error.strerror}.",
            hint="It must belong to the user that runs phonesync.",
        ) from error
    if mode & _OTHERS and not guarded:
        raise ConfigError(
            f"The key file {path} can be read by others (its mode is {mode:04o}).",
            hint=f"Close it: chmod 600 {path}. If somebody may have read it: `phonesync secret rotate`, and "
            "change the passwords.",
        )
    return KeyRing(place=path, keys=_keys(content, path))


def _keys(content: bytes, path: Path) -> tuple[Key, ...]:
    keys = []
    for number, line in enumerate(content.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith(b"#"):
            continue
        key = _key(words[-1])
        # A key without an id is what the first versions of `phonesync init` wrote.
        if key is None or words not in ([words[-1]], [key.id.encode(), words[-1]]):
            raise ConfigError(
                f"Line {number} of the key file {path} is no key: the file is damaged, or not a key file.",
                hint="Bring it back from its copy, or let [secrets] key_file name another file.",
            )
        keys.append(key)
    if not keys:
        raise ConfigError(
            f"The key file {path} holds no key.",
            hint="Bring it back from its copy; if no secret is kept yet, remove the empty file.",
        )
    return tuple(keys)


def _key(text: bytes) -> Key | None:
    try:
        material = urlsafe_b64decode(text)
    except (NotBase64, ValueError):
        return None
    return Key(material) if len(material) == KEY_BYTES else None
