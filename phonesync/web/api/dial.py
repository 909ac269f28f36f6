"""Click to call for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from phonesync.web import problem_json
from phonesync.web.dialling import Caller, DialDesk
from phonesync.web.problem_json import MEDIA_TYPE
from phonesync.web.rendering import view_of

router = APIRouter(prefix="/api/v1/dial", tags=["dial"])

_CONFLICT = "The phone does not dial; detail says why. Where it says that nobody knows, look at the phone."
_SCHEMA = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


class DialOrder(BaseModel):
    """What is to be dialled."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    number: Annotated[str, Field(max_length=300)]
    """As calls show it, ``ext:`` and an internal number, or as people write it."""
    phone: Annotated[str | None, Field(max_length=200)] = None
    """One of the own phones; the first where it is left out."""
    callback: Annotated[str | None, Field(max_length=300)] = None
    """The call-back that the number is of, by the call that opened it."""


class Dialled(BaseModel):
    """A phone that has taken the order."""

    phone: str
    number: str
    confirmed: bool
    """The phone has said that it dials; else only that it has understood."""
    text: str


@router.post(
    "",
    responses={
        404: {"description": "Nobody may dial here, or the number may not be seen.", "content": _SCHEMA},
        409: {"description": _CONFLICT, "content": _SCHEMA},
    },
    response_model=Dialled,
)
def dial(request: Request, reader: Caller, wish: DialOrder) -> Dialled | Response:
    """Lets the own phone dial a number that may be seen unmasked; never repeat one whose end is not known."""
    desk = DialDesk(request=request, reader=reader)
    answer = desk.order(wish.number, phone=wish.phone, callback=wish.callback)
    text = view_of(request, reader).texts.gettext(answer.text) % answer.values
    if answer.is_good:
        return Dialled(phone=answer.phone, number=answer.number, confirmed=answer.confirmed, text=text)
    headers = {} if answer.later_s is None else {"Retry-After": str(answer.later_s)}
    return problem_json.answer(answer.status, detail=text, headers=headers)
