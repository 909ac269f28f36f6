"""Files of contacts, read whole and within a bound."""

from __future__ import annotations

from pathlib import Path

from phonesync.errors import SourceError

LARGEST = 64 * 1024 * 1024
"""Bytes of one file. Two hundred thousand contacts with every column of Outlook are smaller."""


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        SourceError: It is not there, cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise SourceError(f"The file {path} does not exist.", hint="Is the path right?") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"The file {path} cannot be read: {reason}.") from error
    if len(data) > LARGEST:
        raise SourceError(f"The file {path} is larger than {LARGEST // 1024 // 1024} MiB.")
    return data
