"""Click to call, from the buttons beside numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from phonesync.web.dialling import Caller, DialDesk
from phonesync.web.rendering import page

router = APIRouter()


@router.post("/dial")
def dial(
    request: Request,
    reader: Caller,
    number: Annotated[str, Form(max_length=300)],
    phone: Annotated[str | None, Form(max_length=200)] = None,
    callback: Annotated[str | None, Form(max_length=300)] = None,
) -> Response:
    """Lets the reader's own phone dial a number."""
    answer = DialDesk(request=request, reader=reader).order(number, phone=phone, callback=callback)
    is_part = "hx-request" in request.headers
    headers = {} if answer.later_s is None else {"Retry-After": str(answer.later_s)}
    return page(
        request,
        reader,
        "dial/said.html" if is_part else "dialled.html",
        status=200 if is_part else answer.status,
        headers=headers,
        answer=answer,
    )
