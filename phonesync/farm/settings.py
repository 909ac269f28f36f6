"""Settings handed to emulated phones as files: one for each phone, named after it."""

from __future__ import annotations

from pathlib import Path

import structlog

from phonesync.errors import ConfigError
from phonesync.farm.reporting import Reporting
from phonesync.farm.simulation import FarmWorld

_log = structlog.get_logger(__name__)

MOST_BYTES = 1024 * 1024
"""No phone takes a larger file of settings."""


class SettingsFolder:
    """A folder of settings; each file is pasted into its phone when it comes, and whenever it changes.

    Args:
        folder: Holds files as ``phonesync phones setup NAME`` writes them to stdout, each named after its
            phone, with or without an ending.
        world: Where the phones stand.
        reporting: Lets them follow their settings.

    Raises:
        ConfigError: The folder is none.
    """

    def __init__(self, folder: Path, world: FarmWorld, reporting: Reporting) -> None:
        if not folder.is_dir():
            raise ConfigError(
                f"--settings {folder} is no folder.",
                hint="Make it, and write settings into it: phonesync phones setup NAME > FOLDER/NAME",
            )
        self._folder, self._world, self._reporting = folder, world, reporting
        self._seen: dict[Path, tuple[int, int]] = {}

    def look(self) -> None:
        """Takes what is new or has changed since the last look."""
        for path in sorted(self._folder.iterdir()):
            if not path.is_file():
                continue
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if self._seen.get(path) != stamp:
                self._seen[path] = stamp
                self._take(path, found.st_size)

    def _take(self, path: Path, size: int) -> None:
        desk = self._world.desks.get(path.stem) or self._world.desks.get(path.name)
        if desk is None:
            _log.warning("settings of no phone", file=path.name, text="No phone of this farm bears the name.")
        elif desk.side is None:
            _log.warning("settings not taken", phone=desk.name, text="This kind of phone takes none.")
        elif size > MOST_BYTES:
            _log.warning("settings not taken", phone=desk.name, text="The file is too large for a phone.")
        else:
            self._reporting.instruct(desk, path.read_text(encoding="utf-8", errors="replace"))
            _log.info("settings taken", phone=desk.name, fetches=len(desk.side.fetches()))
