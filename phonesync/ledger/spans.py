"""From verdicts to spans: the spans of a list abut without overlap, and the newest complete one is open."""

from __future__ import annotations

from collections.abc import Mapping
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
    closed: list[Span] = []
    pools: dict[str, PoolState] = {}
    for codes in _pools(reading):
        name = ",".join(codes)
        before = ledger.pools.get(name, _inherited(ledger, codes))
        spans, opened = _pool_spans(ledger, reading, shown, codes, before, offset_s)
        closed += spans
        rows = sum(len(shown.get(code, ())) for code in codes)
        pools[name] = replace(before, most_rows=max(before.most_rows, rows), open_since=opened)
    return tuple(closed), pools


def _pools(reading: Reading) -> tuple[tuple[str, ...], ...]:
    """The pools of the variant; a list the phone shows beyond them is one of its own."""
    known = {code for codes in reading.variant.pools for code in codes}
    extra = sorted(
        snapshot.list_code for snapshot in reading.log.snapshots if snapshot.list_code not in known
    )
    return (*reading.variant.pools, *((code,) for code in extra))


def _inherited(ledger: PhoneLedger, codes: tuple[str, ...]) -> PoolState:
    """The state of lists that were pooled otherwise at the last read (a quirk changed): the latest start."""
    if ledger.last_read is None:
        return PoolState()
    former = [state for name, state in ledger.pools.items() if set(name.split(",")) & set(codes)]
    starts = [state.open_since for state in former if state.open_since is not None]
    return PoolState(
        most_rows=max((state.most_rows for state in former), default=0),
        open_since=max(starts, default=None),
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
