"""Clocks that no page shows, and what their times mean: fitted at night to the calls phones were part of."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from phonesync.calls.clock_fitting import FEWEST, WINDOW, Fit, fit
from phonesync.calls.clock_history import ClockHistory, whole
from phonesync.calls.clock_lines import Source
from phonesync.calls.clock_witnesses import Witnessed, witnessed
from phonesync.calls.clocks import model
from phonesync.calls.values import Bounds, Row
from phonesync.model import TimeOf
from phonesync.store.clock_records import KeptClock, Kind, Vote

if TYPE_CHECKING:
    from phonesync.store.call_pass import Means
    from phonesync.store.repository import Store

LOOKED_BACK = 4 * WINDOW
"""Rows of so much time are fitted: whole windows, so that each is fitted alike in every night."""

_WINDOW_S = WINDOW.total_seconds()

SHARP_S = 15.0
"""A clock known to so much without it needs no fitting, as long as something vouches for it."""

VOUCHED = timedelta(days=1)
"""Observations so long before and after a row vouch for its clock; where there was nothing to see for longer,
the clock may have been set, so that its rows came together with no others."""

SET_S = 600.0
"""A clock that may have been set may be off by so much more, or less, than it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfitted:
    """A clock by everything but what was fitted to it.

    Attributes:
        kept: What is concluded of it so.
        history: The same, to ask it how far it was off.
        seen: When something telling was seen of it, oldest first, UTC.
    """

    kept: KeptClock
    history: ClockHistory
    seen: Sequence[datetime]

    @property
    def incarnation(self) -> str:
        """The physical phone."""
        return self.kept.incarnation

    def vouches(self, at: datetime) -> bool:
        """Whether something was seen of it shortly before and shortly after an instant, no step between."""
        place = bisect_left(self.seen, at)
        near = self.seen[max(0, place - 1) : place + 1]
        if len(near) < 2 or near[0] < at - VOUCHED or near[1] > at + VOUCHED:  # noqa: PLR2004
            return False
        return not self.history.stepped(at)

    def is_sharp(self, at: datetime) -> bool:
        """Whether it is known well at an instant."""
        bounds = self.history.bounds(at)
        return bounds is not None and bounds.high - bounds.low <= SHARP_S

    def unknown(self, row: Row) -> Row:
        """A row of the phone as if nobody knew what its time means, and its clock no better than so."""
        row = replace(row, time_of=TimeOf.UNKNOWN, either=())
        vouched = self.vouches(row.at)
        if vouched and Source.FIT not in self.kept.evidence:
            return row
        ways = self.history.ways_of_row(
            row.at,
            resolution_s=row.resolution_s or 1,
            unseen_at=row.unseen_at,
            first_seen_at=row.first_seen_at,
        )
        bounds = whole(ways)
        if vouched or bounds is None:
            return replace(row, clock=bounds, turned=ways if len(ways) > 1 else ())
        return replace(row, clock=Bounds(low=bounds.low - SET_S, high=bounds.high + SET_S), turned=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Phones of which the times mean the same.

    Attributes:
        clocks: Theirs; not fitted where nothing says more without.
        kinds: Of their rows of answered calls, and of others.
        stated: What those mean by their variant or the configuration.
        found: What they mean as far as is known.
    """

    clocks: list[Unfitted]
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
    since = datetime.fromtimestamp((until - LOOKED_BACK).timestamp() // _WINDOW_S * _WINDOW_S, tz=UTC)
    rows = store.rows_since(since, plan_of=means.plan_of)
    asked = _asked(store, found, _Wanted(unpaged, rows, until))
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
    if alike.clocks[0].kept.time_of is not TimeOf.UNKNOWN:
        return {}
    return {kind: _votes(kind, told) for kind in alike.kinds.values()}


class _Wanted:
    """Which clocks nothing tells well enough.

    Args:
        unpaged: Physical phones whose page shows no clock.
        rows: Of the last days.
        until: Where those end, UTC.
    """

    def __init__(self, unpaged: Collection[str], rows: Iterable[Row], until: datetime) -> None:
        self._unpaged, self._until = unpaged, until
        self._shown: defaultdict[str, list[datetime]] = defaultdict(list)
        for row in rows:
            if row.timed and not row.heard:
                self._shown[row.phone].append(row.at)

    def __call__(self, clock: Unfitted) -> bool:
        """Whether it is to be fitted."""
        if clock.incarnation not in self._unpaged:
            return False
        unvouched = sum(not clock.vouches(at) for at in self._shown[clock.kept.phone])
        return unvouched >= FEWEST or not clock.is_sharp(self._until)


def _asked(store: Store, found: Mapping[Kind, TimeOf], wanted: _Wanted) -> list[Alike]:
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
        some = [one for one in (_unfitted(store, clock) for clock in clocks) if unclear or wanted(one)]
        if some:
            asked.append(Alike(clocks=some, kinds=kinds, stated=stated, found=known))
    return asked


def _unfitted(store: Store, clock: KeptClock) -> Unfitted:
    others = [one for one in store.clock_evidence(clock.incarnation) if one.source is not Source.FIT]
    if Source.FIT in clock.evidence:
        clock = replace(clock, segments=model(others).segments)
    return Unfitted(
        kept=clock, history=ClockHistory(clock.segments), seen=[one.at for one in others if one.is_telling]
    )


def _witnessed(
    rows: Sequence[Row], asked: Sequence[Alike], unpaged: Collection[str], store: Store, means: Means
) -> Mapping[str, list[Witnessed]]:
    """Rows of which others tell when their calls were, by physical phone."""
    clocks = {clock.incarnation: clock for alike in asked for clock in alike.clocks}
    names = {clock.kept.phone for clock in clocks.values()}
    whose = store.kinds_of([row.id for row in rows if row.phone in names and not row.heard])
    mine = {entry_id: of for entry_id, (of, _) in whose.items() if of in clocks}
    ours = [clocks[mine[row.id]].unknown(row) for row in rows if row.id in mine]
    # What is known by other phones alone is no witness.
    vague = {clock.phone for clock in store.clocks() if clock.incarnation in unpaged}
    others = [row for row in rows if row.heard or (row.id not in mine and row.phone not in vague)]
    found: defaultdict[str, list[Witnessed]] = defaultdict(list)
    for one in witnessed(ours, others, means.groups):
        found[mine[one.row.id]].append(one)
    return found


def _votes(kind: Kind, told: Fit) -> list[Vote]:
    return [
        Vote(kind=kind, source=Source.FIT, fits=fits)
        for answered, fits in told.votes
        if answered is kind.answered
    ]
