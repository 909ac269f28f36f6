"""Small files that are replaced as a whole, and one writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from phonesync.errors import ConfigError


def replace_file(path: Path, content: bytes, *, mode: int) -> None:
    """Puts new content in place of a file: whoever reads it, and a power cut, find the old or the new.

    A file that is there keeps its owner, as far as this user may give files away.

    Args:
        path: The file; what a symbolic link points to is replaced, not the link.
        content: All of it.
        mode: Permissions of the new file.

    Raises:
        ConfigError: It cannot be written; the old content stands.
    """
    path = path.resolve()
    new = path.with_name(f"{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            # Left by a process that was killed.
            new.unlink()
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            with suppress(FileNotFoundError, PermissionError):
                before = path.stat()
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.",
            hint=f"See that this user may write in {path.parent}, and that its disk has space.",
        ) from error


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Keeps other writers out of a folder's secrets; the kernel lets go when the process ends.

    The folder itself is locked: its files are replaced, so a lock on one of them would vanish with it.

    Raises:
        ConfigError: The folder cannot be locked.
    """
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be locked: {error.strerror}.") from error
    finally:
        os.close(held)


def _sync_folder(folder: Path) -> None:
    """Makes a rename last: without it, a power cut could bring the old file back after the next step."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
