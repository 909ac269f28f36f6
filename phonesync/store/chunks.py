"""Values as many at a time as a statement takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

AT_ONCE = 400
"""An old SQLite takes 999 parameters, and a statement may name values twice."""

T = TypeVar("T")


def chunks(values: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """The values in their order, at most ``size`` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
