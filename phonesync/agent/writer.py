"""One thread in front of the synchronous store, so that the event loop never waits for a disk.

What may not be lost is handed to :meth:`StoreWriter.keep`: while the store is locked or away it is held and
tried again, which is said once when it begins and once when it is over. What is held is bounded by the reads
in hand: a poll ends with its commit, so no more can wait here than polls may run at once.
"""

from __future__ import annotations

import asyncio
import math
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from phonesync.errors import StaleState, StoreBusy

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

RETRY_S = (0.5, 10.0)
"""The first and the longest wait before a held write is tried again, doubling."""

MOST_STALE = 3
"""How often in a row another process may come between before that is an error."""

T = TypeVar("T")
_Job = Callable[[], None]


class StoreWriter:
    """Runs work on the store in one thread, in the order it was asked for.

    Args:
        store: The store.
        clock: For the waits between attempts.
        threaded: False for a simulation: the work is then done at once, in the caller's thread.
        patience_s: How long :meth:`keep` tries, in seconds; None for as long as it takes.
    """

    def __init__(
        self, store: Store, *, clock: Clock, threaded: bool = True, patience_s: float | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._threaded = threaded
        self._patience_s = patience_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._held = 0
        self._away_since: float | None = None
        self._working_since: float | None = None

    def beside(self) -> StoreWriter:
        """Another one with a thread of its own, for work that takes long and writes nothing."""
        return StoreWriter(self._store, clock=self._clock, threaded=self._threaded)

    @property
    def held(self) -> int:
        """Writes that wait for the store to come back."""
        return self._held

    @property
    def is_away(self) -> bool:
        """Whether the store could not be used when something was last to be kept."""
        return self._away_since is not None

    @property
    def busy_s(self) -> float:
        """Seconds that the thread has been at its present piece of work; 0.0 where it waits for some.

        An ended thread with work before it is busy for ever.
        """
        since = self._working_since
        if since is not None:
            return self._clock.monotonic() - since
        dead = self._thread is not None and not self._closing and not self._thread.is_alive()
        return math.inf if dead else 0.0

    async def run(self, work: Callable[[Store], T]) -> T:
        """Runs ``work`` with the store in the writer thread.

        Raises:
            StoreError: As raised by the store; :class:`StoreBusy` where it is locked or away for now.
        """
        if not self._threaded:
            return work(self._store)
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        self._start()
        self._jobs.put(lambda: _perform(work, self._store, loop, outcome))
        return await outcome

    async def keep(self, work: Callable[[Store], T]) -> T:
        """Runs ``work`` until the store takes it, however often the store is locked or away meanwhile.

        ``work`` loads what it decides on itself, so that it can decide again where another process came
        between.

        Raises:
            StoreError: The store is broken in a way that waiting does not mend, or patience has ended.
        """
        wait, longest = RETRY_S
        begun = self._clock.monotonic()
        stale = 0
        while True:
            try:
                result = await self.run(work)
            except StaleState:
                stale += 1
                if stale > MOST_STALE:
                    raise
            except StoreBusy as error:
                self._say_away(error)
                if self._patience_s is not None and self._clock.monotonic() - begun >= self._patience_s:
                    raise
                self._held += 1
                try:
                    await self._clock.sleep(wait)
                finally:
                    self._held -= 1
                wait = min(longest, wait * 2.0)
            else:
                self._say_back()
                return result

    async def close(self, *, within_s: float) -> bool:
        """Lets the thread finish what it has begun.

        Args:
            within_s: Seconds to wait for it at most. A write that takes longer is left to the store, which
                then keeps all of it or none.

        Returns:
            Whether the thread has ended.
        """
        if self._thread is None:
            return True
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, within_s)
        if self._thread.is_alive():
            return False
        self._thread, self._closing = None, False
        if self._jobs.empty():
            return True
        # Asked for while the thread was ending, which took no more.
        self._start()
        return await self.close(within_s=within_s)

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a store that hangs may not keep the process from ending in time.
            self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._working_since = self._clock.monotonic()
            job()
            self._working_since = None

    def _say_away(self, error: StoreBusy) -> None:
        if self._away_since is None:
            self._away_since = self._clock.monotonic()
            _log.warning("store is away", error=str(error))

    def _say_back(self) -> None:
        if self._away_since is not None:
            away = self._clock.monotonic() - self._away_since
            self._away_since = None
            _log.info("store is back", away_s=round(away, 1))


def _perform(
    work: Callable[[Store], Any], store: Store, loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[Any]
) -> None:
    """Runs in the thread: works, and carries what came of it, error included, to the waiting task."""
    try:
        result = work(store)
    except BaseException as error:  # noqa: BLE001  every error belongs to the task that waits for it
        _tell(loop, outcome, None, error)
    else:
        _tell(loop, outcome, result, None)


def _tell(
    loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[Any], result: Any, error: BaseException | None
) -> None:
    def settle() -> None:
        if outcome.done():  # The task was cancelled meanwhile.
            return
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)
