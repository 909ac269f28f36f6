"""The rules of proof, judged with knowledge of the truth: what two reads of a list can show.

The rows here carry their true identity, which no reader has; so the judgement is the best that any reader
could reach, and a reader that claims more lies, one that claims less has overlooked the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phonesync.model import ListName

ASSUMED_MOST = 10
"""Rows every list is taken to hold, until a read showed more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row of a list as a read showed it.

    Attributes:
        row: True identity of the row: id of its first recording.
        list_name: The list it stands in.
        number: As shown.
        wall: As shown, floored to the list's resolution.
        members: Ids of the recordings merged into it, oldest first; one unless repeats are merged.
        recorded: When its newest recording was made, UTC.
        row_id: As shown, where the phone numbers its rows.
        series: Ids of different series bear no relation to one another.
    """

    row: int
    list_name: ListName
    number: str
    wall: datetime
    members: tuple[int, ...]
    recorded: datetime
    row_id: int = 0
    series: int = 0

    @property
    def count(self) -> int:
        """The count shown: above 1 where repeats were merged."""
        return len(self.members)


class Proof(StrEnum):
    """What two consecutive reads of a list prove of the span between them."""

    PROVEN = "proven"
    """By the rules as they stand: nothing written between the two reads can have been evicted unread."""
    REDATED = "re-dated"
    """A row remains, but under another time: the clock was set."""
    MERGED = "merged"
    """A row remains, but as the newest of merged repeats."""
    DISORDER = "disorder"
    """Only the oldest vanished by the order of recording, but not by the order shown."""
    UNTRIED = "untried ids"
    """The ids would prove it, but were not yet seen to grow, or were seen to fall; or nothing was shown."""
    NONE = "none"
    """Nothing is proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Judgement over two reads of one pool.

    Attributes:
        proof: What they prove.
        survived: Some row of the earlier read is still there.
    """

    proof: Proof
    survived: bool

    @property
    def holds(self) -> bool:
        """Nothing can have been evicted unread between the two reads, whether or not a reader can tell."""
        return self.proof is not Proof.NONE


def judge(
    earlier: Sequence[ShownRow], later: Sequence[ShownRow], *, most: int, pooled: bool = False
) -> Verdict:
    """Judges two consecutive completed reads of one pool.

    Args:
        earlier: Rows of the earlier read, newest first as shown.
        later: Rows of the later read.
        most: The most rows any read before the later one showed in this pool.
        pooled: Several lists share the capacity: there is no shown order between lists but by their times.
    """
    if not earlier:
        proven = not later or len(later) < max(most, ASSUMED_MOST)
        return Verdict(proof=Proof.PROVEN if proven else Proof.NONE, survived=False)
    now = {row.row: row for row in later}
    kept = [row for row in earlier if row.row in now]
    if not kept:
        return Verdict(proof=Proof.NONE, survived=False)
    return Verdict(proof=_of_survivors(earlier, kept, now, pooled=pooled), survived=True)


def _of_survivors(
    earlier: Sequence[ShownRow], kept: Sequence[ShownRow], now: Mapping[int, ShownRow], *, pooled: bool
) -> Proof:
    gone = [row for row in earlier if row.row not in now]
    oldest_kept = min(row.recorded for row in kept)
    if any(row.recorded > oldest_kept for row in gone):
        return Proof.NONE
    if any(now[row.row].members != row.members for row in kept) or all(row.count > 1 for row in kept):
        return Proof.MERGED
    if any(now[row.row].wall != row.wall for row in kept):
        return Proof.REDATED
    if gone and not _oldest_as_shown(earlier, kept, gone, pooled=pooled):
        return Proof.DISORDER
    return Proof.PROVEN


def _oldest_as_shown(
    earlier: Sequence[ShownRow], kept: Sequence[ShownRow], gone: Sequence[ShownRow], *, pooled: bool
) -> bool:
    if pooled:
        return max(row.wall for row in gone) < min(row.wall for row in kept)
    tail = earlier[len(earlier) - len(gone) :]
    return {row.row for row in tail} == {row.row for row in gone}
