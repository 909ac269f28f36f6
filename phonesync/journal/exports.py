"""Exports that somebody asked for: what they are, and what has become of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phonesync.errors import ConfigError
from phonesync.spelling import N_, capital, unknown, worded


class ExportFormat(StrEnum):
    """How calls are written."""

    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"


class ExportState(StrEnum):
    """What has become of an export."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ExportState.WAITING, ExportState.RUNNING)
"""Nothing has become of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export.

    Attributes:
        id: Its number.
        user_id: Who asked for it; nobody else gets it.
        query: The filter, as in the address bar.
        format: How the calls are written.
        state: What has become of it.
        done: Calls written so far, or in all.
        total: How many there are to be; None where that is not known.
        file: Name of its file in the folder of exports; None until it is done, and once it is removed.
        problem: Why it failed, one sentence, or None.
        asked_at: UTC.
        ended_at: UTC; None while it is open.
    """

    id: int
    user_id: int
    query: str
    format: ExportFormat
    state: ExportState
    done: int = 0
    total: int | None = None
    file: str | None = None
    problem: str | None = None
    asked_at: datetime
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still be done."""
        return self.state in OPEN

    @property
    def share(self) -> float | None:
        """How much of it is written, 0 to 1; None where nobody knows."""
        return None if not self.total else min(self.done / self.total, 1.0)


class NoSuchExport(ConfigError):
    """There is none, or it is somebody else's."""


LONGEST_PASSWORD, LEAST_PASSWORD = 255, 8
"""Letters; Office takes no longer one ([MS-OFFCRYPTO] 2.3.4.11)."""


def format_of(text: str) -> ExportFormat:
    """The format of that name.

    Raises:
        ConfigError: There is none.
    """
    known = [one.value for one in ExportFormat]
    if text not in known:
        raise ConfigError(capital(unknown("format", text, known)))
    return ExportFormat(text)


def checked_password(text: str) -> str | None:
    """A password for a file, or None where none is wanted.

    Raises:
        ConfigError: It is too short or too long.
    """
    if not text:
        return None
    if not LEAST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise ConfigError(
            worded(
                N_("A password of a file has %(least)s to %(most)s letters."),
                least=LEAST_PASSWORD,
                most=LONGEST_PASSWORD,
            ),
            hint=N_("Choose another one, or none."),
        )
    return text


def file_name(at: datetime, kind: ExportFormat, *, sealed: bool) -> str:
    """What a file of an export is called.

    Args:
        at: When it was asked for, in the reader's zone.
        kind: How the calls are written.
        sealed: It has a password: all but workbooks stand in a zip then.
    """
    plain = f"calls-{at:%Y-%m-%d-%H%M}.{kind}"
    return f"{plain}.zip" if sealed and kind is not ExportFormat.XLSX else plain
