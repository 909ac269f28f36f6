"""What leads out of a call's card: its recording, and handing it over to other programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from phonesync.journal.access import Permission, Reader
from phonesync.web import guard, outlets
from phonesync.web.listening import listened

router = APIRouter(default_response_class=Response)

CallId = Annotated[str, Path(max_length=300)]
Listener = Annotated[Reader, Depends(guard.Needs(Permission.LISTEN))]
Exporter = Annotated[Reader, Depends(guard.Needs(Permission.EXPORT))]


@router.get("/calls/{call_id}/recording")
def listen(request: Request, reader: Listener, call_id: CallId, *, download: bool = False) -> Response:
    """The recording, in pieces where ``Range`` asks for that; or the way to the switch that has it."""
    return listened(request, reader, call_id, download=download)


@router.post("/calls/{call_id}/hand-over")
def hand_over(request: Request, reader: Exporter, call_id: CallId) -> Response:
    """Tells every webhook that wants to know of the call, once."""
    done = outlets.hand_over(request, reader, call_id)
    return RedirectResponse(f"/calls/{done.call_id}?handed_over=1", status_code=303)
