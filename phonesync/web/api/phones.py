"""The state of the phones for programs: phones, gaps, quarantined answers, contact sources, schedules."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from phonesync.agent.schedules import Task, schedules
from phonesync.contacts.source_states import source_states
from phonesync.journal.access import Permission, Reader
from phonesync.ledger.values import SpanState
from phonesync.web import guard
from phonesync.web.ground import ground_of
from phonesync.web.phone_overview import STANDINGS, Overview

if TYPE_CHECKING:
    from phonesync.web.phone_overview import ShownPhone

router = APIRouter(prefix="/api/v1", tags=["phones"])

PhoneReader = Annotated[Reader, Depends(guard.Needs(Permission.PHONES))]
Standing = Literal["", *STANDINGS]  # type: ignore[valid-type]  # the words of an enumeration
Limit = Annotated[int, Query(ge=1, le=100, description="So many at most.")]
Cursor = Annotated[str, Query(max_length=300, description="``next`` of the answer before.")]
Days = Annotated[int, Query(ge=1, le=366, description="So many days back.")]


class PhonePiece(BaseModel):
    """A piece of the last 7 days."""

    since: datetime
    until: datetime
    share: float | None = Field(description="How much of it is proven, 0 to 1.")


class PhoneNamesShown(BaseModel):
    """How far names have come in the last days."""

    rows: int | None = Field(description="Rows with a caller who is not withheld; null: not observable.")
    named: int | None = Field(description="Those that show a name.")
    could: int | None = Field(description="Those whose number has a name in the phone's book.")
    why_not: str | None = Field(description="Why nothing can be observed.")
    book_taken_at: datetime | None = Field(description="When it fetched the book it holds.")


class Phone(BaseModel):
    """How a phone fares."""

    name: str
    site: str
    owner: str | None
    extension: str | None
    vendor: str | None
    model: str | None
    firmware: str | None
    state: str = Field(description="Where it stands: up, down, refused, held …")
    last_read: datetime | None = Field(description="Last good read.")
    last_report: datetime | None = Field(description="Last report of a call.")
    next_due: datetime | None
    due_reason: str
    rate_per_hour: int | None = Field(description="Rows an hour its lists may reach now.")
    deadline: datetime | None = Field(description="When its fastest list could overflow.")
    deadline_reason: str
    clock_offset_s: float | None = Field(description="Its clock minus true time, seconds.")
    error: str = Field(description="What is wrong, and standing remarks.")
    coverage: float | None = Field(description="Share of the last 7 days that is proven, 0 to 1.")
    pieces: list[PhonePiece]
    names: PhoneNamesShown | None


class Phones(BaseModel):
    """Phones, by name."""

    counts: dict[str, int] = Field(description="State to how many of all phones have it.")
    phones: list[Phone]
    next: str | None = Field(description="The cursor of what follows; null at the end.")


class Gap(BaseModel):
    """A span of a list of which it is not proven that no row is lacking."""

    phone: str
    list: str
    since: datetime | None = Field(description="null: since ever.")
    until: datetime | None = Field(description="null: up to now.")
    state: SpanState
    at_most: int | None = Field(description="So many rows are lacking at most.")
    estimate: float | None = Field(description="So many are expected.")


class Gaps(BaseModel):
    """Gaps, phone by phone."""

    gaps: list[Gap]
    next: str | None = Field(
        description="The cursor of what follows; null at the end. There may be none although it stands."
    )


class Quarantined(BaseModel):
    """An answer that could not be understood."""

    id: int
    phone: str
    at: datetime
    path: str
    reason: str
    seen: int = Field(description="How often it came.")
    seen_at: datetime
    size_bytes: int


class Quarantine(BaseModel):
    """Answers that could not be understood, oldest first."""

    answers: list[Quarantined]
    next: str | None = Field(description="The cursor of what follows; null at the end.")


class ContactSource(BaseModel):
    """How a source of contacts fares."""

    name: str
    kind: str
    configured: bool
    scope: str | None = Field(description="Whom its names are for.")
    precedence: int | None
    every_s: int | None
    contacts: int
    tried_at: str | None
    imported_at: str | None
    bad_rows: int
    error: str | None
    held: str | None = Field(description="Why an import is held.")


class ContactSources(BaseModel):
    """All of them."""

    sources: list[ContactSource]


class Schedule(BaseModel):
    """What is done again and again."""

    task: Task
    name: str
    every_s: float | None = Field(description="How often, seconds, at most.")
    at: list[str] = Field(description="Times of day.")
    days: list[str]
    timezone: str
    phones: int | None


class Schedules(BaseModel):
    """All of them."""

    schedules: list[Schedule]


@router.get("/phones")
def phones(
    request: Request,
    reader: PhoneReader,
    state: Annotated[Standing, Query(description="Only those in this state.")] = "",
    q: Annotated[str, Query(max_length=200, description="Only with this text in name or owner.")] = "",
    limit: Limit = 25,
    cursor: Cursor = "",
) -> Phones:
    """How each phone fares, by name."""
    del reader
    found = Overview(ground_of(request)).page(standing=state, search=q, after=cursor, limit=limit)
    return Phones(counts=dict(found.counts), phones=[_phone(one) for one in found.phones], next=found.next)


@router.get("/gaps")
def gaps(
    request: Request, reader: PhoneReader, days: Days = 7, limit: Limit = 50, cursor: Cursor = ""
) -> Gaps:
    """Spans of which it is not proven that no row is lacking, phone by phone; all gaps of a phone at once."""
    del reader
    found, further = Overview(ground_of(request)).gaps(days=days, after=cursor, limit=limit)
    return Gaps(
        gaps=[
            Gap(
                phone=row.phone,
                list=row.list_name,
                since=row.since,
                until=row.until,
                state=row.state,
                at_most=row.at_most,
                estimate=row.estimate,
            )
            for row in found
        ],
        next=further,
    )


@router.get("/quarantine")
def quarantine(
    request: Request,
    reader: PhoneReader,
    limit: Limit = 50,
    cursor: Annotated[int, Query(ge=0, le=2**53, description="``next`` of the answer before.")] = 0,
) -> Quarantine:
    """Answers of phones that could not be understood, without what stands in them."""
    del reader
    found, further = Overview(ground_of(request)).quarantined(after=cursor, limit=limit)
    return Quarantine(
        answers=[
            Quarantined(
                id=one.id,
                phone=one.phone,
                at=one.at,
                path=one.path,
                reason=one.reason,
                seen=one.seen,
                seen_at=one.seen_at,
                size_bytes=len(one.content),
            )
            for one in found
        ],
        next=None if further is None else str(further),
    )


@router.get("/contact-sources")
def contact_sources(request: Request, reader: PhoneReader) -> ContactSources:
    """How each source of contacts fares."""
    del reader
    ground = ground_of(request)
    return ContactSources(
        sources=[ContactSource.model_validate(one) for one in source_states(ground.config(), ground.store)]
    )


@router.get("/schedules")
def show_schedules(request: Request, reader: PhoneReader) -> Schedules:
    """What the agent does by itself, and how often."""
    del reader
    return Schedules(
        schedules=[
            Schedule.model_validate(one, from_attributes=True)
            for one in schedules(ground_of(request).config())
        ]
    )


def _phone(one: ShownPhone) -> Phone:
    status, told = one.status, one.names
    state, phone, pace = status.state, status.phone, status.pace
    return Phone(
        name=status.name,
        site=one.site,
        owner=None if phone is None else phone.owner,
        extension=None if phone is None else phone.extension,
        vendor=None if state is None else state.vendor,
        model=None if state is None else state.model,
        firmware=None if state is None else state.firmware,
        state=status.standing,
        last_read=None if state is None else state.last_read,
        last_report=one.last_report,
        next_due=None if state is None else state.next_due,
        due_reason="" if state is None else state.due_reason,
        rate_per_hour=None if pace is None else pace.rate,
        deadline=None if pace is None else pace.latest,
        deadline_reason="" if pace is None else pace.why,
        clock_offset_s=None if state is None else state.clock_offset_s,
        error=status.error,
        coverage=one.coverage,
        pieces=[PhonePiece(since=each.since, until=each.until, share=each.share) for each in one.pieces],
        names=None
        if told is None
        else PhoneNamesShown(
            rows=None if told.names is None else told.names.rows,
            named=None if told.names is None else told.names.named,
            could=None if told.names is None else told.names.could,
            why_not=told.why_not or None,
            book_taken_at=told.taken_at,
        ),
    )
