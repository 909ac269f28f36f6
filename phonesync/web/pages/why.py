"""The page that answers why a call is not in the journal."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from phonesync.errors import ConfigError
from phonesync.journal.periods import days
from phonesync.web import guard
from phonesync.web.asking import NOT_OURS, asked
from phonesync.web.filter_form import address, hint_of, lenient
from phonesync.web.rendering import page, view_of
from phonesync.web.seeing import searched
from phonesync.web.why import reasons_of
from phonesync.web.words import STANDINGS

router = APIRouter()
DAY = "day"


@router.get("/why")
def why(request: Request, reader: guard.CallReader) -> Response:
    """Walks through filters, rights, gaps and phones."""
    view = view_of(request, reader)
    pairs = request.query_params.multi_items()
    wanted, told = lenient(pairs, view, ignore=(*NOT_OURS, DAY))
    day = _day(request.query_params.get(DAY, "")) or days(wanted, view.today)[1] or view.today
    this = asked(request, reader, wanted=wanted)
    searched(request, reader, wanted, place="why")
    try:
        reasons = reasons_of(this, day)
    except ConfigError as error:
        told.append(view.mistake(error))
        this = asked(request, reader, wanted=wanted.without("search", "parties"))
        reasons = reasons_of(this, day)
    return page(
        request,
        reader,
        "why.html",
        told=told,
        wanted=this.wanted,
        kept=[pair for pair in pairs if pair[0] not in ("q", DAY)],
        day=day,
        reasons=reasons,
        hidden=[
            hint_of(name, count, this.wanted, view)
            for name, count in this.ground.store.journal_hidden(
                this.wanted, reader.scope, this.viewpoint
            ).items()
        ],
        back=address(this.wanted),
        standings=STANDINGS,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
