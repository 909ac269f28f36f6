"""What was refused, logged once for each peer and reason, however often it is tried."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)

AGAIN_S = 3600.0
"""A peer that goes on is named again after so long, with how often it was refused since."""

MOST = 1000
"""Peers and reasons remembered; with more of them in an hour, the log tells so and names no further ones."""


class Refusals:
    """Tells the log of refusals.

    Args:
        monotonic: Seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._full_until = 0.0

    def add(self, peer: str, reason: str, **more: object) -> None:
        """Counts one refusal; logs it where it is the first of this peer for this reason.

        Args:
            peer: Address of whoever asked.
            reason: A fixed sentence: never anything the peer sent.
            more: Further fields of the log line; nothing secret.
        """
        now = self._monotonic()
        known = self._known.get((peer, reason))
        if known is not None and now - known[0] < AGAIN_S:
            known[1] += 1
            return
        if known is None and not self._has_room(now):
            return
        if known is not None and known[1]:
            more["times_since"] = int(known[1])
        self._known[peer, reason] = [now, 0]
        self._known.move_to_end((peer, reason))
        _log.warning("refused", peer=peer, reason=reason, **more)

    def _has_room(self, now: float) -> bool:
        while self._known and now - next(iter(self._known.values()))[0] >= AGAIN_S:
            self._known.popitem(last=False)
        if len(self._known) < MOST:
            return True
        if now >= self._full_until:
            self._full_until = now + AGAIN_S
            _log.warning("refused", reason="Very many peers are refused; further ones are not named.")
        return False
