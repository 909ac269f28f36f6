"""Entries as joining sees them: labels, owners, clocks and the meaning of their times applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection, RowMapping, select

from phonesync.calls.clock_history import OFFSET_S, ClockHistory, whole
from phonesync.calls.linking import RAW
from phonesync.calls.meanings import either_of, meaning_of
from phonesync.calls.timing import says_answered
from phonesync.calls.values import Bounds, Row
from phonesync.model import ListName, Outcome, TimeOf
from phonesync.numbering import DialPlan, canonical, is_withheld
from phonesync.store.assignments import Holders
from phonesync.store.call_records import PlanOf
from phonesync.store.chunks import chunks
from phonesync.store.clock_segments import histories
from phonesync.store.pairs import among
from phonesync.store.tables import (
    ASSIGNMENTS,
    ENTRIES,
    INCARNATIONS,
    LIST_NAMES,
    PHONES,
    STATES,
    TIME_MEANINGS,
)

Place: TypeAlias = tuple[int, str]
"""Row of a physical phone and an entry id."""

T = TypeVar("T")

_LISTS = {name.value: name for name in ListName}
_EXACT = Bounds(low=0.0, high=0.0)

_COLUMNS = (
    "id",
    "incarnation_id",
    "variant",
    "list_code",
    "remote_number",
    "remote_name",
    "shown_at",
    "started_at",
    "resolution_s",
    "clock_offset_s",
    "duration_s",
    "count",
    "uncertain",
    "first_seen_at",
    "unseen_at",
    "sources",
    "call_id",
    "ring_s",
    "outcome",
    "time_of",
    "doubtful",
)
_QUERY = select(*(ENTRIES.c[name] for name in _COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is applied to every entry of a physical phone.

    Attributes:
        phone_id: Row of the phone.
        phone: The name it bears now.
        kind: Vendor, model and firmware as last known.
        time_of: What its variant's times mean.
        list_names: Variant and list code to our name.
        clock: Its clock, as far as evidence tells.
    """

    phone_id: int
    phone: str
    kind: tuple[str, str, str]
    time_of: TimeOf
    list_names: dict[tuple[str, str], ListName] = field(default_factory=dict)
    clock: ClockHistory | None = None


