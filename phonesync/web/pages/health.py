"""For monitors and load balancers: whether the site answers, and whether its store does."""

from __future__ import annotations

from typing import Literal

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from phonesync.errors import StoreError
from phonesync.web import guard
from phonesync.web.ground import ground_of

_log = structlog.get_logger(__name__)

router = APIRouter()


class Ready(BaseModel):
    """Whether pages can be made."""

    status: Literal["ready", "not ready"]
    store: Literal["ok", "away", "old"]


@router.api_route("/healthz", methods=["GET", "HEAD"], dependencies=[guard.PUBLIC])
def alive() -> Response:
    """The site answers; how phones fare stands on the status page and at ``[agent] health``."""
    return JSONResponse({"status": "ok"})


@router.api_route("/readyz", methods=["GET", "HEAD"], dependencies=[guard.PUBLIC])
def ready(request: Request) -> Response:
    """The store answers and is of this version; 503 where it is not."""
    try:
        store: Literal["ok", "old"] = "ok" if ground_of(request).store.is_current() else "old"
    except StoreError as error:
        _log.warning("store does not answer", error=error.message)
        return _answer(Ready(status="not ready", store="away"))
    return _answer(Ready(status="ready" if store == "ok" else "not ready", store=store))


def _answer(found: Ready) -> Response:
    return JSONResponse(found.model_dump(), status_code=200 if found.status == "ready" else 503)
