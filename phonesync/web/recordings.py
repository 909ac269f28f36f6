"""Recordings of calls: where a configured folder or switch has one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from phonesync.calls.values import Call, CallDirection
from phonesync.config.outlets import filled
from phonesync.journal.recordings import SUFFIXES, Sought, match
from phonesync.journal.shown_names import Plans

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.store.journal.recorded import Recorded
    from phonesync.store.journal.records import JournalCall
    from phonesync.store.repository import Store

TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".gsm": "audio/x-gsm",
    ".webm": "audio/webm",
}
NOT_PLAYED = (".gsm",)
"""What browsers do not play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The recording of a call.

    Attributes:
        address: Where the switch has it; None where it is a file.
        path: The file, inside the configured folder; None where there is an address.
        several: Several files fit, so that none is taken.
    """

    address: str | None = None
    path: Path | None = None
    several: bool = False

    @property
    def plays(self) -> bool:
        """A browser plays it."""
        return self.path is not None and self.path.suffix.lower() not in NOT_PLAYED


def recording_of(config: Config, store: Store, one: JournalCall) -> Recording | None:
    """The recording of a call as its reader may see it; None without one.

    A private call of somebody else's has none, and neither has any where none are configured.
    """
    wanted = config.outlets.recordings
    if one.hidden or (wanted.link is None and wanted.folder is None):
        return None
    call, recorded = one.call, store.recorded(one.call.id)
    zone = _zone(config, call)
    if wanted.link is not None:
        address = filled(wanted.link, _fields(call, recorded, zone))
        if address is not None:
            return Recording(address=address)
    return None if wanted.folder is None else _file(config.base / wanted.folder, call, recorded, zone)


def _zone(config: Config, call: Call) -> ZoneInfo:
    named = config.outlets.recordings.timezone
    found = ZoneInfo(named) if named is not None else Plans(config).zone(call.legs[0].phone)
    return found or ZoneInfo("UTC")


def _fields(call: Call, recorded: Recorded, zone: ZoneInfo) -> dict[str, str | None]:
    return {
        "unique_id": next(iter(recorded.unique_ids), None),
        "recording": next(iter(recorded.names), call.recording),
        "call": call.id,
        "date": f"{call.started_at.astimezone(zone):%Y-%m-%d}",
    }


def _file(root: Path, call: Call, recorded: Recorded, zone: ZoneInfo) -> Recording | None:
    instants = [at for at in (call.started_at, call.answered_at) if at is not None]
    moments = tuple(at.astimezone(zone).replace(tzinfo=None) for at in instants)
    is_internal = call.direction is CallDirection.INTERNAL
    end = call.called if call.direction is CallDirection.OUTBOUND else call.calling
    ends = (call.calling.extension, call.called.extension)
    sought = Sought(
        names=recorded.names or ((call.recording,) if call.recording else ()),
        unique_ids=recorded.unique_ids,
        moments=moments,
        outside=() if is_internal else tuple(one for one in (end.e164, end.number_shown) if one),
        inside=tuple(one for one in ends if one) if is_internal and all(ends) else (),
    )
    found = match(_files(root, moments), sought)
    if found.several:
        return Recording(several=True)
    path = None if found.file is None else _inside(root, found.file)
    return None if path is None else Recording(path=path)


def _files(root: Path, moments: tuple[datetime, ...]) -> Iterator[str]:
    """Files of a folder, and of the folders of these days in it, relative to it."""
    days = sorted({moment.date() for moment in moments})
    below = [f"{day:{form}}" for day in days for form in ("%Y/%m/%d", "%Y-%m-%d", "%Y%m%d")]
    for folder in ("", *below):
        try:
            with os.scandir(root / folder) as entries:
                names = [entry.name for entry in entries]
        except OSError:
            continue  # No calls were recorded that day, or days have no folders there.
        yield from (f"{folder}/{name}" if folder else name for name in names)


def _inside(root: Path, file: str) -> Path | None:
    """The file, where it truly lies in the folder: no link leads out of it."""
    try:
        path = (root / file).resolve(strict=True)
    except OSError:
        return None
    is_inside = path.is_relative_to(root.resolve()) and path.suffix.lower() in SUFFIXES
    return path if is_inside and path.is_file() else None


def file_name(call: Call, path: Path) -> str:
    """What a downloaded recording is called: nothing of the number, which its reader may not see."""
    return f"call-{call.started_at.astimezone(UTC):%Y%m%d-%H%M%S}{path.suffix.lower()}"