class RowLoader:
    """Loads rows within one transaction, and what is applied to them once for each phone.

    Args:
        connection: In a transaction.
        plan_of: The dial plan that a phone's numbers are read by.
    """

    def __init__(self, connection: Connection, plan_of: PlanOf) -> None:
        self._connection = connection
        self._plan_of = plan_of
        self._around: dict[int, Around] = {}
        self._holders: dict[int, Holders] = {}
        self._meanings: dict[tuple[str, str, str], dict[bool, TimeOf]] = {}
        self._plans: dict[str, DialPlan | None] = {}

    def load(self, places: Iterable[Place]) -> list[Row]:
        """The rows of some entries; those that are no entries any more are left out."""
        found: list[RowMapping] = []
        for some in chunks(sorted(set(places))):
            query = _QUERY.where(among(ENTRIES.c.incarnation_id, ENTRIES.c.id, some))
            found += self._connection.execute(query).mappings().all()
        self._look_around({row["incarnation_id"] for row in found})
        return [self._row(row) for row in found]

    def phone_of(self, incarnation_id: int) -> str:
        """The name that a physical phone bears or bore, as it is now."""
        self._look_around({incarnation_id})
        return self._around[incarnation_id].phone

    def phone_id(self, incarnation_id: int) -> int:
        """The phone that a physical phone is or was."""
        self._look_around({incarnation_id})
        return self._around[incarnation_id].phone_id

    def _row(self, row: RowMapping) -> Row:
        of = self._around[row["incarnation_id"]]
        holder = self._holders[of.phone_id].at(of.phone_id, row["started_at"])
        code, number, duration = row["list_code"], row["remote_number"], row["duration_s"]
        list_name = of.list_names.get((row["variant"], code)) or _LISTS.get(code)
        # Only reports say what their time means; where a row has met one, its time may be the report's.
        heard = row["time_of"] is not None
        outcome = None if row["outcome"] is None else Outcome(row["outcome"])
        answered = says_answered(list_name, duration, outcome)
        means, uncertain = self._means(of), row["uncertain"] or row["doubtful"]
        clocks = (_EXACT,) if heard else clock_of(of.clock, row)
        return Row(
            id=row["id"],
            phone=of.phone,
            extension=holder.extension,
            owner=holder.owner,
            department=holder.department,
            list_name=list_name,
            number=number,
            name=row["remote_name"],
            party=self._party(of.phone, number),
            at=row["started_at"],
            resolution_s=row["resolution_s"],
            timed=heard or row["shown_at"] is not None,
            time_of=TimeOf(row["time_of"]) if heard else meaning_of(means, answered=answered),
            either=() if heard else either_of(means, answered=answered),
            clock=whole(clocks),
            turned=clocks if len(clocks) > 1 else (),
            heard=heard,
            duration_s=duration,
            ring_s=row["ring_s"],
            outcome=outcome,
            call_id=row["call_id"],
            count=row["count"],
            uncertain=uncertain,
            first_seen_at=row["first_seen_at"],
            # An uncertain row may be one that an earlier read showed.
            unseen_at=None if row["uncertain"] else row["unseen_at"],
        )

    def _party(self, phone: str, number: str | None) -> str | None:
        if phone not in self._plans:
            self._plans[phone] = self._plan_of(phone)
        return party_of(self._plans[phone], number)

    def _means(self, of: Around) -> Mapping[bool, TimeOf]:
        """What times mean, of rows of answered calls and of others."""
        # What its variant or its configuration says goes before what was found.
        if of.time_of is not TimeOf.UNKNOWN:
            return dict.fromkeys((False, True), of.time_of)
        return self._meanings[of.kind]

    # --- what is applied --------------------------------------------------------------------------------

    def _look_around(self, wanted: Collection[int]) -> None:
        new = sorted(set(wanted) - self._around.keys())
        for some in chunks(new):
            self._learn_phones(some)
        if new:
            self._learn_holders({self._around[number].phone_id for number in new})
            self._learn_meanings({self._around[number].kind for number in new})

    def _learn_phones(self, some: Sequence[int]) -> None:
        clocks = histories(self._connection, some)
        query = (
            select(
                INCARNATIONS.c.id,
                INCARNATIONS.c.phone_id,
                PHONES.c.name,
                STATES.c.vendor,
                STATES.c.model,
                STATES.c.firmware,
                STATES.c.time_of,
            )
            .join(PHONES, PHONES.c.id == INCARNATIONS.c.phone_id)
            .join(STATES, STATES.c.incarnation_id == INCARNATIONS.c.id)
            .where(INCARNATIONS.c.id.in_(some))
        )
        for row in self._connection.execute(query):
            self._around[row.id] = Around(
                phone_id=row.phone_id,
                phone=row.name,
                kind=(row.vendor or "", row.model or "", row.firmware or ""),
                time_of=TimeOf(row.time_of),
                clock=clocks.get(row.id),
            )
        labels = select(LIST_NAMES).where(LIST_NAMES.c.incarnation_id.in_(some))
        for row in self._connection.execute(labels):
            name = _LISTS.get(row.list_name)
            if name is not None:
                self._around[row.incarnation_id].list_names[row.variant, row.list_code] = name

    def _learn_holders(self, phones: Collection[int]) -> None:
        new = sorted(set(phones) - self._holders.keys())
        for some in chunks(new):
            query = select(ASSIGNMENTS).where(ASSIGNMENTS.c.phone_id.in_(some)).order_by(ASSIGNMENTS.c.id)
            found = Holders(self._connection.execute(query).mappings())
            self._holders |= dict.fromkeys(some, found)

    def _learn_meanings(self, kinds: Collection[tuple[str, str, str]]) -> None:
        for kind in set(kinds) - self._meanings.keys():
            query = select(TIME_MEANINGS.c.answered, TIME_MEANINGS.c.time_of).where(
                TIME_MEANINGS.c.vendor == kind[0],
                TIME_MEANINGS.c.model == kind[1],
                TIME_MEANINGS.c.firmware == kind[2],
            )
            self._meanings[kind] = {
                row.answered: TimeOf(row.time_of) for row in self._connection.execute(query)
            }


def party_of(plan: DialPlan | None, number: str | None) -> str | None:
    """The remote party in canonical form; see :class:`phonesync.calls.values.Row`."""
    if number is None:
        return None
    found = None if plan is None else _canonical(plan, number)
    if found is not None or is_withheld(number):
        return found
    return f"{RAW}{number.strip()}"


@lru_cache(maxsize=65536)
def _canonical(plan: DialPlan, number: str) -> str | None:
    return canonical(plan, number)


def clock_of(history: ClockHistory | None, row: RowMapping) -> tuple[Bounds, ...]:
    """How far a phone's clock may have been off in the time that an entry shows, as one of these, ascending.

    None where nothing bounds it.

    Args:
        history: Of the phone's clock; None where nothing was concluded, so that the read's own offset counts.
        row: Of ``entries``.
    """
    unit, offset = row["resolution_s"] or 1, row["clock_offset_s"]
    if history is not None:
        return history.ways_of_row(
            row["started_at"],
            resolution_s=unit,
            unseen_at=None if row["uncertain"] else row["unseen_at"],
            first_seen_at=row["first_seen_at"],
        )
    if offset is None:
        return ()
    slack = OFFSET_S + unit / 2
    return (Bounds(low=offset - slack, high=offset + slack),)
