"""Sealed secrets and the file they stand in.

Each is locked by AES-256-GCM with a nonce of its own and its name as associated data: a secret moved under
another name does not open. The file is JSON; it shows names, key ids and when each was changed, nothing else.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phonesync.errors import ConfigError
from phonesync.secrets.keyring import Key

VERSION = 1
_NONCE_BYTES = 12
"""96 bits at random (NIST SP 800-38D): a repeat is out of the question below 2**32 secrets a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """One secret as it is kept.

    Attributes:
        name: The name by which it is asked for.
        key_id: Of the key that opens it.
        changed_at: When its value was set, UTC; a rotation does not change it.
        nonce: Used once with this key.
        content: Ciphertext and tag.
    """

    name: str
    key_id: str
    changed_at: datetime
    nonce: bytes = field(repr=False)
    content: bytes = field(repr=False)

    @classmethod
    def seal(cls, name: str, value: str, key: Key, *, changed_at: datetime) -> Self:
        """Locks a value.

        Args:
            name: Its name.
            value: The secret.
            key: What locks it.
            changed_at: When the value was set, UTC.
        """
        nonce = os.urandom(_NONCE_BYTES)
        content = AESGCM(key.material).encrypt(nonce, value.encode(), name.encode())
        return cls(name=name, key_id=key.id, changed_at=changed_at, nonce=nonce, content=content)

    def open(self, key: Key) -> str:
        """The value.

        Raises:
            ConfigError: Key, name and content do not belong together.
        """
        try:
            return AESGCM(key.material).decrypt(self.nonce, self.content, self.name.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise ConfigError(
                f'The secret "{self.name}" does not open: it was damaged, or moved here from another name.',
                hint=f"Set it anew: phonesync secret set {self.name}",
            ) from error


def read_sealed(path: Path) -> dict[str, Sealed]:
    """The secrets of a file by name; none where there is no file.

    Raises:
        ConfigError: It cannot be read, is damaged, or was written by a newer version.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except IsADirectoryError as error:
        raise ConfigError(
            f"The file of secrets {path} is a directory.", hint="Let [secrets] file name a file."
        ) from error
    except OSError as error:
        raise ConfigError(
            f"The file of secrets {path} cannot be read: {error.strerror}.",
            hint="Give the user that runs phonesync the right to read it.",
        ) from error
    try:
        shown = json.loads(text)
        version = shown["version"]
        found = {} if version != VERSION else dict(map(_sealed, shown["secrets"].items()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The file of secrets {path} is damaged, or is not one.",
            hint="Bring it back from a backup, or remove it and set the secrets anew.",
        ) from error
    if version != VERSION:
        raise ConfigError(
            f"The file of secrets {path} was written by a newer phonesync (its version is {version!r}).",
            hint="Install the newer version again.",
        )
    return found


def sealed_text(secrets: Iterable[Sealed]) -> bytes:
    """The content of a file of secrets."""
    shown = {
        one.name: {
            "key": one.key_id,
            "changed": f"{one.changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "nonce": b64encode(one.nonce).decode(),
            "sealed": b64encode(one.content).decode(),
        }
        for one in sorted(secrets, key=lambda one: one.name)
    }
    return (json.dumps({"version": VERSION, "secrets": shown}, ensure_ascii=False, indent=1) + "\n").encode()


def _sealed(item: tuple[str, Mapping[str, Any]]) -> tuple[str, Sealed]:
    name, shown = item
    return name, Sealed(
        name=name,
        key_id=str(shown["key"]),
        changed_at=datetime.fromisoformat(shown["changed"]).astimezone(UTC),
        nonce=b64decode(shown["nonce"], validate=True),
        content=b64decode(shown["sealed"], validate=True),
    )
