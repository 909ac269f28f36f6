"""Where the calls go that a phone sends on, learned from its forwarded rows. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from phonesync.calls.learned import Learned
from phonesync.calls.timing import Span, instant, whole
from phonesync.calls.values import Ringing, Row
from phonesync.model import ListName

PUT_THROUGH_S = 3.0
"""A phone rings so soon after another sent the call on, give or take what clocks leave open."""

FEWEST = 3
"""So many forwarded calls must have rung there."""

MOSTLY = 0.6
"""Such a share of the forwarded calls that rang anywhere must have rung there."""


def forwards(rows: Sequence[Row]) -> list[Learned]:
    """For each phone that forwards, the phone where its calls mostly ring next.

    Args:
        rows: Of all phones, of the last days, in any order, with what is known of their clocks.
    """
    ringing = _by_caller(rows)
    sent: defaultdict[str, list[tuple[float, frozenset[str]]]] = defaultdict(list)
    for row in rows:
        if row.list_name is not ListName.FORWARDED or not _tells_when(row):
            continue
        assert row.extension is not None
        stop = whole(row).stop
        targets = frozenset(_targets(row, stop, ringing))
        if targets:
            sent[row.extension].append((stop.low, targets))
    found = [_learned(extension, seen) for extension, seen in sorted(sent.items())]
    return [one for one in found if one is not None]


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


def _targets(row: Row, stop: Span, ringing: Mapping[str, Iterable[tuple[Span, str, str]]]) -> Iterator[str]:
    assert row.party is not None
    for start, phone, extension in ringing[row.party]:
        if phone != row.phone and start.meets(stop, PUT_THROUGH_S):
            yield extension
