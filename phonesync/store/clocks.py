"""What was seen of phones' clocks, and what is concluded from it, version by version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from phonesync.calls.clock_evidence import ReadRow, Sight, kept
from phonesync.calls.clock_history import Segment
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clocks import ClockModel, changed
from phonesync.calls.meanings import meaning_of
from phonesync.calls.timing import says_answered
from phonesync.model import ListName, TimeOf
from phonesync.store import phones
from phonesync.store.bulk import keeping, replacing
from phonesync.store.clock_moves import queue_moved
from phonesync.store.clock_records import KeptClock
from phonesync.store.clock_segments import columns, newest
from phonesync.store.records import PollCommit
from phonesync.store.tables import (
    CLOCK_EVIDENCE,
    CLOCK_NEWS,
    CLOCK_OFFSETS,
    CLOCK_SEGMENTS,
    ENTRIES,
    INCARNATIONS,
    LIST_NAMES,
    PHONES,
    STATES,
    TIME_MEANINGS,
)

CLOCK_STEP_S = 2.0
"""A clock offset is recorded anew when it differs by more than a display of whole seconds can explain."""

VERSIONS_KEPT = 3
"""Of what was concluded of a clock; older ones are nobody's any more."""

SHOWN_WITHIN = timedelta(days=2)
"""A clock off by more is not found by the reads around its rows."""

_LISTS = {name.value: name for name in ListName}


class Sights:
    """Remembers what this process last saw of each clock, so that few of many readings are kept."""

    def __init__(self) -> None:
        self._sights: dict[str, Sight] = {}

    def of(self, commit: PollCommit) -> tuple[Evidence, ...]:
        """The readings to be kept with a poll."""
        if commit.clock is None:
            return ()
        return kept(self._sights.get(commit.state.incarnation), commit.clock)[0]

    def wrote(self, commit: PollCommit) -> None:
        """Told after the poll has been written."""
        if commit.clock is not None:
            of = commit.state.incarnation
            self._sights[of] = kept(self._sights.get(of), commit.clock)[1]


def stepped(last: float | None, offset_s: float | None) -> bool:
    """Whether an offset is to be recorded after the one that was recorded last, seconds."""
    return offset_s is not None and (last is None or abs(offset_s - last) > CLOCK_STEP_S)


def record_offset(
    connection: Connection, incarnation_id: int, offset_s: float | None, *, at: datetime
) -> None:
    """Records how far a clock was off at a read, where that has changed."""
    last = connection.execute(
        select(CLOCK_OFFSETS.c.offset_s)
        .where(CLOCK_OFFSETS.c.incarnation_id == incarnation_id)
        .order_by(CLOCK_OFFSETS.c.at.desc())
        .limit(1)
    ).scalar_one_or_none()
    if stepped(last, offset_s):
        connection.execute(
            keeping(connection.dialect.name, CLOCK_OFFSETS),
            [{"incarnation_id": incarnation_id, "at": at, "offset_s": offset_s}],
        )


def keep_evidence(connection: Connection, incarnation_id: int, seen: Iterable[Evidence]) -> None:
    """Keeps what was seen of a clock; of one observation, as it was understood last.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone.
        seen: Observations.
    """
    rows = [
        {
            "incarnation_id": incarnation_id,
            "at": one.at,
            "source": one.source.value,
            "low_s": one.low_s,
            "high_s": one.high_s,
        }
        for one in seen
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, CLOCK_EVIDENCE, "low_s", "high_s"), rows)
        news = keeping(connection.dialect.name, CLOCK_NEWS)
        connection.execute(news, [{"incarnation_id": incarnation_id}])


def keep_fitted(
    connection: Connection, incarnation_id: int, since: datetime, seen: Iterable[Evidence]
) -> bool:
    """Keeps what fits a clock from an instant on, instead of what did; False where that is the same.

    Args:
        connection: In a transaction that writes.
        incarnation_id: The physical phone.
        since: UTC.
        seen: Of no other source.
    """
    now = set(seen)
    if now == {one for one in evidence(connection, incarnation_id, since) if one.source is Source.FIT}:
        return False
    connection.execute(
        delete(CLOCK_EVIDENCE).where(
            CLOCK_EVIDENCE.c.incarnation_id == incarnation_id,
            CLOCK_EVIDENCE.c.at >= since,
            CLOCK_EVIDENCE.c.source == Source.FIT.value,
        )
    )
    keep_evidence(connection, incarnation_id, sorted(now))
    return True


