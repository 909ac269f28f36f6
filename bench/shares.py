"""Where the time of a read goes: CPU time by part, measured from outside.

Chosen functions of the product are wrapped, and each second of CPU is put down to the innermost of them. A
coroutine is timed step by step, so that what others do while it waits is not put down to it. The watch costs
a fifth or so, therefore shares are taken in a run of their own.
"""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Self

import httpx

from phonesync import registry
from phonesync.agent import taking
from phonesync.agent.poller import Poller
from phonesync.agent.reading import Visit
from phonesync.ledger import codec
from phonesync.store.repository import Store
from phonesync.transport import client, session
from phonesync.transport.backend import PhoneHTTP

IDENTIFY, SIGN_IN, SIGN_IN_HTTP, HTTP, PARSE = "identify", "sign-in", "sign-in http", "http", "parse"
LEDGER, COMMIT, LOOK_UP, AGENT, LOOP = "ledger", "commit", "look-up", "agent", "loop"
ORDER = (IDENTIFY, SIGN_IN, SIGN_IN_HTTP, HTTP, PARSE, LEDGER, COMMIT, LOOK_UP, AGENT, LOOP)
"""The parts, in the order of a read; ``loop`` is what no wrapped function did: sockets and the event loop."""


class Stopwatch:
    """Puts time down to the innermost part at work in each thread.

    Args:
        clock: Seconds of CPU of the calling thread.

    Attributes:
        spent: Part to seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self.spent: Counter[str] = Counter()
        self._clock = clock
        self._threads = threading.local()

    def within(self, part: str, step: Callable[[], Any]) -> Any:
        """Does one step, its time put down to ``part`` but for what inner parts take."""
        stack = self._stack()
        self._charge(stack, part)
        try:
            return step()
        finally:
            self._charge(stack, None)

    def _stack(self) -> list[Any]:
        """Of this thread: the parts at work, and before them since when the innermost is."""
        found: list[Any] | None = getattr(self._threads, "stack", None)
        if found is None:
            found = self._threads.stack = [0.0]
        return found

    def _charge(self, stack: list[Any], entered: str | None) -> None:
        now = self._clock()
        if len(stack) > 1:
            self.spent[stack[-1]] += now - stack[0]
        stack[0] = now
        if entered is None:
            stack.pop()
        else:
            stack.append(entered)


class Shares:
    """Wraps the product's parts and counts their time."""

    def __init__(self) -> None:
        self._watch = Stopwatch()
        self._begun = time.process_time()
        for owner, name, part in self._points():
            self._wrap(owner, name, part)

    @staticmethod
    def _points() -> list[tuple[Any, str, str]]:
        driver = {type(each) for each in registry.drivers().values()}
        return [
            (registry, "identify", IDENTIFY),
            *((session.SignedInSession, name, SIGN_IN) for name in ("sign_in", "send", "sign_out")),
            *((client.Connection, name, SIGN_IN_HTTP) for name in ("send_once", "send_last")),
            (client.Connection, "send", HTTP),
            *((httpx.AsyncClient, name, HTTP) for name in ("__init__", "aclose")),
            (PhoneHTTP, "__init__", HTTP),
            *((each, "read_call_log", PARSE) for each in driver),
            *((taking, name, LEDGER) for name in ("apply", "digest", "key_hashes", "unchanged", "deadline")),
            *((codec, name, LEDGER) for name in ("load", "dump")),
            (Store, "commit", COMMIT),
            *((Store, name, LOOK_UP) for name in ("known", "phone", "save_state")),
            (Poller, "attempt", AGENT),
            (Visit, "make", AGENT),
            (taking, "_take_plan", AGENT),
            (taking, "_take_unchanged", AGENT),
        ]

    def clear(self) -> None:
        """Begins anew."""
        self._watch.spent.clear()
        self._begun = time.process_time()

    def seconds(self) -> dict[str, float]:
        """CPU seconds of each part since then."""
        spent = self._watch.spent
        rest = time.process_time() - self._begun - sum(spent.values())
        return {**{part: spent[part] for part in ORDER[:-1]}, LOOP: rest}

    def _wrap(self, owner: Any, name: str, part: str) -> None:
        inner = getattr(owner, name)
        watch = self._watch

        @functools.wraps(inner)
        async def stepped(*args: Any, **words: Any) -> Any:
            return await _Stepped(watch, part, inner(*args, **words))

        @functools.wraps(inner)
        def timed(*args: Any, **words: Any) -> Any:
            return watch.within(part, functools.partial(inner, *args, **words))

        setattr(owner, name, stepped if inspect.iscoroutinefunction(inner) else timed)


class _Stepped:
    """A coroutine, each of whose steps is timed; ``await`` drives it like the coroutine itself."""

    def __init__(self, watch: Stopwatch, part: str, inner: Coroutine[Any, Any, Any]) -> None:
        self._watch = watch
        self._part = part
        self._inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        return self  # it has a generator's methods, and await asks for no more

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        """The next step."""
        return self._watch.within(self._part, lambda: self._inner.send(value))

    def throw(self, *error: Any) -> Any:
        """The next step, begun by an error."""
        return self._watch.within(self._part, lambda: self._inner.throw(*error))

    def close(self) -> None:
        """Ends it."""
        self._inner.close()
