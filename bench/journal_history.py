"""A store with years of an office's calls for the journal, written by SQL as fast as SQLite takes it.

The shape is that of the farm's office: half of the calls come from outside, a part of them rings at several
phones, some are missed, some go out or stay inside; few numbers call often, most seldom; people are of
departments. Where a call falls follows from its ordinal by a hash, so that each run holds the same calls.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from phonesync.calls.values import Party
from phonesync.store.chunks import chunks
from phonesync.store.journal import parties
from phonesync.store.places import place_of
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import Store

PHONES, DEPARTMENTS = 200, 20
A_DAY = 2500
"""Calls of the office in a day of ten hours."""

CALLS_OF_A_NUMBER = 40
"""Calls for each number of the outside, on average."""

MOST_NUMBERS = 700_000
"""What the numbering of the office's country leaves for invented ones."""

END = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight after the last day."""

_OPENING_S, _OPEN_S = 8 * 3600, 10 * 3600
_FIRST = ("Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Инна", "Кирилл", "Лидия")
_LAST = (
    *("Абрамова", "Белов", "Волкова", "Громов", "Дмитриева", "Ершов", "Жуков", "Зайцева", "Ильин", "Козлова"),
    *("Лебедев", "Морозова", "Никитин", "Орлова", "Павлов", "Романова", "Соколов", "Тихонова", "Ушаков"),
    *("Фомина", "Харитонов", "Цветкова", "Чернов", "Шубина", "Щербаков", "Юдина", "Яковлев"),
)


def numbers(calls: int) -> int:
    """Numbers of the outside in a store of so many calls."""
    return min(MOST_NUMBERS, max(1, calls // CALLS_OF_A_NUMBER))


def number_of(n: int) -> str:
    """The n-th number of the outside, in E.164."""
    return f"+7{300 + n // 1000}5550{n % 1000:03}"


def name_of(n: int) -> str | None:
    """What phones show for it; nothing for two of three numbers."""
    if n % 3:
        return None
    return f"{_LAST[n * 7919 % len(_LAST)]} {_FIRST[n * 104_729 % len(_FIRST)]} {n % 977}"


def phones() -> list[PhoneSpec]:
    """The phones, their owners and departments."""
    return [
        PhoneSpec(
            name=f"phone-{n}",
            extension=str(1000 + n),
            owner=f"{_LAST[n % len(_LAST)]} {_FIRST[n % len(_FIRST)]} {n}",
            department=f"Department {n % DEPARTMENTS}",
        )
        for n in range(PHONES)
    ]


def fill(store: Store, path: Path, calls: int) -> None:
    """Fills an empty store.

    Args:
        store: The store, open.
        path: Its file.
        calls: How many.
    """
    specs = phones()
    store.sync_phones(specs)
    place = place_of(f"sqlite:///{path}", base=path.parent, password="").opened(busy_timeout_s=60)
    known = [*(Party(extension=spec.extension) for spec in specs), *_outside(calls)]
    for some in chunks(known, 20_000):
        with place.write() as connection:
            parties.learn(connection, some)
    place.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _write(connection, calls)


def _outside(calls: int) -> Iterator[Party]:
    for n in range(numbers(calls)):
        yield Party(number_shown=number_of(n), e164=number_of(n), name=name_of(n))


def _write(connection: sqlite3.Connection, calls: int) -> None:
    for setting in ("synchronous = OFF", "cache_size = -500000", "temp_store = FILE"):
        connection.execute(f"PRAGMA {setting}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
        "('calls', 'call_legs', 'joined_entries')"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.create_function("name_of", 1, name_of, deterministic=True)
    for statement in (_calls(calls), _LEGS, _ENTRIES):
        connection.execute(statement)
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _began(calls: int) -> str:
    """When call ``i`` began, POSIX seconds: as many on each day, the last one on the last day."""
    back = f"({calls - 1} - i)"
    return (
        f"({int(END.timestamp())} - ({back} / {A_DAY} + 1) * 86400 + {_OPENING_S} "
        f"+ ({A_DAY - 1} - {back} % {A_DAY}) * {_OPEN_S} / {A_DAY})"
    )


def _calls(calls: int) -> str:
    """Each call: how it went is told by ``kind``, who by ``n`` and ``p``."""
    at, few = _began(calls), numbers(calls)
    return f"""
        INSERT INTO calls (id, direction, disposition, started_at, started_within_s, answered_at, ended_at,
            ring_s, talk_s, outside, calling_number, calling_e164, calling_extension, calling_name,
            called_number, called_e164, called_extension, called_name, answered_by, uncertain, contested,
            unanswered, settled, coverage, group_name, owner, department, could_answer, reasons, voicemail,
            keys, recording)
        WITH RECURSIVE nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i + 1 < {calls}),
        hashed AS (SELECT i, (i * 2654435761) % 4294967296 AS h, (i * 40503 + 12345) % 65536 AS g FROM nth),
        chosen AS (
            SELECT i, h % 100 AS kind, g % {PHONES} AS p, (g / 7 + h) % {PHONES} AS q, h / 128 % 180 AS talk,
                CASE WHEN h / 64 % 4 THEN (h / 256 + g * 65521) % {few}
                    ELSE (h / 256 + g * 65521) % {max(1, few // 100)} END AS n FROM hashed
        ),
        made AS (
            SELECT *, printf('%032x', i) AS id,
                strftime('%Y-%m-%d %H:%M:%S.000000', {at}, 'unixepoch') AS at,
                '+7' || (300 + n / 1000) || '5550' || printf('%03d', n % 1000) AS number,
                kind < 25 AS placed, kind BETWEEN 25 AND 34 AS inside, kind >= 85 AND kind < 97 AS missed,
                name_of(n) AS name
            FROM chosen
        )
        SELECT id, CASE WHEN placed THEN 'outbound' WHEN inside THEN 'internal' ELSE 'inbound' END,
            CASE WHEN missed THEN 'missed' WHEN kind = 97 THEN 'voicemail' WHEN kind = 98 THEN 'busy'
                WHEN kind = 99 THEN 'unknown' ELSE 'answered' END,
            at, 1, NULL, NULL, h_ring, CASE WHEN kind < 85 THEN talk END,
            CASE WHEN NOT inside THEN number END,
            CASE WHEN placed OR inside THEN p + 1000 ELSE number END,
            CASE WHEN NOT placed AND NOT inside THEN number END,
            CASE WHEN placed OR inside THEN p + 1000 END,
            CASE WHEN NOT placed AND NOT inside THEN name END,
            CASE WHEN placed THEN number ELSE q + 1000 END, CASE WHEN placed THEN number END,
            CASE WHEN NOT placed THEN q + 1000 END, CASE WHEN placed THEN name END,
            CASE WHEN kind < 85 AND NOT placed THEN q + 1000 END, kind = 99, 0, missed, 1, 1.0, NULL,
            'Owner', 'Department ' || (CASE WHEN placed OR inside THEN p ELSE q END % {DEPARTMENTS}),
            '[]', '[["alone", ["' || id || '"], "One row tells of it."]]', 0, NULL, NULL
        FROM (SELECT *, talk % 30 AS h_ring FROM made)
    """  # noqa: S608  numbers of ours


_PHONE_OF = """
    CASE WHEN direction = 'outbound' THEN calling_extension ELSE called_extension END - 1000
"""
_LEGS = f"""
    INSERT INTO call_legs (call_id, ordinal, phone_id, extension, owner, department, list_name, outcome,
        started_at, talk_s, entry_ids, call_at)
    WITH ringing AS (
        SELECT calls.*, extra, ({_PHONE_OF} + extra * 7) % {PHONES} AS p
        FROM calls CROSS JOIN (SELECT 0 AS extra UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)
        WHERE extra = 0 OR (direction = 'inbound' AND talk_s % 4 = 0)
    )
    SELECT ringing.id, extra, phones.id, p + 1000, assignments.owner, assignments.department,
        CASE WHEN direction = 'outbound' THEN 'placed' WHEN extra OR disposition = 'missed' THEN 'missed'
            ELSE 'received' END,
        CASE WHEN direction = 'outbound' THEN 'placed' WHEN disposition = 'missed' THEN 'missed'
            WHEN extra THEN 'answered_elsewhere' ELSE 'answered' END,
        started_at, talk_s, printf('%s.%d', ringing.id, extra), started_at
    FROM ringing JOIN phones ON phones.name = 'phone-' || p
    JOIN assignments ON assignments.phone_id = phones.id
"""  # noqa: S608  numbers of ours
_ENTRIES = """
    INSERT INTO joined_entries (entry_id, incarnation_id, tier, low, high, keys, call_id)
    SELECT CASE WHEN ordinal THEN entry_ids ELSE call_id END, incarnations.id, 0, started_at, started_at,
        '[]', call_id
    FROM call_legs JOIN incarnations ON incarnations.phone_id = call_legs.phone_id
"""
