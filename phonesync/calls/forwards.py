"""Where the calls go that a phone sends on, learned from its forwarded rows. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from phonesync.calls.learned import Learned
from phonesync.calls.linking import LATER_S, is_sent_on
from phonesync.calls.pairs import FEWEST_CALLERS
from phonesync.calls.steps import EXACT_S, EXACT_WIDTH_S, gap, holds
from phonesync.calls.timing import Span, instant, whole
from phonesync.calls.values import Ringing, Row
from phonesync.model import ListName

RINGS_NEXT_S = 3.0
"""A phone rings so soon after another sent the call on, give or take what clocks leave open."""

FEWEST = 3
"""So many forwarded calls must have rung there."""

MOSTLY = 0.6
"""Such a share of the forwarded calls that rang anywhere must have rung there."""

FEWEST_LATER = 5
"""The same of calls that rang there only later: people who call again do that too, if never so regularly."""

MOSTLY_LATER = 0.8
"""And such a share of the calls that rang anywhere later."""


def forwards(rows: Sequence[Row]) -> list[Learned]:
    """For each phone that forwards, where its calls mostly ring next, and where they ring some time later.

    What does not ring at once may ring at a phone that shows nothing of what it sends on: where the call is
    seen again a constant time later, that is learned with the time.

    Args:
        rows: Of all phones, of the last days, in any order, with what is known of their clocks.
    """
    ringing = _by_caller(rows)
    at_once: defaultdict[str, list[tuple[float, frozenset[str]]]] = defaultdict(list)
    late: defaultdict[str, list[_Late]] = defaultdict(list)
    for row in rows:
        if not is_sent_on(row) or not _tells_when(row):
            continue
        assert row.extension is not None
        stop = whole(row).stop
        seen = list(_rang_after(row, stop, ringing))
        targets = frozenset(extension for extension, between in seen if holds(between, RINGS_NEXT_S))
        if targets:
            at_once[row.extension].append((stop.low, targets))
        else:
            late[row.extension] += _later(row, stop, seen)
    found = [_learned_late(extension, seen) for extension, seen in sorted(late.items())]
    found += [_learned(extension, seen) for extension, seen in sorted(at_once.items())]
    # Of one phone's calls that ring at another both at once and later, the first is learned.
    return list({one.members: one for one in found if one is not None}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """A call that rang again only some time after a phone had sent it on.

    Attributes:
        at: When it was sent on, POSIX seconds.
        party: The caller, in canonical form.
        target: The extension where it rang again.
        wait_s: How much later, seconds.
    """

    at: float
    party: str
    target: str
    wait_s: float


def _later(row: Row, stop: Span, seen: Iterable[tuple[str, Span]]) -> Iterator[_Late]:
    """Where it was seen again, of phones that tell to seconds."""
    assert row.party is not None
    for extension, between in seen:
        wait_s = (between.low + between.high) / 2
        if between.width <= EXACT_WIDTH_S and 0 < wait_s <= LATER_S:
            yield _Late(at=stop.low, party=row.party, target=extension, wait_s=wait_s)


def _learned(extension: str, seen: Sequence[tuple[float, frozenset[str]]]) -> Learned | None:
    counted = Counter(target for _, targets in seen for target in targets)
    target, number = min(counted.items(), key=lambda one: (-one[1], one[0]))
    if number < FEWEST or number < MOSTLY * len(seen):
        return None
    times = sorted(at for at, targets in seen if target in targets)
    return Learned(
        ringing=Ringing.FORWARD,
        members=(extension, target),
        seen=number,
        since=instant(times[0]),
        until=instant(times[-1]),
    )


def _learned_late(extension: str, seen: Sequence[_Late]) -> Learned | None:
    if not seen:
        return None
    counted = Counter(one.target for one in seen)
    target = min(counted, key=lambda one: (-counted[one], one))
    there = [one for one in seen if one.target == target]
    usual = median(one.wait_s for one in there)
    shown = [one for one in there if abs(one.wait_s - usual) <= EXACT_S]
    times = {one.at for one in shown}
    if len(times) < max(FEWEST_LATER, MOSTLY_LATER * len({one.at for one in seen})):
        return None
    if len({one.party for one in shown}) < FEWEST_CALLERS:
        return None
    return Learned(
        ringing=Ringing.FORWARD,
        members=(extension, target),
        step_s=round(usual, 1),
        seen=len(times),
        since=instant(min(times)),
        until=instant(max(times)),
    )


_RINGS = frozenset({ListName.RECEIVED, ListName.MISSED, ListName.FORWARDED})
"""Who sent a call on again rang for it too."""


def _tells_when(row: Row) -> bool:
    """It says who called whom and when, for one call."""
    known = row.party is not None and row.extension is not None
    return (
        known and row.timed and row.count == 1 and not row.uncertain and (row.heard or row.clock is not None)
    )


def _by_caller(rows: Iterable[Row]) -> dict[str, list[tuple[Span, str, str]]]:
    """Starts, phones and extensions of rows that ring for a caller."""
    found: defaultdict[str, list[tuple[Span, str, str]]] = defaultdict(list)
    for row in rows:
        if row.list_name in _RINGS and _tells_when(row):
            assert row.party is not None
            assert row.extension is not None
            found[row.party].append((whole(row).start, row.phone, row.extension))
    return found


def _rang_after(
    row: Row, stop: Span, ringing: Mapping[str, Iterable[tuple[Span, str, str]]]
) -> Iterator[tuple[str, Span]]:
    """Extensions that rang for the caller of a row, each with how long after it stopped ringing here."""
    assert row.party is not None
    for start, phone, extension in ringing[row.party]:
        if phone != row.phone:
            yield extension, gap(stop, start)
