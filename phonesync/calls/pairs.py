"""What speaks for two phones ringing together, and for one ringing after the other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

from phonesync.calls.episodes import TOGETHER_S, Ring
from phonesync.calls.learned import most_alike
from phonesync.calls.timing import Span

FEWEST_SHARP = 3
"""Calls that show it, where seconds tell."""

FEWEST_COARSE = 8
"""The same, where they do not."""

FEWEST_CALLERS = 2
"""Different callers that show it."""

STOPPED_S = 1.0
"""Phones that rang together, and of which none answered, stop within so many seconds."""

CONSTANT_SHARE = 0.5
"""The time between two phones is constant where it is the same so often at least."""

SELDOM = 0.1
"""What does not fit so often at most may be noise."""

COMMON = 0.15
"""Of the calls that ring a phone, those that ring the other too; fewer are picked up, or dialled again."""

FEWEST_ANSWERS = 2
"""Each answers so many of the calls that ring both, where they ring together."""

ALIKE = 0.2
"""Of phones that ring together, the one answers so many at least, for each that the other answers."""


@dataclass(slots=True)
class Pair:
    """Two extensions that rang for one caller within minutes; "one" and "other" in the order of their names.

    Attributes:
        sharp: Calls for which both began, or stopped, within seconds.
        both: Other calls that rang each of them once.
        apart: Of these, those for which they cannot have rung together.
        answered: Of these, those that the one and the other answered.
        lost: Of these, those that neither answered.
        mute: Of the one and the other: nothing says when they rang where they answered.
        callers: Who called.
        begins: From the start of the one to that of the other.
        stops: From the end of the one's ringing to that of the other's, nobody having answered.
        hands: From the end of the one's ringing to the start of the other's.
        hands_back: The same the other way round.
    """

    sharp: int = 0
    both: int = 0
    apart: int = 0
    answered: tuple[int, int] = (0, 0)
    lost: int = 0
    mute: tuple[bool, bool] = (False, False)
    callers: set[str] = field(default_factory=set)
    begins: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    hands: list[float] = field(default_factory=list)
    hands_back: list[float] = field(default_factory=list)

    def is_sharp(self) -> bool:
        """They ring together, and seconds show it."""
        return self._is_met() and self.sharp >= FEWEST_SHARP and self.sharp > self.apart

    def is_likely(self, rings: int) -> bool:
        """They may ring together, and nothing speaks against it.

        Args:
            rings: Calls that rang the one of them that rang less often.
        """
        seen = self.sharp + self.both
        return (
            self._is_met()
            and seen >= FEWEST_COARSE
            and seen >= COMMON * rings
            and self.apart <= SELDOM * seen
            and self.by_times() == 0
        )

    def is_proven(self) -> bool:
        """Each answers calls that ring both: so neither rings only because the other did not answer."""
        heard = [answers for answers, mute in zip(self.answered, self.mute, strict=True) if not mute]
        return bool(heard) and min(heard) >= max(FEWEST_ANSWERS, ALIKE * max(heard))

    def order(self, rings: int) -> int:
        """1 where the other rings after the one, -1 where before it, 0 where nothing shows either.

        Args:
            rings: Calls that rang the one of them that rang less often.
        """
        if not self._is_met():
            return 0
        timed = self.by_times()
        if timed or self.both < FEWEST_COARSE or self.both < COMMON * rings or any(self.mute):
            return timed
        one, other = self.answered
        if one <= SELDOM * self.both and other >= FEWEST_ANSWERS and other * SELDOM >= one:
            return 1
        if other <= SELDOM * self.both and one >= FEWEST_ANSWERS and one * SELDOM >= other:
            return -1
        return 0

    def by_times(self) -> int:
        """The same, from times alone."""
        if not self.lost and self.both < FEWEST_COARSE:
            return 0  # whoever answers each time may pick up what rings at the other
        for delays in (self.begins, self.stops):
            constant = _constant(delays)
            if constant is not None and abs(constant) > 2 * TOGETHER_S:
                return 1 if constant > 0 else -1
        for delays, order in ((self.hands, 1), (self.hands_back, -1)):
            constant = _constant(delays)
            if constant is not None and abs(constant) <= TOGETHER_S:
                return order
        return 0

    def _is_met(self) -> bool:
        return len(self.callers) >= FEWEST_CALLERS


Pairs = dict[tuple[str, str], Pair]
"""By both extensions, sorted."""


@dataclass(frozen=True, slots=True)
class Kinship:
    """Which extensions ring together, and which one after another.

    Attributes:
        together: Pairs, sorted.
        after: Pairs of which the second rings after the first.
    """

    together: frozenset[tuple[str, str]]
    after: frozenset[tuple[str, str]]


def kinship(heard: Iterable[Sequence[Ring]], mute: Collection[str] = ()) -> Kinship:
    """What episodes say of each two extensions.

    Args:
        heard: What rang for one caller within minutes, each.
        mute: Extensions of which nothing says when they rang where they answered.
    """
    pairs: Pairs = {}
    rings: Counter[str] = Counter()
    for episode in heard:
        _count(pairs, rings, episode)
    sharp, likely, proven, after = set(), set(), set(), set()
    for (one, other), pair in pairs.items():
        pair.mute = (one in mute, other in mute)
        fewer = min(rings[one], rings[other])
        if pair.is_sharp():
            sharp.add((one, other))
        elif pair.is_likely(fewer):
            likely.add((one, other))
            if pair.is_proven():
                proven.add((one, other))
        order = pair.order(fewer)
        if order:
            after.add((one, other) if order > 0 else (other, one))
    together = _linked(sharp | proven, likely)
    return Kinship(
        together=together,
        after=frozenset(pair for pair in after if key(*pair) not in together),
    )


def key(one: str, other: str) -> tuple[str, str]:
    """A pair, sorted."""
    return (one, other) if one < other else (other, one)


def _linked(proven: set[tuple[str, str]], likely: set[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The proven pairs, and the likely ones of which both ring with a third."""
    kin: dict[str, set[str]] = {}
    for one, other in proven:
        kin.setdefault(one, set()).add(other)
        kin.setdefault(other, set()).add(one)
    nobody: set[str] = set()
    shared = {pair for pair in likely if kin.get(pair[0], nobody) & kin.get(pair[1], nobody)}
    return frozenset(proven | shared)


