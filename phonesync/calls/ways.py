"""In how many ways rows of one phone can be placed, and which of them all agree on. Pure.

The rows of one phone are of different calls. So they are placed together: the ways that place most of them
are held against what else is known, and only what the ways that are left agree on is done.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

MOST_WAYS = 400
"""So many ways are looked at; where there are more, nothing is decided."""


class Placeable(Protocol):
    """What can be told apart from others, or not."""

    @property
    def kind(self) -> Hashable:
        """Equal for two that nobody can tell apart."""
        ...


One = TypeVar("One", bound=Placeable)
Place = TypeVar("Place", bound=Placeable)
Way: TypeAlias = tuple[Place | None, ...]
"""For each row its place, or None."""


def _apart(_one: object, _other: object) -> bool:
    return False


def best_ways(
    batch: Sequence[One],
    choices: Sequence[Sequence[Place]],
    *,
    share: Callable[[One, One], bool] = _apart,
) -> list[Way[Place]]:
    """All ways to place as many rows as can be placed; none where there are none or too many.

    Args:
        batch: Rows of one phone.
        choices: For each of them the places it fits.
        share: Whether two rows may have one place.
    """
    ways: list[Way[Place]] = []
    for way in _ways(batch, choices, share, ()):
        ways.append(way)
        if len(ways) > MOST_WAYS:
            return []
    most = max(len(batch) - way.count(None) for way in ways)
    return [way for way in ways if len(batch) - way.count(None) == most] if most else []


def _ways(
    batch: Sequence[One],
    choices: Sequence[Sequence[Place]],
    share: Callable[[One, One], bool],
    begun: Way[Place],
) -> Iterator[Way[Place]]:
    index = len(begun)
    if index == len(batch):
        yield begun
        return
    for place in choices[index]:
        there = [batch[other] for other, taken in enumerate(begun) if taken is place]
        if all(share(batch[index], one) for one in there):
            yield from _ways(batch, choices, share, (*begun, place))
    yield from _ways(batch, choices, share, (*begun, None))


def prefer(ways: list[Way[Place]], good: Callable[[Way[Place]], bool]) -> list[Way[Place]]:
    """Of several ways those that are good, where some are and some are not."""
    if len(ways) < 2:  # noqa: PLR2004  there is nothing to prefer
        return ways
    return [way for way in ways if good(way)] or ways


def least(ways: list[Way[Place]], cost: Callable[[Way[Place]], int]) -> list[Way[Place]]:
    """Of several ways those that cost the least."""
    if len(ways) < 2:  # noqa: PLR2004  there is nothing to prefer
        return ways
    costs = [cost(way) for way in ways]
    lowest = min(costs)
    return [way for way, one in zip(ways, costs, strict=True) if one == lowest]


def agreed(ways: Sequence[Way[Place]], batch: Sequence[One]) -> list[tuple[One, Place]]:
    """What all ways agree in, where rows and places that nobody can tell apart count as the same."""
    if not ways:
        return []
    if len({_sign(way, batch) for way in ways}) == 1:
        return [(one, place) for one, place in zip(batch, ways[0], strict=True) if place is not None]
    found = []
    for index, one in enumerate(batch):
        place = ways[0][index]
        if place is not None and all(way[index] is place for way in ways):
            found.append((one, place))
    return found


def _sign(way: Way[Place], batch: Sequence[One]) -> frozenset[tuple[tuple[Hashable, Hashable], int]]:
    counted: dict[tuple[Hashable, Hashable], int] = {}
    for one, place in zip(batch, way, strict=True):
        pair = one.kind, None if place is None else place.kind
        counted[pair] = counted.get(pair, 0) + 1
    return frozenset(counted.items())
