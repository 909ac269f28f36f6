"""What people put together and apart by hand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phonesync.calls.values import Apart, Together


class Marks:
    """Hand-made marks, asked for pairs of entries.

    Args:
        marks: Oldest first; of two that speak of one pair of entries the later one holds.
    """

    def __init__(self, marks: Sequence[Apart | Together]) -> None:
        self._marks = tuple(reversed(marks))

    def keep_apart(self, ones: Iterable[str], others: Iterable[str]) -> bool:
        """Whether any of the entries is kept apart by hand from any of the others."""
        if not self._marks:
            return False
        others = list(others)
        return any(self._verdict(one, other) is False for one in ones for other in others)

    def unions(self, here: Iterable[str]) -> list[frozenset[str]]:
        """Sets of entries, of those that are here, that are put together by hand, oldest mark first."""
        present = frozenset(here)
        found = []
        for mark in reversed(self._marks):
            if isinstance(mark, Together):
                some = mark.entries & present
                if len(some) > 1 and not self.keep_apart(some, some):
                    found.append(some)
        return found

    def _verdict(self, one: str, other: str) -> bool | None:
        """True: together; False: apart; None: nobody said so."""
        for mark in self._marks:
            if isinstance(mark, Together):
                if one in mark.entries and other in mark.entries:
                    return True
            elif (one in mark.one and other in mark.other) or (other in mark.one and one in mark.other):
                return False
        return None
