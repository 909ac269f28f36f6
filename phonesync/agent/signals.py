"""What signals mean to the agent."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def on_signals(*, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Listens as long as the block lasts, in the running loop.

    Args:
        stop: Called at SIGTERM and SIGINT.
        reload: Called at SIGHUP.
    """
    loop = asyncio.get_running_loop()
    calls = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    for number, call in calls.items():
        loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        for number in calls:
            loop.remove_signal_handler(number)


async def done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Works, however long it takes; False where it was told to stop meanwhile and the work was dropped."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stopping.cancel()
        await working
        return True
    working.cancel()
    await asyncio.wait({working})
    return False
