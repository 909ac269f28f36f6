"""Which phone is read next: a heap of due times, and among the due ones the nearest deadline first. Pure.

A phone waits in one heap until it is due and then stands in a second one, ordered by deadline: where places
are scarce, the phone whose list overflows first is served first. Phones that failed lately stand in a lane
of their own, so that waiting for them never takes the places of those that answer. One phone costs some
hundred bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from random import Random

from phonesync.agent.values import Due
from phonesync.store.records import PhoneState

_STALE_ALLOWED = 64


class Schedule:
    """Phones by the instant they are due; every method takes the present instant as an argument."""

    def __init__(self) -> None:
        self._dues: dict[str, tuple[int, Due]] = {}
        self._turn = 0
        self._waiting: list[tuple[datetime, int, str]] = []
        self._fast: list[tuple[datetime, int, str]] = []
        self._slow: list[tuple[datetime, int, str]] = []

    def __len__(self) -> int:
        return len(self._dues)

    def __contains__(self, name: str) -> bool:
        return name in self._dues

    def put(self, name: str, due: Due) -> None:
        """Plans a phone's next read in place of any read planned before."""
        self._turn += 1
        self._dues[name] = (self._turn, due)
        heapq.heappush(self._waiting, (due.at, self._turn, name))
        self._compact()

    def remove(self, name: str) -> None:
        """Forgets a phone; one that is not planned is none of our business and stays so."""
        self._dues.pop(name, None)

    def retain(self, names: Collection[str]) -> None:
        """Forgets every phone but the named ones."""
        for name in [name for name in self._dues if name not in names]:
            self.remove(name)

    def due_of(self, name: str) -> Due | None:
        """The read planned for a phone, or None."""
        found = self._dues.get(name)
        return None if found is None else found[1]

    def waits(self, now: datetime) -> list[float]:
        """How long each read that is due has waited, seconds; phones that failed lately are left out."""
        return [
            (now - due.at).total_seconds() for _, due in self._dues.values() if due.at < now and not due.slow
        ]

    def next_at(self) -> datetime | None:
        """The earliest instant at which a phone is due, or None where none is planned."""
        planned = [heap[0] for heap in (self._fast, self._slow) if self._top(heap)]
        instants = [self._dues[name][1].at for _, _, name in planned]
        if self._top(self._waiting):
            instants.append(self._waiting[0][0])
        return min(instants, default=None)

    def take(self, now: datetime, *, fast: bool = True, slow: bool = True) -> tuple[str, Due] | None:
        """Takes out the due phone with the nearest deadline.

        Args:
            now: The present instant, UTC.
            fast: There is a place for a phone that answers.
            slow: There is a place for one that failed lately.

        Returns:
            Its name and what was planned, or None where no phone is due that there is a place for.
        """
        self._ripen(now)
        open_lanes = [heap for heap, place in ((self._fast, fast), (self._slow, slow)) if place]
        filled = [heap for heap in open_lanes if self._top(heap)]
        if not filled:
            return None
        _, _, name = heapq.heappop(min(filled, key=lambda heap: heap[0]))
        return name, self._dues.pop(name)[1]

    def _ripen(self, now: datetime) -> None:
        while self._top(self._waiting) and self._waiting[0][0] <= now:
            _, turn, name = heapq.heappop(self._waiting)
            due = self._dues[name][1]
            heapq.heappush(self._slow if due.slow else self._fast, (due.deadline, turn, name))

    def _top(self, heap: list[tuple[datetime, int, str]]) -> bool:
        """Drops what was planned anew or forgotten from the top; tells whether anything is left."""
        while heap and self._dues.get(heap[0][2], (0, None))[0] != heap[0][1]:
            heapq.heappop(heap)
        return bool(heap)

    def _compact(self) -> None:
        """Rebuilds the first heap once most of it is out of date, so that memory follows the phones."""
        if len(self._waiting) <= 2 * len(self._dues) + _STALE_ALLOWED:
            return
        live = {turn for turn, _ in self._dues.values()}
        self._waiting = [item for item in self._waiting if item[1] in live]
        heapq.heapify(self._waiting)


def spread(
    states: Iterable[PhoneState],
    *,
    now: datetime,
    places: int,
    rng: Random,
    polls: dict[str, timedelta],
    changed: Collection[str] = (),
) -> dict[str, Due]:
    """The first plan after a start: overdue phones follow one another instead of all coming at once.

    Never-read phones come first, then the overdue ones by deadline, as many a second as there are places;
    the others keep the instant they had, unless the longest time between two reads was made shorter.

    Args:
        states: What the store remembers of each phone that is to be read.
        now: The present instant, UTC.
        places: Reads that may run at once.
        rng: Where the jitter comes from.
        polls: Name to the longest time between two reads.
        changed: Phones that are reached in another way now: they are overdue, whatever they waited for.
    """
    plan: dict[str, Due] = {}
    overdue: list[tuple[bool, datetime, PhoneState]] = []
    for state in states:
        at = now if state.name in changed else _kept_instant(state, polls[state.name], now)
        slow = state.failures > 0 and state.name not in changed
        if at > now:
            plan[state.name] = Due(at=at, deadline=at, slow=slow)
        else:
            overdue.append((state.last_read is not None, at, state))
    overdue.sort(key=lambda item: (item[0], item[1], item[2].name))
    for rank, (_, deadline, state) in enumerate(overdue):
        at = now + timedelta(seconds=(rank + rng.random()) / places)
        slow = state.failures > 0 and state.name not in changed
        plan[state.name] = Due(at=at, deadline=deadline, slow=slow)
    return plan


def _kept_instant(state: PhoneState, poll: timedelta, now: datetime) -> datetime:
    """The instant a phone was due before the start; ``now`` where it never was planned."""
    at = state.next_due or now
    if state.failures == 0 and state.last_read is not None:
        return min(at, state.last_read + poll)
    return at
