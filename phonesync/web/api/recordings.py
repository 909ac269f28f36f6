"""Recordings of calls, for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import FileResponse, Response

from phonesync.journal.access import Permission, Reader
from phonesync.web import guard
from phonesync.web.listening import listened

router = APIRouter(prefix="/api/v1", tags=["calls"])

Listener = Annotated[Reader, Depends(guard.Needs(Permission.LISTEN))]
CallId = Annotated[str, Path(max_length=300)]


@router.get("/calls/{call_id}/recording", response_class=FileResponse)
def listen(request: Request, reader: Listener, call_id: CallId) -> Response:
    """The recording of a call, in pieces where ``Range`` asks for that, or the way to the switch."""
    return listened(request, reader, call_id, download=True)
