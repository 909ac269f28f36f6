"""What signals mean to the agent."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
