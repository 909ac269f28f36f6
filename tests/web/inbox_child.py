"""A receiver in a process of its own, to be killed: prints its port and the secret of its one phone."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from phonesync.clock import SystemClock
from phonesync.web.app import make_app
from phonesync.web.inbox import Inbox
from tests.agent.conftest import Lab
from tests.web.conftest import server_of

KEYS = 'url = "http://192.0.2.1"\ndriver = "desk"'


async def serve(folder: Path) -> None:
    lab = Lab(folder=folder, clock=SystemClock())
    lab.add(variant="desk-3", keys=KEYS)
    agent = lab.agent(threaded=True)
    await agent.prepare()
    async with server_of(make_app(events=Inbox(agent.hearing))) as port:
        sys.stdout.write(f"at {port} {lab.store.address_of('desk-101')}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
