"""The product as it is measured: each word on its input makes the agent read every phone once.

``python -m bench.client CONFIG [--shares] [--lenient]``: with ``--lenient`` every answer is read leniently.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

from bench.children import asked, say
from bench.figures import measured
from bench.shares import Shares
from phonesync import config, logs, registry
from phonesync.agent.agent import Agent
from phonesync.clock import SystemClock
from phonesync.store.repository import open_store
from phonesync.transport import Transport
from phonesync.transport import client as transport_client
from phonesync.transport.backend import PhoneHTTP
from phonesync.transport.lenient import LenientHTTP


async def main(path: Path, shares: Shares | None) -> None:
    """Reads all phones at each word, and reports."""
    loaded = config.load(path)
    clock = SystemClock()
    names = [phone.name for phone in loaded.phones]
    with (path.parent / "bench.log").open("w", encoding="utf-8") as log:
        logs.configure(stream=log)
        store = open_store(loaded.store.url, clock=clock, base=loaded.base)
        agent = Agent(loaded, store, Transport(clock=clock), registry.drivers(), clock)
        await agent.prepare()
        say({"ready": len(names)})
        while asked():
            if shares is not None:
                shares.clear()
            made = await measured(
                lambda: read_all(agent, names, places=loaded.agent.concurrency), reads=len(names)
            )
            say({**made.as_json(), "shares": None if shares is None else shares.seconds()})
        await agent.close()
        store.close()


async def read_all(agent: Agent, names: Iterable[str], *, places: int) -> int:
    """Polls each phone as the agent does when it is due.

    Returns:
        Rows that were new.

    Raises:
        SystemExit: A phone was not read, so that the figures would mean nothing.
    """
    waiting = iter(names)
    new = 0

    async def work() -> None:
        nonlocal new
        for name in waiting:
            result = (await agent.guarded(name)).result
            if not result.ok:
                raise SystemExit(f"{name} was not read: {result.error}")
            new += result.new

    await asyncio.gather(*(work() for _ in range(places)))
    return new


if __name__ == "__main__":
    made = LenientHTTP if "--lenient" in sys.argv else PhoneHTTP
    with patch.object(transport_client, "PhoneHTTP", made):
        asyncio.run(main(Path(sys.argv[1]), Shares() if "--shares" in sys.argv else None))
