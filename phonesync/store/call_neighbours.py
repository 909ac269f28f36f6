"""Finding the rows that may be of one call with others, at the same cost in a store of any size.

Entries stand under their keys and phones in the order of when their calls can have begun. Most of them reach
over minutes or hours; some, of phones whose clock nobody knows, over weeks. So each belongs to a tier by its
length, and a look into a tier begins no earlier than the longest of it can reach.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Dialect, select

from phonesync.calls.linking import Stretch, extent, keys
from phonesync.calls.values import Knowledge, Row, Rule
from phonesync.store import call_marks
from phonesync.store.call_rows import Place, RowLoader
from phonesync.store.chunks import chunks
from phonesync.store.tables import CALLS, INCARNATIONS, JOIN_KEYS, JOINED_ENTRIES, PHONES

LONGEST = (timedelta(hours=6), timedelta(days=2), timedelta(days=32))
"""How far the entries of each tier reach at most; those of the last tier reach farther."""

TIERS = len(LONGEST) + 1

_FLOOR = datetime(1000, 1, 1, tzinfo=UTC)

PARAMETERS = 900
"""Of one statement; an old SQLite takes 999."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A way to find entries.

    Attributes:
        columns: What each look names: columns of the same types.
        sql: Finds physical phone and entry by the looks, which stand in ``wanted``.
        nothing: A look that finds nothing, to fill statements of a fixed size.
    """

    columns: tuple[ColumnElement[Any], ...]
    sql: str
    nothing: tuple[Any, ...]

    @property
    def most(self) -> int:
        """So many looks go into one statement."""
        return PARAMETERS // len(self.columns)


# CROSS JOIN keeps the order on SQLite: the looks first, then the index.
_BY_KEY = Look(
    columns=(JOIN_KEYS.c.key, JOIN_KEYS.c.low, JOIN_KEYS.c.low, JOIN_KEYS.c.high),
    sql=(
        "SELECT j.incarnation_id, j.entry_id FROM wanted CROSS JOIN join_keys k CROSS JOIN joined_entries j "
        "WHERE k.key = v0 AND k.low >= v1 AND k.low <= v2 AND k.high >= v3 AND j.entry_id = k.entry_id"
    ),
    nothing=("", _FLOOR, _FLOOR, _FLOOR),
)
_BY_PHONE = Look(
    columns=(
        JOINED_ENTRIES.c.incarnation_id,
        JOINED_ENTRIES.c.tier,
        JOINED_ENTRIES.c.low,
        JOINED_ENTRIES.c.low,
        JOINED_ENTRIES.c.high,
    ),
    sql=(
        "SELECT j.incarnation_id, j.entry_id FROM wanted CROSS JOIN joined_entries j "
        "WHERE j.incarnation_id = v0 AND j.tier = v1 AND j.low >= v2 AND j.low <= v3 AND j.high >= v4"
    ),
    nothing=(0, 0, _FLOOR, _FLOOR, _FLOOR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What is kept of an entry beside its call.

    Attributes:
        entry_id: The entry.
        incarnation_id: The physical phone.
        reach: When its call can have been.
        keys: What it is found by.
    """

    entry_id: str
    incarnation_id: int
    reach: Stretch
    keys: frozenset[str]

    @property
    def tier(self) -> int:
        """By how far it reaches."""
        length = self.reach.high - self.reach.low
        return next((tier for tier, longest in enumerate(LONGEST) if length <= longest), len(LONGEST))

    def key_rows(self) -> Iterator[dict[str, Any]]:
        """Its rows in ``join_keys``."""
        for key in sorted(self.keys):
            yield {
                "key": f"{self.tier}{key}",
                "low": self.reach.low,
                "entry_id": self.entry_id,
                "high": self.reach.high,
            }

    def columns(self) -> dict[str, Any]:
        """Its row in ``joined_entries``, but for the call."""
        return {
            "entry_id": self.entry_id,
            "incarnation_id": self.incarnation_id,
            "tier": self.tier,
            "low": self.reach.low,
            "high": self.reach.high,
            "keys": json.dumps(sorted(self.keys), ensure_ascii=False),
        }


def as_joined(row: Row, incarnation_id: int, knowledge: Knowledge) -> Joined:
    """Where a row is to be found from now on."""
    return Joined(
        entry_id=row.id, incarnation_id=incarnation_id, reach=extent(row), keys=keys(row, knowledge)
    )


