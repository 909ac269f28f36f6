"""What the API can do, for programs: OpenAPI."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from phonesync.web import guard

router = APIRouter(prefix="/api/v1", tags=["schema"])


@router.get("/openapi.json")
def openapi(request: Request, reader: guard.SignedIn) -> dict[str, Any]:
    """This description of the API (OpenAPI 3.1)."""
    del reader
    found: dict[str, Any] = request.app.state.api_schema()
    return found
