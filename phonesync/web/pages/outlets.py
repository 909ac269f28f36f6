"""What leads out of a call's card: its recording, and handing it over to other programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from starlette.responses import RedirectResponse, Response

from phonesync.config.outgoing import CALL_HANDED_OVER
from phonesync.journal.access import Permission, Reader
from phonesync.web import audit, guard
from phonesync.web.ground import ground_of
from phonesync.web.listening import listened
from phonesync.web.outlets import may_hand_over

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
    ground = ground_of(request)
    one = ground.store.journal_call(call_id, reader.scope)
    config = ground.config()
    if one is None or not may_hand_over(config, reader, one):
        raise HTTPException(404)
    audit.note(request, reader, "call.export", one.call.id, handed_over=True)
    for target in config.outgoing.told_of(CALL_HANDED_OVER):
        key = f"{CALL_HANDED_OVER} {target} {one.call.id} {ground.clock.now().isoformat()}"
        ground.store.queue_delivery(key, target, {"event": CALL_HANDED_OVER, "call_id": one.call.id})
    return RedirectResponse(f"/calls/{one.call.id}?handed_over=1", status_code=303)
