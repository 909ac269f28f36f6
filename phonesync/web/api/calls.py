"""The journal for programs: calls, figures, choices of filters, and what was spoken with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, Field

from phonesync.clock import iso
from phonesync.journal.filters import FIELDS, JournalFilter, Tab, from_query
from phonesync.journal.named_calls import Parties
from phonesync.journal.shown_names import Names
from phonesync.store.journal.records import Cursor
from phonesync.web import guard
from phonesync.web.api.callbacks import SaidCallback, said_callback
from phonesync.web.asking import Asked, asked
from phonesync.web.call_data import ShownCall, ShownTag, shown_call, shown_tag
from phonesync.web.filter_parameters import CURSOR, FILTER_PARAMETERS, LIMIT
from phonesync.web.number_card import card_of
from phonesync.web.seeing import saw_call, searched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phonesync.store.journal.records import Counts, JournalPage

router = APIRouter(prefix="/api/v1", tags=["calls"])

NOT_FILTERS = (CURSOR, LIMIT)
MOST = 200

Limit = Annotated[int, Query(alias=LIMIT, ge=1, le=MOST, description="So many calls at most.")]
Go = Annotated[str | None, Query(alias=CURSOR, max_length=300, description="``next`` of the answer before.")]
Text = Annotated[str, Path(max_length=300)]


class ShownCalls(BaseModel):
    """Calls, newest first."""

    calls: list[ShownCall]
    next: str | None = Field(
        description="The cursor of what follows; null at the end. There may be few calls, or none, although "
        "it stands: so far was looked.",
    )
    coverage: float | None = Field(
        description="Share of the phones' time behind the filter that is proven, 0 to 1; with the first "
        "page alone, null on further ones."
    )


class ShownCounts(BaseModel):
    """The figures of a filter."""

    tabs: dict[Tab, int] = Field(description="Calls on each tab, under the rest of the filter.")
    answered: int
    missed: int
    still_open: int = Field(description="Missed, and the caller still waits to be called back.")
    talk_s: int = Field(description="Talk time of all of them, seconds.")
    coverage: float | None = Field(
        description="Share of the phones' time of which it is proven that no row is lacking, 0 to 1."
    )
    is_capped: bool = Field(description="There are more calls than are counted: these are the newest ones.")
    since: str | None = Field(description="From when on calls were counted, where is_capped; UTC.")
    hidden: dict[str, int] = Field(description="How many more calls there were without each of the filters.")


class ShownChoices(BaseModel):
    """What a filter can be made of."""

    employees: list[str]
    departments: list[str]
    sites: list[str]
    phones: list[str]
    lines: list[int]
    tags: list[ShownTag]


class ShownComment(BaseModel):
    """What somebody wrote about a call."""

    call_id: str
    author: str
    at: str | None
    text: str


class ShownNumber(BaseModel):
    """What was ever spoken with a number, as far as the reader may see it."""

    party: str
    name: str | None = Field(description="As it is called now.")
    numbers: list[str] = Field(description="It, and others of its contact; calls are with all of them.")
    tags: list[ShownTag] = Field(description="On the number asked for.")
    counts: ShownCounts
    first: str | None = Field(description="When the first call began, UTC; null where more are than counted.")
    last: str | None = Field(description="When the last call began, UTC.")
    calls: list[ShownCall] = Field(description="The newest ones.")
    comments: list[ShownComment] = Field(
        description="On the newest calls that have some; with the first page alone."
    )
    callbacks: list[SaidCallback] = Field(
        description="The newest ones, open and closed; with the first page alone, and with the right to them."
    )
    next: str | None = Field(description="The cursor of what follows, for this address; null at the end.")


def filter_of(request: Request) -> JournalFilter:
    """The filter of a request.

    Raises:
        ConfigError: All that is wrong in it.
    """
    return from_query(request.query_params.multi_items(), ignore=NOT_FILTERS)


@router.get("/calls", openapi_extra={"parameters": FILTER_PARAMETERS})
def calls(request: Request, reader: guard.CallReader, limit: Limit = 50, cursor: Go = None) -> ShownCalls:
    """Calls, newest first, by the same filters as in the address bar of the journal."""
    this = asked(request, reader, wanted=filter_of(request))
    searched(request, reader, this.wanted)
    page = _page(this, cursor, limit)
    coverage = None if cursor else _counts(this, {}).coverage
    return ShownCalls(calls=_shown(this, page), next=_next(page), coverage=coverage)


@router.get("/calls/{call_id}")
def call(request: Request, reader: guard.CallReader, call_id: Text) -> ShownCall:
    """One call, by its id, or by the id of any row it was joined from, former ids included."""
    this = asked(request, reader, wanted=JournalFilter())
    one = this.ground.store.journal_call(call_id, reader.scope)
    if one is None:
        raise HTTPException(404)
    saw_call(request, reader, one.call.id)
    return shown_call(one, _parties(this))


@router.get("/counts", openapi_extra={"parameters": FILTER_PARAMETERS})
def counts(request: Request, reader: guard.CallReader) -> ShownCounts:
    """The figures of a filter, and how many calls each part of it hides."""
    this = asked(request, reader, wanted=filter_of(request))
    return _counts(this, this.ground.store.journal_hidden(this.wanted, reader.scope, this.viewpoint))


@router.get("/choices")
def choices(request: Request, reader: guard.CallReader) -> ShownChoices:
    """What a filter can be made of, as far as the reader may see it."""
    this = asked(request, reader, wanted=JournalFilter())
    store = this.ground.store
    found = store.journal_choices(reader.scope, office=this.office)
    return ShownChoices(
        employees=list(found.employees),
        departments=list(found.departments),
        sites=list(found.sites),
        phones=list(found.phones),
        lines=list(found.lines),
        tags=[shown_tag(tag) for tag in store.tags()],
    )


@router.get("/numbers/{party}")
def number(
    request: Request,
    reader: guard.CallReader,
    party: Text,
    *,
    alone: Annotated[
        bool, Query(description="Only this number, whatever other numbers its contact has.")
    ] = False,
    limit: Limit = 50,
    cursor: Go = None,
) -> ShownNumber:
    """What was ever spoken with a number (E.164, or ``ext:`` and an extension), and with its contact."""
    this = asked(request, reader, wanted=JournalFilter())
    before = Cursor.from_text(cursor) if cursor else None
    card = card_of(request, this, party, alone=alone, before=before, limit=limit)
    now = this.view.now
    return ShownNumber(
        party=party,
        numbers=list(card.parties),
        name=card.name(this.shown(card.page.calls)),
        tags=[shown_tag(tag) for tag in this.ground.store.number_tags(party)],
        counts=_as_counts(card.counts, {}),
        first=iso(card.counts.first_at),
        last=iso(card.counts.last_at),
        calls=_shown(this, card.page),
        comments=[
            ShownComment(call_id=one.call.id, author=said.author, at=iso(said.at), text=said.text)
            for one, comments in card.comments
            for said in comments
        ],
        callbacks=[said_callback(one.data(now), one.one.work) for one in card.callbacks],
        next=_next(card.page),
    )


def _page(this: Asked, cursor: str | None, limit: int) -> JournalPage:
    before = Cursor.from_text(cursor) if cursor else None
    store = this.ground.store
    return store.journal_page(this.wanted, this.reader.scope, this.viewpoint, before=before, limit=limit)


def _next(page: JournalPage) -> str | None:
    return None if page.next is None else str(page.next)


def _parties(this: Asked) -> Parties:
    return Parties(Names(this.ground.config(), this.ground.store))


def _shown(this: Asked, page: JournalPage) -> list[ShownCall]:
    parties = _parties(this)
    return [shown_call(one, parties) for one in page.calls]


def _counts(this: Asked, hidden: Mapping[str, int]) -> ShownCounts:
    """Figures of a filter, with how many calls each of its fields hides."""
    return _as_counts(
        this.ground.store.journal_counts(this.wanted, this.reader.scope, this.viewpoint), hidden
    )


def _as_counts(counts: Counts, hidden: Mapping[str, int]) -> ShownCounts:
    names = {one.attribute: one.name for one in FIELDS}
    return ShownCounts(
        tabs=dict(counts.tabs),
        answered=counts.answered,
        missed=counts.missed,
        still_open=counts.still_open,
        talk_s=counts.talk_s,
        coverage=counts.coverage,
        is_capped=counts.is_capped,
        since=iso(counts.since),
        hidden={names[name]: count for name, count in hidden.items()},
    )
