"""How much of the time behind a filter is proven: the phones it is about, and what their lists prove."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from phonesync.clock import Clock
from phonesync.journal.access import Scope
from phonesync.journal.filters import JournalFilter
from phonesync.store.call_proof import Interval, PhoneProof, proofs, without
from phonesync.store.chunks import chunks
from phonesync.store.journal.records import Office
from phonesync.store.tables import ASSIGNMENTS, PHONES

FRESH_S = 30.0
"""What phones prove is looked up again after so long."""

_KEPT = 32
"""Sets of phones whose proof is kept meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A phone.

    Attributes:
        since: From when on it is asked for proof: it became known, or its first list reaches back so far.
        proof: What its lists prove.
    """

    since: datetime
    proof: PhoneProof


class Proven:
    """What phones prove, looked up at most every half a minute: a page asks again with each click.

    Args:
        clock: Where "now" comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[frozenset[str], tuple[float, Mapping[str, Known]]] = {}

    def of(self, connection: Connection, names: frozenset[str]) -> Mapping[str, Known]:
        """What some phones prove, by name."""
        now = self._clock.monotonic()
        at, found = self._kept.get(names, (now - 2 * FRESH_S, {}))
        if now - at > FRESH_S:
            found = _known(connection, names)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[names] = now, found
        return found


def share(known: Collection[Known], since: datetime | None, until: datetime) -> float | None:
    """Share of the phones' time in [since, until) that is proven, 0 to 1.

    Args:
        known: The phones.
        since: UTC; None for as long as each is known.
        until: UTC, not in the future.

    Returns:
        None where no phone was known in that time.
    """
    whole = proven = 0.0
    for one in known:
        start = one.since if since is None else max(since, one.since)
        if start < until:
            length = (until - start).total_seconds()
            whole += length
            proven += length * one.proof.share(start, until)
    return proven / whole if whole else None


def gaps(one: Known, since: datetime, until: datetime) -> Iterator[Interval]:
    """Time of a phone in [since, until) that is not proven, oldest first."""
    yield from without([(since, until)], list(zip(one.proof.starts, one.proof.ends, strict=True)))


def phones_of(connection: Connection, wanted: JournalFilter, scope: Scope, office: Office) -> frozenset[str]:
    """The phones that a filter is about: those that are read, and are or were of the people asked for."""
    query = select(PHONES.c.name, ASSIGNMENTS.c.owner, ASSIGNMENTS.c.department)
    held = connection.execute(query.outerjoin(ASSIGNMENTS, ASSIGNMENTS.c.phone_id == PHONES.c.id)).all()
    return frozenset(
        row.name
        for row in held
        if (not office.sites or row.name in office.sites)
        and _is_within(row.owner, row.department, scope)
        and (not wanted.phones or row.name in wanted.phones)
        and (not wanted.sites or office.sites.get(row.name) in wanted.sites)
        and (not wanted.employees or row.owner in wanted.employees)
        and (not wanted.departments or row.department in wanted.departments)
    )


def _is_within(owner: str | None, department: str | None, scope: Scope) -> bool:
    mine = scope.owner is not None and owner == scope.owner
    return scope.everybody or mine or department in scope.departments


def _known(connection: Connection, names: frozenset[str]) -> Mapping[str, Known]:
    created: dict[str, datetime] = {}
    for some in chunks(sorted(names)):
        query = select(PHONES.c.name, PHONES.c.created_at).where(PHONES.c.name.in_(some))
        created |= {row.name: row.created_at for row in connection.execute(query)}
    found = proofs(connection, names)
    return {
        name: Known(
            since=min(created[name], *proof.starts[:1]) if proof.starts else created[name], proof=proof
        )
        for name, proof in found.items()
    }
