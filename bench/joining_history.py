"""A store with years of calls in it, written by SQL as fast as SQLite takes it.

Call ``i`` of all is one row on phone ``i % PHONES`` with number ``i % NUMBERS``, so that every phone meets
every number; each table is written in the order of its key, and its indexes are built afterwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

PHONES = 200
NUMBERS = 99_991
"""A prime, so that phones and numbers mix."""

A_DAY = 2500
"""Calls of the office in a day of ten hours."""

END = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight after the last day."""

_OPENING_S, _OPEN_S = 8 * 3600, 10 * 3600


def number_of(n: int) -> str:
    """The n-th number of the outside, in E.164."""
    return f"+79{n // 1000:02}5550{n % 1000:03}"


def extension_of(phone: int) -> int:
    """The extension of the n-th phone, from 0."""
    return 1000 + phone


def moment(call: int, calls: int) -> datetime:
    """When the call of that number began, of so many; days are full, the first one aside."""
    days, rest = divmod(calls - 1 - call, A_DAY)
    return (
        END - timedelta(days=days + 1) + timedelta(seconds=_OPENING_S + (A_DAY - 1 - rest) * _OPEN_S // A_DAY)
    )


def fill(path: Path, calls: int) -> None:
    """Fills a store that holds its phones and no entry, and that nobody has open.

    Args:
        path: Its file.
        calls: How many, a multiple of the phones.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -1000000",
            "temp_store = FILE",
        ):
            connection.execute(f"PRAGMA {setting}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
            "('entries', 'calls', 'call_legs', 'joined_entries', 'join_keys')"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for statement in _statements(calls):
            connection.execute(statement)
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = WAL")


_NUMBER = "printf('+79%02d5550%03d', n / 1000, n % 1000)"
_EXTENSION = "p + 1000"


def _statements(calls: int) -> Iterator[str]:
    own = _called(calls)
    yield _entries(own)
    yield _calls(own)
    yield _legs(own)
    yield _joined(own)
    yield _by_number(calls)
    yield _by_extension(own)


def _called(calls: int) -> str:
    """Each call: its phone, its place in time and its number."""
    return f"""
        WITH RECURSIVE phone(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM phone WHERE p + 1 < {PHONES}),
        nth(j) AS MATERIALIZED (
            SELECT 0 UNION ALL SELECT j + 1 FROM nth WHERE j + 1 < {calls // PHONES}
        ),
        called AS (SELECT p, j, j * {PHONES} + p AS i FROM phone CROSS JOIN nth),
        timed AS (
            SELECT p, {_id("p", "j")} AS id, i % {NUMBERS} AS n, i % 4 = 0 AS placed, {_at("i", calls)} AS at
            FROM called
        )
    """  # noqa: S608  numbers of ours


def _entries(own: str) -> str:
    """The row of each call."""
    return f"""
        INSERT INTO entries (incarnation_id, id, key, occurrence, variant, list_code, account, remote_number,
            remote_host, remote_name, shown_at, zone, started_at, resolution_s, clock_offset_s, duration_s,
            count, complete, uncertain, first_seen_at, unseen_at, last_seen_at, on_phone, sources, doubtful)
        {own}
        SELECT p + 1, id, id, 1, 'v86-json', CASE placed WHEN 1 THEN '1' ELSE '2' END, {_EXTENSION},
            {_NUMBER},
            NULL, NULL, 'shown', 'UTC', {_text("at")}, 1, 0.0, 60, 1, 1, 0, {_text("at + 600")},
            {_text("at - 60")}, {_text("at + 86400")}, 0, 'list', 0 FROM timed
    """  # noqa: S608  numbers of ours


def _calls(own: str) -> str:
    """Each call, joined."""
    return f"""
        INSERT INTO calls (id, direction, disposition, started_at, started_within_s, answered_at, ended_at,
            ring_s, talk_s, outside, calling_number, calling_e164, calling_extension, calling_name,
            called_number, called_e164, called_extension, called_name, answered_by, uncertain, contested,
            unanswered, settled, coverage, group_name, owner, department, could_answer, reasons, voicemail,
            keys, recording)
        {own}
        SELECT id, CASE placed WHEN 1 THEN 'outbound' ELSE 'inbound' END, 'answered', {_text("at")}, 3, NULL,
            NULL, NULL, 60, {_NUMBER}, CASE placed WHEN 1 THEN {_EXTENSION} ELSE {_NUMBER} END,
            CASE placed WHEN 1 THEN NULL ELSE {_NUMBER} END, CASE placed WHEN 1 THEN {_EXTENSION} END, NULL,
            CASE placed WHEN 1 THEN {_NUMBER} END, CASE placed WHEN 1 THEN {_NUMBER} END,
            CASE placed WHEN 1 THEN NULL ELSE {_EXTENSION} END, NULL,
            CASE placed WHEN 1 THEN NULL ELSE {_EXTENSION} END, 0, 0, 0, 1, 1.0, NULL, {_EXTENSION}, NULL,
            '["phone-' || p || '"]', '[["alone", ["' || id || '"], "One row tells of it."]]', 0, NULL, NULL
        FROM timed
    """  # noqa: S608  numbers of ours


def _legs(own: str) -> str:
    """Its one leg."""
    return f"""
        INSERT INTO call_legs (call_id, ordinal, phone_id, extension, owner, department, list_name, outcome,
            started_at, talk_s, entry_ids, call_at)
        {own}
        SELECT id, 0, p + 1, {_EXTENSION}, NULL, NULL, CASE placed WHEN 1 THEN 'placed' ELSE 'received' END,
            CASE placed WHEN 1 THEN 'placed' ELSE 'answered' END, {_text("at")}, 60, id, {_text("at")}
        FROM timed
    """  # noqa: S608  numbers of ours


def _joined(own: str) -> str:
    """Where its row was when it was joined."""
    reach = f"{_text('at - 130')}, {_text('at + 200')}"
    own_key = f"CASE placed WHEN 1 THEN ', \"by:ext:' || ({_EXTENSION}) || '\"' ELSE '' END"
    keys = f"'[\"by:' || {_NUMBER} || '\"' || {own_key} || ']'"
    return f"""
        INSERT INTO joined_entries (entry_id, incarnation_id, tier, low, high, keys, call_id)
        {own} SELECT id, p + 1, 0, {reach}, {keys}, id FROM timed
    """  # noqa: S608  numbers of ours


def _by_extension(own: str) -> str:
    """The keys of extensions that placed calls."""
    return f"""
        INSERT INTO join_keys (key, low, entry_id, high)
        {own} SELECT '0by:ext:' || ({_EXTENSION}), {_text("at - 130")}, id, {_text("at + 200")}
        FROM timed WHERE placed
    """  # noqa: S608  numbers of ours


def _by_number(calls: int) -> str:
    """The keys of numbers: number after number, each from its oldest call on."""
    times = -(-calls // NUMBERS)
    return f"""
        INSERT INTO join_keys (key, low, entry_id, high)
        WITH RECURSIVE number(n) AS (
            SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {min(NUMBERS, calls)}
        ),
        nth(k) AS MATERIALIZED (SELECT 0 UNION ALL SELECT k + 1 FROM nth WHERE k + 1 < {times}),
        called AS (
            SELECT n, n + k * {NUMBERS} AS i FROM number CROSS JOIN nth WHERE n + k * {NUMBERS} < {calls}
        ),
        timed AS (
            SELECT n, {_id(f"(i % {PHONES})", f"(i / {PHONES})")} AS id, {_at("i", calls)} AS at FROM called
        )
        SELECT printf('0by:+79%02d5550%03d', n / 1000, n % 1000), {_text("at - 130")}, id,
            {_text("at + 200")} FROM timed
    """  # noqa: S608  numbers of ours


def _id(phone: str, ordinal: str) -> str:
    return f"printf('%08x%024x', {phone}, {ordinal})"


def _at(call: str, calls: int) -> str:
    """POSIX seconds of :func:`moment`."""
    back = f"({calls - 1} - {call})"
    end = int(END.timestamp())
    return (
        f"({end} - ({back} / {A_DAY} + 1) * 86400 + {_OPENING_S} + "
        f"({A_DAY - 1} - {back} % {A_DAY}) * {_OPEN_S} / {A_DAY})"
    )


def _text(seconds: str) -> str:
    """POSIX seconds as the store writes an instant."""
    return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
