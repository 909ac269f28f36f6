"""Alignment of a list with its last snapshot by the order of rows, where keys do not tell.

Rows leave a list at its old end and come at its new end. So whatever became of the texts, the newest ``k``
rows of the last snapshot are the oldest ``k`` rows of this one, for some ``k``; a phone whose clock was set
and which keeps ticks shows them all moved by one offset.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phonesync.ledger.rows import Row
from phonesync.ledger.values import KeptRow

ENOUGH = 3
"""Aligned rows that decide; fewer, or two offsets that fit, leave it uncertain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One way to align: the same offset in every list.

    Attributes:
        offset_s: By how much the shown times moved, seconds.
        lengths: List code to the number of aligned rows at its old end.
        rows: Aligned rows in all lists.
    """

    offset_s: int
    lengths: Mapping[str, int]
    rows: int


def overlaps(
    pairs: Mapping[str, tuple[Sequence[KeptRow], Sequence[Row]]], *, resolution_s: int
) -> tuple[Overlap, ...]:
    """Every way to align that has at least one row, best first.

    Args:
        pairs: List code (of this read) to the rows of the last snapshot and of this one, newest first.
        resolution_s: Width of the shown unit: an offset is only known to that width.
    """
    by_offset: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for code, (kept, rows) in pairs.items():
        for length in range(1, min(len(kept), len(rows)) + 1):
            offset = _offset(kept[:length], rows[-length:], resolution_s)
            if offset is not None:
                by_offset[offset][code] = length
    joined = _joined(by_offset, resolution_s)
    found = [
        Overlap(offset_s=offset, lengths=lengths, rows=sum(lengths.values()))
        for offset, lengths in joined.items()
    ]
    return tuple(sorted(found, key=lambda overlap: (-overlap.rows, abs(overlap.offset_s))))


def decided(ways: Sequence[Overlap]) -> Overlap | None:
    """The one way with enough rows, or None where there is none or more than one."""
    strong = [way for way in ways if way.rows >= ENOUGH]
    return strong[0] if len(strong) == 1 else None


def _offset(kept: Sequence[KeptRow], rows: Sequence[Row], resolution_s: int) -> int | None:
    """The one offset that moves every kept row onto its partner, or None.

    Cutting a moved time to the shown unit moves two rows by amounts that differ by up to one unit.
    """
    moves: list[int] = []
    for index, (old, row) in enumerate(zip(kept, rows, strict=True)):
        if not _same_party(old, row, growing=index == 0) or old.wall is None or row.wall is None:
            return None
        moves.append(int((row.wall - old.wall).total_seconds()))
        if max(moves[0], moves[-1]) - min(moves[0], moves[-1]) > resolution_s:
            return None
    return min(moves) if max(moves) - min(moves) <= resolution_s else None


def _same_party(old: KeptRow, row: Row, *, growing: bool) -> bool:
    """Same number, and a duration that can be the same call's; the newest row's may still have grown."""
    if old.remote_number != row.entry.remote_number or old.count > row.entry.count:
        return False
    known = old.duration_s is not None and row.entry.duration_s is not None
    return growing or not known or old.duration_s == row.entry.duration_s


def _joined(by_offset: Mapping[int, Mapping[str, int]], resolution_s: int) -> dict[int, dict[str, int]]:
    """Offsets that differ by less than the shown unit are one."""
    joined: dict[int, dict[str, int]] = {}
    for offset in sorted(by_offset):
        near = next((seen for seen in joined if abs(seen - offset) <= resolution_s), None)
        lengths = joined.setdefault(offset if near is None else near, {})
        for code, length in by_offset[offset].items():
            lengths[code] = max(length, lengths.get(code, 0))
    return joined
