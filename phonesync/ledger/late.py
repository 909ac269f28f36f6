"""A read that is understood only after newer ones: its rows are kept, what is claimed stays as it was.

Pure. The highest multiplicity of a key in any one snapshot counts, whatever the order of the reads; so a row
that a later read brought as well is not kept twice. Spans are left as stated: whether the rows between this
read and its neighbours were all seen was decided without it, and a gap that stays claims nothing wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from phonesync.errors import PlanRefused
from phonesync.ledger.entries import new_entries
from phonesync.ledger.identity import Identified
from phonesync.ledger.keys import shape_of
from phonesync.ledger.proof import STEADY_S
from phonesync.ledger.rows import Known, Match, matched, offset_s, rows_of
from phonesync.ledger.values import NewEntry, PhoneLedger, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePlan:
    """What a read brings that is taken in after newer ones.

    Attributes:
        new: Entries to insert, none of them on the phone any more.
        known: Rows that are kept already.
        notes: Sentences for the user.
    """

    new: tuple[NewEntry, ...]
    known: int
    notes: tuple[str, ...] = ()


def late_keys(ledger: PhoneLedger, reading: Reading) -> frozenset[str]:
    """The keys to look up in the store before :func:`late`."""
    return frozenset(row.key for listed in rows_of(ledger, reading).values() for row in listed)


def late(ledger: PhoneLedger, reading: Reading, known: Known) -> LatePlan:
    """What a read that is older than the last good one adds.

    Args:
        ledger: What is known of the phone now.
        reading: The read, at the instant it was made.
        known: Key hash to ids already kept under that key, oldest occurrence first, aliases resolved.

    Raises:
        PlanRefused: It is of another variant or firmware than the last good read: its keys cannot be held
            against those kept.
    """
    if ledger.shape != shape_of(reading):
        raise PlanRefused(
            "The answer is of another variant or firmware than the last good read, so that its rows cannot "
            "be told from those kept since.",
            hint="It stays in quarantine.",
        )
    matches = matched(ledger, rows_of(ledger, reading), known)
    offset = offset_s(reading)
    doubtful = [
        listed
        for listed in matches.values()
        if not (_same_clock(ledger, offset) or any(match.known for match in listed))
    ]
    uncertain = frozenset(match.entry_id for match in _all(doubtful))
    found = Identified(matches=matches, uncertain=uncertain)
    # Nothing bounds these rows from below: what the last good read showed came after them.
    new = new_entries(replace(ledger, last_read=None), reading, found, offset)
    notes: tuple[str, ...] = ()
    if uncertain:
        sentence = (
            f"{len(uncertain)} row(s) are marked uncertain: nothing shows that the phone's clock was not set "
            "since, so they may be rows of later reads under another time."
        )
        notes = (sentence,)
    return LatePlan(new=new, known=sum(match.known for match in _all(matches.values())), notes=notes)


def _same_clock(ledger: PhoneLedger, offset: float | None) -> bool:
    """Whether the phone's clock was as right then as it is now, and was never seen to jump."""
    if offset is None or ledger.clock_offset_s is None:
        return False
    return ledger.clock_steady and abs(offset - ledger.clock_offset_s) <= STEADY_S


def _all(lists: Iterable[tuple[Match, ...]]) -> tuple[Match, ...]:
    return tuple(match for listed in lists for match in listed)
