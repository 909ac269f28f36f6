"""Hunt lists, learned from phones of which one rings for a caller only after the other did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from phonesync.calls.episodes import Ring
from phonesync.calls.learned import Learned, most_alike
from phonesync.calls.pairs import CONSTANT_SHARE, FEWEST_SHARP, Kinship
from phonesync.calls.timing import Span, instant
from phonesync.calls.values import Ringing


@dataclass(frozen=True, slots=True, eq=False)
class _Hunt:
    """One call that went from phone to phone: what rang, by extension."""

    rang: Mapping[str, Ring]

    @property
    def at(self) -> float:
        return min(ring.start.low for ring in self.rang.values())


def hunts(heard: Iterable[Sequence[Ring]], kin: Kinship) -> list[Learned]:
    """The hunt lists that episodes show.

    Args:
        heard: What rang for one caller within minutes, each.
        kin: Which extensions ring after which.
    """
    by_members: dict[frozenset[str], list[_Hunt]] = {}
    for hunt in (_hunt(episode, kin) for episode in heard):
        if hunt is not None:
            by_members.setdefault(frozenset(hunt.rang), []).append(hunt)
    follows = _closure(kin.after)
    found: list[frozenset[str]] = []
    for members in sorted(
        {_grown(some, kin) for some in by_members}, key=lambda some: (-len(some), sorted(some))
    ):
        if not any(members <= longer for longer in found) and _is_ordered(members, follows):
            found.append(members)
    learned = []
    for members in found:
        shown = [hunt for some in by_members if some <= members for hunt in by_members[some]]
        if len(shown) >= FEWEST_SHARP:
            learned.append(_learned(members, follows, shown))
    return learned


def _hunt(episode: Sequence[Ring], kin: Kinship) -> _Hunt | None:
    """The episode as one call that went from phone to phone, or None where it was something else."""
    rang = {ring.extension: ring for ring in episode}
    if len(rang) < 2 or len(rang) < len(episode):  # noqa: PLR2004  one phone is no list
        return None
    if any(pair in kin.together for pair in combinations(sorted(rang), 2)):
        return None
    followed = {extension for pair in kin.after for extension in pair if set(pair) <= rang.keys()}
    return _Hunt({extension: rang[extension] for extension in sorted(followed)}) if followed else None


def _closure(after: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Extension to all that ring after it, directly or after others that do."""
    direct: dict[str, set[str]] = {}
    for one, other in after:
        direct.setdefault(one, set()).add(other)
    found = {}
    for one in direct:
        reached: set[str] = set()
        waiting = [one]
        while waiting:
            following = direct.get(waiting.pop(), set()) - reached
            reached |= following
            waiting += following
        found[one] = frozenset(reached)
    return found


def _is_ordered(members: frozenset[str], follows: Mapping[str, frozenset[str]]) -> bool:
    """Of each two, one rings after the other, and not the other way round too."""
    nobody: frozenset[str] = frozenset()
    return all(
        (one in follows.get(other, nobody)) != (other in follows.get(one, nobody))
        for one, other in combinations(members, 2)
    )


def _grown(members: frozenset[str], kin: Kinship) -> frozenset[str]:
    """The members, and whoever rings before or after each of them."""
    near = [{one for pair in kin.after if member in pair for one in pair} for member in members]
    chosen = set(members)
    for one in sorted(set.intersection(*near) - members):
        if all((one, other) in kin.after or (other, one) in kin.after for other in chosen):
            chosen.add(one)
    return frozenset(chosen)


def _learned(
    members: frozenset[str], follows: Mapping[str, frozenset[str]], shown: Sequence[_Hunt]
) -> Learned:
    order = tuple(sorted(members, key=lambda one: (-len(follows.get(one, frozenset()) & members), one)))
    times = [instant(hunt.at) for hunt in shown]
    steps = [step for hunt in shown for step in _steps(hunt, order)]
    known = bool(steps) and most_alike(steps) >= CONSTANT_SHARE * len(steps)
    return Learned(
        ringing=Ringing.IN_TURN,
        members=order,
        step_s=round(median(steps), 1) if known else None,
        seen=len(shown),
        since=min(times),
        until=max(times),
    )


def _steps(hunt: _Hunt, order: Sequence[str]) -> Iterator[float]:
    """Seconds from one phone's turn to the next one's, from each two neighbours whose times tell."""
    rang = [hunt.rang[extension] for extension in order if extension in hunt.rang]
    for one, other in pairwise(rang):
        if one.answered:
            continue
        if one.is_sharp and other.is_sharp:
            yield _middle(other.start) - _middle(one.start)
        elif one.stops_sharply and other.stops_sharply and other.answered is False:
            yield _middle(other.stop) - _middle(one.stop)


def _middle(span: Span) -> float:
    return (span.low + span.high) / 2
