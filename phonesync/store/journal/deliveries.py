"""The methods of the store that are about mails and webhooks: what goes out waits here until it has gone.

What is to be sent is written in the transaction that makes it so, and marked once somebody has taken it: a
process that ends in between sends it again. Each has a key, so that the same is never queued twice, and its
receiver can tell that it was sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from phonesync.calls.values import Call
from phonesync.clock import Clock
from phonesync.store.bulk import keeping
from phonesync.store.part import StorePart
from phonesync.store.tables import DELIVERIES

AT_ONCE = 20
"""Sent in one go."""

OLDEST = timedelta(days=7)
"""Calls that began earlier are not told of: somebody reads the list of a phone for the first time."""

Tell = Callable[[Connection, Mapping[str, Call], Sequence[Call]], None]
"""Told, in the transaction, of calls as they were by id, and as they are now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A mail or a webhook that goes out, or went.

    Attributes:
        id: Of the delivery.
        key: What it is; nothing is queued twice under one.
        target: Name of the digest or webhook.
        body: JSON: what is to be sent; see ``phonesync.journal.outgoing``.
        made_at: When it was queued, UTC.
        attempts: How often it was tried.
        next_at: When it is tried next, UTC; None once it was delivered or given up.
        delivered_at: When somebody took it, UTC, or None.
        problem: Why the last attempt failed, or None.
    """

    id: int
    key: str
    target: str
    body: str
    made_at: datetime
    attempts: int
    next_at: datetime | None
    delivered_at: datetime | None
    problem: str | None


class DeliveriesPart(StorePart):
    """What goes out by mail and webhook."""

    def queue_delivery(self, key: str, target: str, body: Mapping[str, Any]) -> bool:
        """Has something sent, at once.

        Args:
            key: Whatever was queued under it is not queued again.
            target: Name of the digest or webhook.
            body: What is to be sent, as JSON; see ``phonesync.journal.outgoing``.

        Returns:
            False where it was queued before.
        """
        with self._database.write() as connection:
            if connection.execute(_is_known(key)).scalar_one():
                return False
            _queue(connection, [(key, target, body)], at=self._clock.now())
            return True

    def queue_deliveries(self, done: str, target: str, bodies: Mapping[str, Mapping[str, Any]]) -> None:
        """Has several things sent at once, all of them or none; a second time nothing happens.

        Args:
            done: Key of all of it: from then on it counts as queued, though there be nothing to send.
            target: Name of the digest or webhook.
            bodies: Key to what is to be sent.
        """
        at = self._clock.now()
        with self._database.write() as connection:
            if connection.execute(_is_known(done)).scalar_one():
                return
            _queue(connection, [(done, target, {})], at=at, ended=True)
            _queue(connection, [(key, target, body) for key, body in bodies.items()], at=at)

    def is_queued(self, key: str) -> bool:
        """Whether something was ever queued under a key."""
        with self._database.read() as connection:
            return bool(connection.execute(_is_known(key)).scalar_one())

    def due_targets(self) -> tuple[str, ...]:
        """Names of digests and webhooks for which something is to be sent now."""
        query = select(DELIVERIES.c.target).where(DELIVERIES.c.next_at <= self._clock.now()).distinct()
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def due_deliveries(self, target: str, *, limit: int = AT_ONCE) -> tuple[Delivery, ...]:
        """What is to be sent to a target now, what has waited longest first."""
        due = DELIVERIES.c.next_at <= self._clock.now(), DELIVERIES.c.target == target
        query = select(DELIVERIES).where(*due).order_by(DELIVERIES.c.next_at, DELIVERIES.c.id)
        with self._database.read() as connection:
            return tuple(Delivery(**row) for row in connection.execute(query.limit(limit)).mappings())

    def deliveries(self, *, limit: int = 100) -> tuple[Delivery, ...]:
        """The latest deliveries, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(DELIVERIES).order_by(DELIVERIES.c.id.desc()).limit(limit))
            return tuple(Delivery(**row) for row in rows.mappings())

    def failed_deliveries(self, *, before: int | None = None, limit: int = 50) -> tuple[Delivery, ...]:
        """What nobody has taken though it was tried, newest first: waiting to be tried again, or given up.

        Args:
            before: Only those with a smaller id.
            limit: So many at most.
        """
        query = select(DELIVERIES).where(DELIVERIES.c.problem.is_not(None)).order_by(DELIVERIES.c.id.desc())
        if before is not None:
            query = query.where(DELIVERIES.c.id < before)
        with self._database.read() as connection:
            return tuple(Delivery(**row) for row in connection.execute(query.limit(limit)).mappings())

    def retry_delivery(self, delivery_id: int) -> bool:
        """Has a delivery that failed tried again at once, also one that was given up.

        Returns:
            False where there is none such.
        """
        failed = DELIVERIES.c.id == delivery_id, DELIVERIES.c.problem.is_not(None)
        with self._database.write() as connection:
            tried = update(DELIVERIES).where(*failed).values(next_at=self._clock.now())
            return connection.execute(tried).rowcount == 1

    def delivered(self, delivery_id: int) -> None:
        """Somebody took a delivery."""
        self._attempted(delivery_id, next_at=None, delivered_at=self._clock.now(), problem=None)

    def not_delivered(self, delivery_id: int, problem: str, *, next_at: datetime | None) -> None:
        """A delivery could not be made.

        Args:
            delivery_id: Which.
            problem: Why.
            next_at: When it is tried again, UTC; None: it is given up.
        """
        self._attempted(delivery_id, next_at=next_at, delivered_at=None, problem=problem)

    def forget_deliveries(self, before: datetime) -> int:
        """Removes what was delivered or given up and queued before an instant; returns how many."""
        ended = DELIVERIES.c.next_at.is_(None), DELIVERIES.c.made_at < before
        with self._database.write() as connection:
            return connection.execute(delete(DELIVERIES).where(*ended)).rowcount

    def teller(self, event: str, targets: Iterable[str]) -> Tell | None:
        """What joining tells of calls that are settled now and were not before; None for nobody.

        Args:
            event: What they are told.
            targets: Names of webhooks.
        """
        names = tuple(targets)
        return _SettledTold(event, names, self._clock) if names else None

    def _attempted(self, delivery_id: int, **values: Any) -> None:
        one = update(DELIVERIES).where(DELIVERIES.c.id == delivery_id)
        with self._database.write() as connection:
            connection.execute(one.values(attempts=DELIVERIES.c.attempts + 1, **values))


