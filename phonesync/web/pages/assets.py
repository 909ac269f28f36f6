"""Static files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from phonesync.web import guard
from phonesync.web.conditions import takes_gzip
from phonesync.web.static_files import FOR_EVER, address_of, by_address

router = APIRouter()


@router.get("/static/{name:path}", dependencies=[guard.PUBLIC])
def static(request: Request, name: str) -> Response:
    """A file whose address holds its hash."""
    found = by_address().get(f"/static/{name}")
    if found is None:
        raise HTTPException(404)
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if takes_gzip(request.headers):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, media_type=found.kind, headers=headers)
    return Response(found.content, media_type=found.kind, headers=headers)


@router.get("/favicon.ico", dependencies=[guard.PUBLIC])
def favicon() -> Response:
    """Where browsers look for it unasked."""
    return RedirectResponse(address_of("icon.svg"), status_code=308)
