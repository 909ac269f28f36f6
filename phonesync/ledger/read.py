"""One read meets the ledger: entries to keep, spans to state, the ledger as it stands afterwards.

Pure: the same ledger, read and known keys give the same plan. Reading the same lists again changes nothing
but times; the order of reads does not matter to what is kept; deletions on the phone do not unkeep.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from phonesync.ledger.carry import Carried, carried, former_key, recalled
from phonesync.ledger.entries import changed_entries, kept_rows, new_entries, silent_since
from phonesync.ledger.identity import Identified, identified, realigned
from phonesync.ledger.keys import digest, shape_of
from phonesync.ledger.mapping import contradicting
from phonesync.ledger.proof import FUTURE_ALLOWANCE, STEADY_S, trail_of
from phonesync.ledger.rate import RateProfile
from phonesync.ledger.rows import Known, matched, offset_s, rows_of
from phonesync.ledger.spans import spans_of, withdrawn
from phonesync.ledger.values import NewEntry, PhoneLedger, Reading, ReadPlan, TalkTally

__all__ = ["apply", "digest", "key_hashes", "unchanged"]

_RATE_REACH = timedelta(days=60)
"""Rows shown at the first read that are older than this say nothing of today's rate."""


def key_hashes(ledger: PhoneLedger, reading: Reading) -> frozenset[str]:
    """The keys to look up in the store before :func:`apply`."""
    turned = carried(ledger, reading)
    rows = rows_of(turned.ledger, reading)
    keys = {row.key for listed in rows.values() for row in listed}
    former = (
        former_key(ledger, row, old) for code, old in turned.moved.items() for row in rows.get(code, ())
    )
    return frozenset((*keys, *former))


def unchanged(ledger: PhoneLedger, reading: Reading) -> ReadPlan:
    """The plan for a read whose digest is that of the last good one: only times move.

    Every row stayed where it was, so the span since the last read is proven. The rows of ``ledger`` are not
    looked at and may be missing.
    """
    offset = offset_s(reading)
    after = replace(ledger, last_read=reading.at, clock_offset_s=offset, clock_steady=_steady(ledger, offset))
    return ReadPlan(ledger=after, unchanged=True)


def apply(ledger: PhoneLedger, reading: Reading, known: Known) -> ReadPlan:
    """What one complete read changes.

    Args:
        ledger: What is known of the phone before it.
        reading: The read.
        known: Key hash to ids already kept under that key, oldest occurrence first, aliases resolved.

    Raises:
        PlanRefused: Firmware or variant changed, and the rows fit the kept ones in more than one way.
    """
    fresh = digest(reading)
    if fresh == ledger.digest:
        return unchanged(ledger, reading)
    offset = offset_s(reading)
    on_phone = {row.entry_id for listed in ledger.lists.values() for row in listed}
    turned = carried(replace(ledger, clock_steady=_steady(ledger, offset)), reading)
    ledger = turned.ledger
    found = _identify(turned, reading, known, offset)
    new = new_entries(ledger, reading, found, offset)
    spans, pools = spans_of(ledger, reading, found.matches, offset)
    ids = trail_of(ledger, reading, found.matches)
    now = {match.entry_id for listed in found.matches.values() for match in listed}
    after = replace(
        ledger,
        shape=shape_of(reading),
        last_read=reading.at,
        clock_offset_s=offset,
        lists=kept_rows(ledger, reading, found, new, offset),
        list_names={code: str(name) for code, name in reading.variant.lists.items()},
        pools=pools,
        tallies=_tallies(ledger, new),
        rate=_rate(ledger, reading, new, offset),
        digest=fresh,
        accept_unaligned=False,
        ids=ids,
        silent=silent_since(ledger, reading),
    )
    return ReadPlan(
        ledger=after,
        new=new,
        changed=changed_entries(ledger, found),
        gone=tuple(sorted(on_phone - now - _held(ledger, reading))),
        back=tuple(sorted(now - on_phone - {entry.id for entry in new})),
        aliases=found.aliases,
        spans=(*turned.spans, *spans),
        notes=(*turned.notes, *found.notes, *_contradictions(reading, new)),
        withdrawn=withdrawn(ledger, reading, ids),
    )


def _held(ledger: PhoneLedger, reading: Reading) -> set[str]:
    """Ids of entries of lists that were silent: they have not been shown to be gone."""
    return {row.entry_id for code in reading.silent() for row in ledger.lists.get(code, ())}


def _steady(ledger: PhoneLedger, offset: float | None) -> bool:
    """False once two readings of the phone's clock differ by more than drift."""
    if offset is None or ledger.clock_offset_s is None:
        return ledger.clock_steady
    return ledger.clock_steady and abs(offset - ledger.clock_offset_s) <= STEADY_S


def _identify(turned: Carried, reading: Reading, known: Known, offset: float | None) -> Identified:
    """Rows with their entries: by key, by a clock that was set, or by a change of firmware."""
    ledger = turned.ledger
    rows = rows_of(ledger, reading)
    known, aliases = recalled(turned, rows, known)
    matches = matched(ledger, rows, known)
    moved = None if offset is None or ledger.clock_offset_s is None else offset - ledger.clock_offset_s
    if ledger.last_read is None or ledger.shape == shape_of(reading):
        return identified(ledger, reading, rows, matches, known, moved_s=moved)
    found = realigned(ledger, reading, rows, matches, known, moved_s=moved)
    return replace(found, aliases=(*aliases, *found.aliases))


def _tallies(ledger: PhoneLedger, new: tuple[NewEntry, ...]) -> Mapping[str, TalkTally]:
    tallies = dict(ledger.tallies)
    rows = Counter(entry.list_code for entry in new)
    with_talk = Counter(entry.list_code for entry in new if entry.duration_s)
    for code in rows:
        tally = tallies.get(code, TalkTally())
        tallies[code] = TalkTally(rows=tally.rows + rows[code], with_talk=tally.with_talk + with_talk[code])
    return tallies


def _rate(
    ledger: PhoneLedger, reading: Reading, new: tuple[NewEntry, ...], offset: float | None
) -> RateProfile:
    """The rate with the new rows counted where their times can be believed, else at this read."""
    since = reading.at - _RATE_REACH if ledger.last_read is None else ledger.last_read - timedelta(hours=1)
    latest = reading.at + FUTURE_ALLOWANCE
    pools: defaultdict[str, list[datetime]] = defaultdict(list)
    names = {code: ",".join(codes) for codes in reading.variant.pools for code in codes}
    for entry in new:
        at = entry.started_at - timedelta(seconds=offset or 0.0)
        if ledger.last_read is not None or since <= at <= latest:
            pools[names.get(entry.list_code, entry.list_code)].append(
                at if since <= at <= latest else reading.at
            )
    rate = ledger.rate
    for pool, instants in pools.items():
        rate = rate.counted(pool, instants, reading.zone)
    return rate


def _contradictions(reading: Reading, new: tuple[NewEntry, ...]) -> tuple[str, ...]:
    rows = sum(contradicting(reading.variant, entry.list_code, entry.duration_s) for entry in new)
    if not rows:
        return ()
    return (f"{rows} row(s) of the missed list show talk time: is the mapping of its list codes right?",)
