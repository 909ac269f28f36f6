"""A PostgreSQL server killed and restarted again and again under a real agent, and the store held to the truth.

``python -m tests.system.server_kills --kills 20`` prints the score; it fails where anything was lost, doubled
or invented, where a loss was not confessed, or a gap was stated although the reads contained the proof.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import postgres
from tests.system.kill_run import KillRun

PASSWORD_ENV = "PHONESYNC_TEST_STORE_PASSWORD"
LONGEST_UP_S = 2.5
LONGEST_DOWN_S = 1.5
INSIDE_A_COMMIT_S = 0.004
SETTINGS = ("fsync=on",)


class ServerKillRun(KillRun):
    """One run: a farm on real sockets, one agent, and a server that is killed under it.

    Args:
        folder: Where the configuration is kept.
        server: The server; it runs.
        phones: How many.
        seed: Of the office, and of when the server is killed.
        chaos: How badly the phones behave.
    """

    def __init__(
        self, folder: Path, server: postgres.Server, *, phones: int, seed: int, chaos: int = 0
    ) -> None:
        os.environ[PASSWORD_ENV] = postgres.PASSWORD
        url = server.url(server.new_database())
        store = {"store": url, "store_password_env": PASSWORD_ENV}
        super().__init__(folder, phones=phones, seed=seed, chaos=chaos, store=store)
        self.server = server

    async def lives(self, kills: int, *, last_s: float) -> int:
        """Lets one agent run through so many deaths of its server; its exit code."""
        process = await self._born()
        for _ in range(kills):
            if self.rng.random() < 0.5:
                await self._until(process, commits=self.rng.randint(1, 12))
                await asyncio.sleep(self.rng.uniform(0, INSIDE_A_COMMIT_S))
                self.tally.inside += 1
            else:
                await self._for(process, self.rng.uniform(0, LONGEST_UP_S))
            assert process.returncode is None, "the agent ended when its server was killed"
            self.server.kill()
            self.tally.kills += 1
            await self._for(process, self.rng.uniform(0, LONGEST_DOWN_S))
            await asyncio.to_thread(self.server.start)
        await self._for(process, last_s)
        process.send_signal(signal.SIGTERM)
        return await self._buried(process)


async def run(
    folder: Path,
    server: postgres.Server,
    *,
    kills: int,
    phones: int,
    seed: int,
    chaos: int = 0,
    last_s: float = 5.0,
) -> ServerKillRun:
    """One run from beginning to end; the agent is ended as an administrator does.

    Raises:
        AssertionError: The agent did not end well.
    """
    killing = ServerKillRun(folder, server, phones=phones, seed=seed, chaos=chaos)
    async with killing.opened():
        code = await killing.lives(kills, last_s=last_s)
    assert code == 0, f"the agent ended with exit code {code}"
    return killing


def main() -> int:
    """Runs it and prints the score; 1 where something was lost, doubled, invented or not confessed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chaos", type=int, default=0)
    wanted = parser.parse_args()
    sys.stdout.write(f"PostgreSQL {postgres.version()}\n")
    with (
        TemporaryDirectory(prefix="phonesync-kills-") as folder,
        postgres.running(settings=SETTINGS) as server,
    ):
        made = run(
            Path(folder), server,
            kills=wanted.kills, phones=wanted.phones, seed=wanted.seed, chaos=wanted.chaos,
        )  # fmt: skip
        killing = asyncio.run(made)
        card = killing.card()
    tally = killing.tally
    polls = ", ".join(f"{what} {count}" for what, count in sorted(tally.polls.items()))
    sys.stdout.write(
        f"{card.markdown()}\n{tally.kills} kills of the server, {tally.inside} of them inside a commit; "
        f"polls: {polls}; {tally.unreported} reads untold; wrong passwords: {killing.wrong_passwords}.\n"
    )
    return int(not card.clean or killing.wrong_passwords > 0)


if __name__ == "__main__":
    sys.exit(main())
