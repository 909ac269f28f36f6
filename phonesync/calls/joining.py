"""Entries of many phones become calls. Pure.

Within a neighbourhood (:mod:`~phonesync.calls.linking`): rows with one Call-ID and rows put together by hand
are one call; the rows that ring for one caller make pieces (:mod:`~phonesync.calls.ringing`); pieces go on in
one another (:mod:`~phonesync.calls.following`); what is left apart although it may belong is said to be
uncertain. Where hundreds of rows are linked, times decide nothing, and all of them are left apart but for
Call-IDs and marks. The result depends on the rows and the knowledge alone: not on their order, and not on
what was joined before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phonesync.calls.attaching import attach
from phonesync.calls.concluding import conclude
from phonesync.calls.following import steps
from phonesync.calls.linking import calls_inside, components, consults, is_crowd, own_party
from phonesync.calls.marks import Marks
from phonesync.calls.pieces import Piece, View, view
from phonesync.calls.ringing import pieces_of
from phonesync.calls.strands import CROWD, doubts_of, strands_of
from phonesync.calls.values import Call, Knowledge, Row


def join(rows: Iterable[Row], knowledge: Knowledge) -> tuple[Call, ...]:
    """The calls that rows tell of, by ``started_at`` and id; each row is in exactly one.

    Args:
        rows: Whole neighbourhoods, in any order.
        knowledge: Groups and hand-made marks.
    """
    calls = [call for some in components(list(rows), knowledge) for call in _join_component(some, knowledge)]
    return tuple(sorted(calls, key=lambda call: (call.started_at, call.id)))


def _join_component(rows: Sequence[Row], knowledge: Knowledge) -> list[Call]:
    marks = Marks(knowledge.marks)
    if is_crowd(rows):
        alone = [Piece(view(row, knowledge), marks) for row in rows]
        return [conclude(strand, [CROWD], knowledge) for strand in strands_of(alone, (), marks)]
    views = [view(row, knowledge, asks=any(consults(one, row) for one in rows)) for row in rows]
    pieces = [piece for some in _by_caller(views) for piece in pieces_of(some, knowledge, marks)]
    found = steps(pieces, knowledge)
    strands = strands_of(pieces, found.certain, marks)
    attach(strands, found, marks)
    doubts = doubts_of(strands, found.possible)
    return [conclude(strand, doubts.get(index, ()), knowledge) for index, strand in enumerate(strands)]


def _by_caller(views: Sequence[View]) -> list[list[View]]:
    """Rows that may be of one ringing: those of one caller; what a phone dials outside rings nowhere here."""
    found: dict[str, list[View]] = {}
    for one in views:
        row = one.row
        if one.placed:
            key = own_party(row) if calls_inside(row) else f"outside:{row.id}"
        else:
            key = row.party or "withheld"
        found.setdefault(key, []).append(one)
    return [found[key] for key in sorted(found)]
