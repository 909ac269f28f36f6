"""Changes the kept secrets: set, remove, rotate. Every step leaves files that can be read."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unicodedata import category

from phonesync.errors import ConfigError
from phonesync.secrets.files import one_writer, replace_file
from phonesync.secrets.keyring import KEY_MODE, Key, KeyRing, read_ring, ring_text
from phonesync.secrets.reading import open_sealed
from phonesync.secrets.sealed import Sealed, read_sealed, sealed_text
from phonesync.spelling import capital, unknown

FILE_MODE = 0o640
"""Of a new file of secrets: it is encrypted, and the group may read it, so that root can keep it for a
service."""

_LINE_BREAKING = ("Cc", "Zl", "Zp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation did.

    Attributes:
        key_id: Of the new key.
        secrets: How many were locked with it.
        dropped: Ids of the keys that are gone.
    """

    key_id: str
    secrets: int
    dropped: tuple[str, ...]


def set_secret(key_file: Path, file: Path, name: str, value: str, *, now: datetime) -> bool:
    """Keeps a secret in place of any of that name.

    Where nothing is kept yet, a missing key file is written.

    Args:
        key_file: The key ring.
        file: The file of secrets.
        name: One line of visible characters.
        value: One line, not empty.
        now: The present instant, UTC.

    Returns:
        Whether a key file had to be written.

    Raises:
        ConfigError: Name or value cannot be kept, or the files cannot be used.
    """
    check_name(name)
    if not value or "\n" in value:
        raise ConfigError("A secret must be one line, and not empty.", hint="Nothing was changed.")
    with one_writer(file.resolve().parent):
        sealed = read_sealed(file)
        written = not sealed and not key_file.exists()
        if written:
            replace_file(key_file, ring_text([Key.new()]), mode=KEY_MODE)
        ring = read_ring(key_file)
        _refuse_foreign(ring, [one for one in sealed.values() if one.name != name])
        _write(file, {**sealed, name: Sealed.seal(name, value, ring.newest, changed_at=now)})
        return written


def remove_secret(file: Path, name: str) -> None:
    """Forgets a secret; no key is needed for it.

    Raises:
        ConfigError: There is none of that name, or the file cannot be used.
    """
    with one_writer(file.resolve().parent):
        sealed = read_sealed(file)
        if name not in sealed:
            raise ConfigError(
                capital(unknown("secret", name, sealed)), hint="`phonesync secret list` shows all names."
            )
        _write(file, {other: one for other, one in sealed.items() if other != name})


def rotate(
    key_file: Path, file: Path, *, lock_more: Callable[[KeyRing, KeyRing], object] | None = None
) -> Rotation:
    """Locks every secret with a new key, and drops the old ones after that.

    Three steps, each of which replaces one file as a whole: the new key joins the ring, all secrets are
    locked with it, the old keys leave. Ended after any of them, every secret still opens, and the next
    rotation finishes the work.

    Args:
        key_file: The key ring.
        file: The file of secrets.
        lock_more: Locks what is kept elsewhere: opens it with the first ring, locks it with the second.
            Called before the old keys leave.

    Raises:
        ConfigError: A secret does not open with the present keys, or a file cannot be used; the old keys
            are all there then.
    """
    with one_writer(file.resolve().parent):
        sealed, ring = read_sealed(file), read_ring(key_file)
        values = {name: open_sealed(one, ring) for name, one in sealed.items()}
        key = Key.new()
        replace_file(key_file, ring_text([*ring.keys, key]), mode=KEY_MODE)
        if values:
            again = {
                name: Sealed.seal(name, value, key, changed_at=sealed[name].changed_at)
                for name, value in values.items()
            }
            _write(file, again)
            _see_all_open(file, KeyRing(place=key_file, keys=(key,)))
        if lock_more is not None:
            lock_more(ring, KeyRing(place=key_file, keys=(key,)))
        replace_file(key_file, ring_text([key]), mode=KEY_MODE)
        return Rotation(key_id=key.id, secrets=len(values), dropped=tuple(old.id for old in ring.keys))


def check_name(name: str) -> None:
    """Refuses what could not be written in a configuration.

    Raises:
        ConfigError: It is empty, has blanks around it, or is not one visible line.
    """
    if not name or name != name.strip() or any(category(sign) in _LINE_BREAKING for sign in name):
        raise ConfigError(
            "The name of a secret must be one line of visible characters without blanks around it."
        )


def _refuse_foreign(ring: KeyRing, others: Sequence[Sealed]) -> None:
    """A ring that fits none of the secrets kept is another one: what it locks would not open with theirs.

    Raises:
        ConfigError: It is such a ring.
    """
    if others and all(ring.of(one.key_id) is None for one in others):
        ids = ", ".join(sorted({one.key_id for one in others}))
        raise ConfigError(
            f"The key file {ring.place} holds none of the keys of the secrets kept ({ids}; its own: "
            f"{ring.ids}).",
            hint="Nothing was changed. Bring back the key file that belongs to the secrets. If it is lost, "
            "remove them with `phonesync secret rm` and set them anew.",
        )


def _see_all_open(file: Path, ring: KeyRing) -> None:
    """Reads back what was written, before the only other keys are dropped."""
    for one in read_sealed(file).values():
        open_sealed(one, ring)


def _write(file: Path, secrets: Mapping[str, Sealed]) -> None:
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else FILE_MODE
    replace_file(file, sealed_text(secrets.values()), mode=mode)
