"""Which shown row is which kept entry, when the clock was set or the firmware changed.

Keys tell, as long as the phone shows the same texts. Where rows appear below known ones, or nothing shown is
known although the lists held rows, the texts may have moved: a phone that keeps ticks re-dates every row
when its clock is set. And after a change of firmware or variant, keys are not believed before the rows were
aligned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from phonesync.errors import PlanRefused
from phonesync.ledger.keys import entry_id
from phonesync.ledger.overlap import ENOUGH, Overlap, Pairs, coarser_unit, decided, overlaps
from phonesync.ledger.rows import Known, Match, Matches, Rows
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
    ledger: PhoneLedger,
    reading: Reading,
    rows: Rows,
    matches: Matches,
    known: Known,
    *,
    moved_s: float | None,
) -> Identified:
    """The rows of a read with their entries, re-dated rows recognised.

    Args:
        ledger: Before this read.
        reading: This read.
        rows: Its rows.
        matches: Its rows by key.
        known: Key to ids already kept under it, oldest occurrence first.
        moved_s: How far the phone's clock was set between the reads, or None where unknown.
    """
    unit = reading.variant.resolution_s
    still = _Still.of(ledger, matches)
    if not still.few and not _nudged(ledger, matches, unit):
        return Identified(matches=matches)
    ways = tuple(
        way
        for way in _ways(ledger, reading, _pairs(ledger, rows), unit, moved_s=moved_s)
        # Where most rows kept their texts, the others can only have moved within the shown unit.
        if (still.few or abs(way.offset_s) <= unit) and _agrees(way, ledger, matches)
    )
    # Without the phone's clock, chance must not be taken for a re-dated list: a third of it must align.
    least = ENOUGH if moved_s is not None or not still.few else max(ENOUGH, -(-still.of_rows // 3))
    way = decided(ways, least=least)
    if way is not None and (abs(way.offset_s) <= unit or way.rows > 2 * still.rows):
        return _carried(ledger, matches, known, way, f"the phone re-dated its rows by {way.offset_s} s")
    return Identified(matches=matches, uncertain=_suspects(ledger, matches, ways, still, unit, moved_s))


def _suspects(
    ledger: PhoneLedger,
    matches: Matches,
    ways: Sequence[Overlap],
    still: _Still,
    unit: int,
    moved_s: float | None,
) -> frozenset[str]:
    """Rows that may be known ones under another time, though nothing decides it."""
    held = sum(len(listed) for listed in ledger.lists.values())
    if still.rows and still.few:
        # Some texts stand: the others can only have moved within the shown unit.
        suspected = [way for way in ways if abs(way.offset_s) <= unit]
    else:
        # A new call is not shown earlier than a kept one: a row that is has moved.
        suspected = [
            way
            for way in ways
            if moved_s is not None or way.offset_s < 0 or way.in_place or way.rows > 1 or 2 * way.rows >= held
        ]
    return frozenset(
        matches[code][place].entry_id
        for way in suspected
        for code, aligned in way.aligned.items()
        for _, place in aligned
        if not matches[code][place].known
    )


def realigned(
    ledger: PhoneLedger,
    reading: Reading,
    rows: Rows,
    matches: Matches,
    known: Known,
    *,
    moved_s: float | None,
) -> Identified:
    """The rows of the first read after a change of firmware or variant, aligned to the ledger.

    Takes what :func:`identified` takes; the ledger stands under the codes of the read already.

    Raises:
        PlanRefused: More than one alignment fits.
    """
    if ledger.accept_unaligned:
        new = frozenset(match.entry_id for listed in matches.values() for match in listed if not match.known)
        return Identified(matches=matches, uncertain=new, notes=("rows taken unaligned, as ordered",))
    still = _Still.of(ledger, matches)
    if not still.few:
        return Identified(matches=matches)
    pairs = _pairs(ledger, rows)
    unit = coarser_unit(pairs, reading.variant.resolution_s)
    ways = _ways(ledger, reading, pairs, unit, moved_s=moved_s)
    way = decided(ways) or (ways[0] if len(ways) == 1 and ways[0].in_place else None)
    if way is not None and way.rows > 2 * still.rows:
        return _carried(ledger, matches, known, way, "rows aligned after a change of firmware")
    if not still.rows and any(way.in_place or way.rows > 1 for way in ways):
        raise PlanRefused(
            f"After the change from {ledger.shape.replace('|', ' ')} the call lists fit the kept rows in"
            f" {len(ways)} ways, so nothing was stored; the answer is kept.",
            hint="`phonesync phones retry NAME` takes the rows as new, marked uncertain.",
        )
    return Identified(matches=matches)


def _pairs(ledger: PhoneLedger, rows: Rows) -> Pairs:
    return {code: (ledger.lists.get(code, ()), listed) for code, listed in rows.items()}


def _ways(
    ledger: PhoneLedger, reading: Reading, pairs: Pairs, unit: int, *, moved_s: float | None
) -> tuple[Overlap, ...]:
    """The plausible ways to align, best first.

    Rows that a phone keeps as ticks all move by one offset, which is one of walls only while summer time
    neither begins nor ends between them; where it does, the instants align more of them.
    """

    def plausible(of: Pairs) -> tuple[Overlap, ...]:
        ways = overlaps(of, resolution_s=unit)
        return tuple(way for way in ways if _plausible(way, ledger, reading, moved_s=moved_s))

    by_wall = plausible(pairs)
    by_tick = plausible(_in_utc(pairs, reading.zone)) if _turns(pairs, reading.zone) else ()
    aligned = max((way.rows for way in by_wall), default=0)
    return by_tick if any(way.rows > aligned for way in by_tick) else by_wall


def _turns(pairs: Pairs, zone: ZoneInfo) -> bool:
    """Some of the times shown are of summer and some of winter."""
    walls = (row.wall for before_and_now in pairs.values() for rows in before_and_now for row in rows)
    return len({wall.replace(tzinfo=zone).utcoffset() for wall in walls if wall is not None}) > 1


def _in_utc(pairs: Pairs, zone: ZoneInfo) -> Pairs:
    """The rows with naive UTC in place of their wall times."""

    def utc(wall: datetime | None) -> datetime | None:
        return None if wall is None else wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

    return {
        code: (
            [replace(row, wall=utc(row.wall)) for row in kept],
            [replace(row, wall=utc(row.wall)) for row in rows],
        )
        for code, (kept, rows) in pairs.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Still:
    """How many rows stand under the very keys they were shown under last.

    By key and not by entry: when a clock is set back to where it was, older rows show a text they had before,
    which is known, while rows recorded in between show one that is not.

    Attributes:
        rows: Rows that stand still.
        of_rows: Rows that could: those of the shorter of the two snapshots.
    """

    rows: int
    of_rows: int

    @classmethod
    def of(cls, ledger: PhoneLedger, matches: Matches) -> _Still:
        """Counts them over all lists."""
        kept = Counter(row.key for listed in ledger.lists.values() for row in listed)
        shown = Counter(match.row.key for listed in matches.values() for match in listed)
        return cls(rows=(kept & shown).total(), of_rows=min(kept.total(), shown.total()))

    @property
    def few(self) -> bool:
        """Less than half: some may stand still by chance, where a moved time fell on another's old text."""
        return 2 * self.rows < self.of_rows


