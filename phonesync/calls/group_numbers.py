"""The internal number of a group, learned from colleagues who call it. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from phonesync.calls.episodes import TOGETHER_S
from phonesync.calls.learned import Sighting
from phonesync.calls.linking import calls_inside, is_placed
from phonesync.calls.timing import whole
from phonesync.calls.values import Row
from phonesync.numbering import EXTENSION

FEWEST = 2
"""Calls to a number that made just these phones ring."""


def numbers_of(
    rows: Iterable[Row], seen: Iterable[Sighting], groups: Iterable[Sequence[str]]
) -> Mapping[tuple[str, ...], str]:
    """Members of a group to its number, where one number alone makes them ring.

    Args:
        rows: Of all phones.
        seen: Which phones rang together, for whom and when.
        groups: The members of each.
    """
    known = sorted((tuple(members) for members in groups), key=lambda members: (len(members), members))
    rung: dict[str, list[Sighting]] = {}
    for sighting in seen:
        rung.setdefault(sighting.party, []).append(sighting)
    for some in rung.values():
        some.sort(key=lambda sighting: sighting.at)
    extensions, placed = set(), []
    for row in rows:
        extensions.add(row.extension)
        if is_placed(row) and calls_inside(row) and row.extension is not None and row.number:
            placed.append(row)
    votes: dict[tuple[str, ...], Counter[str]] = {}
    for row in placed:
        number = (row.number or "").strip()
        made = (
            frozenset() if number in extensions else _made(row, rung.get(f"{EXTENSION}{row.extension}", []))
        )
        group = next((some for some in known if made and made <= frozenset(some)), None)
        if group is not None:
            votes.setdefault(group, Counter())[number] += 1
    best = {members: max(sorted(of), key=of.__getitem__) for members, of in votes.items()}
    return {
        members: number
        for members, number in best.items()
        if votes[members][number] >= FEWEST and votes[members][number] * 2 > votes[members].total()
    }


def _made(row: Row, rung: Sequence[Sighting]) -> frozenset[str]:
    """The phones that a placed call made ring; none where that may be one set or another."""
    start = whole(row).start
    first = bisect_left(rung, start.low - TOGETHER_S, key=lambda sighting: sighting.at)
    last = bisect_right(rung, start.high + TOGETHER_S, key=lambda sighting: sighting.at)
    return rung[first].members if last - first == 1 else frozenset()
