"""A call by itself, and everything that was ever spoken with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from phonesync.calls.values import CallDirection
from phonesync.journal.filters import JournalFilter, Period, Tab
from phonesync.store.journal.records import Cursor
from phonesync.web import guard
from phonesync.web.asking import Asked, asked
from phonesync.web.call_details import details_of
from phonesync.web.call_rows import as_dialled, by_day
from phonesync.web.filter_form import BEFORE, address
from phonesync.web.marking import Marking
from phonesync.web.number_card import card_of
from phonesync.web.outlets import outlets_of
from phonesync.web.rendering import page
from phonesync.web.seeing import saw_call
from phonesync.web.words import CALLBACK_STATES as STATES
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
def number(
    request: Request, party: str, reader: guard.CallReader, alone: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """The card of a number: every call with it, and with its contact, that the reader may see."""
    this = asked(request, reader, wanted=JournalFilter())
    place = request.query_params.get(BEFORE)
    before = Cursor.from_text(place) if place else None
    card = card_of(request, this, party, alone=alone == "1", before=before, limit=SIZE)
    rows, store = this.shown(card.page.calls), this.ground.store
    here = f"{request.url.path}?{'alone=1&' if alone == '1' else ''}"
    return page(
        request,
        reader,
        "number.html",
        card=card,
        party=party,
        number=as_dialled(party),
        name=card.name(rows),
        others=[(one, as_dialled(one)) for one in card.parties if one != party],
        alone=alone == "1",
        days=by_day(rows, this.view.zone),
        counts=card.counts,
        all_tab=Tab.ALL,
        states=STATES,
        number_tags=store.number_tags(party),
        all_tags=store.tags(),
        further=None if card.page.next is None else f"{here}{BEFORE}={card.page.next}",
        in_journal=address(card.wanted),
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
    return this.ground.store.journal_page(wanted, reader.scope, this.viewpoint, before=before, limit=limit)
