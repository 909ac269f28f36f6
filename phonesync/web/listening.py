"""Listening to recordings, each time noted in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from phonesync.web import audit
from phonesync.web.ground import ground_of
from phonesync.web.recordings import TYPES, file_name, recording_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader
    from phonesync.web.lately import Lately

AGAIN_S = 600.0
"""A player that asks for pieces counts as one listener as long as it does so at least so often."""


def listened(request: Request, reader: Reader, call_id: str, *, download: bool) -> Response:
    """The recording of a call, in pieces where ``Range`` asks for that; or the way to the switch that has it.

    Args:
        request: Who asks, and for which piece.
        reader: Who listens.
        call_id: Of the call, or of any of its entries.
        download: It is to be kept, not played.

    Raises:
        HTTPException: The reader does not reach the call, or it has no recording; 404.
    """
    ground = ground_of(request)
    one = ground.store.journal_call(call_id, reader.scope)
    found = None if one is None else recording_of(ground.config(), ground.store, one)
    if one is None or found is None or found.several:
        raise HTTPException(404)
    lately: Lately = request.app.state.listened
    # The beginning is asked for, or all of it: that is always noted.
    begins = request.headers.get("range", "bytes=0-").replace(" ", "").startswith("bytes=0-")
    if lately.is_new(reader.user_id, one.call.id, always=begins):
        audit.note(request, reader, "call.listen", one.call.id, download=download)
    if found.address is not None:
        return RedirectResponse(found.address, status_code=303, headers={"Referrer-Policy": "no-referrer"})
    assert found.path is not None
    return FileResponse(
        found.path,
        filename=file_name(one.call, found.path),
        media_type=TYPES[found.path.suffix.lower()],
        content_disposition_type="attachment" if download else "inline",
    )
