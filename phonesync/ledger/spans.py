"""From verdicts to spans: the spans of a list abut without overlap, and the newest complete one is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from phonesync.ledger.proof import STEADY_S, hole_ends, newest_only_verdict, verdict
from phonesync.ledger.rows import Matches
from phonesync.ledger.values import PhoneLedger, PoolState, Reading, Span, SpanState


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
        spans, opened = _pool_spans(ledger, reading, shown, codes, before, offset_s)
        closed += spans
        rows = sum(len(shown.get(code, ())) for code in codes)
        pools[name] = replace(before, most_rows=max(before.most_rows, rows), open_since=opened)
    return tuple(closed), pools


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
    return PoolState(most_rows=max(state.most_rows for state in states), open_since=last), past


def ended(ledger: PhoneLedger, pool: str, *, variant: str | None = None) -> tuple[Span, ...]:
    """What was proven of the lists of a pool up to the last read, as closed spans.

    Args:
        ledger: At that read.
        pool: Its name.
        variant: The variant that read it, or None where that is the one that reads it now.
    """
    since, last = ledger.pools[pool].open_since, ledger.last_read
    if since is None or last is None or since >= last:
        return ()
    return tuple(
        Span(list_code=code, since=since, until=last, state=SpanState.COMPLETE, variant=variant)
        for code in pool.split(",")
    )


def _pool_spans(
    ledger: PhoneLedger,
    reading: Reading,
    shown: Matches,
    codes: tuple[str, ...],
    before: PoolState,
    offset_s: float | None,
) -> tuple[list[Span], datetime]:
    """The spans that this read closes for one pool, and since when the pool is proven now."""
    last = ledger.last_read
    if last is None or before.open_since is None:
        opened = reading.at if ledger.successor else hole_ends(ledger, reading, shown, codes, offset_s)
        return [_span(code, None, opened, SpanState.UNKNOWN, ledger, reading) for code in codes], opened
    state = _state(ledger, reading, shown, codes, before)
    if state is SpanState.COMPLETE:
        return [], before.open_since
    opened = reading.at
    if state is not SpanState.REMOVED:
        opened = hole_ends(ledger, reading, shown, codes, offset_s)
    spans = []
    for code in codes:
        if before.open_since < last:
            spans.append(_span(code, before.open_since, last, SpanState.COMPLETE, ledger, reading))
        spans.append(_span(code, max(last, before.open_since), opened, state, ledger, reading))
    return spans, opened


def _state(
    ledger: PhoneLedger, reading: Reading, shown: Matches, codes: tuple[str, ...], before: PoolState
) -> SpanState:
    newest_only = {snapshot.list_code for snapshot in reading.log.snapshots if snapshot.newest_only}
    if set(codes) <= newest_only:
        return newest_only_verdict(ledger.lists.get(codes[0], ()), shown.get(codes[0], ()))
    offset = ledger.clock_offset_s
    timed = ledger.clock_steady and offset is not None and abs(offset) < STEADY_S
    return verdict(ledger.lists, shown, codes=codes, most_rows=before.most_rows, timed=timed)


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
