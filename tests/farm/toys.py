"""A toy vendor and toy readers, to hold the farm and its scorer against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.driver.emulation import (
    EmulatedRequest,
    EmulatedResponse,
    EmulatorKind,
    PhoneMemory,
    StoredRow,
)
from phonesync.driver.session import Credentials
from phonesync.farm.memory import FarmPhone
from phonesync.farm.phoneclock import PhoneClock
from phonesync.farm.recordings import PhoneFacts
from phonesync.farm.telephony import Leg
from phonesync.farm.traits import MemoryTraits, Nameplate
from phonesync.farm.truth import TruthLog
from phonesync.ledger.values import SpanState
from phonesync.model import ListName
from phonesync.store.records import CoverageRow, EntryRow

START = datetime(2025, 3, 3, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
LISTS = tuple(ListName)


class ToyEmulator:
    """Shows every list as lines of text."""

    def __init__(self, memory: PhoneMemory) -> None:
        self.memory = memory
        self.wrong_passwords = 0
        self.intrusions: list[str] = []
        self.reboots = 0

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        lines = [
            f"{row.list_name};{row.number};{row.wall}" for name in LISTS for row in self.memory.rows(name)
        ]
        return EmulatedResponse(content="\n".join(lines).encode())

    def reboot(self) -> None:
        self.reboots += 1


def kind(name: str = "toy-plain", **changes: object) -> EmulatorKind:
    plain = EmulatorKind(
        name=name, driver="toy", variant="toy-1", models=(("Toy", "1.2.3"),), make=ToyEmulator, lists=LISTS
    )
    return replace(plain, **changes)


def kinds(*found: EmulatorKind) -> Mapping[str, EmulatorKind]:
    return {one.name: one for one in found or (kind(),)}


@dataclass
class Bench:
    """One phone on a table, with a clock turned by hand."""

    traits: MemoryTraits = field(default_factory=MemoryTraits)
    zone: ZoneInfo = ZONE
    resolution_s: int = 1
    shows_mac: bool = True
    newest_only: bool = False
    experimental: bool = False
    start: datetime = START
    drift_ppm: float = 0.0

    def __post_init__(self) -> None:
        self.at = self.start
        self.truth = TruthLog(start=self.start)
        self.phone = FarmPhone(
            facts=PhoneFacts(
                name="desk-101",
                zone=self.zone,
                lists=LISTS,
                resolution_s=self.resolution_s,
                shows_year=self.resolution_s == 1,
                shared=self.traits.shared,
                shows_mac=self.shows_mac,
                newest_only=self.newest_only,
                experimental=self.experimental,
            ),
            nameplate=Nameplate(
                model="Toy",
                firmware="1.2.3",
                mac="00005e005301",
                accounts={1: "101"},
                credentials=Credentials(username="admin", password="secret"),
            ),
            traits=self.traits,
            truth=self.truth,
            clock=PhoneClock(zone=self.zone, started=self.start, drift_ppm=self.drift_ppm),
            now=lambda: self.at,
        )

    def wait(self, **span: float) -> None:
        self.at += timedelta(**span)

    def call(
        self,
        number: str = "200",
        *,
        list_name: ListName = ListName.MISSED,
        ring_s: float = 10,
        talk_s: float = 0,
        pause_s: float = 60,
        name: str = "",
    ) -> None:
        """A whole call, begun now; the row is recorded at its end."""
        started = self.at
        answered = started + timedelta(seconds=ring_s) if talk_s else None
        self.wait(seconds=ring_s + talk_s)
        self.phone.record(
            Leg(
                extension="101",
                account="101",
                list_name=list_name,
                number=number,
                name=name,
                started=started,
                answered=answered,
                ended=self.at,
            )
        )
        self.wait(seconds=pause_s)

    def calls(self, number: int, first: int = 1, **more: object) -> None:
        for index in range(number):
            self.call(f"7495555{first + index:04d}", **more)

    def shown(self, list_name: ListName = ListName.MISSED) -> list[str]:
        return [row.number for row in self.phone.rows(list_name)]

    def walls(self, list_name: ListName = ListName.MISSED) -> list[datetime]:
        return [row.wall for row in self.phone.rows(list_name)]


@dataclass
class ToyReader:
    """A plain honest reader: key, occurrence, and the rules of proof; the whole span where they fail.

    Subclasses break one promise each.
    """

    phone: FarmPhone
    truth: TruthLog
    most: Counter[str] = field(default_factory=Counter)
    last: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    last_at: datetime | None = None
    kept: dict[tuple[object, ...], EntryRow] = field(default_factory=dict)
    spans: dict[str, list[CoverageRow]] = field(default_factory=dict)

    def read(self, *, completed: bool = True) -> None:
        at = self.phone.now()
        self.phone.begin_read()
        rows = {name: list(self.phone.rows(name)) for name in self.phone.facts.lists}
        self.phone.end_read(completed=completed)
        if not completed:
            return
        for name, listed in rows.items():
            self.keep(listed, at)
            self.cover(name.value, self.occurrences(listed), at)
        self.last_at = at

    def key(self, row: StoredRow) -> tuple[object, ...]:
        wall = row.wall if self.phone.facts.resolution_s == 1 else row.wall.replace(second=0)
        return (row.list_name.value, row.account, row.number, wall)

    def occurrences(self, listed: list[StoredRow]) -> list[tuple[object, ...]]:
        """Keys with their occurrence, counted oldest first; newest first."""
        seen: Counter[tuple[object, ...]] = Counter()
        counted: list[tuple[object, ...]] = []
        for row in reversed(listed):
            key = self.key(row)
            seen[key] += 1
            counted.append((*key, seen[key]))
        return counted[::-1]

    def keep(self, listed: list[StoredRow], at: datetime) -> None:
        for key, row in zip(self.occurrences(listed), listed, strict=True):
            self.keep_row(key, row, at)

    def keep_row(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> None:
        known = self.kept.get(key)
        self.kept[key] = (
            self.entry(key, row, at) if known is None else replace(known, last_seen_at=at, count=row.count)
        )

    def entry(self, key: tuple[object, ...], row: StoredRow, at: datetime) -> EntryRow:
        wall = key[3]
        assert isinstance(wall, datetime)
        return EntryRow(
            id="/".join(str(part) for part in key),
            phone=self.phone.facts.name,
            extension="101",
            owner=None,
            department=None,
            list_name=row.list_name.value,
            remote_number=row.number or None,
            remote_host=row.host,
            remote_name=row.name or None,
            line=1,
            started_at=wall.replace(tzinfo=self.phone.facts.zone).astimezone(UTC),
            resolution_s=self.phone.facts.resolution_s,
            clock_offset_s=None,
            time_of="unknown",
            shown_at=str(wall),
            duration_s=row.duration_s,
            occurrence=int(str(key[4])),
            count=row.count,
            complete=row.count == 1,
            uncertain=False,
            first_seen_at=at,
            last_seen_at=at,
            on_phone=True,
        )

    def cover(self, name: str, keys: list[tuple[object, ...]], at: datetime) -> None:
        spans = self.spans.setdefault(name, [])
        if self.last_at is None:
            spans.append(self.span(name, None, at, SpanState.UNKNOWN))
            spans.append(self.span(name, at, None, SpanState.COMPLETE))
        elif self.proves(name, self.last[name], keys):
            spans[-1] = replace(spans[-1], proven_until=at)
        else:
            spans[-1] = replace(spans[-1], until=self.last_at)
            if spans[-1].since == self.last_at:
                spans.pop()
            spans.append(self.span(name, self.last_at, at, SpanState.GAP))
            spans.append(self.span(name, at, None, SpanState.COMPLETE))
        spans[-1] = replace(spans[-1], proven_until=at)
        self.most[name] = max(self.most[name], len(keys))
        self.last[name] = keys

    def proves(self, name: str, before: list[tuple[object, ...]], now: list[tuple[object, ...]]) -> bool:
        if not before:
            return len(now) < max(10, self.most[name])
        gone = 0
        while gone < len(before) and before[len(before) - 1 - gone] not in now:
            gone += 1
        stayed = before[: len(before) - gone]
        return bool(stayed) and [key for key in now if key in stayed] == stayed

    def span(
        self, name: str, since: datetime | None, until: datetime | None, state: SpanState
    ) -> CoverageRow:
        return CoverageRow(
            phone=self.phone.facts.name,
            list_name=name,
            since=since,
            until=until,
            state=state,
            at_most=None,
            estimate=None,
            proven_until=None,
        )

    def entries(self) -> list[EntryRow]:
        return list(self.kept.values())

    def coverage(self) -> list[CoverageRow]:
        return [span for spans in self.spans.values() for span in spans]
