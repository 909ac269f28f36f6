"""Call-backs: the list to work through, and the one to leave on a wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from phonesync.errors import ConfigError
from phonesync.journal.callback_states import State, Step
from phonesync.journal.named_callbacks import is_overdue
from phonesync.spelling import N_
from phonesync.web.callback_desk import LONGEST_REASON, Caller, Desk, place_of
from phonesync.web.marking import Id
from phonesync.web.rendering import page, zone_of
from phonesync.web.words import CALLBACK_STATES as STATES

if TYPE_CHECKING:
    from phonesync.web.callback_desk import ShownCallback

router = APIRouter()

SIZE = 50
ON_WALL = 20
MONTH = timedelta(days=30)
SEE_OTHER = 303

STEPS = {
    Step.TAKEN: N_("taken"),
    Step.RELEASED: N_("released"),
    Step.SNOOZED: N_("snoozed"),
    Step.DONE: N_("done by hand"),
    Step.REOPENED: N_("reopened"),
}
SNOOZES = {
    "1h": (timedelta(hours=1), N_("for an hour")),
    "4h": (timedelta(hours=4), N_("for four hours")),
    "1d": (timedelta(days=1), N_("for a day")),
    "7d": (timedelta(days=7), N_("for a week")),
}


@router.get("/callbacks")
def callbacks(request: Request, reader: Caller) -> Response:
    """The list, and its figures of the last thirty days."""
    return page(request, reader, "callbacks.html", **_values(request, reader))


@router.get("/callbacks/wall")
def wall(request: Request, reader: Caller) -> Response:
    """The list in large letters; it refreshes itself."""
    desk = Desk(request, reader)
    found = list(desk.listed())
    waiting = [one for one in found if one.one.standing.state is not State.SNOOZED]
    return page(
        request,
        reader,
        "callback_wall.html",
        rows=waiting[:ON_WALL],
        waiting=len(waiting),
        more=max(0, len(waiting) - ON_WALL),
        overdue=sum(is_overdue(one.one.callback, desk.now) for one in waiting),
        is_overdue=_is_overdue(desk),
    )


@router.post("/callbacks/{call_id}")
def do(
    request: Request,
    reader: Caller,
    call_id: Id,
    step: Annotated[Step, Form()],
    span: Annotated[str, Form(max_length=10)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
) -> Response:
    """Takes a step about a call-back."""
    desk = Desk(request, reader)
    told = ""
    try:
        at = _until(request, reader, desk, span, until) if step is Step.SNOOZED else None
        desk.do(call_id, step, until=at, reason=reason)
    except ConfigError as error:
        told = error.message
    if "hx-request" in request.headers:
        return page(request, reader, "callbacks/list.html", **_values(request, reader, told=told))
    if told:
        return page(request, reader, "callbacks.html", status=400, **_values(request, reader, told=told))
    every = request.query_params.get("all") == "1"
    return RedirectResponse("/callbacks?all=1" if every else "/callbacks", status_code=SEE_OTHER)


def _until(request: Request, reader: Caller, desk: Desk, span: str, until: str) -> datetime | None:
    """Until when it is snoozed: a time of the reader's clock, else a span from now."""
    if until:
        try:
            return datetime.fromisoformat(until).replace(tzinfo=zone_of(request, reader))
        except ValueError:
            return None
    return desk.now + SNOOZES[span][0] if span in SNOOZES else None


def _values(request: Request, reader: Caller, *, told: str = "") -> dict[str, Any]:
    desk = Desk(request, reader)
    every = request.query_params.get("all") == "1"
    after = request.query_params.get("after")
    since = desk.now - MONTH
    more = {"only_waiting": False, "since": since} if every else {}
    found: list[ShownCallback] = list(islice(desk.listed(after=after, **more), SIZE + 1))
    return {
        "rows": found[:SIZE],
        "after": place_of(found[SIZE - 1].one) if len(found) > SIZE else None,
        "every": every,
        "figures": desk.figures(since, None),
        "is_overdue": _is_overdue(desk),
        "states": STATES,
        "steps": STEPS,
        "snoozes": SNOOZES,
        "told": told,
    }


def _is_overdue(desk: Desk) -> Any:
    return lambda one: is_overdue(one.callback, desk.now)