class _SettledTold:
    """Queues one delivery for each settled call and webhook, whatever becomes of the call later."""

    def __init__(self, event: str, targets: tuple[str, ...], clock: Clock) -> None:
        self._event, self._targets, self._clock = event, targets, clock

    def __call__(self, connection: Connection, before: Mapping[str, Call], now: Sequence[Call]) -> None:
        at = self._clock.now()
        news = [
            call
            for call in now
            if call.settled
            and call.started_at >= at - OLDEST
            and not (call.id in before and before[call.id].settled)
        ]
        _queue(
            connection,
            [
                (f"{self._event} {target} {call.id}", target, {"event": self._event, "call_id": call.id})
                for call in news
                for target in self._targets
            ],
            at=at,
        )


def _is_known(key: str) -> Any:
    return select(exists().where(DELIVERIES.c.key == key))


def _queue(
    connection: Connection,
    some: Sequence[tuple[str, str, Mapping[str, Any]]],
    *,
    at: datetime,
    ended: bool = False,
) -> None:
    if not some:
        return
    rows = [
        {
            "key": key,
            "target": target,
            "body": json.dumps(body, ensure_ascii=False),
            "made_at": at,
            "attempts": 0,
            "next_at": None if ended else at,
            "delivered_at": at if ended else None,
            "problem": None,
        }
        for key, target, body in some
    ]
    connection.execute(keeping(connection.dialect.name, DELIVERIES), rows)
