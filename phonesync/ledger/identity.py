"""Which shown row is which kept entry, when the clock was set or the firmware changed.

Keys tell, as long as the phone shows the same texts. Where rows appear below known ones, or nothing shown is
known although the lists held rows, the texts may have moved: a phone that keeps ticks re-dates every row
when its clock is set. And after a change of firmware or variant, keys are not believed before the rows were
aligned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from phonesync.errors import PlanRefused
from phonesync.ledger.keys import entry_id
from phonesync.ledger.overlap import Overlap, decided, overlaps
from phonesync.ledger.rows import Match, Matches, Rows
from phonesync.ledger.values import Alias, KeptRow, PhoneLedger, Reading

_SLACK_S = 5
"""How exactly a clock that was set is known between two reads, besides the shown unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Rows with the entries they are.

    Attributes:
        matches: List code to matches, newest first.
        aliases: Keys under which known entries are shown now.
        uncertain: Ids of new entries that may be known ones under another time.
        notes: What was found, for the log.
    """

    matches: Matches
    aliases: tuple[Alias, ...] = ()
    uncertain: frozenset[str] = field(default_factory=frozenset)
    notes: tuple[str, ...] = ()


def identified(
    ledger: PhoneLedger, reading: Reading, rows: Rows, matches: Matches, *, moved_s: float | None
) -> Identified:
    """The rows of a read with their entries, re-dated rows recognised.

    Args:
        ledger: Before this read.
        reading: This read.
        rows: Its rows.
        matches: Its rows by key.
        moved_s: How far the phone's clock was set between the reads, or None where unknown.
    """
    if not _disjoint(ledger, matches) and not _new_below_known(ledger, matches):
        return Identified(matches=matches)
    pairs = {code: (ledger.lists.get(code, ()), listed) for code, listed in rows.items()}
    ways = tuple(
        way
        for way in overlaps(pairs, resolution_s=reading.variant.resolution_s)
        if _plausible(way, ledger, reading, moved_s=moved_s) and _agrees(way, ledger, matches)
    )
    way = decided(ways)
    if way is not None:
        same = {code: code for code in rows}
        return _carried(ledger, matches, way, same, f"the phone re-dated its rows by {way.offset_s} s")
    if not _disjoint(ledger, matches):
        return Identified(matches=matches)
    suspects = frozenset(
        match.entry_id
        for overlap in ways
        for code, length in overlap.lengths.items()
        for match in matches[code][-length:]
    )
    return Identified(matches=matches, uncertain=suspects)


def realigned(ledger: PhoneLedger, reading: Reading, rows: Rows, matches: Matches) -> Identified:
    """The rows of the first read after a change of firmware or variant, aligned to the ledger.

    Raises:
        PlanRefused: More than one alignment fits.
    """
    if ledger.accept_unaligned:
        new = frozenset(match.entry_id for listed in matches.values() for match in listed if not match.known)
        return Identified(matches=matches, uncertain=new, notes=("rows taken unaligned, as ordered",))
    if not _disjoint(ledger, matches):
        return Identified(matches=matches)
    codes = {code: _former_code(ledger, reading, code) for code in rows}
    pairs = {code: (ledger.lists.get(old, ()), rows[code]) for code, old in codes.items()}
    ways = overlaps(pairs, resolution_s=reading.variant.resolution_s)
    way = decided(ways) or (ways[0] if len(ways) == 1 else None)
    if way is not None:
        return _carried(ledger, matches, way, codes, "rows aligned after a change of firmware")
    if ways:
        raise PlanRefused(
            f"After the change from {ledger.shape.replace('|', ' ')} the call lists fit the kept rows in"
            f" {len(ways)} ways, so nothing was stored; the answer is kept.",
            hint="`phonesync phones retry NAME` takes the rows as new, marked uncertain.",
        )
    return Identified(matches=matches)


def _former_code(ledger: PhoneLedger, reading: Reading, code: str) -> str:
    """The code under which the list of the same name was read before."""
    name = reading.variant.lists.get(code)
    return next((old for old, former in ledger.list_names.items() if former == name), code)


def _disjoint(ledger: PhoneLedger, matches: Matches) -> bool:
    """The phone held rows, shows rows, and none of them is one of those."""
    kept = {row.entry_id for listed in ledger.lists.values() for row in listed}
    shown = [match.entry_id for listed in matches.values() for match in listed]
    return bool(kept) and bool(shown) and kept.isdisjoint(shown)


def _new_below_known(ledger: PhoneLedger, matches: Matches) -> bool:
    """New rows come on top; one below a row of the last snapshot, while others vanished, is suspect."""
    for code, listed in matches.items():
        kept = {row.entry_id for row in ledger.lists.get(code, ())}
        below = False
        for match in listed:
            below = below or match.entry_id in kept
            if below and not match.known:
                return not kept.issubset(other.entry_id for other in listed)
    return False


def _plausible(way: Overlap, ledger: PhoneLedger, reading: Reading, *, moved_s: float | None) -> bool:
    """True where what is known of the phone's clock allows the offset.

    A phone may also re-date its rows when summer time begins or ends, its clock being right throughout.
    """
    if moved_s is None or ledger.last_read is None:
        return True
    turned = _utc_offset_s(reading.at, reading.zone) - _utc_offset_s(ledger.last_read, reading.zone)
    slack = _SLACK_S + reading.variant.resolution_s
    return any(abs(way.offset_s - step) <= slack for step in (moved_s, turned, moved_s + turned))


def _utc_offset_s(instant: datetime, zone: ZoneInfo) -> float:
    offset = instant.astimezone(zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _agrees(way: Overlap, ledger: PhoneLedger, matches: Matches) -> bool:
    """No aligned row is known to be another entry."""
    return all(
        not match.known or match.entry_id == old.entry_id
        for code, length in way.lengths.items()
        for old, match in zip(ledger.lists.get(code, ()), matches[code][-length:], strict=False)
    )


def _carried(
    ledger: PhoneLedger, matches: Matches, way: Overlap, codes: Mapping[str, str], note: str
) -> Identified:
    """The aligned rows as the entries they were, each with an alias for the key it is shown under now."""
    carried = dict(matches)
    aliases: list[Alias] = []
    for code, length in way.lengths.items():
        listed = matches[code]
        moved = [
            _as_entry(match, old, aliases)
            for old, match in zip(ledger.lists[codes[code]], listed[-length:], strict=False)
        ]
        carried[code] = (*listed[:-length], *moved)
    return Identified(matches=carried, aliases=tuple(aliases), notes=(note,))


def _as_entry(match: Match, old: KeptRow, aliases: list[Alias]) -> Match:
    if not match.known:
        alias_id = entry_id(match.row.key, match.occurrence)
        aliases.append(
            Alias(key=match.row.key, occurrence=match.occurrence, alias_id=alias_id, entry_id=old.entry_id)
        )
    return Match(row=match.row, entry_id=old.entry_id, occurrence=match.occurrence, known=True)