def _nudged(ledger: PhoneLedger, matches: Matches, unit: int) -> bool:
    """A row vanished, and one of the same party appeared within the shown unit of its time.

    A clock set by less than a minute moves some of the times that a list shows to the minute.
    """
    for code, listed in matches.items():
        shown = {match.entry_id for match in listed}
        vanished = [row for row in ledger.lists.get(code, ()) if row.entry_id not in shown]
        for match in listed if vanished else ():
            if not match.known and any(_near(row, match, unit) for row in vanished):
                return True
    return False


def _near(old: KeptRow, match: Match, unit: int) -> bool:
    if old.wall is None or match.row.wall is None or old.remote_number != match.row.entry.remote_number:
        return False
    return abs((match.row.wall - old.wall).total_seconds()) <= unit


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
    """Of the aligned rows, few are known to be another entry: by a time that fell on that one's old text."""
    others = sum(
        matches[code][place].known and matches[code][place].entry_id != ledger.lists[code][index].entry_id
        for code, aligned in way.aligned.items()
        for index, place in aligned
    )
    return 3 * others < way.rows


def _carried(ledger: PhoneLedger, matches: Matches, known: Known, way: Overlap, note: str) -> Identified:
    """The aligned rows as the entries they were, each with an alias for the key it is shown under now."""
    carried: dict[str, tuple[Match, ...]] = {}
    aliases: list[Alias] = []
    for code, listed in matches.items():
        former = {place: ledger.lists[code][index].entry_id for index, place in way.aligned.get(code, ())}
        carried[code], added = _renumbered(listed, former, known)
        aliases += added
    return Identified(matches=carried, aliases=tuple(aliases), notes=(note,) if aliases else ())


def _renumbered(
    listed: Sequence[Match], former: Mapping[int, str], known: Known
) -> tuple[tuple[Match, ...], list[Alias]]:
    """The rows of one list with the entries they were, occurrences behind all those that are kept."""
    taken = {match.row.key: len(known.get(match.row.key, ())) for match in listed}
    found: list[Match] = []
    aliases: list[Alias] = []
    for place in range(len(listed) - 1, -1, -1):
        match, key = listed[place], listed[place].row.key
        was = former.get(place, match.entry_id if match.known else None)
        if was is None:
            taken[key] += 1
            match = replace(match, occurrence=taken[key], entry_id=entry_id(key, taken[key]))
        elif was in known.get(key, ()):
            match = replace(match, occurrence=known[key].index(was) + 1, entry_id=was, known=True)
        else:
            taken[key] += 1
            alias_id = entry_id(key, taken[key])
            aliases.append(Alias(key=key, occurrence=taken[key], alias_id=alias_id, entry_id=was))
            match = replace(match, occurrence=taken[key], entry_id=was, known=True)
        found.append(match)
    return tuple(reversed(found)), aliases
