"""How well rows were put together, by pairs: pure, and the same for a reader, an oracle and a quick trial.

A pair is two rows of one call. Rows that show exactly the same (phone, list, number, time) can be told apart
by nobody, so any exchange among them is as right as any other: the kindest one is scored.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import comb

MOST_EXCHANGED = 5
"""Of more rows that show the same, no exchange is tried."""

_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Counts of pairs.

    Attributes:
        true: Pairs of rows that truly are of one call.
        stated: Pairs that were put together.
        right: Pairs that were put together and are.
    """

    true: int
    stated: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the pairs put together that are right; 1 where there are none."""
        return self.right / self.stated if self.stated else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were put together; 1 where there are none."""
        return self.right / self.true if self.true else 1.0


def count_pairs(truth: Mapping[str, int], stated: Mapping[str, Hashable]) -> Pairs:
    """Counts pairs among the rows that both know.

    Args:
        truth: Row to true call.
        stated: Row to the call it was put into.
    """
    known = [row for row in truth if row in stated]
    both = Counter((truth[row], stated[row]) for row in known)
    return Pairs(
        true=_pairs(Counter(truth[row] for row in known).values()),
        stated=_pairs(Counter(stated[row] for row in known).values()),
        right=_pairs(both.values()),
    )


def kindest(
    truth: Mapping[str, int], stated: Mapping[str, Hashable], looks: Mapping[str, Hashable]
) -> Mapping[str, int]:
    """The truth, with rows that show the same exchanged so that most pairs are right.

    Args:
        truth: Row to true call.
        stated: Row to the call it was put into.
        looks: Row to what it shows.
    """
    alike: defaultdict[Hashable, list[str]] = defaultdict(list)
    for row in truth:
        if row in stated:
            alike[looks[row]].append(row)
    crowds = [
        rows
        for rows in alike.values()
        if 1 < len(rows) <= MOST_EXCHANGED and len({truth[row] for row in rows}) > 1
    ]
    found = dict(truth)
    together = Counter((found[row], stated[row]) for row in found if row in stated)
    for _ in range(_ROUNDS):
        moved = [_exchange(rows, found, stated, together) for rows in crowds]
        if not any(moved):
            break
    return found


def _exchange(
    rows: Sequence[str],
    truth: dict[str, int],
    stated: Mapping[str, Hashable],
    together: Counter[tuple[int, Hashable]],
) -> bool:
    """Exchanges the true calls of rows that show the same, where more pairs are right then."""
    calls = [truth[row] for row in rows]
    for row in rows:
        together[truth[row], stated[row]] -= 1

    def gained(order: Sequence[int]) -> int:
        more: Counter[tuple[int, Hashable]] = Counter()
        right = 0
        for row, call in zip(rows, order, strict=True):
            key = call, stated[row]
            right += together[key] + more[key]
            more[key] += 1
        return right

    best = max(permutations(calls), key=lambda order: (gained(order), order == tuple(calls)))
    for row, call in zip(rows, best, strict=True):
        truth[row] = call
        together[call, stated[row]] += 1
    return list(best) != calls


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)
