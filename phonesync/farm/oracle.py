"""Which rows must be one call, for somebody who knows the true clocks and the rules of the office.

Two rows are put together only where every assignment that the rules allow puts them together. It is the limit
of what can be known from what phones show, and so it shares nothing with the joining it is held against but
the phones' rows. Where rows are missing that the office says must be there, it claims nothing.

The rules:

- Whoever calls from outside is a single line, and needs :data:`REDIAL_S` seconds to call again: rows of one
  caller that cannot be so far apart are one call.
- Rows of one call that begin, or end unanswered, within :data:`TOGETHER_S` of each other ring as a group, and
  then every member of the group rings whose phone is not in a call of its own.
- What a desk forwarded rings at another one, and what was answered as it began rang at a colleague who may be
  picked up for.
- A hunt list rings every idle member between two that it rang.
- What shows a colleague's number was dialled on that colleague's phone; a phone stands once in such a call.
- A call that a desk placed and that goes on at the other end after that desk hung up was handed over: it
  belongs to the call that ended on that desk at the same moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from phonesync.calls.values import Group, Ringing
from phonesync.farm.dialled import Dialled
from phonesync.farm.witness import LONGEST_S, RUNG, InTime, Node, Witness
from phonesync.model import ListName

REDIAL_S = 2.0
TOGETHER_S = 3.5
SKEW_S = 0.5
FORWARDED_S = 30.0
SAME_END_S = 1.0


def decide(witnesses: Iterable[Witness], groups: Sequence[Group]) -> Mapping[str, int]:
    """Puts together what must be.

    Args:
        witnesses: The rows of all phones that can be read.
        groups: Of the office.

    Returns:
        Row to the number of its call; rows that nothing proves to be of one call have different ones.
    """
    return Oracle(witnesses, groups).decided()


class Oracle:
    """One attempt to prove which rows are one call.

    Args:
        witnesses: The rows of all phones that can be read.
        groups: Of the office.
    """

    def __init__(self, witnesses: Iterable[Witness], groups: Sequence[Group]) -> None:
        self._all = sorted(witnesses, key=lambda one: (one.start.low, one.id))
        self._groups = groups
        self._rings: dict[str, list[Group]] = defaultdict(list)
        for group in groups:
            for member in group.members:
                if group.ringing is not Ringing.PICKUP:
                    self._rings[member].append(group)
        self._pickups = [group.members for group in groups if group.ringing is Ringing.PICKUP]
        self._node = {one.id: Node([one]) for one in self._all}
        self._of_desk: dict[str, InTime] = {}
        desks: dict[str, list[Witness]] = defaultdict(list)
        for one in self._all:
            if one.extension is not None:
                desks[one.extension].append(one)
        self._of_desk = {extension: InTime(rows) for extension, rows in desks.items()}

    def decided(self) -> Mapping[str, int]:
        """Row to the number of its call."""
        by_caller: dict[str, list[Witness]] = defaultdict(list)
        for one in self._all:
            if one.comes_from_outside and one.party is not None:
                by_caller[one.party].append(one)
        for rows in by_caller.values():
            for part in _episodes(rows):
                self._work_out(part)
        for placed, heard in Dialled(self._all, self._groups).proven():
            self._merge(placed, heard)
        self._hand_over()
        numbers: dict[int, int] = {}
        return {one.id: numbers.setdefault(id(self._node[one.id]), len(numbers) + 1) for one in self._all}

    # ---- callers from outside -------------------------------------------------------------------------

    def _work_out(self, rows: Sequence[Witness]) -> None:
        """Merges the rows of one caller until nothing more follows."""
        changed = True
        while changed:
            changed = self._too_close(rows) or self._complete_groups(rows) or self._sent_on(rows)

    def _too_close(self, rows: Sequence[Witness]) -> bool:
        changed = False
        for one, other in combinations(self._nodes(rows), 2):
            if self._node[one.rows[0].id] is self._node[other.rows[0].id]:
                continue
            first, second = self._node[one.rows[0].id], self._node[other.rows[0].id]
            if not (first.may_precede(second, REDIAL_S) or second.may_precede(first, REDIAL_S)):
                changed |= self._merge(first.rows[0], second.rows[0])
        return changed

    def _complete_groups(self, rows: Sequence[Witness]) -> bool:
        changed = False
        for node in self._nodes(rows):
            for member, low, high in sorted(self._must_have_rung(node)):
                fitting = [
                    one
                    for one in rows
                    if one.extension == member
                    and one.list_name in RUNG
                    and one.start.low <= high
                    and one.start.high >= low
                ]
                if len(fitting) != 1:
                    continue
                if member not in node.extensions and self._is_idle(member, low, high, rows):
                    changed |= self._merge(node.rows[0], fitting[0])
        return changed

    def _sent_on(self, rows: Sequence[Witness]) -> bool:
        """What was forwarded rings elsewhere; what was picked up rang elsewhere."""
        changed = False
        for one in rows:
            fitting: list[Witness] = []
            if one.list_name is ListName.FORWARDED:
                fitting = [
                    other
                    for other in rows
                    if other.extension != one.extension and one.stop.meets(other.start, 0.0, FORWARDED_S)
                ]
            elif one.at_once:
                near = {member for group in self._pickups for member in group if one.extension in group}
                fitting = [
                    other
                    for other in rows
                    if other.extension in near
                    and other is not one
                    and other.list_name is ListName.MISSED
                    and one.start.meets(other.stop, -SKEW_S, SKEW_S)
                ]
            if len(fitting) == 1:
                changed |= self._merge(one, fitting[0])
        return changed

    def _must_have_rung(self, node: Node) -> set[tuple[str, float, float]]:
        """Members that a group must have rung in this call, each with the span in which that began."""
        found = set(self._rung_by_groups(node))
        return {one for one in found if one[0] not in node.extensions}

    def _rung_by_groups(self, node: Node) -> Iterator[tuple[str, float, float]]:
        rung = [one for one in node.rows if one.list_name in RUNG and one.extension is not None]
        for one, other in combinations(rung, 2):
            for group in self._rings[one.extension or ""]:
                if other.extension not in group.members:
                    continue
                if group.ringing is Ringing.TOGETHER and one.rings_with(other, TOGETHER_S):
                    low = max(one.start.low, other.start.low) - SKEW_S
                    high = min(one.start.high, other.start.high) + SKEW_S
                    yield from ((member, low, high) for member in group.members)
                elif group.ringing is Ringing.IN_TURN:
                    yield from _between(group, one, other)

    def _is_idle(self, extension: str, low: float, high: float, rows: Sequence[Witness]) -> bool:
        """The desk was surely in no call of its own, nor dialled, during the span."""
        own = {one.id for one in rows}
        return extension in self._of_desk and not any(
            one.may_talk(low, high)
            for one in self._of_desk[extension].between(low - LONGEST_S, high)
            if one.id not in own
        )

    # ---- handed over ----------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        for placed in self._all:
            if placed.list_name is not ListName.PLACED or not placed.is_internal:
                continue
            goes_on = any(
                one.list_name is ListName.RECEIVED and one.end.low > placed.end.high + SAME_END_S
                for one in self._node[placed.id].rows
                if one.id != placed.id and one.party == f"ext:{placed.extension}"
            )
            if not goes_on:
                continue
            held = [
                one
                for one in self._around(placed)
                if one.list_name is ListName.RECEIVED
                and one.end.low <= placed.end.high + SKEW_S
                and one.end.high >= placed.end.low - SKEW_S
                and one.stop.low <= placed.start.high
            ]
            if len(held) == 1:
                self._merge(held[0], placed)

    def _around(self, placed: Witness) -> Iterator[Witness]:
        """Rows of the desk that placed a call, which began before it."""
        desk = self._of_desk.get(placed.extension or "")
        if desk is not None:
            yield from desk.between(placed.start.low - LONGEST_S, placed.start.high)

    # ---- nodes ----------------------------------------------------------------------------------------

    def _nodes(self, rows: Iterable[Witness]) -> list[Node]:
        return list({id(self._node[one.id]): self._node[one.id] for one in rows}.values())

    def _merge(self, one: Witness, other: Witness) -> bool:
        """Makes one call of those of two rows, unless a desk would ring twice in it: then nothing is sure.

        Returns:
            Whether they were two.
        """
        first, second = self._node[one.id], self._node[other.id]
        if first is second or not first.rung.isdisjoint(second.rung):
            return False
        first.take(second)
        for row in second.rows:
            self._node[row.id] = first
        return True


def _episodes(rows: Sequence[Witness]) -> Iterator[list[Witness]]:
    """Rows of one caller, by ``start.low``, in parts so far apart that no two of them can be one call."""
    part: list[Witness] = []
    until = float("-inf")
    for one in rows:
        if part and one.start.low > until + LONGEST_S:
            yield part
            part = []
        part.append(one)
        until = max(until, one.end.high)
    if part:
        yield part


def _between(group: Group, one: Witness, other: Witness) -> Iterator[tuple[str, float, float]]:
    """Members of a hunt list that it must have rung between two others."""
    if one.start.low > other.start.low:
        one, other = other, one
    assert one.extension is not None
    assert other.extension is not None
    first, last = group.members.index(one.extension), group.members.index(other.extension)
    if one.start.high >= other.start.low:
        return
    for member in group.members[first + 1 : last]:
        yield member, one.stop.low, other.start.high
