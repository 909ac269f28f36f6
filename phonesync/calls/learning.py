"""Groups of phones, learned from which of them ring for one caller, and when. Pure.

Phones ring together where they begin, or stop, within seconds of one another, again and again and for
different callers; phones of a hunt list begin a constant time after one another. A phone that was talking,
or whose lists are not proven, says nothing against either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from phonesync.calls.episodes import TOGETHER_S, Excuses, Ring, episodes, mute
from phonesync.calls.forwards import forwards
from phonesync.calls.group_numbers import numbers_of
from phonesync.calls.hunting import hunts
from phonesync.calls.learned import Learned, Sighting
from phonesync.calls.pairs import FEWEST_CALLERS, FEWEST_SHARP, SELDOM, Kinship, key, kinship
from phonesync.calls.timing import instant
from phonesync.calls.values import Ringing, Row

LARGELY = 2 / 3
"""Some call must have made more than this share of a group ring."""


def learn(
    rows: Sequence[Row], unproven: Mapping[str, Iterable[tuple[float, float]]] | None = None
) -> tuple[Learned, ...]:
    """The groups that rows show, by ringing and members.

    Args:
        rows: Of all phones, of the last days, in any order, with what is known of their clocks.
        unproven: Stretches in which an extension's lists are not proven, POSIX seconds, by extension.
    """
    heard, excuses = list(episodes(rows)), Excuses(rows, unproven or {})
    kin = kinship(heard, mute(rows))
    seen = [sighting for episode in heard for sighting in _sightings(episode, kin)]
    together = _together(seen, _firm(seen, kin, excuses), excuses)
    found = [*together, *hunts(heard, kin), *forwards(rows)]
    numbers = numbers_of(rows, seen, [one.members for one in together])
    named = [replace(one, number=numbers.get(one.members)) for one in found]
    return tuple(sorted(named, key=lambda one: (one.ringing, one.members)))


def _sightings(episode: Sequence[Ring], pairs: Kinship) -> list[Sighting]:
    """Which phones one call made ring together; several where the caller called several times."""
    parts: list[list[Ring]] = []
    for ring in episode:
        part = next((part for part in parts if _fits(ring, part, pairs)), None)
        if part is None:
            parts.append([ring])
        else:
            part.append(ring)
    near = frozenset(ring.extension for ring in episode)
    return [
        Sighting(
            members=frozenset(ring.extension for ring in part),
            near=near,
            party=part[0].party,
            start=min((ring.start for ring in part), key=lambda start: start.width),
        )
        for part in parts
        if len(part) > 1
    ]


def _fits(ring: Ring, part: Sequence[Ring], pairs: Kinship) -> bool:
    return all(
        ring.extension != other.extension
        and ring.start.meets(other.start, TOGETHER_S)
        and key(ring.extension, other.extension) in pairs.together
        for other in part
    )


def _firm(seen: Sequence[Sighting], pairs: Kinship, excuses: Excuses) -> Mapping[str, frozenset[str]]:
    """Extension to those that mostly ring where it rings, or where it rings themselves, with others."""
    kin: dict[str, set[str]] = {}
    for one, other in pairs.together:
        kin.setdefault(one, set()).add(other)
        kin.setdefault(other, set()).add(one)
    together: Counter[tuple[str, str]] = Counter()
    without: Counter[tuple[str, str]] = Counter()
    for sighting in seen:
        for member in sighting.members:
            for other in kin[member]:
                if other in sighting.members:
                    together[member, other] += 1
                elif other not in sighting.near and not excuses.excused(other, sighting.at):
                    without[member, other] += 1
    return {
        one: frozenset(
            other for other in others if together[one, other] > min(without[one, other], without[other, one])
        )
        for one, others in kin.items()
    }


def _together(seen: Sequence[Sighting], kin: Mapping[str, frozenset[str]], excuses: Excuses) -> list[Learned]:
    by_members: dict[frozenset[str], list[Sighting]] = {}
    for sighting in seen:
        by_members.setdefault(sighting.members, []).append(sighting)
    likely = {_grown(members, kin) for members in by_members}
    found: dict[frozenset[str], list[Sighting]] = {}
    for members in sorted(likely, key=lambda some: (-len(some), sorted(some))):
        shown = [
            sighting
            for some, sightings in by_members.items()
            if some <= members
            for sighting in sightings
            if _explains(members, sighting, excuses)
        ]
        if _convinces(members, shown):
            found[members] = shown
    explained = {id(sighting) for shown in found.values() for sighting in shown}
    for members, sightings in by_members.items():
        left = [sighting for sighting in sightings if id(sighting) not in explained]
        often = len(left) > SELDOM * len(_seen_around(members, found))
        if members not in found and often and _convinces(members, left):
            found[members] = left
    return [_learned(members, shown) for members, shown in found.items()]


def _seen_around(members: frozenset[str], found: Mapping[frozenset[str], list[Sighting]]) -> list[Sighting]:
    """The sightings of the smallest group that holds all of these members and more."""
    around = [some for some in found if members < some]
    return found[min(around, key=lambda some: (len(some), sorted(some)))] if around else []


def _grown(members: frozenset[str], kin: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The members that are kin to one another, and whoever is kin to all of them."""
    chosen: list[str] = []
    ordered = sorted(members, key=lambda one: (-len(kin[one] & members), one))
    around = sorted(frozenset.union(*(kin[one] for one in members)) - members)
    for one in [*ordered, *around]:
        if all(other in kin[one] for other in chosen):
            chosen.append(one)
    return frozenset(chosen)


def _explains(members: frozenset[str], sighting: Sighting, excuses: Excuses) -> bool:
    """Whether the group was called then: whoever of it did not ring need not have rung."""
    return all(excuses.excused(one, sighting.at) for one in members - sighting.near)


def _convinces(members: frozenset[str], shown: Sequence[Sighting]) -> bool:
    return (
        len(members) > 1
        and len(shown) >= FEWEST_SHARP
        and len({sighting.party for sighting in shown}) >= FEWEST_CALLERS
        and any(len(sighting.members) > LARGELY * len(members) for sighting in shown)
    )


def _learned(members: frozenset[str], shown: Sequence[Sighting]) -> Learned:
    times: list[datetime] = [instant(sighting.at) for sighting in shown]
    return Learned(
        ringing=Ringing.TOGETHER,
        members=tuple(sorted(members)),
        seen=len(shown),
        since=min(times),
        until=max(times),
    )
