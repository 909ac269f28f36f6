"""Empty stores for tests that are not about making one: the migrations run once, and the file is copied."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from phonesync.clock import SystemClock
from phonesync.store.repository import open_store


@cache
def _empty() -> bytes:
    with TemporaryDirectory(prefix="phonesync-empty-") as folder:
        open_store("sqlite:///store.db", clock=SystemClock(), base=Path(folder)).close()
        return (Path(folder) / "store.db").read_bytes()


def lay(path: Path) -> None:
    """Lays an empty store, as the migrations make it, where no file is yet; leaves one that is there alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_empty())
