"""Small work beside the polls: each kind at most once at a time, and none of it stops the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class Chores:
    """Runs chores as tasks, by name."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, Work] = {}

    def start(self, what: str, work: Work, *, again: bool = False) -> None:
        """Starts a chore, unless it is still at it from the last time.

        Args:
            what: Its name.
            work: What it does.
            again: Where it is still at it, do it once more after that: what it looks at may have changed
                behind its back.
        """
        if what in self._tasks:
            if again:
                self._again[what] = work
            return
        task = asyncio.create_task(work(), name=what)
        self._tasks[what] = task
        task.add_done_callback(lambda done: self._done(what, done))

    def cancel(self) -> None:
        """Drops all of them."""
        self._again.clear()
        for task in list(self._tasks.values()):
            task.cancel()

    def _done(self, what: str, task: asyncio.Task[None]) -> None:
        del self._tasks[what]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("chore failed", chore=what, error=str(error), exc_info=error)
        work = self._again.pop(what, None)
        if work is not None:
            self.start(what, work)
