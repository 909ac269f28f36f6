"""How often programs and people may ask the API: a bucket of tokens for each session, token and address.

Kept in memory: a restart begins anew. Whoever signs in wrongly too often is stopped elsewhere
(:mod:`phonesync.web.access.doorkeeper`).
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request

from phonesync.web import problem_json
from phonesync.web.access.identifying import PLAIN_COOKIE, SECURE_COOKIE
from phonesync.web.app import peer_of
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 10_000
"""Buckets remembered; the one used longest ago makes room: it is full again by then."""

PEER_SHARE = 10
"""One address may ask so many times as often as one session: an office may stand behind it."""

TOO_MANY = 429


class Buckets:
    """Buckets that fill again with time.

    Args:
        monotonic: Seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, per_minute: int) -> float:
        """Takes one token.

        Args:
            key: Whose bucket.
            per_minute: Tokens that flow in each minute, and that it holds.

        Returns:
            0.0, or how many seconds to wait where none was left.
        """
        now = self._monotonic()
        with self._lock:
            left, at = self._left.get(key, (float(per_minute), now))
            left = min(left + (now - at) * per_minute / 60, float(per_minute))
            wait = 0.0 if left >= 1 else (1 - left) * 60 / per_minute
            self._left[key] = (left if wait else left - 1, now)
            self._left.move_to_end(key)
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        return wait


class RateLimits:
    """The middleware; only addresses of the API are counted.

    Args:
        app: What stands behind it.
        buckets: Of the site.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self._app, self._buckets = app, buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request pass, or says when to come again."""
        if scope["type"] == "http" and scope["path"].startswith(problem_json.API):
            request = Request(scope)
            most = ground_of(request).config().access.journal.api_per_minute
            wait = max(self._buckets.take(key, times * most) for key, times in _keys(request))
            if wait:
                answer = problem_json.answer(
                    TOO_MANY,
                    detail=f"More than {most} questions in a minute.",
                    hint="Ask again when Retry-After says.",
                    headers={"Retry-After": str(math.ceil(wait))},
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _keys(request: Request) -> Iterator[tuple[str, int]]:
    """Whose buckets a request takes from, and how many times as large each is."""
    peer = peer_of(request)
    secret = (
        request.headers.get("authorization")
        or request.cookies.get(SECURE_COOKIE)
        or request.cookies.get(PLAIN_COOKIE)
    )
    if secret:
        yield hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest(), 1
        yield f"all of {peer}", PEER_SHARE
    else:
        yield f"nobody at {peer}", 1
