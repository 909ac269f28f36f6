"""What takes reports in, in a process of its own: the product, or a bare ASGI application doing the same I/O.

The bare one splits the query, answers once its row is in the product's own table of reports, and writes all
rows that wait in one transaction, in a thread. It knows no phone, no double and no bound, and makes no
entries.

``python -m bench.event_server product|bare CONFIG`` reports its port and secrets; each word on its input then
is answered with what has been spent, ``settled`` once no report waits.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from bench.children import asked, say
from phonesync import config, logs, registry
from phonesync.agent.agent import Agent
from phonesync.agent.opening import open_configured
from phonesync.agent.roster import introduce
from phonesync.clock import SystemClock
from phonesync.store.repository import Store
from phonesync.transport import Transport
from phonesync.web.app import make_app
from phonesync.web.inbox import Inbox
from phonesync.web.server import serving

_INSERT = (
    "INSERT INTO events (incarnation_id, at, kind, call_key, call_id, account, remote_number, remote_host, "
    "remote_name, duration_s, direction, taken) VALUES (1, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, NULL, 0)"
)
Message = MutableMapping[str, Any]
_Row = tuple[object, ...]


class Bare:
    """The floor."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._waiting: list[tuple[_Row, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._connection: sqlite3.Connection | None = None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],  # noqa: ARG002  as ASGI calls it
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Takes one report."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        word = scope["path"].rpartition("/")[2]
        said = {key: values[0] for key, values in query.items()}
        at = datetime.now(UTC).isoformat(sep=" ")
        row = (at, word, said["c"], said["c"], said.get("a"), said.get("r"), said.get("n"))
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await kept
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _write(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            await asyncio.to_thread(self._insert, [row for row, _ in some])
            for _, kept in some:
                kept.set_result(None)
        self._writing = None

    def _insert(self, rows: list[_Row]) -> None:
        if self._connection is None:
            self._connection = sqlite3.connect(self._file, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        with self._connection:
            self._connection.executemany(_INSERT, rows)


async def bare(store: Store, file: Path, secrets: dict[str, str]) -> None:
    """Serves the floor with uvicorn as it comes."""
    settings = uvicorn.Config(
        Bare(file), host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(settings)
    serving_it = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await _answer(port, secrets, lambda: store.info().entries, settled=lambda: True)
    server.should_exit = True
    await serving_it


async def product(loaded: config.Config, store: Store, secrets: dict[str, str]) -> None:
    """Serves what ``phonesync run`` serves for reports."""
    clock = SystemClock()
    agent = Agent(loaded, store, Transport(clock=clock), registry.drivers(), clock)
    await agent.prepare()
    inbox = Inbox(agent.hearing)
    async with serving(loaded, make_app(events=inbox), clock=clock) as place:
        assert place is not None
        await _answer(
            place[1],
            secrets,
            lambda: store.info().entries,
            settled=lambda: not store.waiting_reports(limit=1),
        )
    await inbox.close()
    await agent.close()


async def _answer(
    port: int, secrets: dict[str, str], entries: Callable[[], int], *, settled: Callable[[], bool]
) -> None:
    """Tells the parent where it is served, and what it has cost, until the parent has no more words."""
    say({"port": port, "secrets": secrets})
    while word := await asyncio.to_thread(asked):
        while word == "settled" and not settled():  # noqa: ASYNC110  the store has no event for it
            await asyncio.sleep(0.01)
        say({"cpu_s": time.process_time(), "entries": entries()})


def main() -> None:
    """Runs one of the two."""
    logs.configure(stream=sys.stderr)
    which, path = sys.argv[1:]
    loaded = config.load(Path(path))
    store = open_configured(loaded, clock=SystemClock())
    introduce(store, loaded)
    secrets = {store.address_of(phone.name): phone.name for phone in loaded.phones}
    file = loaded.base / "phonesync.db"
    asyncio.run(bare(store, file, secrets) if which == "bare" else product(loaded, store, secrets))


if __name__ == "__main__":
    main()