def news(connection: Connection) -> list[str]:
    """Physical phones of whose clocks something was seen since they were concluded from last."""
    query = select(INCARNATIONS.c.label).join(CLOCK_NEWS, CLOCK_NEWS.c.incarnation_id == INCARNATIONS.c.id)
    return sorted(connection.execute(query).scalars())


def evidence(
    connection: Connection, incarnation_id: int, since: datetime | None = None
) -> tuple[Evidence, ...]:
    """What was seen of a clock, oldest first.

    Args:
        connection: In a transaction.
        incarnation_id: The physical phone.
        since: From this instant on, UTC; None for all.
    """
    query = select(CLOCK_EVIDENCE).where(CLOCK_EVIDENCE.c.incarnation_id == incarnation_id)
    if since is not None:
        query = query.where(CLOCK_EVIDENCE.c.at >= since)
    return tuple(
        Evidence(at=row.at, source=Source(row.source), low_s=row.low_s, high_s=row.high_s)
        for row in connection.execute(query.order_by(CLOCK_EVIDENCE.c.at, CLOCK_EVIDENCE.c.source))
    )


def keep_model(connection: Connection, clock: KeptClock, model: ClockModel, *, now: datetime) -> bool:
    """Writes what is concluded of a clock as a new version, where that matters; its news is no news then.

    Rows whose bounds have moved are queued to be joined again.

    Args:
        connection: In a transaction that writes.
        clock: What was concluded before.
        model: What is concluded now.
        now: The present instant, UTC.

    Returns:
        Whether there is a new version.
    """
    of = phones.incarnation_id(connection, clock.incarnation)
    connection.execute(delete(CLOCK_NEWS).where(CLOCK_NEWS.c.incarnation_id == of))
    held = tuple(
        Segment(since=one.at, until=one.at, low_s=one.low_s, high_s=one.high_s) for one in model.held
    )
    if not model.segments:
        return False
    moved = changed(clock.segments, model.segments, until=now)
    if not moved and clock.held == held:
        return False
    version = clock.version + 1
    connection.execute(
        CLOCK_SEGMENTS.insert(),
        [
            {"incarnation_id": of, "version": version, "made_at": now, "held": is_held, **columns(one)}
            for is_held, some in ((False, model.segments), (True, held))
            for one in some
        ],
    )
    connection.execute(
        delete(CLOCK_SEGMENTS).where(
            CLOCK_SEGMENTS.c.incarnation_id == of, CLOCK_SEGMENTS.c.version <= version - VERSIONS_KEPT
        )
    )
    queue_moved(connection, of, clock.segments, model.segments)
    return True


def loaded(connection: Connection, phone: int | None = None) -> list[KeptClock]:
    """What is concluded of clocks: of one phone, or of all, in the order of names and physical phones.

    Args:
        connection: In a transaction.
        phone: Row of the phone, or None for all.
    """
    query = (
        select(
            INCARNATIONS.c.id,
            INCARNATIONS.c.label,
            INCARNATIONS.c.phone_id,
            INCARNATIONS.c.number,
            PHONES.c.name,
            STATES.c.vendor,
            STATES.c.model,
            STATES.c.firmware,
            STATES.c.time_of,
        )
        .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
    )
    if phone is not None:
        query = query.where(PHONES.c.id == phone)
    rows = sorted(connection.execute(query), key=lambda row: (row.name, row.number))
    last = {row.phone_id: row.number for row in rows}
    segments, counts = _segments(connection, phone), _counts(connection, phone)
    return [
        KeptClock(
            phone=row.name,
            incarnation=row.label,
            current=row.number == last[row.phone_id],
            evidence=counts.get(row.id, {}),
            kind=(row.vendor or "", row.model or "", row.firmware or ""),
            time_of=TimeOf(row.time_of),
            **segments.get(row.id, {}),
        )
        for row in rows
    ]


def clock_of(connection: Connection, incarnation: str) -> KeptClock:
    """What is concluded of the clock of one physical phone, without counts of evidence."""
    of = phones.incarnation_id(connection, incarnation)
    found = newest(
        connection.execute(
            select(CLOCK_SEGMENTS)
            .where(CLOCK_SEGMENTS.c.incarnation_id == of)
            .order_by(CLOCK_SEGMENTS.c.version, CLOCK_SEGMENTS.c.since)
        )
    )
    return KeptClock(phone="", incarnation=incarnation, **found.get(of, {}))


