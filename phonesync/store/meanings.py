"""What times of rows mean, and the observations that tell: counted, and decided by majority."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from phonesync.calls.clock_lines import Source
from phonesync.calls.meanings import Fits, majority
from phonesync.model import TimeOf
from phonesync.store.bulk import replacing
from phonesync.store.clock_records import KeptMeaning, Kind, Vote
from phonesync.store.relabelling import queue_kind
from phonesync.store.tables import INCARNATIONS, JOINED_ENTRIES, STATES, TIME_MEANINGS, TIME_VOTES

IDS_AT_ONCE = 400


def add_votes(connection: Connection, votes: Iterable[Vote]) -> None:
    """Counts observations on top of those that were counted before.

    Args:
        connection: In a transaction that writes.
        votes: Observations that have not been counted.
    """
    new = Counter(votes)
    if not new:
        return
    known = {_place(vote): number for vote, number in _counted(connection).items()}
    _write(connection, {vote: number + known.get(_place(vote), 0) for vote, number in new.items()})


def replace_fitted(connection: Connection, fitted: Mapping[Kind, Iterable[Vote]]) -> None:
    """Counts what was fitted together, instead of what was before: the same calls are asked again each night.

    Args:
        connection: In a transaction that writes.
        fitted: Observations by kind.
    """
    for kind, votes in fitted.items():
        connection.execute(
            delete(TIME_VOTES).where(
                TIME_VOTES.c.vendor == kind.vendor,
                TIME_VOTES.c.model == kind.model,
                TIME_VOTES.c.firmware == kind.firmware,
                TIME_VOTES.c.answered == kind.answered,
                TIME_VOTES.c.source == Source.FIT.value,
            )
        )
        _write(connection, Counter(votes))


def decide(connection: Connection, *, now: datetime) -> list[KeptMeaning]:
    """Decides what times mean by all that was counted; rows whose meaning changed are queued to be joined.

    Args:
        connection: In a transaction that writes.
        now: The present instant, UTC.

    Returns:
        What was found that was not known, or is known otherwise.
    """
    counted: defaultdict[Kind, Counter[Fits]] = defaultdict(Counter)
    for vote, number in _counted(connection).items():
        counted[vote.kind][vote.fits] += number
    before = {one.kind: one for one in found(connection)}
    turned: list[KeptMeaning] = []
    for kind, votes in sorted(counted.items()):
        meaning = majority(votes, answered=kind.answered)
        known = before.get(kind)
        if meaning.time_of is TimeOf.UNKNOWN:
            # What was clear stays until something else is.
            continue
        now_known = KeptMeaning(
            kind=kind, time_of=meaning.time_of, pairs=meaning.pairs, against=meaning.against
        )
        if now_known == known:
            continue
        _keep(connection, now_known, now=now)
        if known is None or known.time_of is not meaning.time_of:
            turned.append(now_known)
            queue_kind(connection, (kind.vendor, kind.model, kind.firmware))
    return turned


def found(connection: Connection) -> list[KeptMeaning]:
    """What was found of the meaning of times, by kind."""
    return sorted(
        (
            KeptMeaning(
                kind=Kind(vendor=row.vendor, model=row.model, firmware=row.firmware, answered=row.answered),
                time_of=TimeOf(row.time_of),
                pairs=row.pairs,
                against=row.against,
            )
            for row in connection.execute(select(TIME_MEANINGS))
        ),
        key=lambda one: one.kind,
    )


def kinds_of(connection: Connection, entry_ids: Collection[str]) -> dict[str, tuple[str, Kind]]:
    """The physical phone of each joined entry, and the kind of its rows of answered calls.

    Args:
        connection: In a transaction.
        entry_ids: Of entries.
    """
    found: dict[str, tuple[str, Kind]] = {}
    ids = sorted(entry_ids)
    for start in range(0, len(ids), IDS_AT_ONCE):
        query = (
            select(
                JOINED_ENTRIES.c.entry_id,
                INCARNATIONS.c.label,
                STATES.c.vendor,
                STATES.c.model,
                STATES.c.firmware,
            )
            .join(INCARNATIONS, INCARNATIONS.c.id == JOINED_ENTRIES.c.incarnation_id)
            .join(STATES, STATES.c.incarnation_id == JOINED_ENTRIES.c.incarnation_id)
            .where(JOINED_ENTRIES.c.entry_id.in_(ids[start : start + IDS_AT_ONCE]))
        )
        for row in connection.execute(query):
            kind = Kind(
                vendor=row.vendor or "", model=row.model or "", firmware=row.firmware or "", answered=True
            )
            found[row.entry_id] = row.label, kind
    return found


def kind_of(connection: Connection, incarnation_id: int, *, answered: bool) -> Kind:
    """The kind of rows that a physical phone shows."""
    row = connection.execute(
        select(STATES.c.vendor, STATES.c.model, STATES.c.firmware).where(
            STATES.c.incarnation_id == incarnation_id
        )
    ).one()
    return Kind(
        vendor=row.vendor or "", model=row.model or "", firmware=row.firmware or "", answered=answered
    )


def _counted(connection: Connection) -> dict[Vote, int]:
    return {
        Vote(
            kind=Kind(vendor=row.vendor, model=row.model, firmware=row.firmware, answered=row.answered),
            source=Source(row.source),
            fits=frozenset(TimeOf(word) for word in row.fits.split()),
        ): row.votes
        for row in connection.execute(select(TIME_VOTES))
    }


def _place(vote: Vote) -> tuple[str, ...]:
    kind = vote.kind
    fits = " ".join(meaning.value for meaning in TimeOf if meaning in vote.fits)
    return kind.vendor, kind.model, kind.firmware, str(kind.answered), vote.source.value, fits


def _write(connection: Connection, votes: Mapping[Vote, int]) -> None:
    rows = [
        {
            "vendor": vote.kind.vendor,
            "model": vote.kind.model,
            "firmware": vote.kind.firmware,
            "answered": vote.kind.answered,
            "source": vote.source.value,
            "fits": _place(vote)[-1],
            "votes": number,
        }
        for vote, number in votes.items()
    ]
    if rows:
        connection.execute(replacing(connection.dialect.name, TIME_VOTES, "votes"), rows)


def _keep(connection: Connection, found: KeptMeaning, *, now: datetime) -> None:
    kind = found.kind
    connection.execute(
        replacing(connection.dialect.name, TIME_MEANINGS, "time_of", "pairs", "against", "found_at"),
        [
            {
                "vendor": kind.vendor,
                "model": kind.model,
                "firmware": kind.firmware,
                "answered": kind.answered,
                "time_of": found.time_of.value,
                "pairs": found.pairs,
                "against": found.against,
                "found_at": now,
            }
        ],
    )
