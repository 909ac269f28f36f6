"""What hand-made marks would change, tried out in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from phonesync.calls.values import Apart, Call, Together
from phonesync.store import call_keeping, call_marks, call_pass
from phonesync.store.call_pass import Means
from phonesync.store.engine import Database

AT_ONCE = 10_000
"""Waiting entries taken in one pass of a rehearsal."""


class _EnoughSeen(Exception):
    """Ends the transaction without keeping anything."""


def rehearse(
    database: Database, marks: Sequence[Apart | Together], means: Means, *, at: datetime
) -> tuple[list[Call], list[Call]]:
    """The calls that marks would change, as they are and as they would be; nothing is kept.

    Args:
        database: The store's.
        marks: In the order in which they would be made.
        means: What joining goes by besides the store.
        at: When they would be made, UTC.
    """
    changed: set[str] = set()
    after: list[Call] = []
    with suppress(_EnoughSeen), database.write() as connection:
        for mark in marks:
            kind, one, other = sides(mark)
            call_marks.add(connection, kind, one, other, at=at, by=None)
        passed = call_pass.Pass(connection, means).run(AT_ONCE)
        changed |= passed.changed
        while passed.left:
            passed = call_pass.Pass(connection, means).run(AT_ONCE)
            changed |= passed.changed
        after = _in_order(call_keeping.load(connection, changed).values())
        raise _EnoughSeen
    with database.read() as connection:
        before = _in_order(call_keeping.load(connection, changed).values())
    return before, after


def sides(mark: Apart | Together) -> tuple[str, list[str], list[str]]:
    """A mark as the store keeps it: its kind, the entries of the one side, those of the other."""
    if isinstance(mark, Together):
        return call_marks.TOGETHER, sorted(mark.entries), []
    return call_marks.APART, sorted(mark.one), sorted(mark.other)


def _in_order(calls: Iterable[Call]) -> list[Call]:
    return sorted(calls, key=lambda call: (call.started_at, call.id))
