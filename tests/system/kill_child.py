"""One life of a real agent: ``python -m tests.system.kill_child CONFIG START ORIGIN SPEED SEED``.

Writes a line of JSON to stdout when it begins, before each commit, and after each poll, with what the store
then holds as the phone's last good read. Ends at SIGTERM, or is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from unittest import mock

import structlog

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent.agent import Agent
from phonesync.agent.opening import open_configured
from phonesync.agent.values import PollResult
from phonesync.store.records import PollCommit
from phonesync.transport import Bounds, Transport
from tests.system.scaled import ScaledClock


def say(**what: object) -> None:
    """Tells the parent, in one write."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def report(reads: Mapping[str, datetime | None], result: PollResult, _late_s: float) -> None:
    """One poll has ended, and its commit with it."""
    read = reads.get(result.name)
    say(
        polled=result.name,
        ok=result.ok,
        error=result.error_kind,
        last_read=None if read is None else read.isoformat(),
    )


async def live(path: Path, clock: ScaledClock, seed: int) -> None:
    """Runs the agent until SIGTERM."""
    config = configuration.load(path)
    store = open_configured(config, clock=clock)
    commit = store.commit
    reads = {state.name: state.last_read for state in store.phones()}

    def telling(what: PollCommit) -> None:
        say(commit=what.state.name)
        commit(what)
        reads[what.state.name] = what.state.last_read

    agent = Agent(
        config,
        store,
        Transport(clock=clock, bounds=Bounds(read_s=3.0, request_s=5.0, total_s=10.0)),
        registry.drivers(),
        clock,
        rng=Random(seed),
        observe=partial(report, reads),
    )
    with mock.patch.object(store, "commit", telling):
        say(ready=True)
        await agent.run()
    store.close()


def main() -> None:
    """Reads the arguments and lives."""
    path, start, origin, speed, seed = sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(live(Path(path), ScaledClock.of(start, origin, speed), int(seed)))


if __name__ == "__main__":
    main()
