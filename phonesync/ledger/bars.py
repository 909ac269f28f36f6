"""How much of a stretch of time is proven, cut into pieces for a bar. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

Span = tuple[datetime | None, datetime]
"""A span that is proven: from an instant, or since ever, up to one; UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of a bar.

    Attributes:
        since: Its first instant, UTC.
        until: Its end, UTC.
        share: How much of it is proven, 0 to 1, as the mean over the lists; None where there is none.
    """

    since: datetime
    until: datetime
    share: float | None


def bar(
    lists: Sequence[Iterable[Span]], since: datetime, until: datetime, *, pieces: int
) -> tuple[Piece, ...]:
    """A bar over proven spans.

    Args:
        lists: The spans of each list; those of one list do not overlap.
        since: The first instant, UTC.
        until: The end, UTC; later than ``since``.
        pieces: How many pieces.
    """
    length = (until - since) / pieces
    kept = [list(spans) for spans in lists]
    found = []
    for number in range(pieces):
        begins, ends = since + number * length, since + (number + 1) * length
        shares = [_share(spans, begins, ends) for spans in kept]
        found.append(Piece(since=begins, until=ends, share=sum(shares) / len(shares) if shares else None))
    return tuple(found)


def proven(pieces: Sequence[Piece]) -> float | None:
    """How much of a whole bar is proven; None where nothing is known of it."""
    shares = [piece.share for piece in pieces if piece.share is not None]
    return sum(shares) / len(shares) if shares else None


def _share(spans: Iterable[Span], begins: datetime, ends: datetime) -> float:
    covered = sum(
        max((min(until, ends) - max(since or begins, begins)).total_seconds(), 0.0) for since, until in spans
    )
    return min(covered / (ends - begins).total_seconds(), 1.0)
