"""Who had a phone when: dated, so that last year's calls stay with last year's employee."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from phonesync.store.queueing import queue_of_phone
from phonesync.store.records import PhoneSpec
from phonesync.store.tables import ASSIGNMENTS

EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a phone."""

    extension: str | None = None
    owner: str | None = None
    department: str | None = None


NOBODY = Holder()


def record(
    connection: Connection,
    specs: Sequence[PhoneSpec],
    phone_ids: Mapping[str, int],
    *,
    zones: Mapping[str, ZoneInfo],
    now: datetime,
) -> None:
    """Records what the configuration says now, where it differs from what it said last.

    A new holder is valid from the configured date; without one, since ever for the first holder of a phone
    and from now for a later one. A date that changes while the holder stays corrects the date.

    Args:
        connection: In a transaction that writes.
        specs: The configured phones.
        phone_ids: Their rows.
        zones: The zone whose midnight begins a phone's configured date; UTC for a phone not named.
        now: The present instant, UTC.
    """
    last = {row["phone_id"]: row for row in _all(connection)}
    new: list[dict[str, Any]] = []
    dated: list[dict[str, Any]] = []
    since_when: dict[int, datetime] = {}
    for spec in specs:
        phone_id = phone_ids[spec.name]
        before = last.get(phone_id)
        since = None if spec.valid_from is None else _midnight(spec.valid_from, zones.get(spec.name))
        if before is None or _differs(before, spec):
            if since is None and before is not None:
                since = now
            since_when[phone_id] = since or EVER
            new.append(
                {
                    "phone_id": phone_id,
                    "valid_from": since,
                    "extension": spec.extension,
                    "owner": spec.owner,
                    "department": spec.department,
                    "recorded_at": now,
                }
            )
        elif since is not None and since != before["valid_from"]:
            since_when[phone_id] = min(since, before["valid_from"] or EVER)
            dated.append({"b_id": before["id"], "valid_from": since})
    if new:
        connection.execute(insert(ASSIGNMENTS), new)
    if dated:
        connection.execute(update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == bindparam("b_id")), dated)
    for phone_id, first in sorted(since_when.items()):
        queue_of_phone(connection, phone_id, None if first == EVER else first)


def _all(connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(select(ASSIGNMENTS).order_by(ASSIGNMENTS.c.id)).mappings().all()


def _differs(before: RowMapping, spec: PhoneSpec) -> bool:
    return (before["extension"], before["owner"], before["department"]) != (
        spec.extension,
        spec.owner,
        spec.department,
    )


def _midnight(day: date, zone: ZoneInfo | None) -> datetime:
    return datetime.combine(day, time(), zone or UTC).astimezone(UTC)


class Holders:
    """Who had which phone at an instant."""

    def __init__(self, rows: Iterable[RowMapping]) -> None:
        self._since: dict[int, list[datetime]] = {}
        self._who: dict[int, list[Holder]] = {}
        for row in rows:
            self._add(row)

    @classmethod
    def load(cls, connection: Connection) -> Holders:
        """All that was ever recorded."""
        return cls(_all(connection))

    def _add(self, row: RowMapping) -> None:
        since, who = self._since.setdefault(row["phone_id"], []), self._who.setdefault(row["phone_id"], [])
        start = row["valid_from"] or EVER
        # What was recorded later knows better, from its date on.
        while since and since[-1] >= start:
            since.pop()
            who.pop()
        since.append(start)
        who.append(Holder(extension=row["extension"], owner=row["owner"], department=row["department"]))

    def at(self, phone_id: int, instant: datetime) -> Holder:
        """Who had the phone at an instant; nobody before the first date."""
        index = bisect_right(self._since.get(phone_id, ()), instant)
        return self._who[phone_id][index - 1] if index else NOBODY
