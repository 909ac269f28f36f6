"""A call by itself, and everything that was ever spoken with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from phonesync.calls.values import CallDirection
from phonesync.journal.filters import JournalFilter, Period, Tab
from phonesync.store.journal.records import Cursor
from phonesync.web import guard
from phonesync.web.asking import Asked, asked
from phonesync.web.call_details import details_of
from phonesync.web.call_rows import by_day, pretty
from phonesync.web.filter_form import BEFORE, address
from phonesync.web.marking import Marking
from phonesync.web.outlets import outlets_of
from phonesync.web.rendering import page
from phonesync.web.seeing import saw_call, saw_number
from phonesync.web.words import LEGS, RULES

if TYPE_CHECKING:
    from phonesync.journal.access import Reader
    from phonesync.store.journal.records import JournalCall, JournalPage

router = APIRouter()

HISTORY = 8
"""Calls with the same number on a card."""

SIZE = 50


@router.get("/calls/{call_id}/details")
def details(request: Request, call_id: str, reader: guard.CallReader) -> Response:
    """What a row of the list opens to."""
    this = asked(request, reader, wanted=JournalFilter())
    return page(request, reader, "call_details.html", **_opened(request, this, _found(this, call_id)))


@router.get("/calls/{call_id}")
def card(request: Request, call_id: str, reader: guard.CallReader) -> Response:
    """The card of a call."""
    this = asked(request, reader, wanted=JournalFilter())
    one = _found(this, call_id)
    values = _opened(request, this, one)
    party = values["row"].party
    history: list[Any] = []
    if party is not None:
        found = _with(this, party, None, limit=HISTORY + 1)
        history = by_day(this.shown(found.calls[:HISTORY]), this.view.zone)
    return page(request, reader, "call_card.html", history=history, **values)


@router.get("/numbers/{party}")
def number(request: Request, party: str, reader: guard.CallReader) -> Response:
    """The card of a number: every call with it that the reader may see."""
    wanted = JournalFilter(period=Period.EVER, parties=(party,), spam=True)
    this = asked(request, reader, wanted=wanted)
    before = request.query_params.get(BEFORE)
    found = _with(this, party, Cursor.from_text(before) if before else None, limit=SIZE)
    if not found.calls and not before and found.next is None:
        raise HTTPException(404)
    if found.calls:
        saw_number(request, reader, party, found.calls[0].call.id)
    rows = this.shown(found.calls)
    counts = this.ground.store.journal_counts(wanted, reader.scope, **this.span)
    name = next((row.calling.name if row.calling.party == party else row.called.name for row in rows), None)
    said = [
        (row, this.ground.store.marks_of(row.call.id, user_id=reader.user_id).comments)
        for row in rows
        if row.one.comments
    ]
    return page(
        request,
        reader,
        "number.html",
        party=party,
        number=pretty(party) if party.startswith("+") else party.partition(":")[2],
        name=name,
        days=by_day(rows, this.view.zone),
        newest=None if before or not rows else rows[0].call.started_at,
        oldest=rows[-1].call.started_at if rows and found.next is None else None,
        counts=counts,
        all_tab=Tab.ALL,
        comments=said,
        number_tags=this.ground.store.number_tags(party),
        all_tags=this.ground.store.tags(),
        further=None if found.next is None else f"{request.url.path}?{BEFORE}={found.next}",
        in_journal=address(wanted),
    )


def _found(this: Asked, call_id: str) -> JournalCall:
    one = this.ground.store.journal_call(call_id, this.reader.scope)
    if one is None:
        raise HTTPException(404)
    return one


def _opened(request: Request, this: Asked, one: JournalCall) -> dict[str, Any]:
    saw_call(request, this.reader, one.call.id)
    row = this.rows.of(one)
    outside = row.called if one.call.direction is CallDirection.OUTBOUND else row.calling
    ground = this.ground
    return {
        "row": row,
        "outlets": outlets_of(ground.config(), ground.store, this.reader, one, outside.name),
        "details": details_of(this, one),
        "leg_words": LEGS,
        "rule_words": RULES,
        **Marking(request=request, reader=this.reader).controls(one),
    }


def _with(this: Asked, party: str, before: Cursor | None, *, limit: int) -> JournalPage:
    wanted = JournalFilter(period=Period.EVER, parties=(party,), spam=True)
    reader: Reader = this.reader
    return this.ground.store.journal_page(wanted, reader.scope, **this.span, before=before, limit=limit)
