"""Emulated phones in real time, and the program itself in processes of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from phonesync import registry
from phonesync.clock import SystemClock
from phonesync.driver.emulation import EmulatedRequest
from phonesync.farm.config_out import render_config
from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault
from phonesync.farm.server import FarmServer
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec
from phonesync.store.repository import Store, open_store
from tests import stores
from tests.kept_logs import KEPT

PROGRAM = (sys.executable, "-c", "import sys; from phonesync.cli import main; sys.exit(main())")
PATIENCE_S = 60.0
"""How long something may take that must happen: only a broken program is stopped by it."""


@dataclass(kw_only=True)
class Live:
    """A farm that runs in real time.

    Attributes:
        folder: With ``config.toml`` and ``farm.db``.
        world: The phones and their calls.
        asked: Names of phones that were asked for anything, each time anew.
    """

    folder: Path
    world: FarmWorld
    asked: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config.toml"

    def store(self) -> Store:
        """The store, for reading."""
        return open_store("sqlite:///farm.db", clock=SystemClock(), base=self.folder)

    def listen(self, desk: Desk) -> None:
        """Has a phone tell when it is asked for something."""

        def decide(_request: EmulatedRequest) -> Fault | None:
            self.asked.put_nowait(desk.name)
            return None

        desk.wired.faults.decide = decide

    async def all_asked(self, names: Iterable[str]) -> None:
        """Waits until each of the named phones was asked for something."""
        missing = set(names)
        async with asyncio.timeout(PATIENCE_S):
            while missing:
                missing.discard(await self.asked.get())

    async def program(self, *arguments: str, **variables: str) -> Process:
        """Starts the program on this farm's configuration, with further environment variables."""
        return await asyncio.create_subprocess_exec(
            *PROGRAM,
            *("--config", str(self.config), *arguments),
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, "NO_COLOR": "1", **variables},
        )


async def said(process: Process, words: str) -> str:
    """Waits for a line on stderr that holds some words; returns all lines up to it."""
    assert process.stderr is not None
    lines = ""
    async with asyncio.timeout(PATIENCE_S):
        while words not in lines:
            line = (await process.stderr.readline()).decode()
            assert line, f"ended without saying {words!r}:\n{lines}"
            lines += line
            KEPT.output("phonesync", line)
    return lines


@asynccontextmanager
async def live(
    folder: Path, *, phones: int, kinds: Iterable[str], hours: float = 100.0, seed: int = 1
) -> AsyncIterator[Live]:
    """Stands a farm up on free ports, with some hours of calls in its phones.

    Args:
        folder: For configuration and store.
        phones: How many.
        kinds: Which, in equal shares.
        hours: Before now that the office began to call; long enough for any weekend.
        seed: Of the office.
    """
    clock = SystemClock()
    spec = FarmSpec(
        phones=phones,
        mix=dict.fromkeys(kinds, 1),
        seed=seed,
        chaos=0,
        start=clock.now() - timedelta(hours=hours),
        days=400,
    )
    world = FarmWorld(spec, registry.emulators(), clock)
    async with FarmServer() as server:
        found = Live(folder=folder, world=world)
        for desk in world.desks.values():
            desk.wired.port = 0
            found.listen(desk)
            await server.stand(desk.wired)
        world.catch_up()
        stores.lay(folder / "farm.db")
        found.config.write_text(render_config(world), encoding="utf-8")
        yield found
