"""What every emulated phone truly recorded, showed and forgot.

The log is written by the emulated phones as it happens and read by the scorer at the end. To keep thirty days
of two hundred phones small, consecutive reads are judged as they come and only the judgement is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from phonesync.farm.proof import ASSUMED_MOST, Proof, ShownRow, Verdict, judge
from phonesync.farm.recordings import CallFact, Downtime, Fate, PhoneFacts, ProvenSpan, Recording
from phonesync.farm.rowids import SeenIds, in_disguise
from phonesync.farm.telephony import TrueCall
from phonesync.model import ListName


@dataclass(slots=True, kw_only=True)
class _Pool:
    parts: tuple[tuple[ShownRow, ...], ...] = ()
    device: int = 0
    begun: datetime | None = None
    at: datetime | None = None
    most: int = ASSUMED_MOST
    spans: list[ProvenSpan] = field(default_factory=list)
    lost_unread: list[Recording] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Log:
    facts: PhoneFacts
    recordings: list[Recording] = field(default_factory=list)
    pools: dict[tuple[ListName, ...], _Pool] = field(default_factory=dict)
    downtimes: list[Downtime] = field(default_factory=list)
    events: list[tuple[datetime, str]] = field(default_factory=list)
    multiples: dict[tuple[ListName, str, datetime], int] = field(default_factory=dict)
    first_read: datetime | None = None
    reads: int = 0
    ids: SeenIds = field(default_factory=SeenIds)


class TruthLog:
    """The truth of a whole farm.

    Args:
        start: Start of the simulation, UTC.

    Attributes:
        calls: True calls by id; their legs are left out, for the recordings tell them.
        tally: Counts of ``recorded``, ``evicted``, ``evicted unread``, ``reads`` and of each other fate.
    """

    def __init__(self, *, start: datetime) -> None:
        self.start = start
        self.calls: dict[int, CallFact] = {}
        self.tally: Counter[str] = Counter()
        self._recordings: list[Recording] = []
        self._phones: dict[str, _Log] = {}

    # ---- written by the phones ------------------------------------------------------------------------

    def add_phone(self, facts: PhoneFacts) -> None:
        """Makes a phone known, once, before anything else is said of it."""
        pools = {pool: _Pool() for pool in facts.pools}
        self._phones[facts.name] = _Log(facts=facts, pools=pools)

    def call(self, call: TrueCall) -> None:
        """A call begins; all of it is known by now."""
        self.calls[call.id] = CallFact(
            id=call.id,
            kind=call.kind,
            started=call.started,
            answered_by=call.answered_by,
            missed=call.missed,
            ways=call.ways,
            repeat_of=call.repeat_of,
            group=call.group,
        )

    def next_id(self) -> int:
        """The id that the next recording must bear."""
        return len(self._recordings) + 1

    def record(self, recording: Recording) -> None:
        """A phone wrote a row, or merged a call into one."""
        assert recording.id == self.next_id()
        self._recordings.append(recording)
        self._phones[recording.phone].recordings.append(recording)
        if not recording.foreign:
            self.tally["recorded"] += 1

    def lose(self, ids: Iterable[int], fate: Fate, at: datetime) -> None:
        """Rows left the phone."""
        for number in ids:
            recording = self._recordings[number - 1]
            recording.fate, recording.fate_at = fate, at
            self.tally[fate.value] += 1
            if recording.seen:
                continue
            if fate is Fate.EVICTED:
                self.tally["evicted unread"] += 1
            else:
                self._pool(recording).lost_unread.append(recording)

    def show(self, number: int, wall: datetime, *, sure_year: bool) -> None:
        """A phone answered with the row under this time, whatever became of the read."""
        recording = self._recordings[number - 1]
        if (wall, sure_year) not in recording.texts:
            recording.texts = (*recording.texts, (wall, sure_year))

    def expose(self, shown: Iterable[ShownRow], *, begun: datetime, at: datetime) -> None:
        """A list without times was shown to a read, whatever became of that."""
        for row in shown:
            recording = self._recordings[row.members[-1] - 1]
            recording.row_id = row.row_id
            if not recording.completed:
                recording.exposed = (recording.exposed[0] if recording.exposed else begun, at)

    def displace(self, number: int, at: datetime) -> None:
        """A list that shows its newest row only shows another one from now on."""
        recording = self._recordings[number - 1]
        recording.displaced_at = recording.displaced_at or at

    def down(self, phone: str, downtime: Downtime) -> None:
        """A phone cannot be read for a while, through no fault of the reader."""
        self._phones[phone].downtimes.append(downtime)

    def note(self, phone: str, at: datetime, what: str) -> None:
        """Something happened to a phone that may explain an uncertain entry."""
        self._phones[phone].events.append((at, what))

    def complete_read(
        self,
        phone: str,
        *,
        device: int,
        begun: datetime,
        at: datetime,
        lists: Mapping[ListName, tuple[ShownRow, ...]],
    ) -> None:
        """A read of all lists came through whole.

        Args:
            phone: Name.
            device: Which physical phone under that name.
            begun: When the read began, UTC.
            at: When the phone had shown the last list, UTC.
            lists: What each list showed, newest first.
        """
        log = self._phones[phone]
        self.tally["reads"] += 1
        log.reads += 1
        log.first_read = log.first_read or at
        for names, pool in log.pools.items():
            if all(name in lists for name in names):
                self._judge(log, pool, tuple(lists[name] for name in names), device, begun, at)

    def _judge(
        self,
        log: _Log,
        pool: _Pool,
        parts: tuple[tuple[ShownRow, ...], ...],
        device: int,
        begun: datetime,
        at: datetime,
    ) -> None:
        same = pool.at is not None and all(a is b for a, b in zip(parts, pool.parts, strict=True))
        if not same:
            self._mark(log, parts)
        earlier, later = _joined(pool.parts), _joined(parts)
        fresh = pool.at is None or (pool.device != device and log.facts.shows_mac)
        if fresh:
            verdict = Verdict(proof=Proof.NONE, survived=False)
        elif log.facts.newest_only:
            verdict = log.ids.judge(earlier, later)
            if in_disguise(earlier, later):
                _hide_between(log, later[0].list_name, pool.at, at)
        elif same:
            plain = not later or any(row.count == 1 for row in later)
            verdict = Verdict(proof=Proof.PROVEN if plain else Proof.MERGED, survived=bool(later))
        else:
            verdict = judge(earlier, later, most=pool.most, pooled=len(parts) > 1)
        if pool.at is not None and pool.device == device:
            _extend(pool, begun, verdict.proof)
        if pool.lost_unread:
            _hide(pool, later, verdict, device=device, at=at)
        if log.facts.newest_only:
            log.ids.note(later)
        pool.most = max(len(later), ASSUMED_MOST if fresh else pool.most)
        pool.parts, pool.begun, pool.at, pool.device = parts, begun, at, device

    def _mark(self, log: _Log, parts: Sequence[Sequence[ShownRow]]) -> None:
        for part in parts:
            for row in part:
                newest = self._recordings[row.members[-1] - 1]
                newest.completed = True
                if row.count > 1:
                    self._mark_merged(row)
            texts = [(row.list_name, row.number, row.wall) for row in part]
            if len(set(texts)) < len(texts):
                for text, number in Counter(texts).items():
                    log.multiples[text] = max(number, log.multiples.get(text, 1))

    def _mark_merged(self, row: ShownRow) -> None:
        for member in row.members:
            recording = self._recordings[member - 1]
            recording.counted = recording.counted or member != row.members[-1]
            recording.most_count = max(recording.most_count, row.count)

    def _pool(self, recording: Recording) -> _Pool:
        log = self._phones[recording.phone]
        return next(pool for names, pool in log.pools.items() if recording.list_name in names)

    # ---- read by the scorer ---------------------------------------------------------------------------

    @property
    def phones(self) -> tuple[str, ...]:
        """Names, in the order they were made known."""
        return tuple(self._phones)

    def facts(self, phone: str) -> PhoneFacts:
        """What is fixed of a phone."""
        return self._phones[phone].facts

    def recordings(self, phone: str) -> Sequence[Recording]:
        """Everything the phone recorded, in that order."""
        return self._phones[phone].recordings

    def proven(self, phone: str, list_name: ListName) -> Sequence[ProvenSpan]:
        """Judged stretches of the pool that the list belongs to, oldest first.

        What ids proved, they prove no more once they have fallen: a reader then takes it back.
        """
        log = self._phones[phone]
        for names, pool in log.pools.items():
            if list_name in names:
                if log.facts.newest_only and log.ids.fell:
                    return [
                        replace(span, proof=Proof.UNTRIED) if span.proof is Proof.PROVEN else span
                        for span in pool.spans
                    ]
                return pool.spans
        return ()

    def downtimes(self, phone: str) -> Sequence[Downtime]:
        """When the phone could not be read."""
        return self._phones[phone].downtimes

    def events(self, phone: str) -> Sequence[tuple[datetime, str]]:
        """What happened to the phone, with instants."""
        return self._phones[phone].events

    def first_read(self, phone: str) -> datetime | None:
        """The first completed read, UTC, or None."""
        return self._phones[phone].first_read

    def reads(self, phone: str) -> int:
        """Number of completed reads."""
        return self._phones[phone].reads

    def most_at_once(self, phone: str, list_name: ListName, number: str, wall: datetime) -> int:
        """The most rows of this number and time that one completed read showed in the list."""
        return self._phones[phone].multiples.get((list_name, number, wall), 1)


def _joined(parts: tuple[tuple[ShownRow, ...], ...]) -> tuple[ShownRow, ...]:
    return parts[0] if len(parts) == 1 else tuple(row for part in parts for row in part)


def _hide(pool: _Pool, later: Sequence[ShownRow], verdict: Verdict, *, device: int, at: datetime) -> None:
    """Settles which rows lost unread between the last two completed reads no reader could know of."""
    oldest = min((row.recorded for row in later), default=None)
    settled = [recording for recording in pool.lost_unread if recording.fate_at and recording.fate_at <= at]
    for recording in settled:
        after_oldest = (
            not verdict.survived
            and recording.device == device
            and oldest is not None
            and recording.recorded > oldest
        )
        recording.hidden = not recording.seen and (verdict.holds or after_oldest)
    pool.lost_unread = [recording for recording in pool.lost_unread if recording not in settled]


def _hide_between(log: _Log, list_name: ListName, since: datetime | None, until: datetime) -> None:
    """Rows of a numbering that began anew, and that no read showed: the ids hide them."""
    for recording in reversed(log.recordings):
        if since is not None and recording.recorded <= since:
            break
        if recording.list_name is list_name and recording.recorded <= until and not recording.seen:
            recording.hidden = True


def _extend(pool: _Pool, until: datetime, proof: Proof) -> None:
    """Adds the pair of the pool's last read and the one that began at ``until``."""
    assert pool.at is not None
    last = pool.spans[-1] if pool.spans else None
    if last is not None and last.proof is proof and last.until == pool.begun:
        pool.spans[-1] = ProvenSpan(since=last.since, until=until, proof=proof, pairs=last.pairs + 1)
    else:
        pool.spans.append(ProvenSpan(since=pool.at, until=until, proof=proof))
