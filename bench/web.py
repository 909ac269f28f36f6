"""What measurements of the web server share: phones that ask, and servers in processes of their own.

A server's process says ``{"port": …}``, and then answers words on its input: ``begin`` and ``end`` around a
round (``end`` reports its CPU), and whatever the measurement adds.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bench.children import asked, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.children import Child

AT_ONCE = 20
"""Phones that ask at the same time, each on a connection of its own for each request, as phones do."""

Word = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One round of requests.

    Attributes:
        requests: How many.
        wall_s: Seconds it took.
        cpu_s: Seconds of CPU of the server, all threads.
        peak_mib: The most memory the server ever held.
        statuses: Status to how often it was answered.
        received: Bytes that came back.
    """

    requests: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    statuses: Mapping[int, int]
    received: int

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return self.requests / self.wall_s

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU of the server a request."""
        return 1000 * self.cpu_s / self.requests


@dataclass
class _Tally:
    statuses: Counter[int] = field(default_factory=Counter)
    received: int = 0


class _Asking(asyncio.Protocol):
    """One request on one connection, which the server closes."""

    def __init__(self, request: bytes, tally: _Tally) -> None:
        self._request, self._tally = request, tally
        self._first = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Counts what comes back."""
        self._first = self._first or data
        self._tally.received += len(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The whole answer is there."""
        self._tally.statuses[int(self._first.split(b" ", 2)[1]) if self._first else 0] += 1
        if exc is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(exc)


def ask(server: Child, port: int, requests: Sequence[bytes]) -> Served:
    """Sends requests, some at a time, and has the server tell what they cost it.

    Args:
        server: Its process.
        port: Where it listens.
        requests: As bytes; each must let the server close the connection.
    """
    server.ask("begin")
    begun = time.perf_counter()
    tally = asyncio.run(_ask_all(port, requests))
    wall_s = time.perf_counter() - begun
    cost = server.ask("end")
    return Served(
        requests=len(requests),
        wall_s=wall_s,
        cpu_s=cost["cpu_s"],
        peak_mib=cost["peak_mib"],
        statuses=dict(tally.statuses),
        received=tally.received,
    )


async def _ask_all(port: int, requests: Sequence[bytes]) -> _Tally:
    tally, waiting = _Tally(), iter(requests)
    loop = asyncio.get_running_loop()

    async def work() -> None:
        for request in waiting:
            _, asking = await loop.create_connection(partial(_Asking, request, tally), "127.0.0.1", port)
            await asking.done

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return tally


def request(path: str, *headers: str) -> bytes:
    """One request as a phone sends it."""
    head = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: Yealink SIP-T46G 28.83.0.120", *headers)
    return "\r\n".join((*head, "Connection: close", "", "")).encode()


# --- the server's side --------------------------------------------------------------------------------------


async def obey(words: Mapping[str, Word]) -> None:
    """Answers words on the input until there are no more.

    Args:
        words: Further words, and what they do.
    """
    loop = asyncio.get_running_loop()
    begun = 0.0
    while word := await loop.run_in_executor(None, asked):
        if word == "begin":
            begun = time.process_time()
            say({})
        elif word == "end":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            say({"cpu_s": time.process_time() - begun, "peak_mib": peak})
        else:
            say(dict(await words[word]()))


@asynccontextmanager
async def bare(app: Any) -> AsyncIterator[int]:
    """An ASGI application on uvicorn as it comes, and nothing besides; yields its port."""
    settings = uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False)
    settings.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config=settings, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
