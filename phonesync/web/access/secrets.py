"""What is handed out once and kept as a digest: secrets of sessions, links and tokens."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "phs_"  # noqa: S105  the beginning of every token, so that a leaked one can be told
SECRET_BYTES = 32
"""256 bits at random: nothing but a digest is needed to keep them."""


def new_secret() -> str:
    """A secret of a session or a link."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_token() -> str:
    """A token for programs."""
    return TOKEN_PREFIX + new_secret()


def digest(secret: str) -> str:
    """What the store keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
