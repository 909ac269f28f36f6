"""A store in memory and a phone on paper, to hold the ledger against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.driver.contract import Variant
from phonesync.ledger.read import apply, key_hashes
from phonesync.ledger.values import NewEntry, PhoneLedger, Reading, ReadPlan, Span, SpanState
from phonesync.model import CallLog, CallLogEntry, ClockReading, ListName, Snapshot, WallTime

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2025, 3, 6, 8, 0, tzinfo=UTC)
LISTS = {"1": ListName.PLACED, "2": ListName.RECEIVED, "3": ListName.MISSED}


def variant(**changes: object) -> Variant:
    """A variant with three lists of their own capacity, seconds and years."""
    plain = Variant(
        name="toy",
        title="toy",
        models=(),
        firmware="",
        lists=LISTS,
        pools=(("1",), ("2",), ("3",)),
        capacity=None,
        shows_year=True,
        resolution_s=1,
        swap=("2", "3"),
    )
    return replace(plain, **changes)


def wall(instant: datetime, *, year: bool = True, seconds: bool = True) -> WallTime:
    """A naive instant as a phone shows it."""
    return WallTime(
        year=instant.year if year else None,
        month=instant.month,
        day=instant.day,
        hour=instant.hour,
        minute=instant.minute,
        second=instant.second if seconds else None,
        weekday=None if year else instant.weekday(),
    )


def row(code: str, shown: datetime, number: str | None = "100", **changes: object) -> CallLogEntry:
    """A row of list ``code`` shown at the naive time ``shown``."""
    year = bool(changes.pop("year", True))
    seconds = bool(changes.pop("seconds", True))
    text = shown.strftime("%Y.%m.%d " if year else "%a %b %d ") + shown.strftime(
        "%H:%M:%S" if seconds else "%H:%M"
    )
    plain = CallLogEntry(
        list_code=code,
        account="201",
        remote_number=number,
        shown_at=text,
        wall=wall(shown, year=year, seconds=seconds),
        duration_s=30,
    )
    return replace(plain, **changes)


def local(instant: datetime) -> datetime:
    """An instant as a right clock shows it."""
    return instant.astimezone(ZONE).replace(tzinfo=None)


@dataclass
class Store:
    """Entries, aliases and spans, kept for ever."""

    ledger: PhoneLedger = field(default_factory=lambda: PhoneLedger(incarnation="toy#1"))
    entries: dict[str, NewEntry] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    variants: dict[str, Variant] = field(default_factory=dict)

    def read(
        self,
        at: datetime,
        rows: dict[str, list[CallLogEntry]],
        *,
        toy: Variant | None = None,
        offset_s: float | None = 0.0,
        firmware: str = "1",
        newest_only: bool = False,
        extra: tuple[str, ...] = (),
        silent: tuple[str, ...] = (),
    ) -> ReadPlan:
        """One read at ``at``; ``rows`` newest first by list code, ``extra`` codes beside those of the variant."""
        toy = toy or variant()
        shown = None
        if offset_s is not None:
            shown = ClockReading(wall=wall(local(at + timedelta(seconds=offset_s))), at=at)
        log = CallLog(
            snapshots=tuple(
                Snapshot(
                    list_code=code,
                    entries=tuple(rows.get(code, ())),
                    newest_only=newest_only,
                    silent=code in silent,
                )
                for code in (*toy.lists, *extra)
            ),
            clock=shown,
        )
        reading = Reading(at=at, log=log, variant=toy, firmware=firmware, zone=ZONE)
        known = {key: tuple(self.keys[key]) for key in key_hashes(self.ledger, reading) if key in self.keys}
        plan = apply(self.ledger, reading, known)
        self.ledger = plan.ledger
        for entry in plan.new:
            assert entry.id not in self.entries
            self.entries[entry.id] = entry
            self._index(entry.key, entry.occurrence, entry.id)
        for alias in plan.aliases:
            assert alias.entry_id in self.entries
            self._index(alias.key, alias.occurrence, alias.entry_id)
        for change in plan.changed:
            assert change.id in self.entries
        self.variants[toy.name] = toy
        for place, span in enumerate(self.spans):
            if span.list_code in plan.withdrawn and span.variant == toy.name:
                state = SpanState.UNKNOWN if span.state is SpanState.COMPLETE else span.state
                self.spans[place] = replace(span, state=state, at_most=None)
        self.spans += [replace(span, variant=span.variant or toy.name) for span in plan.spans]
        self.notes += plan.notes
        return plan

    def _index(self, key: str, occurrence: int, entry_id: str) -> None:
        ids = self.keys.setdefault(key, [])
        assert occurrence == len(ids) + 1
        ids.append(entry_id)

    def state_at(self, name: str, instant: datetime) -> SpanState | None:
        """What is stated of an instant of a list, by its name; None after the last good read."""
        assert self.ledger.last_read is not None
        for since, until, state in self.stated(name):
            ends = instant < until if until is not None else instant <= self.ledger.last_read
            if (since is None or since <= instant) and ends:
                return state
        return None

    def stated(self, name: str) -> list[tuple[datetime | None, datetime | None, SpanState]]:
        """Start, end and state of the spans of a list, by the name its codes had; the open one last."""
        stated: list[tuple[datetime | None, datetime | None, SpanState]] = [
            (span.since, span.until, span.state)
            for span in self.spans
            if self.variants[span.variant or ""].lists.get(span.list_code, span.list_code) == name
        ]
        stated += [
            (pool.open_since, None, SpanState.COMPLETE if pool.proven else SpanState.UNKNOWN)
            for pool_name, pool in self.ledger.pools.items()
            for code in pool_name.split(",")
            if self.ledger.list_names.get(code, code) == name
        ]
        return stated
