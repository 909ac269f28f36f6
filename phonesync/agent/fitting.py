"""Clocks that no page shows, and what their times mean: fitted at night to the calls phones were part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phonesync.calls.clock_fitting import WINDOW, Fit, fit
from phonesync.calls.clock_history import ClockHistory
from phonesync.calls.clock_lines import Source
from phonesync.calls.clock_witnesses import Witnessed, witnessed
from phonesync.calls.clocks import model
from phonesync.calls.values import Row
from phonesync.model import TimeOf
from phonesync.store.clock_records import KeptClock, Kind, Vote

if TYPE_CHECKING:
    from phonesync.store.call_pass import Means
    from phonesync.store.repository import Store

LOOKED_BACK = 4 * WINDOW
"""Rows of so much time are fitted: whole windows, so that each is fitted alike in every night."""

_WINDOW_S = WINDOW.total_seconds()

SHARP_S = 15.0
"""A clock known to so much without it needs no fitting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Phones of which the times mean the same.

    Attributes:
        clocks: Theirs; not fitted where nothing says more without.
        kinds: Of their rows of answered calls, and of others.
        stated: What those mean by their variant or the configuration.
        found: What they mean as far as is known.
    """

    clocks: list[KeptClock]
    kinds: Mapping[bool, Kind]
    stated: Mapping[bool, TimeOf]
    found: Mapping[bool, TimeOf]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What is fitted in one night.

    Attributes:
        since: Rows from then on, UTC.
        asked: The phones that are asked about.
        unpaged: Physical phones whose page shows no clock: the others are asked only what times mean.
        seen: Rows of which others tell when their calls were, by physical phone.
    """

    since: datetime
    asked: Sequence[Alike]
    unpaged: frozenset[str]
    seen: Mapping[str, Sequence[Witnessed]]


def prepared(store: Store, means: Means, *, until: datetime) -> Fitting:
    """Gathers what is to be fitted.

    Args:
        store: The store.
        means: What joining goes by.
        until: The present instant, or somewhat before, UTC.

    Raises:
        StoreError: The store cannot be used.
    """
    unpaged = frozenset(store.unpaged_clocks())
    found = {one.kind: one.time_of for one in store.time_meanings()}
    asked = _asked(store, found, unpaged, until)
    since = datetime.fromtimestamp((until - LOOKED_BACK).timestamp() // _WINDOW_S * _WINDOW_S, tz=UTC)
    rows = store.rows_since(since, plan_of=means.plan_of) if asked else []
    seen = _witnessed(rows, asked, unpaged, store, means)
    return Fitting(since=since, asked=asked, unpaged=unpaged, seen=seen)


def fit_alike(store: Store, fitting: Fitting, alike: Alike) -> Mapping[Kind, Sequence[Vote]]:
    """Keeps what fits the clocks of some phones, and concludes about them anew.

    Args:
        store: The store.
        fitting: What was gathered.
        alike: The phones.

    Returns:
        What times mean by that, where it is not stated.

    Raises:
        StoreError: The store cannot be used.
    """
    rows = {clock.incarnation: fitting.seen.get(clock.incarnation, ()) for clock in alike.clocks}
    told = fit(rows, alike.stated)
    # Where nothing is clear by itself, what reports and mirrored calls say helps.
    clocks = fit(rows, {**alike.found, **told.meant}).clocks
    for incarnation in sorted(fitting.unpaged & rows.keys()):
        if store.keep_fitted(incarnation, fitting.since, clocks.get(incarnation, ())):
            store.keep_clock(store.clock_of(incarnation), model(store.clock_evidence(incarnation)))
    if alike.clocks[0].time_of is not TimeOf.UNKNOWN:
        return {}
    return {kind: _votes(kind, told) for kind in alike.kinds.values()}


def _asked(
    store: Store, found: Mapping[Kind, TimeOf], unpaged: Collection[str], until: datetime
) -> list[Alike]:
    """Phones whose clock is not known well without fitting, or of which nobody knows what times mean."""
    alike: defaultdict[tuple[tuple[str, str, str], TimeOf], list[KeptClock]] = defaultdict(list)
    for clock in store.clocks():
        alike[clock.kind, clock.time_of].append(clock)
    asked = []
    for ((vendor, name, firmware), time_of), clocks in sorted(alike.items()):
        kinds = {
            answered: Kind(vendor=vendor, model=name, firmware=firmware, answered=answered)
            for answered in (True, False)
        }
        stated = dict.fromkeys(kinds, time_of)
        known = {answered: found.get(kind, time_of) for answered, kind in kinds.items()}
        if time_of is not TimeOf.UNKNOWN:
            known = stated
        unclear = TimeOf.UNKNOWN in known.values()
        some = [
            one
            for one in (_unfitted(store, clock) for clock in clocks)
            if unclear or (one.incarnation in unpaged and not _is_sharp(one, until))
        ]
        if some:
            asked.append(Alike(clocks=some, kinds=kinds, stated=stated, found=known))
    return asked


def _unfitted(store: Store, clock: KeptClock) -> KeptClock:
    """A clock by everything but what was fitted to it."""
    if Source.FIT not in clock.evidence:
        return clock
    others = (one for one in store.clock_evidence(clock.incarnation) if one.source is not Source.FIT)
    return replace(clock, segments=model(others).segments)


def _is_sharp(clock: KeptClock, at: datetime) -> bool:
    bounds = ClockHistory(clock.segments).bounds(at)
    return bounds is not None and bounds.high - bounds.low <= SHARP_S


def _witnessed(
    rows: Sequence[Row], asked: Sequence[Alike], unpaged: Collection[str], store: Store, means: Means
) -> Mapping[str, list[Witnessed]]:
    """Rows of which others tell when their calls were, by physical phone."""
    clocks = {clock.incarnation: clock for alike in asked for clock in alike.clocks}
    names = {clock.phone for clock in clocks.values()}
    whose = store.kinds_of([row.id for row in rows if row.phone in names and not row.heard])
    mine = {entry_id: of for entry_id, (of, _) in whose.items() if of in clocks}
    ours = [_unknown(row, clocks[mine[row.id]]) for row in rows if row.id in mine]
    # What is known by other phones alone is no witness.
    vague = {clock.phone for clock in store.clocks() if clock.incarnation in unpaged}
    others = [row for row in rows if row.heard or (row.id not in mine and row.phone not in vague)]
    found: defaultdict[str, list[Witnessed]] = defaultdict(list)
    for one in witnessed(ours, others, means.groups):
        found[mine[one.row.id]].append(one)
    return found


def _unknown(row: Row, clock: KeptClock) -> Row:
    """A row as if nobody knew what its time means, on a clock to which nothing was fitted."""
    if Source.FIT in clock.evidence:
        bounds = ClockHistory(clock.segments).of_row(
            row.at,
            resolution_s=row.resolution_s or 1,
            unseen_at=row.unseen_at,
            first_seen_at=row.first_seen_at,
        )
        row = replace(row, clock=bounds)
    return replace(row, time_of=TimeOf.UNKNOWN)


def _votes(kind: Kind, told: Fit) -> list[Vote]:
    return [
        Vote(kind=kind, source=Source.FIT, fits=fits)
        for answered, fits in told.votes
        if answered is kind.answered
    ]
