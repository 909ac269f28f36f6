"""Row ids of emulated phones: how a phone gives them, and what a reader has seen of them.

How the ids of a real phone grow is not documented; so phones number their rows in different ways, and nothing
counts as provable by ids before they were seen to grow, nor after they were seen to fall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from phonesync.farm.proof import Proof, ShownRow, Verdict
from phonesync.farm.traits import Numbering
from phonesync.model import ListName

GROWN_OFTEN = 3
"""Only of ids that grew so often before a reader's eyes is it expected that the reader leans on them."""


@dataclass(frozen=True, slots=True)
class RowId:
    """The id of one row.

    Attributes:
        number: As the phone shows it, from 1.
        series: Ids of different series bear no relation to one another: the numbering began anew.
    """

    number: int
    series: int


class RowIds:
    """Gives every row of one phone its id.

    Args:
        numbering: Which rows are numbered together.
        renumbers: Numbering begins anew in a list that was cleared.
    """

    def __init__(self, numbering: Numbering, *, renumbers: bool) -> None:
        self._together = numbering is Numbering.TOGETHER
        self._renumbers = renumbers
        self._given: Counter[ListName | None] = Counter()
        self._series = 1

    def next(self, list_name: ListName) -> RowId:
        """The id of a new row."""
        key = None if self._together else list_name
        self._given[key] += 1
        return RowId(self._given[key], self._series)

    def cleared(self, list_name: ListName) -> None:
        """A list was cleared."""
        if self._renumbers:
            self._given[None if self._together else list_name] = 0
            self._series += 1

    def restart(self) -> None:
        """All numbering begins anew: factory reset, or another device."""
        self._given.clear()
        self._series += 1


@dataclass(slots=True)
class SeenIds:
    """What the completed reads of one phone have shown of its ids.

    Attributes:
        grown: How often the id of each list grew.
        fell: Some id was smaller than one shown before it in the same list.
    """

    grown: Counter[ListName] = field(default_factory=Counter)
    fell: bool = False
    _last: dict[ListName, int] = field(default_factory=dict)

    def judge(self, earlier: Sequence[ShownRow], later: Sequence[ShownRow]) -> Verdict:
        """Judges two consecutive reads of a list that shows its newest row only, by ids alone.

        The same id, or the next one, proves; an empty answer proves nothing.
        """
        if not later or not earlier:
            nothing = not later and not earlier
            return Verdict(proof=Proof.UNTRIED if nothing else Proof.NONE, survived=False)
        before, now = earlier[0], later[0]
        survived = before.row == now.row
        if now.row_id - before.row_id not in {0, 1}:
            return Verdict(proof=Proof.NONE, survived=survived)
        trusted = not self.fell and self.grown[now.list_name] >= GROWN_OFTEN and before.series == now.series
        return Verdict(proof=Proof.PROVEN if trusted else Proof.UNTRIED, survived=survived)

    def note(self, shown: Sequence[ShownRow]) -> None:
        """Takes notice of what a read showed."""
        for row in shown:
            last = self._last.get(row.list_name)
            self._last[row.list_name] = row.row_id
            if last is not None:
                self.grown[row.list_name] += row.row_id > last
                self.fell = self.fell or row.row_id < last


def in_disguise(earlier: Sequence[ShownRow], later: Sequence[ShownRow]) -> bool:
    """The numbering began anew in between, and no reader can see it: the id did not fall."""
    return (
        bool(earlier)
        and bool(later)
        and earlier[0].series != later[0].series
        and later[0].row_id >= earlier[0].row_id
    )
