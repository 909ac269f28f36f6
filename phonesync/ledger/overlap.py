"""Alignment of the lists with their last snapshot by rows and distances, where keys do not tell.

A phone that keeps ticks shows all its rows moved by one offset when its clock is set; a new firmware may
write times in another way. Then every pair of rows with the same party votes for the offset between them, and
the true offset is the one that moves many rows onto partners, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from phonesync.ledger.rows import Row
from phonesync.ledger.values import KeptRow

ENOUGH = 3
"""Aligned rows that decide; fewer, or two offsets that fit, leave it uncertain."""

_CANDIDATES = 40
"""Offsets with the most votes that are tried."""

_MINUTE_S = 60

Pairs = Mapping[str, tuple[Sequence[KeptRow], Sequence[Row]]]
"""List code (of this read) to the rows of the last snapshot and of this one, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One way to align: the same offset in every list.

    Attributes:
        offset_s: By how much the shown times moved, seconds.
        aligned: List code to pairs of positions (last snapshot, this read), newest first.
        rows: Aligned rows in all lists.
        beyond_s: Sum of what the aligned rows moved beyond the offset, seconds.
        in_place: In every list the newest rows of the last snapshot are the oldest of this one.
    """

    offset_s: int
    aligned: Mapping[str, tuple[tuple[int, int], ...]]
    rows: int
    beyond_s: int
    in_place: bool


def overlaps(pairs: Pairs, *, resolution_s: int) -> tuple[Overlap, ...]:
    """Every way to align that has at least one row, best first.

    Args:
        pairs: The lists before and now.
        resolution_s: Width of the shown unit: cutting a moved time to it moves two rows by amounts that
            differ by up to one unit.
    """
    votes: Counter[int] = Counter()
    for kept, rows in pairs.values():
        votes.update(_moves(kept, rows))
    weights = {
        offset: sum(votes[near] for near in range(offset, offset + resolution_s + 1) if near in votes)
        for offset in votes
    }
    candidates = sorted(weights, key=lambda step: (-weights[step], abs(step)))[:_CANDIDATES]
    tried = [_way(pairs, offset, resolution_s) for offset in candidates]
    ways: list[Overlap] = []
    # Offsets less than a unit apart are one way to align: votes do not tell which of them aligns most rows.
    for way in sorted(tried, key=lambda way: (-way.rows, way.beyond_s, abs(way.offset_s))):
        if all(abs(way.offset_s - better.offset_s) > resolution_s for better in ways):
            ways.append(way)
    return tuple(ways)


def coarser_unit(pairs: Pairs, resolution_s: int) -> int:
    """Width of the unit in which times before and now can be compared, seconds.

    Args:
        pairs: The lists before and now.
        resolution_s: Width of the unit shown now; rows that were shown to the minute stand on full minutes.
    """
    walls = (row.wall for kept, _ in pairs.values() for row in kept)
    return (
        resolution_s
        if any(wall is not None and wall.second for wall in walls)
        else max(resolution_s, _MINUTE_S)
    )


def decided(ways: Sequence[Overlap], *, least: int = ENOUGH) -> Overlap | None:
    """The way with enough rows, and more than twice those of any other; or None."""
    if not ways or ways[0].rows < least:
        return None
    return ways[0] if len(ways) == 1 or ways[0].rows > 2 * ways[1].rows else None


def _moves(kept: Sequence[KeptRow], rows: Sequence[Row]) -> Iterable[int]:
    by_number: dict[str | None, list[Row]] = {}
    for row in rows:
        by_number.setdefault(row.entry.remote_number, []).append(row)
    for index, old in enumerate(kept):
        for row in by_number.get(old.remote_number, ()):
            move_s = _move_s(old, row, growing=index == 0)
            if move_s is not None:
                yield move_s


def _move_s(old: KeptRow, row: Row, *, growing: bool) -> int | None:
    """By how much the time shown for a call moved, or None where the rows are not of one call."""
    if old.wall is None or row.wall is None or not _same_call(old, row, growing=growing):
        return None
    return int((row.wall - old.wall).total_seconds())


def _same_call(old: KeptRow, row: Row, *, growing: bool) -> bool:
    """Same number, and a duration that can be the same call's; the newest row's may still have grown."""
    if old.remote_number != row.entry.remote_number or old.count > row.entry.count:
        return False
    known = old.duration_s is not None and row.entry.duration_s is not None
    return growing or not known or old.duration_s == row.entry.duration_s


def _way(pairs: Pairs, offset: int, resolution_s: int) -> Overlap:
    found = {code: _aligned(kept, rows, offset, resolution_s) for code, (kept, rows) in pairs.items()}
    aligned = {code: tuple((index, place) for index, place, _ in of) for code, of in found.items() if of}
    return Overlap(
        offset_s=offset,
        aligned=aligned,
        rows=sum(len(of) for of in aligned.values()),
        beyond_s=sum(beyond for of in found.values() for _, _, beyond in of),
        in_place=all(
            of[0][0] == 0
            and of[-1] == (len(of) - 1, len(pairs[code][1]) - 1)
            and of[0][1] == len(pairs[code][1]) - len(of)
            for code, of in aligned.items()
        ),
    )


def _aligned(
    kept: Sequence[KeptRow], rows: Sequence[Row], offset: int, resolution_s: int
) -> tuple[tuple[int, int, int], ...]:
    """Positions of rows that the offset moves onto each other, in order, and what they moved beyond it."""
    found: list[tuple[int, int, int]] = []
    start = 0
    for index, old in enumerate(kept):
        for place in range(start, len(rows)):
            move_s = _move_s(old, rows[place], growing=index == 0)
            if move_s is not None and 0 <= move_s - offset <= resolution_s:
                found.append((index, place, move_s - offset))
                start = place + 1
                break
    return tuple(found)
