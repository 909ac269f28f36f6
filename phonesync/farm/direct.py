"""The joining of calls put to the test without a request or a store: a month of an office in minutes.

A perfect reader keeps every row. Clocks are known as closely as a clock page and reports tell, groups as the
configuration tells them or as rows show them; what is learned, is learned from all of the run at once. All
lists count as proven. What is left is the joining itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from phonesync.calls.joining import join
from phonesync.calls.learning import learn
from phonesync.calls.settling import Proof, settle
from phonesync.calls.values import Call, Group, Knowledge, Row
from phonesync.driver.emulation import EmulatorKind
from phonesync.farm import perfect
from phonesync.farm.callcard import CallsCard
from phonesync.farm.callscore import score_calls
from phonesync.farm.calltruth import CallsTruth, perfect_truth
from phonesync.farm.perfect import Kept, Reading
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it.

    Attributes:
        world: The farm after its days.
        kept: What the perfect reader kept, by id.
        truth: Which rows truly are one call.
        calls: What they were joined into.
    """

    world: FarmWorld
    kept: Mapping[str, Kept]
    truth: CallsTruth
    calls: tuple[Call, ...]

    def card(self, *, learning_days: float) -> CallsCard:
        """The score."""
        return score_calls(self.truth, self.calls, learning_days=learning_days)


def attempt(
    spec: FarmSpec, kinds: Mapping[str, EmulatorKind], reading: Reading, *, learns: bool = True
) -> Trial:
    """Lets a farm live, reads it perfectly, and joins all rows at once.

    Args:
        spec: The farm.
        kinds: Installed emulator kinds by name.
        reading: How it is read.
        learns: Groups and forwards are learned from the rows, besides those that the configuration tells.
    """
    world = perfect.lived_through(spec, kinds)
    kept = {one.row.id: one for one in perfect.rows(world, reading)}
    rows = [one.row for one in kept.values()]
    groups = perfect.groups_of(world.office.staff) if spec.tells_groups else ()
    if learns:
        groups += tuple(learned_groups(rows))
    joined = join(rows, Knowledge(groups=groups, phones=phones_of(rows)))
    return Trial(
        world=world,
        kept=kept,
        truth=perfect_truth(world, kept.values()),
        calls=tuple(settle(call, _proven) for call in joined),
    )


def phones_of(rows: Iterable[Row]) -> Mapping[str, tuple[str, ...]]:
    """Extensions to the phones that bear them, of phones that are read."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.extension is not None:
            found.setdefault(row.extension, set()).add(row.phone)
    return {extension: tuple(sorted(phones)) for extension, phones in found.items()}


def learned_groups(rows: Iterable[Row]) -> Iterable[Group]:
    """The groups that rows show, as the joining takes them."""
    for one in learn(list(rows)):
        yield Group(
            name=f"Learned {' '.join(one.members)}",
            number=one.number,
            members=one.members,
            ringing=one.ringing,
            step_s=one.step_s,
            learned=True,
        )


def _proven(_phone: str, _since: datetime, _until: datetime) -> Proof:
    return Proof(share=1.0, final=True)
