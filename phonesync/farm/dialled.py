"""Which rows that show a colleague are of which call that the colleague dialled: what must be so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from phonesync.calls.values import Group, Ringing
from phonesync.farm.witness import LONGEST_S, InTime, Witness
from phonesync.model import ListName

AT_ONCE_S = 0.6
"""What is dialled rings so soon, at most."""

LATER_S = 150.0
"""It is forwarded, picked up, or rings at the last member of a hunt list so much later, at most."""

SAME_S = 0.1


class Dialled:
    """The calls from desk to desk.

    Args:
        witnesses: The rows of all phones that can be read.
        groups: Of the office.
    """

    def __init__(self, witnesses: Iterable[Witness], groups: Sequence[Group]) -> None:
        self._groups = {group.number: group for group in groups if group.number is not None}
        self._placed: dict[str, list[Witness]] = defaultdict(list)
        self._heard: list[Witness] = []
        for one in witnesses:
            if one.is_internal and one.list_name is ListName.PLACED and one.extension is not None:
                self._placed[one.extension].append(one)
            elif one.is_internal and one.list_name is not ListName.PLACED:
                self._heard.append(one)

    def proven(self) -> Iterator[tuple[Witness, Witness]]:
        """Pairs of a placed row and one that must have come of it."""
        placed = {extension: InTime(rows) for extension, rows in self._placed.items()}
        fits: dict[str, dict[str, Witness]] = {}
        for one in self._heard:
            desk = placed.get(one.number or "")
            near = desk.between(one.start.low - LONGEST_S - LATER_S, one.start.high) if desk else ()
            fits[one.id] = {dialled.id: dialled for dialled in near if self._fits(dialled, one)}
        self._exclude(fits)
        for one in self._heard:
            if len(fits[one.id]) == 1:
                yield next(iter(fits[one.id].values())), one

    def _exclude(self, fits: dict[str, dict[str, Witness]]) -> None:
        """A phone stands once in a call: what a row must have come of, no other row of its phone did."""
        rivals: dict[tuple[str, str], list[str]] = defaultdict(list)
        phone_of = {one.id: one.phone for one in self._heard}
        for heard, dialled in fits.items():
            for one in dialled:
                rivals[phone_of[heard], one].append(heard)
        sure = [heard for heard, dialled in fits.items() if len(dialled) == 1]
        while sure:
            heard = sure.pop()
            (taken,) = fits[heard]
            for other in rivals[phone_of[heard], taken]:
                if other != heard and len(fits[other]) > 1 and taken in fits[other]:
                    del fits[other][taken]
                    if len(fits[other]) == 1:
                        sure.append(other)

    def _fits(self, placed: Witness, one: Witness) -> bool:
        if placed.phone == one.phone:
            return False
        group = self._groups.get(placed.number or "")
        direct = placed.number == one.extension
        together = group is not None and group.ringing is Ringing.TOGETHER and one.extension in group.members
        most = AT_ONCE_S if direct or together else LATER_S
        if not placed.start.meets(one.start, 0.0, most):
            return False
        if one.list_name is not ListName.RECEIVED:
            return one.start.low <= placed.stop.high + SAME_S
        if placed.answered is False:
            return False
        return placed.stop.meets(one.stop, -SAME_S, SAME_S) and one.end.high >= placed.end.low - SAME_S
