"""From verdicts to spans: the spans of a list abut without overlap, and the newest one is open.

The open span is complete, or unknown where what was read since proves nothing: a silent list, an experimental
way of reading, ids that have fallen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from phonesync.ledger.proof import STEADY_S, hidden_by_ids, hole_ends, newest_only_verdict, trail_of, verdict
from phonesync.ledger.rows import Matches
from phonesync.ledger.values import IdTrail, PhoneLedger, PoolState, Reading, Span, SpanState


def spans_of(
    ledger: PhoneLedger, reading: Reading, shown: Matches, offset_s: float | None
) -> tuple[tuple[Span, ...], Mapping[str, PoolState]]:
    """The spans a read closes, and the state of every pool after it.

    Args:
        ledger: Before the read, the steadiness of the clock already judged.
        reading: The read.
        shown: Its rows with their entries.
        offset_s: The phone's clock minus true time, or None.
    """
    wanted = {",".join(codes): codes for codes in pools_of(reading)}
    same = {code: code for name in ledger.pools for code in name.split(",")}
    closed = [span for name in ledger.pools if name not in wanted for span in ended(ledger, name)]
    pools: dict[str, PoolState] = {}
    for name, codes in wanted.items():
        before = ledger.pools.get(name)
        if before is None:
            before, past = continued(ledger, codes, same)
            closed += past
        spans, after = _pool_spans(ledger, reading, shown, codes, before, offset_s)
        closed += spans
        rows = sum(len(shown.get(code, ())) for code in codes)
        pools[name] = replace(after, most_rows=max(before.most_rows, rows))
    return tuple(closed), pools


def withdrawn(ledger: PhoneLedger, reading: Reading, ids: IdTrail) -> tuple[str, ...]:
    """Codes of the lists of which nothing that ids were taken to say holds any more, with this read.

    Args:
        ledger: Before the read.
        reading: The read.
        ids: How ids have moved, this read included.
    """
    return tuple(sorted(reading.newest_only())) if ids.fallen and not ledger.ids.fallen else ()


def pools_of(reading: Reading) -> tuple[tuple[str, ...], ...]:
    """The pools of the variant; a list the phone shows beyond them is one of its own."""
    known = {code for codes in reading.variant.pools for code in codes}
    extra = sorted(
        snapshot.list_code for snapshot in reading.log.snapshots if snapshot.list_code not in known
    )
    return (*reading.variant.pools, *((code,) for code in extra))


def continued(
    ledger: PhoneLedger, codes: Sequence[str], former: Mapping[str, str]
) -> tuple[PoolState, tuple[Span, ...]]:
    """The state of a pool whose lists stood in other ones at the last read (a quirk or the variant changed).

    What those had proven has ended there (:func:`ended`), so that spans abut whatever goes together now.

    Args:
        ledger: At the last read.
        codes: The lists of the pool.
        former: Each to the code it had then; lists that are new are left out.

    Returns:
        The state, and the unknown past of lists that have joined others.
    """
    olds = {former[code] for code in codes if code in former}
    states = [state for name, state in ledger.pools.items() if not olds.isdisjoint(name.split(","))]
    last = ledger.last_read
    if not states or last is None:
        return PoolState(), ()
    past = tuple(
        Span(list_code=code, since=None, until=last, state=SpanState.UNKNOWN)
        for code in codes
        if code not in former
    )
    most = max(state.most_rows for state in states)
    return PoolState(most_rows=most, open_since=last, proven=all(state.proven for state in states)), past


def ended(ledger: PhoneLedger, pool: str, *, variant: str | None = None) -> tuple[Span, ...]:
    """What is known of the lists of a pool up to the last read, as closed spans.

    Args:
        ledger: At that read.
        pool: Its name.
        variant: The variant that read it, or None where that is the one that reads it now.
    """
    before, last = ledger.pools[pool], ledger.last_read
    if before.open_since is None or last is None or before.open_since >= last:
        return ()
    return tuple(
        Span(list_code=code, since=before.open_since, until=last, state=_so_far(before), variant=variant)
        for code in pool.split(",")
    )


def _so_far(pool: PoolState) -> SpanState:
    """What the open span of a pool is."""
    return SpanState.COMPLETE if pool.proven else SpanState.UNKNOWN


def _pool_spans(
    ledger: PhoneLedger,
    reading: Reading,
    shown: Matches,
    codes: tuple[str, ...],
    before: PoolState,
    offset_s: float | None,
) -> tuple[list[Span], PoolState]:
    """The spans that this read closes for one pool, and the pool after it."""
    last = ledger.last_read
    ids = trail_of(ledger, reading, shown)
    proven = _goes_on_proven(reading, shown, codes, ids)
    if last is None or before.open_since is None:
        opened = reading.at if ledger.successor else hole_ends(ledger, reading, shown, codes, offset_s)
        past = [_span(code, None, opened, SpanState.UNKNOWN, ledger, reading) for code in codes]
        return past, replace(before, open_since=opened, proven=proven)
    begun = before.open_since
    if withdrawn(ledger, reading, ids) and set(codes) <= reading.newest_only():
        before = replace(before, proven=False)
    state = _state(ledger, reading, shown, codes, before)
    if state is SpanState.COMPLETE:
        return [], replace(before, proven=True)
    if state is SpanState.UNKNOWN and not before.proven:
        return [], before
    since, opened = max(last, begun), reading.at
    spans = []
    if begun < last:
        spans = [_span(code, begun, last, _so_far(before), ledger, reading) for code in codes]
    if state is SpanState.UNKNOWN:
        return spans, replace(before, open_since=since, proven=False)
    if state is not SpanState.REMOVED:
        opened = hole_ends(ledger, reading, shown, codes, offset_s)
    for code in codes:
        hole = _span(code, since, opened, state, ledger, reading)
        spans.append(replace(hole, at_most=_at_most(ledger, reading, shown, code)))
    return spans, replace(before, open_since=opened, proven=proven)


def _goes_on_proven(reading: Reading, shown: Matches, codes: tuple[str, ...], ids: IdTrail) -> bool:
    """Whether the same answer again will prove the time up to it."""
    if reading.variant.experimental or not reading.silent().isdisjoint(codes):
        return False
    newest_only = [code for code in codes if code in reading.newest_only()]
    rows = [match.row.entry for code in newest_only for match in shown.get(code, ())]
    return not (newest_only and ids.fallen) and all(row.row_id is not None for row in rows)


def _state(
    ledger: PhoneLedger, reading: Reading, shown: Matches, codes: tuple[str, ...], before: PoolState
) -> SpanState:
    if reading.variant.experimental or not reading.silent().isdisjoint(codes):
        return SpanState.UNKNOWN
    if set(codes) <= reading.newest_only():
        ids = _judging(ledger, reading, shown)
        states = [newest_only_verdict(ledger.lists.get(code, ()), shown.get(code, ()), ids) for code in codes]
        found = next((state for state in _WORST_FIRST if state in states), SpanState.COMPLETE)
    else:
        offset = ledger.clock_offset_s
        timed = ledger.clock_steady and offset is not None and abs(offset) < STEADY_S
        found = verdict(ledger.lists, shown, codes=codes, most_rows=before.most_rows, timed=timed)
    if found is SpanState.COMPLETE and not before.proven:
        # An empty list proves what comes after it, but one that was only silent was not shown to be empty.
        return found if any(ledger.lists.get(code) for code in codes) else SpanState.GAP
    return found


_WORST_FIRST = (SpanState.GAP, SpanState.CLEARED, SpanState.UNKNOWN)


def _judging(ledger: PhoneLedger, reading: Reading, shown: Matches) -> IdTrail:
    """What is to be believed of ids in this read: growth seen before it, and any fall up to it."""
    return replace(ledger.ids, fallen=trail_of(ledger, reading, shown).fallen)


def _at_most(ledger: PhoneLedger, reading: Reading, shown: Matches, code: str) -> int | None:
    """The most rows of a list that a hole hides, where its ids bound them."""
    if code not in reading.newest_only():
        return None
    kept, rows = ledger.lists.get(code, ()), shown.get(code, ())
    return hidden_by_ids(kept, rows, _judging(ledger, reading, shown))


def _span(
    code: str,
    since: datetime | None,
    until: datetime,
    state: SpanState,
    ledger: PhoneLedger,
    reading: Reading,
) -> Span:
    estimate = None
    if state is SpanState.GAP and since is not None:
        pool = next((",".join(codes) for codes in reading.variant.pools if code in codes), code)
        estimate = ledger.rate.expected(pool, since, until, reading.zone)
    return Span(list_code=code, since=since, until=until, state=state, estimate=estimate)
