"""How well the joining of calls does on an office, in seconds: no store, no requests, a perfect reader.

python -m tests.system.join_office --phones 200 --days 5 --seed 1 [--events 0.5] [--unknown-groups]
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from itertools import combinations

from phonesync import registry
from phonesync.farm.direct import attempt
from phonesync.farm.oracle import decide
from phonesync.farm.pairing import kindest
from phonesync.farm.perfect import Kept, Reading
from phonesync.farm.recordings import CallFact
from phonesync.farm.spec import CALLS_MIX, FarmSpec, with_calls
from phonesync.farm.verifying import START


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--days", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=float, default=0.5)
    parser.add_argument("--unknown-groups", action="store_true")
    parser.add_argument("--learned", action="store_true", help="learn groups first, as an agent does")
    parser.add_argument("--unknown-meanings", action="store_true")
    parser.add_argument("--minutes-clock", type=float, default=30.0, help="seconds; below 0: unknown")
    parser.add_argument("--examples", type=int, default=3, help="of each cause")
    return parser.parse_args()


def spec_of(asked: argparse.Namespace) -> FarmSpec:
    spec = FarmSpec(
        phones=asked.phones, mix=CALLS_MIX, seed=asked.seed, chaos=0, start=START, days=asked.days
    )
    return with_calls(spec, tells_groups=not asked.unknown_groups)


def tell(kept: Kept, fact: CallFact) -> str:
    row, truth = kept.row, kept.recording
    return (
        f"    {row.id} true {fact.id} {row.phone} {row.list_name} {row.party or 'withheld'}"
        f" shown {row.at:%d %H:%M:%S} {row.time_of}/{row.resolution_s} {'heard' if row.heard else ''}"
        f" | truly {truth.started:%H:%M:%S.%f} to {truth.answered or truth.recorded:%H:%M:%S}"
        f" to {truth.recorded:%H:%M:%S} {'+'.join(fact.ways)} {fact.kind} repeat of {fact.repeat_of}"
    )


def cause_of(one: CallFact, other: CallFact) -> str:
    if one.id == other.id:
        return "split: " + ("+".join(one.ways) or one.kind)
    again = other.repeat_of == one.id or one.repeat_of == other.id
    return "mixed: " + ("repeat caller" if again else "another call") + f", {one.kind} and {other.kind}"


def main() -> None:
    asked = arguments()
    begun = time.monotonic()
    minutes = None if asked.minutes_clock < 0 else asked.minutes_clock
    reading = Reading(events=asked.events, minutes_clock_s=minutes, meanings_known=not asked.unknown_meanings)
    trial = attempt(spec_of(asked), registry.emulators(), reading, learns=asked.learned)
    world, kept, truth, calls = trial.world, trial.kept, trial.truth, trial.calls
    coarse = sum(one.row.resolution_s == 60 for one in kept.values())
    sys.stdout.write(
        f"{len(kept)} rows ({coarse} with minutes) of {len(world.truth.calls)} true calls, {len(calls)} calls;"
        f" {time.monotonic() - begun:.1f} s\n"
    )
    sys.stdout.write(trial.card(learning_days=0.0).markdown() + "\n")
    stated = {entry: call.id for call in calls for entry in call.entry_ids}
    known = decide([row.witness() for row in truth.rows], truth.groups)
    real = kindest(
        {row.entry: row.call for row in truth.rows}, stated, {row.entry: row.looks for row in truth.rows}
    )
    show(world, kept, real, stated, known, asked.examples)


def show(world, kept, truth, stated, known, examples) -> None:
    causes: Counter[str] = Counter()
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    mine, real = defaultdict(list), defaultdict(list)
    for entry, call in stated.items():
        mine[call].append(entry)
        real[truth[entry]].append(entry)
    wrong = [
        pair
        for rows in mine.values()
        for pair in combinations(sorted(rows), 2)
        if truth[pair[0]] != truth[pair[1]]
    ]
    split = [
        pair
        for rows in real.values()
        for pair in combinations(sorted(rows), 2)
        if stated[pair[0]] != stated[pair[1]]
    ]
    for one, other in wrong + split:
        cause = cause_of(world.truth.calls[truth[one]], world.truth.calls[truth[other]])
        if any(kept[entry].row.resolution_s == 60 for entry in (one, other)):
            cause += ", minutes"
        if truth[one] == truth[other] and known[one] == known[other]:
            cause += ", the oracle joins them"
        causes[cause] += 1
        found[cause].append((one, other))
    for cause, number in causes.most_common():
        sys.stdout.write(f"{number:6d} {cause}\n")
        for pair in found[cause][:examples]:
            for entry in pair:
                sys.stdout.write(tell(kept[entry], world.truth.calls[truth[entry]]) + "\n")
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
