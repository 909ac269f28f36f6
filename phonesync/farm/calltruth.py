"""Which kept entries truly are one call: what joined calls are scored against, in memory or from a file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phonesync.calls.values import Group, Ringing
from phonesync.errors import ConfigError
from phonesync.farm.matching import match, plain_number
from phonesync.farm.perfect import Kept, groups_of, party_of, plan_of
from phonesync.farm.recordings import CallFact, PhoneFacts, Recording
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.telephony import CallKind, Way
from phonesync.farm.witness import Witness, witness
from phonesync.model import ListName, TimeOf
from phonesync.store.records import EntryRow

ON_TIME = timedelta(seconds=2)
"""An entry that begins so near the truth has its time from a report."""

FILE = "truth.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRow:
    """An entry, and the recording it is.

    Attributes:
        entry: Id of the entry.
        extension: The phone's.
        party: The remote party in canonical form, or None.
        heard: Its time is that of a report.
        looks: What it shows, besides its phone: rows that show the same are told apart by nobody.
        recording: What the phone truly recorded.
        facts: Of the phone.
    """

    entry: str
    extension: str | None
    party: str | None
    heard: bool
    looks: str
    recording: Recording
    facts: PhoneFacts

    @property
    def call(self) -> int:
        """Id of the true call."""
        return self.recording.call

    def witness(self) -> Witness:
        """It as a witness for the oracle."""
        return witness(
            self.recording,
            self.facts,
            row=self.entry,
            extension=self.extension,
            party=self.party,
            heard=self.heard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsTruth:
    """The truth of all calls of a run.

    Attributes:
        start: First instant of the run, UTC.
        groups: Of the office.
        calls: By id.
        rows: Entries that are known to be a recording.
    """

    start: datetime
    groups: Sequence[Group]
    calls: Mapping[int, CallFact]
    rows: Sequence[TruthRow]


def truth_of(world: FarmWorld, entries: Iterable[EntryRow]) -> CallsTruth:
    """Says of every kept entry which true call it is of.

    Args:
        world: After its days.
        entries: Every entry of the store.
    """
    by_phone: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for entry in entries:
        by_phone[entry.phone].append(entry)
    rows = [row for phone in world.desks for row in _rows(world, phone, by_phone[phone])]
    return CallsTruth(
        start=world.truth.start,
        groups=groups_of(world.office.staff),
        calls=world.truth.calls,
        rows=rows,
    )


def perfect_truth(world: FarmWorld, kept: Iterable[Kept]) -> CallsTruth:
    """The same of the rows of a perfect reader.

    Args:
        world: After its days.
        kept: As :func:`phonesync.farm.perfect.rows` gives them.
    """
    rows = []
    for one in kept:
        facts = world.truth.facts(one.row.phone)
        shown = one.recording.shown(facts)
        rows.append(
            TruthRow(
                entry=one.row.id,
                extension=one.row.extension,
                party=one.row.party,
                heard=one.row.heard,
                looks=f"{one.row.phone} {one.row.list_name} {one.row.party} {shown}",
                recording=one.recording,
                facts=facts,
            )
        )
    return CallsTruth(
        start=world.truth.start,
        groups=groups_of(world.office.staff),
        calls=world.truth.calls,
        rows=rows,
    )


def _rows(world: FarmWorld, phone: str, entries: Sequence[EntryRow]) -> Iterator[TruthRow]:
    facts, recordings = world.truth.facts(phone), world.truth.recordings(phone)
    pairs = list(match(facts, recordings, entries).pairs)
    # What is known by reports alone bears the Call-ID of its call.
    paired = {entry.id for _, entry in pairs}
    reported = {recording.call_id: recording for recording in recordings if recording.call_id}
    pairs += [
        (reported[entry.call_id], entry)
        for entry in entries
        if entry.id not in paired and entry.call_id is not None and entry.call_id in reported
    ]
    plan, extension = plan_of(world), world.desks[phone].employee.extension
    for recording, entry in pairs:
        if not recording.call or entry.count > 1:
            continue
        on_time = abs(entry.started_at - recording.started) < ON_TIME
        shown = entry.started_at if entry.shown_at is None else entry.shown_at
        yield TruthRow(
            entry=entry.id,
            extension=extension,
            party=party_of(plan, recording.number or None),
            heard="event" in entry.sources and on_time,
            looks=f"{phone} {entry.list_name} {plain_number(entry.remote_number)} {shown}",
            recording=recording,
            facts=facts,
        )


# ---- the file -------------------------------------------------------------------------------------------


def write_truth(folder: Path, truth: CallsTruth) -> None:
    """Writes the truth beside the store of a run: one JSON object a line."""
    with (folder / FILE).open("w", encoding="utf-8") as file:
        for line in _lines(truth):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_truth(folder: Path) -> CallsTruth:
    """Reads what :func:`write_truth` wrote.

    Args:
        folder: Of a run that was kept.

    Raises:
        ConfigError: There is none, or it cannot be read.
    """
    path = folder / FILE
    try:
        with path.open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return _from_lines(lines)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Name a folder that `phonesync farm verify --calls --keep FOLDER` wrote.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is no truth of a farm: {error}.") from error


def _lines(truth: CallsTruth) -> Iterator[dict[str, Any]]:
    yield {"start": truth.start.isoformat(), "groups": [_plain_group(group) for group in truth.groups]}
    for call in truth.calls.values():
        yield {
            "call": call.id,
            **{name: _plain(value) for name, value in asdict(call).items() if name != "id"},
        }
    for row in truth.rows:
        yield {
            "entry": row.entry,
            "extension": row.extension,
            "party": row.party,
            "heard": row.heard,
            "looks": row.looks,
            "of": row.recording.call,
            "phone": row.recording.phone,
            "list": row.recording.list_name,
            "started": row.recording.started.isoformat(),
            "answered": _plain(row.recording.answered),
            "ended": row.recording.recorded.isoformat(),
            "clock_s": row.recording.clock_s,
            "resolution_s": row.facts.resolution_s,
            "time_of": row.facts.time_of,
        }


def _plain_group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "number": group.number,
        "members": list(group.members),
        "ring": group.ringing,
        "step_s": group.step_s,
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _from_lines(lines: Sequence[Mapping[str, Any]]) -> CallsTruth:
    head, facts = lines[0], [line for line in lines if "call" in line]
    calls = {
        line["call"]: CallFact(
            id=line["call"],
            kind=CallKind(line["kind"]),
            started=datetime.fromisoformat(line["started"]),
            answered_by=tuple(line["answered_by"]),
            missed=line["missed"],
            ways=tuple(Way(way) for way in line["ways"]),
            repeat_of=line["repeat_of"],
            group=line["group"],
        )
        for line in facts
    }
    groups = tuple(
        Group(
            name=group["name"],
            number=group["number"],
            members=tuple(group["members"]),
            ringing=Ringing(group["ring"]),
            step_s=group["step_s"],
        )
        for group in head["groups"]
    )
    rows = [_row(number, line) for number, line in enumerate(lines) if "entry" in line]
    return CallsTruth(start=datetime.fromisoformat(head["start"]), groups=groups, calls=calls, rows=rows)


def _row(number: int, line: Mapping[str, Any]) -> TruthRow:
    started, ended = (datetime.fromisoformat(line[name]) for name in ("started", "ended"))
    answered = None if line["answered"] is None else datetime.fromisoformat(line["answered"])
    recording = Recording(
        id=number,
        phone=line["phone"],
        device=1,
        list_name=ListName(line["list"]),
        account="",
        number="",
        name="",
        started=started,
        recorded=ended,
        duration_s=0 if answered is None else int((ended - answered).total_seconds()),
        call=line["of"],
        answered=answered,
        clock_s=line["clock_s"],
    )
    facts = PhoneFacts(
        name=line["phone"],
        zone=ZoneInfo("UTC"),
        lists=tuple(ListName),
        resolution_s=line["resolution_s"],
        time_of=TimeOf(line["time_of"]),
    )
    names = ("entry", "extension", "party", "heard", "looks")
    return TruthRow(**{name: line[name] for name in names}, recording=recording, facts=facts)


def after(truth: CallsTruth, days: float) -> CallsTruth:
    """The same without the rows of the first days."""
    since = truth.start.astimezone(UTC) + timedelta(days=days)
    return replace(truth, rows=[row for row in truth.rows if row.recording.started >= since])


def up_to(truth: CallsTruth, days: float) -> CallsTruth:
    """The rows of the first days alone."""
    until = truth.start.astimezone(UTC) + timedelta(days=days)
    return replace(truth, rows=[row for row in truth.rows if row.recording.started < until])
