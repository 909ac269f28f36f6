"""Which file is the recording of a call, by the names of files alone. Pure.

Asterisk names a recording after what its dial plan says; FreePBX writes direction, numbers, date, time and
the unique id: ``out-84955550101-101-20260131-140500-1769861100.12.wav``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

WITHIN = timedelta(seconds=60)
"""A file bears a time so near the start of its call, or its answer."""

SUFFIXES = (".wav", ".mp3", ".ogg", ".opus", ".m4a", ".gsm", ".webm")
"""What the names of recordings end in."""

_MOMENT = re.compile(r"(?<![0-9])((?:19|20)[0-9]{6})[-_T. ]?([0-9]{6})(?![0-9])")
_DIGITS = re.compile(r"[0-9]+")
_WHOLE, _LEAST = 10, 7
"""Digits of a number without its country, and of one without its area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is known of a call that its recording may be named after.

    Attributes:
        names: Of its recording, from a CDR; of paths the last part counts.
        unique_ids: From a CDR.
        moments: Start and answer, wall time in the zone of the names of files.
        outside: Spellings of the number outside; empty for internal calls, and where it is withheld.
        inside: The extensions of both ends of an internal call, else empty.
    """

    names: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    moments: tuple[datetime, ...] = ()
    outside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What was found.

    Attributes:
        file: The one that fits, or None.
        several: More than one fits, so that none is taken.
    """

    file: str | None = None
    several: bool = False


def match(files: Iterable[str], sought: Sought) -> Match:
    """The recording of a call among files: by name, else by unique id, else by time and number.

    Args:
        files: Their names or paths; only those that end as recordings do count.
        sought: What is known of the call.
    """
    known = [file for file in files if PurePosixPath(file).suffix.lower() in SUFFIXES]
    for fits in (_is_named, _has_unique_id, _has_time_and_number):
        found = _fitting(known, sought, fits)
        if found:
            return Match(file=found[0]) if len(found) == 1 else Match(several=True)
    return Match()


def _fitting(files: Sequence[str], sought: Sought, fits: Callable[[str, Sought], bool]) -> list[str]:
    return [file for file in files if fits(PurePosixPath(file).name, sought)]


def _is_named(name: str, sought: Sought) -> bool:
    last = [PurePosixPath(one).name for one in sought.names]
    return any(one and one in (name, PurePosixPath(name).stem) for one in last)


def _has_unique_id(name: str, sought: Sought) -> bool:
    return any(
        one and re.search(rf"(?<![0-9A-Za-z.]){re.escape(one)}(?![0-9A-Za-z]|\.[0-9])", name)
        for one in sought.unique_ids
    )


def _has_time_and_number(name: str, sought: Sought) -> bool:
    shown = _MOMENT.search(name)
    if shown is None:
        return False
    try:
        at = datetime.strptime(shown[1] + shown[2], "%Y%m%d%H%M%S")  # noqa: DTZ007  a wall time, as is asked for
    except ValueError:
        return False
    if not any(abs(at - moment) <= WITHIN for moment in sought.moments):
        return False
    runs = _DIGITS.findall(name[: shown.start()] + " " + name[shown.end() :])
    if sought.inside:
        return all(extension in runs for extension in sought.inside)
    wanted = ["".join(_DIGITS.findall(number)) for number in sought.outside]
    return any(_is_same(run, number) for run in runs for number in wanted)


def _is_same(run: str, number: str) -> bool:
    """Whether digits are a number, with or without its country or area, or a trunk's prefix before it."""
    needed = min(len(run), len(number), _WHOLE)
    return run == number or (needed >= _LEAST and run[-needed:] == number[-needed:])