def _segments(connection: Connection, phone: int | None) -> dict[int, dict[str, Any]]:
    query = select(CLOCK_SEGMENTS).order_by(CLOCK_SEGMENTS.c.version, CLOCK_SEGMENTS.c.since)
    if phone is not None:
        query = query.where(CLOCK_SEGMENTS.c.incarnation_id.in_(_of_phone(phone)))
    return newest(connection.execute(query))


def _counts(connection: Connection, phone: int | None) -> dict[int, dict[Source, int]]:
    query = select(CLOCK_EVIDENCE.c.incarnation_id, CLOCK_EVIDENCE.c.source, func.count().label("seen"))
    if phone is not None:
        query = query.where(CLOCK_EVIDENCE.c.incarnation_id.in_(_of_phone(phone)))
    found: defaultdict[int, dict[Source, int]] = defaultdict(dict)
    for row in connection.execute(query.group_by(CLOCK_EVIDENCE.c.incarnation_id, CLOCK_EVIDENCE.c.source)):
        found[row.incarnation_id][Source(row.source)] = row.seen
    return found


def _of_phone(phone: int) -> Any:
    return select(INCARNATIONS.c.id).where(INCARNATIONS.c.phone_id == phone)


def no_news(connection: Connection, incarnation: str) -> None:
    """What was seen of a clock since says nothing that is not known."""
    of = phones.incarnation_id(connection, incarnation)
    connection.execute(delete(CLOCK_NEWS).where(CLOCK_NEWS.c.incarnation_id == of))


def unpaged(connection: Connection) -> list[str]:
    """Physical phones that were read and whose page shows no clock."""
    query = (
        select(INCARNATIONS.c.label)
        .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
        .where(STATES.c.last_read.is_not(None), STATES.c.clock_offset_s.is_(None))
    )
    return sorted(connection.execute(query).scalars())


def read_rows(connection: Connection, incarnation: str, since: datetime) -> list[ReadRow]:
    """Rows of a phone, first seen from an instant on, of which the read before is known.

    Args:
        connection: In a transaction.
        incarnation: The physical phone.
        since: UTC.
    """
    of = phones.incarnation_id(connection, incarnation)
    means = times_of(connection, of)
    names = {
        (row.variant, row.list_code): _LISTS.get(row.list_name)
        for row in connection.execute(select(LIST_NAMES).where(LIST_NAMES.c.incarnation_id == of))
    }
    query = select(ENTRIES).where(
        ENTRIES.c.incarnation_id == of,
        # Walks the index: a row is shown under a time within days of the read.
        ENTRIES.c.started_at >= since - SHOWN_WITHIN,
        ENTRIES.c.first_seen_at >= since,
        ENTRIES.c.unseen_at.is_not(None),
        ENTRIES.c.sources == "list",
        ENTRIES.c.shown_at.is_not(None),
        ENTRIES.c["count"] == 1,
        ~ENTRIES.c.uncertain,
    )
    found = []
    for row in connection.execute(query):
        list_name = names.get((row.variant, row.list_code))
        found.append(
            ReadRow(
                started_at=row.started_at,
                resolution_s=row.resolution_s or 1,
                time_of=meaning_of(means, answered=says_answered(list_name, row.duration_s)),
                list_name=list_name,
                duration_s=row.duration_s,
                unseen_at=row.unseen_at,
                first_seen_at=row.first_seen_at,
            )
        )
    return found


def times_of(connection: Connection, of: int) -> dict[bool, TimeOf]:
    """What the times of a phone mean, for rows of answered calls and for others.

    What its variant or its configuration says goes before what was found.
    """
    state = connection.execute(
        select(STATES.c.vendor, STATES.c.model, STATES.c.firmware, STATES.c.time_of).where(
            STATES.c.incarnation_id == of
        )
    ).one()
    means = dict.fromkeys((False, True), TimeOf(state.time_of))
    if means[True] is TimeOf.UNKNOWN:
        query = select(TIME_MEANINGS.c.answered, TIME_MEANINGS.c.time_of).where(
            TIME_MEANINGS.c.vendor == (state.vendor or ""),
            TIME_MEANINGS.c.model == (state.model or ""),
            TIME_MEANINGS.c.firmware == (state.firmware or ""),
        )
        means |= {row.answered: TimeOf(row.time_of) for row in connection.execute(query)}
    return means
