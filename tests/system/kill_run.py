"""A real agent process, killed again and again while it reads real sockets, and then held to the truth.

``python -m tests.system.kill_run --kills 100`` prints the score; it fails where anything was lost, doubled or
invented, where a loss was not confessed, or a gap was stated although the reads contained the proof.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent.opening import open_configured
from phonesync.agent.values import UNJUDGED
from phonesync.cli import phone_orders
from phonesync.config import Config
from phonesync.driver.emulation import EmulatedRequest
from phonesync.farm.card import ScoreCard
from phonesync.farm.config_out import render_config
from phonesync.farm.coverage import Settings
from phonesync.farm.desk import Desk
from phonesync.farm.faults import Fault
from phonesync.farm.score import score
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec
from phonesync.farm.stage import on_stage
from phonesync.store.records import EntryFilter
from phonesync.store.repository import Store
from tests.kept_logs import KEPT
from tests.system.office import KINDS
from tests.system.scaled import ScaledClock

POLL = timedelta(minutes=10)
START = datetime(2025, 10, 6, 5, 30, tzinfo=UTC)
"""A Monday, 08:30 in the office."""

SPEED = 200.0
LONGEST_LIFE_S = 2.5
INSIDE_A_COMMIT_S = 0.004
FIRST_DAYS_S = 30.0
"""How long a new process may take to begin."""


IN_FOLDER: Mapping[str, Any] = MappingProxyType({})
"""The store lies beside the configuration."""


@dataclass(kw_only=True)
class Tally:
    """What the lives came to.

    Attributes:
        kills: Processes killed.
        inside: Of these, right after a commit had begun.
        unreported: Commits found in the store that no process lived to tell of.
        retried: Phones a person had to let the agent sign in to again, after it was killed at the first try.
        polls: Polls reported, by what became of them.
    """

    kills: int = 0
    inside: int = 0
    unreported: int = 0
    retried: int = 0
    polls: Counter[str] = field(default_factory=Counter)


class KillRun:
    """One run: a farm on real sockets in this process, and one agent process after the other.

    Args:
        folder: Where configuration and store are kept.
        phones: How many.
        seed: Of the office, and of when the agent is killed.
        chaos: How badly the phones behave.
        store: What the configuration says of the store, as ``render_config`` takes it.
    """

    def __init__(
        self, folder: Path, *, phones: int, seed: int, chaos: int = 0, store: Mapping[str, Any] = IN_FOLDER
    ) -> None:
        self.folder = folder
        self.clock = ScaledClock(start=START, origin=time.monotonic(), speed=SPEED)
        spec = FarmSpec(
            phones=phones, mix=dict.fromkeys(KINDS, 1), seed=seed, chaos=chaos, start=START, days=400
        )
        self.world = FarmWorld(spec, registry.emulators(), self.clock)
        self.rng = Random(seed)
        self.tally = Tally()
        self._seen: dict[str, str | None] = {}
        self._in_hand: set[str] = set()
        self._config: Config | None = None
        self._store = store

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Stands the phones up on free ports and writes the configuration."""
        for desk in self.world.desks.values():
            desk.wired.port = 0
            desk.wired.faults.decide = self._up_to_date(desk)
        async with on_stage(self.world):
            path = self.folder / "config.toml"
            text = render_config(self.world, poll=f"{POLL.total_seconds():.0f}s", **self._store)
            path.write_text(text, encoding="utf-8")
            self._config = configuration.load(path)
            yield

    @property
    def config(self) -> Config:
        """As the agent reads it."""
        assert self._config is not None
        return self._config

    def _up_to_date(self, desk: Desk) -> Any:
        """A phone knows when a read begins, and its lists hold every call that has ended by then."""

        def decide(request: EmulatedRequest) -> Fault | None:
            self.world.catch_up()
            if desk.name not in self._in_hand:
                self._in_hand.add(desk.name)
                desk.memory.begin_read()
            return desk.fault(request)

        return decide

    # --- lives --------------------------------------------------------------------------------------------

    async def life(self) -> None:
        """Starts an agent and kills it at a random instant, every other time while it commits."""
        process = await self._born()
        if self.rng.random() < 0.5:
            await self._until(process, commits=self.rng.randint(1, 12))
            await asyncio.sleep(self.rng.uniform(0, INSIDE_A_COMMIT_S))
            self.tally.inside += 1
        else:
            await self._for(process, self.rng.uniform(0, LONGEST_LIFE_S))
        process.kill()
        await self._buried(process)
        self.tally.kills += 1

    async def last_life(self, *, seconds: float) -> int:
        """Starts an agent, lets it run, ends it as an administrator does; returns its exit code."""
        process = await self._born()
        await self._for(process, seconds)
        process.send_signal(signal.SIGTERM)
        return await self._buried(process)

    async def _born(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.system.kill_child", str(self.config.path)),
            *self.clock.arguments,
            str(self.rng.randrange(1000)),
            stdout=PIPE,
            stderr=KEPT.stderr,
        )
        async with asyncio.timeout(FIRST_DAYS_S):
            line = await self._line(process)
        assert line == {"ready": True}, f"{line}: exit code {process.returncode or await process.wait()}"
        return process

    async def _line(self, process: Process) -> dict[str, Any] | None:
        """The next line of a process, taken note of; None at its end."""
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        said: dict[str, Any] = json.loads(line)
        if "polled" in said:
            self._in_hand.discard(said["polled"])
            self.world.end_read(said["polled"], completed=said["ok"])
            self._seen[said["polled"]] = said["last_read"]
            self.tally.polls["ok" if said["ok"] else said["error"]] += 1
        return said

    async def _for(self, process: Process, seconds: float) -> None:
        """Listens for so long."""
        try:
            async with asyncio.timeout(seconds):
                while await self._line(process) is not None:
                    pass
        except TimeoutError:
            return

    async def _until(self, process: Process, *, commits: int) -> None:
        """Listens until so many commits have begun, but not for ever: at night little is read."""
        try:
            async with asyncio.timeout(2 * LONGEST_LIFE_S):
                while commits and (line := await self._line(process)) is not None:
                    commits -= "commit" in line
        except TimeoutError:
            return

    async def _buried(self, process: Process) -> int:
        """Hears the last words, and settles which reads the dead one completed without telling."""
        while await self._line(process) is not None:
            pass
        code = await process.wait()
        self._in_hand.clear()
        with self.store() as store:
            for state in store.phones():
                read = None if state.last_read is None else state.last_read.isoformat()
                untold = read != self._seen.get(state.name)
                self.tally.unreported += untold
                self.world.end_read(state.name, completed=untold)
                self._seen[state.name] = read
                if state.error_kind == UNJUDGED or state.offered_credentials is not None:
                    phone_orders.retry(self.config, store, state.name, swap=False)
                    self.tally.retried += 1
        return code

    def store(self) -> Store:
        """The store, between two lives."""
        return open_configured(self.config, clock=self.clock)

    # --- afterwards ---------------------------------------------------------------------------------------

    def card(self) -> ScoreCard:
        """The store held to the truth."""
        with self.store() as store:
            return score(
                self.world.truth,
                store.entries(EntryFilter()),
                store.coverage(),
                settings=Settings(poll=POLL),
            )

    @property
    def wrong_passwords(self) -> int:
        """Wrong passwords that phones saw."""
        return sum(desk.wired.emulator.wrong_passwords for desk in self.world.desks.values())