def _count(pairs: Pairs, rings: Counter[str], episode: Sequence[Ring]) -> None:
    by_extension: dict[str, list[Ring]] = {}
    for ring in episode:
        by_extension.setdefault(ring.extension, []).append(ring)
    rings.update(by_extension.keys())
    for one, other in combinations(sorted(by_extension), 2):
        _compare(pairs.setdefault((one, other), Pair()), by_extension[one], by_extension[other])


def _compare(pair: Pair, ours: Sequence[Ring], theirs: Sequence[Ring]) -> None:
    sharp = sum(any(_together_sharply(one, other) for other in theirs) for one in ours)
    if sharp:
        pair.sharp += sharp
    elif len(ours) > 1 or len(theirs) > 1:
        return  # a caller who rang several times: nobody can tell which belong together
    else:
        pair.both += 1
        _note(pair, ours[0], theirs[0])
    pair.callers.add(ours[0].party)


def _note(pair: Pair, one: Ring, other: Ring) -> None:
    pair.apart += _apart(one, other)
    pair.answered = (pair.answered[0] + bool(one.answered), pair.answered[1] + bool(other.answered))
    pair.lost += not one.answered and not other.answered
    first = one if _middle(one.start) <= _middle(other.start) else other
    if one.is_sharp and other.is_sharp and not first.answered:
        pair.begins.append(_middle(other.start) - _middle(one.start))
    if _given_up(one) and _given_up(other):
        pair.stops.append(_middle(other.stop) - _middle(one.stop))
    if _given_up(one) and other.is_sharp:
        pair.hands.append(_middle(other.start) - _middle(one.stop))
    if _given_up(other) and one.is_sharp:
        pair.hands_back.append(_middle(one.start) - _middle(other.stop))


def _together_sharply(one: Ring, other: Ring) -> bool:
    if one.is_sharp and other.is_sharp:
        return one.start.meets(other.start, TOGETHER_S)
    # One that answered proves nothing by its end: in a hunt list it may have answered at once.
    given_up = _given_up(one) and _given_up(other)
    return given_up and one.stop.meets(other.stop, STOPPED_S) and one.start.meets(other.start, TOGETHER_S)


def _apart(one: Ring, other: Ring) -> bool:
    """They cannot have begun together, or stopped at different times though nobody answered either."""
    if not one.start.meets(other.start, TOGETHER_S):
        return True
    return _given_up(one) and _given_up(other) and not one.stop.meets(other.stop, TOGETHER_S)


def _given_up(ring: Ring) -> bool:
    """Nobody answered it, and the end of its ringing is known to seconds."""
    return ring.answered is False and ring.stops_sharply


def _middle(span: Span) -> float:
    return (span.low + span.high) / 2


def _constant(delays: Sequence[float]) -> float | None:
    """The time between two phones, where it is mostly the same."""
    alike = most_alike(delays)
    if alike < FEWEST_SHARP or alike < CONSTANT_SHARE * len(delays):
        return None
    return median(delays)
