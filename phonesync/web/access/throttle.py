"""How often a peer may be wrong, and a name: in memory, beside the lock that the store keeps of a user."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST = 10_000
"""Peers and names remembered; the one wrong longest ago makes room."""


class Throttle:
    """Counts wrong attempts within a stretch of time.

    Args:
        monotonic: Seconds that never go back.
        most: So many wrong ones are allowed within the stretch.
        within_s: Its length in seconds.
    """

    def __init__(self, monotonic: Callable[[], float], *, most: int, within_s: float) -> None:
        self._monotonic, self._most, self._within_s = monotonic, most, within_s
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def is_closed(self, key: str) -> bool:
        """Whether nothing more is looked at for now."""
        with self._lock:
            return len(self._recent(key)) >= self._most

    def wrong(self, key: str) -> None:
        """Counts a wrong attempt."""
        with self._lock:
            self._wrong[key] = [*self._recent(key), self._monotonic()][-self._most :]
            self._wrong.move_to_end(key)
            if len(self._wrong) > MOST:
                self._wrong.popitem(last=False)

    def right(self, key: str) -> None:
        """Forgets the wrong attempts."""
        with self._lock:
            self._wrong.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        since = self._monotonic() - self._within_s
        return [at for at in self._wrong.get(key, ()) if at > since]
