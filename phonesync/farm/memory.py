"""The memory of an emulated phone: call lists that overflow, a clock that may be wrong, hands that delete.

A :class:`FarmPhone` is what an emulator gives a face to. It knows no vendor; it tells the
:class:`~phonesync.farm.truth.TruthLog` everything it records, shows and forgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from phonesync.driver.emulation import StoredRow
from phonesync.farm.directory import FarmDirectory
from phonesync.farm.phoneclock import Keeping, PhoneClock
from phonesync.farm.proof import ShownRow
from phonesync.farm.recordings import Fate, PhoneFacts, Recording
from phonesync.farm.rowids import RowId, RowIds
from phonesync.farm.telephony import Leg
from phonesync.farm.traits import MemoryTraits, Merging, Nameplate
from phonesync.farm.truth import TruthLog
from phonesync.model import ListName, TimeOf

YEAR_DOUBT = timedelta(hours=36)
"""Shown further from its true time, a row without a year may lead any reader to the wrong one."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """One recording inside a row: what the row shows while this is its newest."""

    recording: Recording
    host: str
    started: datetime
    phone_utc: datetime
    stepped: timedelta
    text: datetime


@dataclass(slots=True, eq=False)
class _Row:
    moments: list[_Moment]
    id: RowId
    face: tuple[StoredRow, ShownRow] | None = None
    """As it is shown now; forgotten with every change."""

    @property
    def newest(self) -> _Moment:
        return self.moments[-1]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(moment.recording.id for moment in self.moments)

    def is_same_party(self, leg: Leg) -> bool:
        known = self.newest.recording
        return (known.account, known.number) == (leg.account, leg.number)


@dataclass(slots=True)
class _Face:
    """One list as it is shown now, built once per change."""

    rows: tuple[StoredRow, ...]
    shown: tuple[ShownRow, ...]


@dataclass(slots=True)
class _Exposure:
    at: datetime
    device: int
    shown: tuple[ShownRow, ...]


class FarmPhone:
    """An emulated phone's memory; implements :class:`~phonesync.driver.emulation.PhoneMemory`.

    Args:
        facts: Name, zone, lists and resolution.
        nameplate: What it is.
        traits: How its memory works.
        truth: Where it reports.
        clock: Its wall clock.
        now: True time, UTC.
    """

    def __init__(
        self,
        *,
        facts: PhoneFacts,
        nameplate: Nameplate,
        traits: MemoryTraits,
        truth: TruthLog,
        clock: PhoneClock,
        now: Callable[[], datetime],
    ) -> None:
        self.facts = facts
        self.traits = traits
        self.clock = clock
        self.device = 1
        self.model = nameplate.model
        self.firmware = nameplate.firmware
        self.mac = nameplate.mac
        self.credentials = nameplate.credentials
        self.accounts: Mapping[int, str] = MappingProxyType(dict(nameplate.accounts))
        self.server = nameplate.server
        self.zone_setting = nameplate.zone_setting
        self.history_enabled = True
        self.merging_enabled = traits.merging is not Merging.OFF
        self.directory = FarmDirectory()
        self._truth = truth
        self._now = now
        self._booted = now()
        self._lists: dict[ListName, list[_Row]] = {name: [] for name in facts.lists}
        self._faces: dict[ListName, _Face] = {}
        self._pending: dict[ListName, _Exposure] = {}
        self._begun: datetime | None = None
        self._ids = RowIds(traits.numbering, renumbers=traits.renumbers)
        truth.add_phone(facts)

    # ---- what an emulator asks ------------------------------------------------------------------------

    def rows(self, list_name: ListName) -> Sequence[StoredRow]:
        """The rows of one list, newest first, or the newest; counts as shown once the read is completed."""
        if list_name not in self._lists:
            return ()
        face = self._faces.get(list_name)
        if face is None:
            face = self._faces[list_name] = self._build(list_name)
        at = self._now()
        self._begun = self._begun or at
        self._pending[list_name] = _Exposure(at, self.device, face.shown)
        if self.facts.newest_only:
            self._truth.expose(face.shown, begun=self._begun, at=at)
        return face.rows

    def wall_now(self) -> datetime:
        """The phone's own naive wall clock, wrong or right."""
        return self.clock.wall(self.clock.utc(self._now()))

    def now(self) -> datetime:
        """True time, UTC."""
        return self._now()

    # ---- what the reader's side reports ---------------------------------------------------------------

    def begin_read(self) -> None:
        """A read begins: whatever was shown before belongs to no completed read."""
        self._pending.clear()
        self._begun = self._now()

    def end_read(self, *, completed: bool) -> None:
        """A read has ended.

        Args:
            completed: The reader had every list whole; else nothing counts as shown to a read.
        """
        if completed and self._pending:
            last = max(self._pending.values(), key=lambda exposure: exposure.at)
            self._truth.complete_read(
                self.facts.name,
                device=last.device,
                begun=self._begun or last.at,
                at=last.at,
                lists={name: exposure.shown for name, exposure in self._pending.items()},
            )
        self._pending.clear()
        self._begun = None

    # ---- what calls do --------------------------------------------------------------------------------

    def record(self, leg: Leg) -> None:
        """Writes a row at the end of a call, evicting the oldest recorded one where there is no room."""
        self._record(leg, foreign=False)

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._lists.values())

    def length(self, list_name: ListName) -> int:
        """Rows in one list."""
        return len(self._lists.get(list_name, ()))

    # ---- what people and bad days do ------------------------------------------------------------------

    def delete(self, list_name: ListName, index: int, *, at: datetime) -> None:
        """Somebody deletes the row at ``index``, from 0, newest first as recorded."""
        rows = self._lists[list_name]
        self._drop(list_name, [rows[len(rows) - 1 - index]], Fate.DELETED, at)

    def clear(self, list_name: ListName | None, *, at: datetime, fate: Fate = Fate.CLEARED) -> None:
        """Somebody clears one list, or all of them."""
        for name in self._lists if list_name is None else (list_name,):
            self._drop(name, list(self._lists[name]), fate, at)
            self._ids.cleared(name)

    def reboot(self, *, at: datetime) -> None:
        """Starts again from what was saved: rows recorded since are lost."""
        saved = self._last_saved(at)
        for name, rows in self._lists.items():
            lost: list[int] = []
            for row in rows:
                kept = [moment for moment in row.moments if moment.recording.recorded <= saved]
                lost.extend(moment.recording.id for moment in row.moments[len(kept) :])
                row.moments, row.face = kept, None
            if lost:
                rows[:] = sorted(
                    (row for row in rows if row.moments), key=lambda row: row.newest.recording.id
                )
                self._truth.lose(lost, Fate.UNSAVED, at)
                self._faces.pop(name, None)
        self._booted = at
        self._truth.note(self.facts.name, at, "reboot")

    def factory_reset(self, *, at: datetime) -> None:
        """Loses all rows and contacts; provisioning restores the settings."""
        self.clear(None, at=at, fate=Fate.RESET)
        self.directory.forget()
        self._ids.restart()
        self._booted = at
        self._truth.note(self.facts.name, at, "factory reset")

    def set_clock(self, *, offset_s: float, at: datetime) -> None:
        """Sets the phone's clock so that it is wrong by ``offset_s``."""
        step = self.clock.set(at, offset_s=offset_s)
        if step and self.traits.keeping is Keeping.TICKS:
            self._faces.clear()
            for row in (row for rows in self._lists.values() for row in rows):
                row.face = None
        self._truth.note(self.facts.name, at, "clock set")

    def change_firmware(self, firmware: str, *, at: datetime) -> None:
        """Another firmware; the rows stay, the sessions do not."""
        self.firmware = firmware
        self._booted = at
        self._truth.note(self.facts.name, at, "firmware changed")

    def swap(self, mac: str, foreign: Iterable[Leg], *, at: datetime) -> None:
        """Another device takes this place, with its own MAC, a right clock and rows of elsewhere."""
        self.clear(None, at=at, fate=Fate.SWAPPED)
        self.directory.forget()
        self._ids.restart()
        self.device += 1
        self.mac = mac
        self._booted = at
        self.clock = PhoneClock(zone=self.facts.zone, started=at)
        for leg in foreign:
            self._record(leg, foreign=True)
        self._truth.note(self.facts.name, at, Fate.SWAPPED.value)

    # ---- inside ---------------------------------------------------------------------------------------

    def _record(self, leg: Leg, *, foreign: bool) -> None:
        rows = self._lists.get(leg.list_name)
        if rows is None or not self.history_enabled:
            return
        joined = self._row_to_join(rows, leg)
        recording = self._recording(leg, joined, foreign=foreign)
        self._truth.record(recording)
        moment = self._moment(leg, recording)
        if joined is None:
            if self.facts.newest_only and rows:
                self._truth.displace(rows[-1].newest.recording.id, leg.ended)
            rows.append(_Row([moment], self._ids.next(leg.list_name)))
            self._evict(leg.list_name, at=leg.ended)
        else:
            joined.moments.append(moment)
            joined.face = None
            rows.remove(joined)
            rows.append(joined)
        self._faces.pop(leg.list_name, None)

    def _row_to_join(self, rows: list[_Row], leg: Leg) -> _Row | None:
        if not self.merging_enabled or not rows:
            return None
        candidates = rows[-1:] if self.traits.merging is Merging.NEWEST else rows
        return next((row for row in reversed(candidates) if row.is_same_party(leg)), None)

    def _recording(self, leg: Leg, joined: _Row | None, *, foreign: bool) -> Recording:
        number = self._truth.next_id()
        # A party found in a phone's directory is shown with the name there (Yealink sheet 5.1).
        found = self.directory.name_of(leg.number)
        return Recording(
            id=number,
            phone=self.facts.name,
            device=self.device,
            list_name=leg.list_name,
            account=leg.account,
            number=leg.number,
            name=found or leg.name,
            started=leg.started,
            recorded=leg.ended,
            duration_s=leg.duration_s,
            foreign=foreign,
            row=number if joined is None else joined.moments[0].recording.row,
            position=1 if joined is None else len(joined.moments) + 1,
            call_id=leg.call_id,
            named=found is not None,
            call=leg.call,
            answered=leg.answered,
            clock_s=self.clock.offset(self._meant(leg)).total_seconds(),
        )

    def _meant(self, leg: Leg) -> datetime:
        """The instant that the time of its row tells."""
        meant = {TimeOf.ANSWERED: leg.answered or leg.started, TimeOf.RECORDED: leg.ended}
        return meant.get(self.traits.time_of, leg.started)

    def _moment(self, leg: Leg, recording: Recording) -> _Moment:
        phone_utc = self.clock.utc(self._meant(leg))
        return _Moment(
            recording=recording,
            host=self.server,
            started=leg.started,
            phone_utc=phone_utc,
            stepped=self.clock.stepped,
            text=self.clock.wall(phone_utc),
        )

    def _evict(self, list_name: ListName, *, at: datetime) -> None:
        pool = list(self._lists) if self.traits.shared else [list_name]
        if sum(len(self._lists[name]) for name in pool) <= self.traits.capacity:
            return
        heads = [name for name in pool if self._lists[name]]
        oldest = min(heads, key=lambda name: self._lists[name][0].newest.recording.id)
        self._drop(oldest, [self._lists[oldest][0]], Fate.EVICTED, at)

    def _drop(self, list_name: ListName, gone: Sequence[_Row], fate: Fate, at: datetime) -> None:
        rows = self._lists[list_name]
        for row in gone:
            rows.remove(row)
            self._truth.lose(row.ids, fate, at)
        if gone:
            self._faces.pop(list_name, None)

    def _last_saved(self, at: datetime) -> datetime:
        if self.traits.flush_s <= 0:
            return at
        running = (at - self._booted).total_seconds()
        return at - timedelta(seconds=running % self.traits.flush_s)

    def _build(self, list_name: ListName) -> _Face:
        rows = list(reversed(self._lists[list_name]))
        if self.traits.by_start:
            rows.sort(key=lambda row: row.newest.started, reverse=True)
        if self.facts.newest_only:
            rows = rows[:1]
        faces = [row.face or self._face(row) for row in rows]
        return _Face(
            rows=tuple(stored for stored, _ in faces),
            shown=tuple(shown for _, shown in faces),
        )

    def _face(self, row: _Row) -> tuple[StoredRow, ShownRow]:
        wall = self._wall(row.newest)
        row.face = self._stored(row, wall), self._shown(row, wall)
        return row.face

    def _wall(self, moment: _Moment) -> datetime:
        if self.traits.keeping is Keeping.TEXT:
            return moment.text
        return self.clock.wall(moment.phone_utc + self.clock.stepped - moment.stepped)

    def _stored(self, row: _Row, wall: datetime) -> StoredRow:
        known = row.newest.recording
        return StoredRow(
            list_name=known.list_name,
            account=known.account,
            server=self.server,
            number=known.number,
            host=row.newest.host,
            name=known.name,
            wall=wall,
            duration_s=known.duration_s,
            count=len(row.moments),
            row_id=row.id.number,
        )

    def _shown(self, row: _Row, wall: datetime) -> ShownRow:
        known = row.newest.recording
        floored = wall if self.facts.resolution_s == 1 else wall.replace(second=0)
        meant = wall.replace(tzinfo=self.facts.zone).astimezone(UTC)
        self._truth.show(known.id, floored, sure_year=abs(meant - known.started) < YEAR_DOUBT)
        return ShownRow(
            row=known.row,
            list_name=known.list_name,
            number=known.number,
            wall=floored,
            members=row.ids,
            recorded=known.recorded,
            row_id=row.id.number,
            series=row.id.series,
        )