async def run(
    folder: Path, *, kills: int, phones: int, seed: int, chaos: int, last_s: float = 5.0
) -> KillRun:
    """One run from beginning to end; the last process is let finish.

    Raises:
        AssertionError: The last process did not end well.
    """
    killing = KillRun(folder, phones=phones, seed=seed, chaos=chaos)
    async with killing.opened():
        for _ in range(kills):
            await killing.life()
        code = await killing.last_life(seconds=last_s)
    assert code == 0, f"the last agent ended with exit code {code}"
    return killing


def main() -> int:
    """Runs it and prints the score; 1 where something was lost, doubled, invented or not confessed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chaos", type=int, default=0)
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="phonesync-kills-") as folder:
        made = run(
            Path(folder), kills=wanted.kills, phones=wanted.phones, seed=wanted.seed, chaos=wanted.chaos
        )
        killing = asyncio.run(made)
        card = killing.card()
    tally = killing.tally
    polls = ", ".join(f"{what} {count}" for what, count in sorted(tally.polls.items()))
    sys.stdout.write(
        f"{card.markdown()}\n{tally.kills} kills, {tally.inside} of them inside a commit; "
        f"{tally.unreported} commits nobody lived to tell of; polls: {polls}; "
        f"{tally.retried} first sign-ins let again by a person; wrong passwords: {killing.wrong_passwords}.\n"
    )
    return int(not card.clean or killing.wrong_passwords > 0)


if __name__ == "__main__":
    sys.exit(main())
