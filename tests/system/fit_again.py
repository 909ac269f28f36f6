"""A kept run by the rules of this checkout: ``python -m tests.system.fit_again FOLDER``.

FOLDER is what ``phonesync farm verify --calls --keep FOLDER`` left; its store is changed, and ``farm oracle FOLDER``
scores it then. What an agent does night by night is done for the whole run at once: groups are learned, clocks and
what times mean are fitted, calls witness them, what is concluded of them is made anew, and what that moves is joined
again, until nothing moves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from phonesync import config as configuration
from phonesync.agent.clockwork import conclude, witness
from phonesync.agent.fitting import LOOKED_BACK, fit_alike, prepared
from phonesync.agent.joining import bring_up_to_date, means_of
from phonesync.agent.learning import LOOKED_BACK as LEARNED_FROM
from phonesync.agent.learning import learn_groups
from phonesync.config import Config
from phonesync.farm.calltruth import read_truth
from phonesync.farm.simulation import SimulatedClock
from phonesync.store.clock_records import Kind, Vote
from phonesync.store.repository import Store, open_store

ROUNDS = 4
SLICE = timedelta(hours=6)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what `farm verify --calls --keep` left")
    folder = parser.parse_args().folder.resolve()
    config = configuration.load(folder / "config.toml")
    truth = read_truth(folder)
    until = max(row.recording.recorded for row in truth.rows).astimezone(UTC) + timedelta(days=1)
    with open_store(config.store.url, clock=SimulatedClock(until), base=folder) as store:
        learn(config, store, since=truth.start, until=until)
        for number in range(1, ROUNDS + 1):
            moved = once(config, store, since=truth.start, until=until)
            sys.stdout.write(f"round {number}: {moved} entries joined again\n")
            if not moved:
                break
    return 0


def learn(config: Config, store: Store, *, since: datetime, until: datetime) -> None:
    """Learns groups from all stretches of the run, each as long as a night looks back."""
    now = since
    while now < until:
        now = min(now + LEARNED_FROM, until)
        learn_groups(config, store, plan_of=means_of(config, store).plan_of, now=now)


def once(config: Config, store: Store, *, since: datetime, until: datetime) -> int:
    """Everything once; how many entries were joined again."""
    means = means_of(config, store)
    fitting = prepared(store, means, until=since + LOOKED_BACK)
    votes: dict[Kind, Sequence[Vote]] = {}
    for alike in fitting.asked:
        votes |= fit_alike(store, fitting, alike)
    store.decide_time_meanings(fitted=votes)
    unpaged = frozenset(store.unpaged_clocks())
    begun = since
    while begun < until:
        end = min(begun + SLICE, until)
        witness(store, begun, end, unpaged=unpaged, groups=means.groups, vote=False)
        begun = end
    conclude(store, [clock.incarnation for clock in store.clocks()])
    return bring_up_to_date(config, store)


if __name__ == "__main__":
    sys.exit(main())
