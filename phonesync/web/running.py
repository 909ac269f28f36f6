"""What ``phonesync run`` starts beside the agent: the server, over all that phones may reach."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from phonesync import registry
from phonesync.agent.dialling import Dialler
from phonesync.clock import SystemClock
from phonesync.config import resolve_provider_secret, resolve_web_password
from phonesync.web import digest_text
from phonesync.web.access.identifying import Identity
from phonesync.web.access.links import first_link
from phonesync.web.addresses import Addresses
from phonesync.web.app import make_app
from phonesync.web.books import Books
from phonesync.web.ground import Ground
from phonesync.web.inbox import Inbox
from phonesync.web.refusals import Refusals
from phonesync.web.server import serving
from phonesync.web.site import make_site

if TYPE_CHECKING:
    from fastapi import FastAPI

    from phonesync.agent.agent import Agent
    from phonesync.agent.dialling import Dialled
    from phonesync.store.repository import Store
    from phonesync.web.exporting import ExportDesk
    from phonesync.web.ground import Dial

_log = structlog.get_logger(__name__)


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
    resolve_provider_secret(agent.config)
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
    site = await asyncio.to_thread(_site, agent, store, dialling(agent))
    agent.outgoing.compose = digest_text.compose
    app = make_app(books=books, events=inbox, site=site)
    try:
        async with (
            books.open(),
            _exporting(site),
            serving(agent.config, app, clock=clock, refusals=refusals),
        ):
            # Heard only from here on: the port is open.
            agent.hearing.begin()
            yield
    finally:
        await inbox.close()


@asynccontextmanager
async def _exporting(site: FastAPI | None) -> AsyncIterator[None]:
    """Lets exports be made in the background as long as the block lasts."""
    if site is None:
        yield
        return
    desk: ExportDesk = site.state.exports
    await asyncio.to_thread(desk.open)
    try:
        yield
    finally:
        await asyncio.to_thread(desk.close)


def dialling(agent: Agent) -> Dial:
    """Lets phones dial from other threads than that of the loop that this is called in."""
    loop = asyncio.get_running_loop()
    dialler = Dialler(lambda: agent.config, agent.poller, agent.writer, SystemClock())

    def dial(name: str, number: str) -> Dialled:
        return asyncio.run_coroutine_threadsafe(dialler.dial(name, number), loop).result()

    return dial


def _site(agent: Agent, store: Store, dial: Dial) -> FastAPI | None:
    """The site for people, where the configuration wants one."""
    config = agent.config
    if not config.access.journal.enabled:
        return None
    if config.web.certificate is None and not (config.web.public_url or "").startswith("https:"):
        _log.warning(
            "journal without https",
            text="passwords and calls pass the network unencrypted; [web] certificate makes it https.",
        )
    link = first_link(store, config, clock=store.clock)
    if link is not None:
        # Not logged: logs are kept, and read by others.
        sys.stdout.write(
            f"Nobody may sign in to the journal yet. This link makes you administrator, once:\n{link}\n"
        )
        sys.stdout.flush()
    identify = Identity(lambda: agent.config, store)
    ground = Ground(
        config=lambda: agent.config,
        store=store,
        clock=store.clock,
        identify=identify,
        dial=dial,
        authenticators=SystemClock(),
    )
    return make_site(ground)