class StoredNeighbours:
    """Finds rows in the store; implements :class:`phonesync.calls.linking.Neighbours`.

    Args:
        connection: In a transaction.
        loader: Loads rows.

    Attributes:
        incarnations: Entry id to the physical phone, of every row it has loaded.
    """

    def __init__(self, connection: Connection, loader: RowLoader) -> None:
        self._connection = connection
        self._loader = loader
        self._rows: dict[str, Row | None] = {}
        self._tiers = _tiers_there(connection)
        self._phones: dict[str, list[int]] = {}
        self.incarnations: dict[str, int] = {}

    def load(self, places: Iterable[Place]) -> list[Row]:
        """The rows of entries, each loaded once; those that are no entries any more are left out."""
        wanted = list(dict.fromkeys(places))
        new = [place for place in wanted if place[1] not in self._rows]
        self.incarnations |= {entry_id: of for of, entry_id in new}
        self._rows |= dict.fromkeys((entry_id for _, entry_id in new), None)
        self._rows |= {row.id: row for row in self._loader.load(new)}
        found = (self._rows[entry_id] for _, entry_id in wanted)
        return [row for row in found if row is not None]

    def by_keys(self, wanted: Mapping[str, Sequence[Stretch]]) -> list[Row]:
        """Rows that have one of these keys and whose extent touches one of its stretches."""
        looks = [
            (f"{tier}{key}", *self._bounds(stretch, tier))
            for key, stretches in wanted.items()
            for stretch in stretches
            for tier in self._tiers
        ]
        return self.load(self._look(_BY_KEY, looks))

    def on_phones(self, wanted: Mapping[str, Sequence[Stretch]]) -> list[Row]:
        """Rows of these phones, by name, whose extent touches one of its stretches."""
        self._learn(wanted.keys())
        looks = [
            (number, tier, *self._bounds(stretch, tier))
            for phone, stretches in wanted.items()
            for number in self._phones[phone]
            for stretch in stretches
            for tier in self._tiers
        ]
        return self.load(self._look(_BY_PHONE, looks))

    def marked(self, entry_ids: Collection[str]) -> list[Row]:
        """Rows that a hand-made mark puts together with, or apart from, one of these entries."""
        return self.load(call_marks.neighbours(self._connection, entry_ids))

    def crowded(self, entry_ids: Collection[str]) -> frozenset[str]:
        """Those of these entries that were in a crowd when calls were joined last."""
        found: set[str] = set()
        for some in chunks(sorted(set(entry_ids))):
            query = select(JOINED_ENTRIES.c.entry_id, CALLS.c.reasons)
            query = query.join(CALLS, CALLS.c.id == JOINED_ENTRIES.c.call_id)
            for row in self._connection.execute(query.where(JOINED_ENTRIES.c.entry_id.in_(some))):
                if any(reason[0] == Rule.CROWDED.value for reason in json.loads(row.reasons)):
                    found.add(row.entry_id)
        return frozenset(found)

    def _learn(self, names: Iterable[str]) -> None:
        new = [name for name in names if name not in self._phones]
        for some in chunks(new):
            query = select(PHONES.c.name, INCARNATIONS.c.id).join(
                INCARNATIONS, INCARNATIONS.c.phone_id == PHONES.c.id
            )
            for row in self._connection.execute(query.where(PHONES.c.name.in_(some))):
                self._phones.setdefault(row.name, []).append(row.id)

    @staticmethod
    def _bounds(stretch: Stretch, tier: int) -> tuple[datetime, datetime, datetime]:
        """Where a look into a tier begins and ends, and up to where what it finds must reach."""
        first = stretch.low - LONGEST[tier] if tier < len(LONGEST) else _FLOOR
        return first, stretch.high, stretch.low

    def _look(self, look: Look, wanted: Sequence[tuple[Any, ...]]) -> list[Place]:
        found: list[Place] = []
        dialect = self._connection.dialect
        for some in chunks(wanted, look.most):
            size = next(size for size in (4, 25, look.most) if len(some) <= size)
            sql, processors = _prepared(dialect, look, size)
            filled = [*some, *[look.nothing] * (size - len(some))]
            values = tuple(
                value if processor is None else processor(value)
                for one in filled
                for value, processor in zip(one, processors, strict=True)
            )
            rows = self._connection.exec_driver_sql(sql, values)
            found += [(row[0], row[1]) for row in rows]
        return found


def _tiers_there(connection: Connection) -> tuple[int, ...]:
    """The tiers that have an entry."""
    found = []
    for tier in range(TIERS):
        one = select(JOIN_KEYS.c.key).where(JOIN_KEYS.c.key >= str(tier), JOIN_KEYS.c.key < str(tier + 1))
        if connection.execute(one.limit(1)).first() is not None:
            found.append(tier)
    return tuple(found)


_Processors: TypeAlias = tuple[Callable[[Any], Any] | None, ...]


@lru_cache(maxsize=32)
def _prepared(dialect: Dialect, look: Look, size: int) -> tuple[str, _Processors]:
    """The statement of so many looks as text, and what makes its values the driver's.

    SQLAlchemy would look at each of nine hundred parameters anew, at every look.
    """
    types = [column.type.dialect_impl(dialect) for column in look.columns]
    casts = [kind.compile(dialect=dialect).partition(" COLLATE")[0] for kind in types]
    one = ", ".join("?" if dialect.name == "sqlite" else f"CAST(%s AS {cast})" for cast in casts)
    names = ", ".join(f"v{n}" for n in range(len(types)))
    sql = f"WITH wanted ({names}) AS (VALUES {', '.join([f'({one})'] * size)}) {look.sql}"
    return sql, tuple(kind.bind_processor(dialect) for kind in types)
