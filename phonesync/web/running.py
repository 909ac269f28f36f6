"""What ``phonesync run`` starts beside the agent: the server, over all that phones may reach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from phonesync import registry
from phonesync.clock import SystemClock
from phonesync.config import resolve_web_password
from phonesync.web.addresses import Addresses
from phonesync.web.app import make_app
from phonesync.web.books import Books
from phonesync.web.inbox import Inbox
from phonesync.web.refusals import Refusals
from phonesync.web.server import serving

if TYPE_CHECKING:
    from phonesync.agent.agent import Agent
    from phonesync.store.repository import Store


@asynccontextmanager
async def beside(agent: Agent, store: Store) -> AsyncIterator[None]:
    """Serves phones as long as the block lasts, where the configuration says ``[web] listen``.

    Raises:
        ConfigError: It cannot be listened there, or a password or certificate cannot be had.
        StoreError: The store cannot be read.
    """
    if agent.config.web.listen is None:
        yield
        return
    resolve_web_password(agent.config)
    clock = SystemClock()
    refusals = Refusals(clock.monotonic)
    addresses = Addresses(lambda: asyncio.to_thread(store.addresses), clock.monotonic)
    books = Books(
        lambda: agent.config,
        store,
        registry.drivers(),
        clock=clock,
        addresses=addresses,
        refusals=refusals,
    )
    inbox = Inbox(agent.hearing, addresses=addresses, refusals=refusals)
    app = make_app(books=books, events=inbox)
    try:
        async with books.open(), serving(agent.config, app, clock=clock, refusals=refusals):
            # Heard only from here on: the port is open.
            agent.hearing.begin()
            yield
    finally:
        await inbox.close()
