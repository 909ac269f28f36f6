"""What was learned of groups before, and what is learned now: which groups hold since when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from phonesync.calls.learned import Learned
from phonesync.calls.values import Group, Ringing

EARLIER = timedelta(days=1)
"""A group holds so long before the first call that shows it."""

MUCH_SHARED = 0.5
"""Groups that share at least this part of all their members are one group whose members changed."""

STEP_S = 2.0
"""A step that differs by less is the same."""

WAY_S = 1.0
"""The same of a forward: what is followed must agree to less than two seconds."""

LATER = "later"
"""Behind the members of a forward that goes by a phone which shows nothing: it is another group."""


_BETWEEN = {
    Ringing.TOGETHER: " + ",
    Ringing.IN_TURN: " > ",
    Ringing.PICKUP: " | ",
    Ringing.FORWARD: " to ",
}


class Verdict(StrEnum):
    """What a person said of a learned group."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGroup:
    """A group that was learned, as it is kept.

    Attributes:
        id: Its number; None before it is kept.
        learned: What was learned of it; ``since`` and ``until`` are the first and the last call that show
            it, ``seen`` those of the days that were learned from last.
        ended_at: It holds no longer from then on, UTC; None while it does.
        verdict: What a person said of it, or None.
        version: Counts what was learned: of the learning that changed last what joining goes by.
    """

    id: int | None = None
    learned: Learned
    ended_at: datetime | None = None
    verdict: Verdict | None = None
    version: int

    @property
    def holds_from(self) -> datetime:
        """It counts from then on, UTC."""
        return self.learned.since - EARLIER

    @property
    def in_force(self) -> bool:
        """It counts for some time, and nobody has rejected it."""
        never = self.ended_at is not None and self.ended_at <= self.holds_from
        return self.verdict is not Verdict.REJECTED and not never


def revised(
    kept: Sequence[KeptGroup], found: Iterable[Learned], *, looked_from: datetime
) -> tuple[KeptGroup, ...]:
    """The groups to be kept after a learning; those without an id are new. Equal ones were not changed.

    What was found goes on or is new. What was not found ends where another group has taken its place, and
    never was one where all the calls that seemed to show it were looked at again. What a person confirmed or
    rejected stays as it is.

    Args:
        kept: The groups so far.
        found: What the last days show.
        looked_from: From when on calls were looked at, UTC.
    """
    version = max((one.version for one in kept), default=0) + 1
    seen = tuple(found)
    new = {_key(one): one for one in seen}
    result = []
    for one in kept:
        again = new.pop(_key(one.learned), None)
        if one.verdict is Verdict.REJECTED:
            result.append(one)
        elif again is not None:
            result.append(_gone_on(one, again, version))
        elif one.verdict is Verdict.CONFIRMED or one.ended_at is not None:
            result.append(one)
        else:
            result.append(_perhaps_ended(one, seen, looked_from, version))
    result += [KeptGroup(learned=new[key], version=version) for key in sorted(new, key=str)]
    return tuple(result)


def groups_in_force(
    configured: Sequence[Group], kept: Iterable[KeptGroup], *, departments: Mapping[str, str | None]
) -> tuple[Group, ...]:
    """The groups that calls are joined by: configured ones, and learned ones of other members.

    Args:
        configured: From the configuration.
        kept: All that were learned.
        departments: Extension to department, to find that of a group.
    """
    found = list(configured)
    taken = {same_by(group) for group in configured}
    counted = sorted(
        (one for one in kept if one.in_force),
        key=lambda one: (one.verdict is None, one.learned.ringing, one.learned.members),
    )
    confirmed = taken | {_key(one.learned)[1] for one in counted if one.verdict is not None}
    for one in counted:
        members = _key(one.learned)[1]
        if members not in (taken if one.verdict is not None else confirmed):
            found.append(_group(one, departments))
    return tuple(found)


def name_of(learned: Learned) -> str:
    """The name of a learned group, made from its members."""
    return _BETWEEN[learned.ringing].join(learned.members)


def _group(one: KeptGroup, departments: Mapping[str, str | None]) -> Group:
    of = {departments.get(member) for member in one.learned.members}
    return Group(
        name=name_of(one.learned),
        number=one.learned.number,
        members=one.learned.members,
        ringing=one.learned.ringing,
        step_s=one.learned.step_s,
        department=of.pop() if len(of) == 1 else None,
        learned=one.verdict is None,
        since=one.holds_from,
        until=one.ended_at,
    )


def _key(learned: Learned) -> tuple[Ringing, frozenset[str] | tuple[str, ...]]:
    return learned.ringing, same_by(learned)


def same_by(one: Group | Learned) -> frozenset[str] | tuple[str, ...]:
    """What makes groups that are called alike the same one.

    Their members; of a forward, which of them sends calls on, and whether they ring at once.
    """
    if one.ringing is not Ringing.FORWARD:
        return frozenset(one.members)
    return one.members if one.step_s is None else (*one.members, LATER)


def _gone_on(one: KeptGroup, again: Learned, version: int) -> KeptGroup:
    """The group after it was seen again; what joining goes by changes only where it must."""
    before = one.learned
    nearly = WAY_S if before.ringing is Ringing.FORWARD else STEP_S
    same_step = (
        before.step_s is not None and (again.step_s is None or abs(before.step_s - again.step_s) < nearly)
    ) or before.step_s == again.step_s
    learned = replace(
        again,
        since=before.since,
        until=max(before.until, again.until),
        number=again.number or before.number,
        step_s=before.step_s if same_step else again.step_s,
    )
    changed = one.ended_at is not None or replace(
        learned, seen=before.seen, since=before.since, until=before.until
    ) != replace(before)
    return replace(one, learned=learned, ended_at=None, version=version if changed else one.version)


def _perhaps_ended(
    one: KeptGroup, found: Iterable[Learned], looked_from: datetime, version: int
) -> KeptGroup:
    """The group after it was not seen: it goes on, or another has taken its place, or it never was one."""
    instead = [other.since for other in found if _shared(one.learned, other) >= MUCH_SHARED]
    if one.learned.since >= looked_from:
        return replace(one, ended_at=one.holds_from, version=version)
    if instead:
        return replace(one, ended_at=max(one.holds_from, min(instead)), version=version)
    return one


def _shared(one: Learned, other: Learned) -> float:
    if one.ringing is not other.ringing:
        return 0.0
    if one.ringing is Ringing.FORWARD:
        alike = (one.step_s is None) is (other.step_s is None) or one.members == other.members
        return float(one.members[0] == other.members[0] and alike)
    ours, theirs = frozenset(one.members), frozenset(other.members)
    return len(ours & theirs) / len(ours | theirs)
