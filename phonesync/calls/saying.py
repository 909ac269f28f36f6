"""Lengths of time in words. Pure."""

from __future__ import annotations

from math import ceil

_MINUTE, _HOUR = 60, 3600
_SECONDS_UP_TO, _MINUTES_UP_TO = 5 * _MINUTE, 2 * _HOUR


def at_most(seconds: float) -> str:
    """A bound of a length of time, rounded up: ``45 s``, ``17 min``, ``3 h``.

    Args:
        seconds: Zero or more.
    """
    if seconds < _SECONDS_UP_TO:
        return f"{ceil(seconds)} s"
    if seconds < _MINUTES_UP_TO:
        return f"{ceil(seconds / _MINUTE)} min"
    return f"{ceil(seconds / _HOUR)} h"
