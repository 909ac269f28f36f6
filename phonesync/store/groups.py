"""The methods of the store that are about groups: what is learned from, what was learned, what holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from phonesync.calls.group_history import KeptGroup, Verdict
from phonesync.calls.learned import Learned
from phonesync.calls.values import Group, Ringing, Row
from phonesync.errors import ConfigError
from phonesync.store import applied, call_proof, queueing
from phonesync.store.call_records import PlanOf
from phonesync.store.call_rows import RowLoader
from phonesync.store.part import StorePart
from phonesync.store.tables import ASSIGNMENTS, ENTRIES, LEARNED_GROUPS, PHONES


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What groups are learned from.

    Attributes:
        rows: Of all phones, from some time on.
        unproven: Stretches in which an extension's lists are not proven, POSIX seconds, by extension.
    """

    rows: tuple[Row, ...]
    unproven: Mapping[str, tuple[tuple[float, float], ...]]


class GroupsPart(StorePart):
    """Groups of phones."""

    def lessons(self, since: datetime, *, plan_of: PlanOf) -> Lessons:
        """The rows of all phones from an instant on, and when their lists are not proven.

        Args:
            since: UTC, by the times shown.
            plan_of: The dial plan of each phone.
        """
        with self._database.read() as connection:
            rows = tuple(_rows_since(connection, since, plan_of))
            extensions = {row.phone: row.extension for row in rows if row.extension is not None}
            proofs = call_proof.proofs(connection, extensions)
        gaps: dict[str, list[tuple[float, float]]] = {}
        for phone, proof in proofs.items():
            gaps.setdefault(extensions[phone], []).extend(_gaps(proof, since.timestamp()))
        return Lessons(rows=rows, unproven={extension: tuple(some) for extension, some in gaps.items()})

    def rows_since(self, since: datetime, *, plan_of: PlanOf) -> list[Row]:
        """The rows of all phones from an instant on.

        Args:
            since: UTC, by the times shown.
            plan_of: The dial plan of each phone.
        """
        with self._database.read() as connection:
            return _rows_since(connection, since, plan_of)

    def learned_groups(self) -> list[KeptGroup]:
        """All groups that were ever learned, by id."""
        with self._database.read() as connection:
            rows = connection.execute(select(LEARNED_GROUPS).order_by(LEARNED_GROUPS.c.id)).mappings().all()
        return [_kept(row) for row in rows]

    def keep_groups(self, groups: Iterable[KeptGroup]) -> None:
        """Keeps groups as they are after a learning: those without an id are new. Notes when that was."""
        now = self._clock.now()
        with self._database.write() as connection:
            for one in groups:
                if one.id is None:
                    connection.execute(insert(LEARNED_GROUPS).values(**_values(one)))
                else:
                    mine = LEARNED_GROUPS.c.id == one.id
                    connection.execute(update(LEARNED_GROUPS).where(mine).values(**_values(one)))
            applied.keep(connection, "learning", now.isoformat(), at=now)

    def learned_at(self) -> datetime | None:
        """When groups were learned last, UTC, or None."""
        with self._database.read() as connection:
            return applied.at(connection, "learning")

    def judge_group(self, number: int, verdict: Verdict) -> KeptGroup:
        """Notes what a person says of a learned group; the last word holds.

        Args:
            number: Its id.
            verdict: What is said.

        Returns:
            The group.

        Raises:
            ConfigError: There is none of that id.
        """
        mine = LEARNED_GROUPS.c.id == number
        with self._database.write() as connection:
            connection.execute(update(LEARNED_GROUPS).where(mine).values(verdict=verdict.value))
            row = connection.execute(select(LEARNED_GROUPS).where(mine)).mappings().one_or_none()
        if row is None:
            raise ConfigError(
                f"No group of id {number} was learned.", hint="`phonesync calls groups` lists them."
            )
        return _kept(row)

    def apply_groups(self, groups: Collection[Group]) -> int:
        """Has joined anew what groups tell otherwise than those that calls were joined by last.

        Args:
            groups: All that are in force.

        Returns:
            How many of them are new or gone.
        """
        new = {_text(group): group for group in groups}
        text = json.dumps(sorted(new), ensure_ascii=False)
        with self._database.read() as connection:
            if applied.text(connection, "groups") == text:
                return 0
        with self._database.write() as connection:
            before: set[str] = set(json.loads(applied.text(connection, "groups") or "[]"))
            differing = [new[one] for one in new.keys() - before]
            differing += [_group(one) for one in before - new.keys()]
            _queue(connection, differing)
            applied.keep(connection, "groups", text, at=self._clock.now())
        return len(differing)


