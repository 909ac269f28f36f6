"""Codes by time (RFC 6238) as a second factor: their secret, sealed in the store, and its picture."""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from phonesync.secrets.reading import open_sealed
from phonesync.secrets.sealed import Sealed

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.secrets.keyring import KeyRing
    from phonesync.store.access.records import User
    from phonesync.store.repository import Store

DIGITS, STEP_S = 6, 30
AROUND = (0, -1, 1)
"""Steps beside the present one that count too: clocks of phones are a little off (RFC 6238, 5.2)."""

SECRET_BYTES = 20
"""As long as its hash (RFC 4226, 4)."""

ISSUER = "phonesync"


def new_secret() -> bytes:
    """A secret of the system's randomness."""
    return os.urandom(SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """The secret in Base32, as it is typed into an authenticator."""
    return base64.b32encode(secret).decode("ascii")


def unspelled(text: str) -> bytes | None:
    """The secret that was spelled so, or None."""
    try:
        secret = base64.b32decode(text)
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == SECRET_BYTES else None


def step_of(secret: bytes, code: str, *, now: datetime) -> int | None:
    """The time step that a code belongs to, or None for a wrong code.

    Args:
        secret: The user's.
        code: As typed; blanks do not count.
        now: UTC.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    totp = TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  what authenticators speak
    present = int(now.timestamp()) // STEP_S
    for step in (present + around for around in AROUND):
        if hmac.compare_digest(totp.generate(step * STEP_S), typed.encode("ascii")):
            return step
    return None


def picture(secret: bytes, name: str) -> str:
    """The secret as a QR code, SVG without style or script.

    Args:
        secret: The user's.
        name: What the user signs in with.
    """
    totp = TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  as above
    code = segno.make(totp.get_provisioning_uri(name, ISSUER), error="m")
    out = io.BytesIO()
    code.save(out, kind="svg", scale=4, xmldecl=False, svgns=True, omitsize=False, light="#fff")
    return out.getvalue().decode("utf-8")


def sealed(secret: bytes, user_id: int, *, ring: KeyRing, now: datetime) -> str:
    """The secret as the store keeps it: key id, nonce and content; it opens for this user alone."""
    one = Sealed.seal(_name(user_id), spelled(secret), ring.newest, changed_at=now)
    parts = (one.nonce, one.content)
    return " ".join((one.key_id, *(base64.b64encode(part).decode("ascii") for part in parts)))


def opened(user: User, *, ring: KeyRing) -> bytes:
    """The secret of a user who has one.

    Raises:
        ConfigError: The ring does not hold its key.
    """
    key_id, nonce, content = (user.second_factor or "").split(" ")
    one = Sealed(
        name=_name(user.id),
        key_id=key_id,
        changed_at=user.created_at,
        nonce=base64.b64decode(nonce),
        content=base64.b64decode(content),
    )
    secret = unspelled(open_sealed(one, ring))
    assert secret is not None
    return secret


def ring_of(config: Config, *, env: Mapping[str, str] | None = None) -> KeyRing:
    """The key ring that second factors are sealed with.

    Raises:
        ConfigError: There is none, or it cannot be used.
    """
    return config.kept.ring(os.environ if env is None else env)


def seal_again(store: Store, *, old: KeyRing, new: KeyRing, now: datetime) -> int:
    """Seals all second factors with the newest key of another ring.

    Args:
        store: The store.
        old: Opens them.
        new: Locks them.
        now: UTC.

    Returns:
        How many there are.

    Raises:
        ConfigError: One does not open.
    """
    return store.replace_second_factors(
        lambda user: sealed(opened(user, ring=old), user.id, ring=new, now=now)
    )


def _name(user_id: int) -> str:
    return f"second factor of user {user_id}"
