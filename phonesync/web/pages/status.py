"""The status pages: phones, gaps, answers in quarantine, failed deliveries, contact sources and schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from phonesync.agent.schedules import schedules
from phonesync.contacts.source_states import source_states
from phonesync.journal.access import Permission, Reader
from phonesync.spelling import N_
from phonesync.web import guard
from phonesync.web.failures import failures, try_again
from phonesync.web.ground import ground_of
from phonesync.web.phone_overview import STANDINGS, Overview
from phonesync.web.rendering import page
from phonesync.web.status_words import COLORS, SPANS, STATES, TASKS
from phonesync.web.words import LISTS

router = APIRouter()

PhoneReader = Annotated[Reader, Depends(guard.Needs(Permission.PHONES))]
Text = Annotated[str, Query(max_length=300)]

SIZE = 25
GAPS, ANSWERS, FAILED = 50, 50, 50
DAYS = (1, 7, 30, 365)
"""How far back gaps are looked for."""

PARTS = (
    ("/status", N_("Phones")),
    ("/status/gaps", N_("Gaps")),
    ("/status/quarantine", N_("Quarantine")),
    ("/status/deliveries", N_("Deliveries")),
    ("/status/sources", N_("Sources and schedules")),
)


@router.get("/status")
def phones(
    request: Request, reader: PhoneReader, state: Text = "", q: Text = "", after: Text = ""
) -> Response:
    """How each phone fares."""
    state = state if state in STANDINGS else ""
    found = Overview(ground_of(request)).page(standing=state, search=q.strip(), after=after, limit=SIZE)

    def address(**more: str) -> str:
        values = {name: value for name, value in {"q": q.strip(), **more}.items() if value}
        return f"/status?{urlencode(values)}" if values else "/status"

    return page(
        request,
        reader,
        "status.html",
        parts=PARTS,
        found=found,
        state=state,
        search=q.strip(),
        after=after,
        address=address,
        further_address=None if found.next is None else address(state=state, after=found.next),
        states=STATES,
        colors=COLORS,
        total=sum(found.counts.values()),
    )


@router.get("/status/gaps")
def gaps(request: Request, reader: PhoneReader, days: str = "7", after: Text = "") -> Response:
    """Spans of which it is not proven that no row is lacking."""
    far = int(days) if days in map(str, DAYS) else DAYS[1]
    rows, further = Overview(ground_of(request)).gaps(days=far, after=after, limit=GAPS)
    return page(
        request,
        reader,
        "status_gaps.html",
        parts=PARTS,
        rows=rows,
        days=far,
        choices=DAYS,
        after=after,
        further_address=None
        if further is None
        else f"/status/gaps?{urlencode({'days': far, 'after': further})}",
        spans=SPANS,
        lists=LISTS,
    )


@router.get("/status/quarantine")
def quarantine(
    request: Request, reader: PhoneReader, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> Response:
    """Answers of phones that could not be understood."""
    answers, further = Overview(ground_of(request)).quarantined(after=after, limit=ANSWERS)
    return page(
        request,
        reader,
        "status_quarantine.html",
        parts=PARTS,
        answers=answers,
        after=after,
        further_address=None if further is None else f"/status/quarantine?after={further}",
    )


@router.get("/status/deliveries")
def deliveries(
    request: Request, reader: PhoneReader, after: Annotated[int | None, Query(ge=0, le=2**53)] = None
) -> Response:
    """Mails and webhooks that nobody took."""
    rows, further = failures(request, before=after, limit=FAILED)
    return page(
        request,
        reader,
        "status_deliveries.html",
        parts=PARTS,
        rows=rows,
        after=after,
        further_address=None if further is None else f"/status/deliveries?after={further}",
    )


@router.post("/status/deliveries/{delivery_id}/retry")
def retry_delivery(
    request: Request, reader: PhoneReader, delivery_id: Annotated[int, Path(ge=0, le=2**53)]
) -> Response:
    """Has one tried again at once."""
    try_again(request, reader, delivery_id)
    return RedirectResponse("/status/deliveries", status_code=303)


@router.get("/status/sources")
def sources(request: Request, reader: PhoneReader) -> Response:
    """Sources of contacts, and what is done how often."""
    ground = ground_of(request)
    return page(
        request,
        reader,
        "status_sources.html",
        parts=PARTS,
        sources=source_states(ground.config(), ground.store),
        schedules=schedules(ground.config()),
        tasks=TASKS,
        instant=datetime.fromisoformat,
    )