def _rows_since(connection: Connection, since: datetime, plan_of: PlanOf) -> list[Row]:
    query = select(ENTRIES.c.incarnation_id, ENTRIES.c.id).where(ENTRIES.c.started_at >= since)
    places = [(row.incarnation_id, row.id) for row in connection.execute(query)]
    return RowLoader(connection, plan_of).load(places)


def _gaps(proof: call_proof.PhoneProof, since: float) -> Iterator[tuple[float, float]]:
    """The time from an instant on that is not proven."""
    begin = since
    for start, end in zip(proof.starts, proof.ends, strict=True):
        if end.timestamp() > begin:
            if start.timestamp() > begin:
                yield begin, start.timestamp()
            begin = end.timestamp()
    yield begin, float("inf")


def _queue(connection: Connection, groups: Iterable[Group]) -> None:
    """Queues the rows that groups speak of: those of their members' phones, while they hold."""
    held = select(PHONES.c.id, ASSIGNMENTS.c.extension).join(
        ASSIGNMENTS, ASSIGNMENTS.c.phone_id == PHONES.c.id
    )
    phones: dict[str, set[int]] = {}
    for row in connection.execute(held.where(ASSIGNMENTS.c.extension.is_not(None))):
        phones.setdefault(row.extension, set()).add(row.id)
    for group in groups:
        for phone_id in sorted({of for member in group.members for of in phones.get(member, ())}):
            queueing.queue_of_phone(connection, phone_id, group.since, group.until)


def _text(group: Group) -> str:
    """A group as text that is the same for the same group."""
    return json.dumps(
        {
            "name": group.name,
            "number": group.number,
            "members": group.members,
            "ringing": group.ringing.value,
            "step_s": group.step_s,
            "department": group.department,
            "since": None if group.since is None else group.since.isoformat(),
            "until": None if group.until is None else group.until.isoformat(),
        },
        ensure_ascii=False,
    )


def _group(text: str) -> Group:
    """As far as it tells which rows it spoke of."""
    data = json.loads(text)
    since, until = data["since"], data["until"]
    return Group(
        name=data["name"],
        members=tuple(data["members"]),
        since=None if since is None else datetime.fromisoformat(since),
        until=None if until is None else datetime.fromisoformat(until),
    )


def _kept(row: RowMapping) -> KeptGroup:
    verdict = row["verdict"]
    return KeptGroup(
        id=row["id"],
        learned=Learned(
            ringing=Ringing(row["ringing"]),
            members=tuple(json.loads(row["members"])),
            step_s=row["step_s"],
            number=row["number"],
            seen=row["seen"],
            since=row["since"],
            until=row["until"],
        ),
        ended_at=row["ended_at"],
        verdict=None if verdict is None else Verdict(verdict),
        version=row["version"],
    )


def _values(one: KeptGroup) -> dict[str, Any]:
    learned = one.learned
    return {
        "ringing": learned.ringing.value,
        "members": json.dumps(learned.members, ensure_ascii=False),
        "step_s": learned.step_s,
        "number": learned.number,
        "seen": learned.seen,
        "since": learned.since,
        "until": learned.until,
        "ended_at": one.ended_at,
        "verdict": None if one.verdict is None else one.verdict.value,
        "version": one.version,
    }
