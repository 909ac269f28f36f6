"""A phone read by another variant: what is kept of its lists goes on under the codes of the new one.

Generations of one vendor may mean different lists by the same code. The kept rows, pools, tallies and rates
are carried to the new codes by list name, before rows are matched and anything is proven. Entries stay under
the keys they have; where a code changed, the keys under which the phone shows them now become aliases.

Which code means which list is not certain of every variant. Where the rows themselves stayed under their
codes although the names moved, the rows are right and one of the two mappings is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from phonesync.ledger.keys import entry_id, key_of, variant_in
from phonesync.ledger.overlap import coarser_unit, decided, overlaps
from phonesync.ledger.rows import Known, Row, Rows, rows_of
from phonesync.ledger.spans import continued, ended, pools_of
from phonesync.ledger.values import Alias, KeptRow, PhoneLedger, PoolState, Reading, Span
from phonesync.model import CallLogEntry

Former = Mapping[str, str]
"""List code of this read to the code under which the same list was kept; new lists are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A ledger as a read of another variant meets it.

    Attributes:
        ledger: Under the codes of the read; lists that the variant does not have are left out.
        moved: List code of the read to its former one, where the two differ.
        spans: What was proven up to the last read, closed under the codes of the variant that proved it.
        notes: Sentences for the log.
    """

    ledger: PhoneLedger
    moved: Former = field(default_factory=lambda: MappingProxyType({}))
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()


def carried(ledger: PhoneLedger, reading: Reading) -> Carried:
    """The ledger under the codes of a read; the same ledger where the variant is the same.

    The open spans end at the last read, and new ones begin there: what a code of the one variant means must
    not decide what is said of time that the other one proved.
    """
    was = variant_in(ledger.shape)
    if ledger.last_read is None or was == reading.variant.name:
        return Carried(ledger=ledger)
    former, stayed = _by_name(ledger, reading), _by_code(ledger, reading)
    notes: tuple[str, ...] = ()
    if stayed != former and _fit(ledger, reading, stayed) > _fit(ledger, reading, former):
        codes = " and ".join(code for code, old in stayed.items() if former.get(code) != old)
        text = (
            f"Rows stayed under the list codes {codes}, which {was} and {reading.variant.name} name otherwise"
        )
        notes = (f"{text}: one of the two mappings of list codes is wrong.",)
        former = stayed
    turned, past = _recoded(ledger, reading, former)
    proven = tuple(span for pool in ledger.pools for span in ended(ledger, pool, variant=was))
    return Carried(
        ledger=turned,
        moved={code: old for code, old in former.items() if code != old},
        spans=(*proven, *past),
        notes=notes,
    )


def former_key(ledger: PhoneLedger, row: Row, code: str) -> str:
    """The key that a row of this read had while its list was shown under ``code``."""
    return key_of(ledger.incarnation, replace(row.entry, list_code=code), row.year)


def recalled(carried: Carried, rows: Rows, known: Known) -> tuple[Known, tuple[Alias, ...]]:
    """What is kept under the keys of a read, entries of former codes included, and the aliases this takes.

    Args:
        carried: The ledger as the read meets it.
        rows: Of the read.
        known: Key to ids already kept under it, former keys included.
    """
    found = dict(known)
    aliases: list[Alias] = []
    for code, old in carried.moved.items():
        for row in rows.get(code, ()):
            here = found.get(row.key, ())
            there = known.get(former_key(carried.ledger, row, old), ())
            added = tuple(entry for entry in there if entry not in here)
            aliases += [
                Alias(key=row.key, occurrence=turn, alias_id=entry_id(row.key, turn), entry_id=entry)
                for turn, entry in enumerate(added, start=len(here) + 1)
            ]
            found[row.key] = (*here, *added)
    return found, tuple(aliases)


def _codes(reading: Reading) -> tuple[str, ...]:
    """Every list code of a read, the ones its variant names first."""
    shown = (snapshot.list_code for snapshot in reading.log.snapshots)
    return tuple(dict.fromkeys((*reading.variant.lists, *shown)))


def _by_name(ledger: PhoneLedger, reading: Reading) -> Former:
    """A code without a name stands for itself."""
    left = {code: ledger.list_names.get(code, code) for code in (*ledger.list_names, *ledger.lists)}
    found: dict[str, str] = {}
    for code in _codes(reading):
        name = reading.variant.lists.get(code, code)
        old = next((old for old, named in left.items() if named == name), None)
        if old is not None:
            found[code] = old
            del left[old]
    return found


def _by_code(ledger: PhoneLedger, reading: Reading) -> Former:
    return {code: code for code in _codes(reading) if code in ledger.list_names or code in ledger.lists}


def _fit(ledger: PhoneLedger, reading: Reading, former: Former) -> int:
    """Rows that go on from kept ones, did the codes mean this: under their texts, else all moved alike."""
    lists = _lists(ledger, former)
    rows = rows_of(replace(ledger, lists=lists), reading)
    pairs = {code: (lists.get(code, ()), listed) for code, listed in rows.items()}
    kept = {row.key for listed in lists.values() for row in listed}
    still = sum(row.key in kept for listed in rows.values() for row in listed)
    way = decided(overlaps(pairs, resolution_s=coarser_unit(pairs, reading.variant.resolution_s)))
    return still or (way.rows if way is not None else 0)


def _recoded(ledger: PhoneLedger, reading: Reading, former: Former) -> tuple[PhoneLedger, tuple[Span, ...]]:
    """The ledger under the codes of the read, and the unknown past of lists that are new in their pools."""
    pools: dict[str, PoolState] = {}
    renamed: dict[str, str] = {}
    unknown: list[Span] = []
    for codes in pools_of(reading):
        name, olds = ",".join(codes), {former[code] for code in codes if code in former}
        pools[name], past = continued(ledger, codes, former)
        unknown += past
        renamed.update((name, pool) for pool in ledger.pools if olds == set(pool.split(",")))
    turned = replace(
        ledger,
        lists=_lists(ledger, former),
        pools=pools,
        tallies={code: ledger.tallies[old] for code, old in former.items() if old in ledger.tallies},
        rate=ledger.rate.renamed(renamed),
        silent={code: ledger.silent[old] for code, old in former.items() if old in ledger.silent},
    )
    return turned, tuple(unknown)


def _lists(ledger: PhoneLedger, former: Former) -> Mapping[str, tuple[KeptRow, ...]]:
    return {
        code: tuple(_rekeyed(ledger, row, code) for row in ledger.lists[old])
        for code, old in former.items()
        if old in ledger.lists
    }


def _rekeyed(ledger: PhoneLedger, row: KeptRow, code: str) -> KeptRow:
    """A kept row under the key that it has in another list."""
    shown = CallLogEntry(
        list_code=code,
        account=row.account,
        remote_number=row.remote_number,
        shown_at=row.shown_at,
        row_id=row.row_id,
    )
    return replace(row, key=key_of(ledger.incarnation, shown, row.year))
