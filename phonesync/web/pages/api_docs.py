"""The documentation of the API as a page: made here, so that it needs no script and no network."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from phonesync.web import guard
from phonesync.web.api_reading import operations, things
from phonesync.web.rendering import page

router = APIRouter()


@router.get("/api/docs")
def show(request: Request, reader: guard.SignedIn) -> Response:
    """All that the API can do."""
    schema = request.app.state.api_schema()
    return page(
        request,
        reader,
        "api_docs.html",
        request_base=str(request.base_url).rstrip("/"),
        version=schema["info"]["version"],
        subjects=operations(schema),
        things=things(schema),
    )
