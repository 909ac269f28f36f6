"""What leads out of a call, for programs: its recording, and handing it over to others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response

from phonesync.journal.access import Permission, Reader
from phonesync.web import guard, outlets
from phonesync.web.listening import listened

router = APIRouter(prefix="/api/v1", tags=["calls"])

Listener = Annotated[Reader, Depends(guard.Needs(Permission.LISTEN))]
Exporter = Annotated[Reader, Depends(guard.Needs(Permission.EXPORT))]
CallId = Annotated[str, Path(max_length=300)]


class HandedOver(BaseModel):
    """A call that other programs are told of."""

    call_id: str
    webhooks: list[str] = Field(description="Names of the webhooks that are told.")


@router.get("/calls/{call_id}/recording", response_class=FileResponse)
def listen(request: Request, reader: Listener, call_id: CallId) -> Response:
    """The recording of a call, in pieces where ``Range`` asks for that, or the way to the switch."""
    return listened(request, reader, call_id, download=True)


@router.post("/calls/{call_id}/hand-over", status_code=202)
def hand_over(request: Request, reader: Exporter, call_id: CallId) -> HandedOver:
    """Tells every webhook that wants to know of the call, once; each time it is asked for."""
    done = outlets.hand_over(request, reader, call_id)
    return HandedOver(call_id=done.call_id, webhooks=list(done.targets))
