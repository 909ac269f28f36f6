"""Call-backs for programs: the list, the figures, and the steps that people take."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from phonesync.clock import iso
from phonesync.journal.callback_states import Step
from phonesync.web.callback_desk import LONGEST_REASON, Caller, Desk, place_of
from phonesync.web.marking import Id

router = APIRouter(prefix="/api/v1/callbacks", tags=["callbacks"])

Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str, Query(max_length=300)]
Instant = Annotated[AwareDatetime, Query()]


class NewStep(BaseModel):
    """A step about a call-back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    step: Step
    until: AwareDatetime | None = None
    """For ``snoozed``: not before then."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] | None = None
    """Why; ``snoozed`` and ``done`` need one."""


class SaidStep(BaseModel):
    """A step that was taken."""

    step: Step
    at: str
    by: str | None
    until: str | None
    reason: str | None


class SaidCallback(BaseModel):
    """A call-back: the fields of ``phonesync callbacks``, its id, and the steps taken."""

    id: str
    caller: dict[str, str | None]
    owner: str | None
    department: str | None
    opened_at: str
    age_s: int
    misses: int
    last_miss_at: str
    attempts: int
    last_attempt_at: str | None
    due_at: str | None
    overdue: bool
    closed_at: str | None
    closed_by: str | None
    closed_how: str | None
    first_call: str
    last_call: str
    state: str
    taken_by: str | None
    next_attempt_at: str | None
    state_by: str | None
    state_at: str | None
    state_reason: str | None
    steps: list[SaidStep]


class SaidCallbacks(BaseModel):
    """Call-backs, the oldest first."""

    items: list[SaidCallback]
    next: str | None
    """Where the list goes on; null at its end."""


class SaidFigures(BaseModel):
    """What came of the call-backs that were opened in a span."""

    opened: int
    called_back: float | None
    within_target: float | None
    median_s: float | None
    still_open: int
    overdue: int
    done_by_hand: int


@router.get("")
def show_all(
    request: Request,
    reader: Caller,
    *,
    open: bool = True,  # noqa: A002  the name in the address
    owner: Text | None = None,
    department: Text | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: Limit = 50,
    after: Text | None = None,
) -> SaidCallbacks:
    """Call-backs within reach, the oldest first; ``after`` is ``next`` of the page before."""
    desk = Desk(request, reader)
    wanted = {"owner": owner, "department": department, "since": since, "until": until}
    found = list(islice(desk.listed(after=after, only_waiting=open, **wanted), limit + 1))
    more = place_of(found[limit - 1].one) if len(found) > limit else None
    return SaidCallbacks(
        items=[said_callback(one.data(desk.now), one.one.work) for one in found[:limit]], next=more
    )


@router.get("/figures")
def show_figures(
    request: Request, reader: Caller, since: Instant | None = None, until: Instant | None = None
) -> SaidFigures:
    """What came of the call-backs that were opened in a span."""
    found = Desk(request, reader).figures(since, until)
    return SaidFigures(
        opened=found.opened,
        called_back=found.called_back.value,
        within_target=found.within_target.value,
        median_s=found.median_s,
        still_open=found.still_open,
        overdue=found.overdue,
        done_by_hand=found.done_by_hand,
    )


@router.get("/{call_id}")
def show(request: Request, reader: Caller, call_id: Id) -> SaidCallback:
    """One call-back, by the call that opened it."""
    desk = Desk(request, reader)
    shown = desk.shown(desk.one(call_id))
    return said_callback(shown.data(desk.now), shown.one.work)


@router.post("/{call_id}/steps", status_code=201)
def do(request: Request, reader: Caller, call_id: Id, wish: NewStep) -> SaidCallback:
    """Takes, releases, snoozes, closes by hand or reopens a call-back."""
    desk = Desk(request, reader)
    shown = desk.shown(desk.do(call_id, wish.step, until=wish.until, reason=wish.reason))
    return said_callback(shown.data(desk.now), shown.one.work)


def said_callback(data: dict[str, Any], work: Any) -> SaidCallback:
    """A call-back as the API hands it out, with the steps taken."""
    steps = [
        SaidStep(step=one.step, at=iso(one.at), by=one.user, until=iso(one.until), reason=one.reason)
        for one in work
    ]
    return SaidCallback(**data, steps=steps)
