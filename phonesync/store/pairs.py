"""Rows by pairs of values, in a form for which every database uses an index of both columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, or_


def among(
    first: ColumnElement[Any], second: ColumnElement[Any], pairs: Iterable[tuple[Any, Any]]
) -> ColumnElement[bool]:
    """Whether two columns hold one of some pairs.

    Not ``(first, second) IN (VALUES ...)``: SQLite reads the whole table for that.

    Args:
        first: The column that an index begins with.
        second: The column that follows.
        pairs: At least one, and few hundreds at most: an expression may be no deeper.
    """
    seconds: defaultdict[Any, list[Any]] = defaultdict(list)
    for one, other in pairs:
        seconds[one].append(other)
    return or_(*(and_(first == one, second.in_(others)) for one, others in seconds.items()))
