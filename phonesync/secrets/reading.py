"""Opens secrets by name, as often as a phone is read; the files are read again only after they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phonesync.errors import ConfigError
from phonesync.secrets.keyring import KeyRing, read_ring
from phonesync.secrets.sealed import Sealed, read_sealed
from phonesync.spelling import capital, unknown

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The environment variable by which systemd names the folder of a service's credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    stamp: tuple[object, ...]
    ring: KeyRing
    sealed: Mapping[str, Sealed]


class Secrets:
    """The kept secrets of one configuration; ``repr`` tells only where they are.

    May be used by several threads at once.

    Args:
        key_file: The key ring.
        file: The file of secrets.
    """

    def __init__(self, *, key_file: Path, file: Path) -> None:
        self.key_file = key_file
        self.file = file
        self._loaded: _Loaded | None = None

    def __repr__(self) -> str:
        return f"Secrets(in {self.file})"

    def reveal(self, name: str, *, env: Mapping[str, str]) -> str:
        """The value of a secret.

        Args:
            name: Its name.
            env: Environment variables: a service finds its key ring in ``$CREDENTIALS_DIRECTORY``, under
                the file name that the configuration gives it.

        Raises:
            ConfigError: There is no such secret, or it cannot be opened; the sentence says why.
        """
        if name not in self._read_sealed():
            raise _no_such(name, self._read_sealed(), self.file)
        loaded = self._load(env)
        if loaded.sealed[name].key_id not in {key.id for key in loaded.ring.keys}:
            # A rotation that began after the ring was read: both files are read once more.
            self._loaded = None
            loaded = self._load(env)
        return open_sealed(loaded.sealed[name], loaded.ring)

    def ring(self, env: Mapping[str, str]) -> KeyRing:
        """The key ring.

        Args:
            env: As for :meth:`reveal`.

        Raises:
            ConfigError: There is none, or it cannot be used; the sentence says why.
        """
        place, guarded = self._ring_place(env)
        return read_ring(place, guarded=guarded)

    def _read_sealed(self) -> Mapping[str, Sealed]:
        known = self._loaded
        if known is not None and known.stamp[-1] == _stamp(self.file):
            return known.sealed
        return read_sealed(self.file)

    def _load(self, env: Mapping[str, str]) -> _Loaded:
        ring, guarded = self._ring_place(env)
        stamp = (ring, _stamp(ring), _stamp(self.file))
        known = self._loaded
        if known is None or known.stamp != stamp:
            sealed = read_sealed(self.file)
            known = _Loaded(stamp=stamp, ring=read_ring(ring, guarded=guarded), sealed=sealed)
            self._loaded = known
        return known

    def _ring_place(self, env: Mapping[str, str]) -> tuple[Path, bool]:
        folder = env.get(CREDENTIALS)
        if folder:
            credential = Path(folder) / self.key_file.name
            if credential.exists():
                return credential, True
        return self.key_file, False


def open_sealed(sealed: Sealed, ring: KeyRing) -> str:
    """The value of a secret.

    Raises:
        ConfigError: The ring does not hold its key, or they do not belong together.
    """
    key = ring.of(sealed.key_id)
    if key is None:
        raise ConfigError(
            f'The secret "{sealed.name}" is locked with the key {sealed.key_id}, which the key file '
            f"{ring.place} does not hold (its keys: {ring.ids}).",
            hint="Bring back the key file that belongs to the secrets. A service has a copy of it from the "
            "time it was started: after `phonesync secret rotate`, restart it.",
        )
    return sealed.open(key)


def _no_such(name: str, known: Mapping[str, Sealed], file: Path) -> ConfigError:
    return ConfigError(
        f"{capital(unknown('secret', name, known))} The file of secrets is {file}.",
        hint=f"`phonesync secret set {name}` keeps it.",
    )


def _stamp(path: Path) -> tuple[int, int, int, int] | None:
    """What changes when a file is replaced or written; None where it cannot be looked at."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_mode
