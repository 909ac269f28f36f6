"""What somebody did lately, so that the audit log tells each thing once and not with every request."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

REMEMBERED = 5000
"""Things that are remembered at most; the one seen longest ago is forgotten first, and noted again then."""


class Lately:
    """Remembers when things were done, in this process alone: after a restart each is new once more.

    Args:
        monotonic: Seconds that never run backwards.
        again_s: So many seconds later a thing is new again.
        slides: They count from the last time it was done; else from when it was new.
    """

    def __init__(self, monotonic: Callable[[], float], *, again_s: float, slides: bool) -> None:
        self._monotonic, self._again_s, self._slides = monotonic, again_s, slides
        self._at: dict[Hashable, float] = {}
        self._lock = Lock()

    def is_new(self, *what: Hashable, always: bool = False) -> bool:
        """Whether something is to be noted; from then on it is known.

        Args:
            what: Who did what to what.
            always: It is, whenever it was done before.
        """
        now = self._monotonic()
        with self._lock:
            last = self._at.get(what)
            found = always or last is None or now - last > self._again_s
            if found or self._slides:
                self._at.pop(what, None)
                self._at[what] = now
            while len(self._at) > REMEMBERED:
                del self._at[next(iter(self._at))]
        return found

    def forget(self, *what: Hashable) -> None:
        """It was not done after all."""
        with self._lock:
            self._at.pop(what, None)
