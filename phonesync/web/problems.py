"""What is answered where something cannot be shown: a sentence in the reader's language, no traceback."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from phonesync.errors import PhonesyncError, StoreBusy
from phonesync.spelling import Worded
from phonesync.web import problem_json
from phonesync.web.exporting import TooManyExports
from phonesync.web.ground import ground_of
from phonesync.web.guard import NotAllowed, NotSignedIn
from phonesync.web.problem_json import API, Mistake
from phonesync.web.rendering import here, page

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from phonesync.journal.access import Reader

_log = structlog.get_logger(__name__)

SIGN_IN = "/sign-in"
LATER_S = 60
"""When to come again after too many exports, seconds."""


def watch(site: FastAPI) -> None:
    """Lets the site answer so."""
    # The types of Starlette want handlers of Exception alone.
    for kind, handler in (
        (NotSignedIn, _not_signed_in),
        (NotAllowed, _not_allowed),
        (HTTPException, _http),
        (RequestValidationError, _not_understood),
        (PhonesyncError, _said),
        (Exception, _broken),
    ):
        site.add_exception_handler(kind, handler)  # type: ignore[arg-type]


def sorry(
    request: Request, status: int, *, reader: Reader | None, words: str = "", hint: str = ""
) -> Response:
    """A page, or for programs an object, that says what is wrong.

    Args:
        request: What was asked.
        status: Of the answer; the template has a sentence for each.
        reader: Who is signed in, or None.
        words: A sentence of its own, instead of the template's.
        hint: What to do.
    """
    if request.url.path.startswith(API):
        return problem_json.answer(status, detail=words, hint=hint)
    return page(request, reader, "problem.html", status=status, code=status, words=words, hint=hint)


def _not_signed_in(request: Request, _error: NotSignedIn) -> Response:
    if request.url.path.startswith(API):
        answer = sorry(request, HTTPStatus.UNAUTHORIZED, reader=None)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    address = f"{SIGN_IN}?{urlencode({'next': here(request)})}" if request.method == "GET" else SIGN_IN
    if "hx-request" in request.headers:
        # A part of a page: the whole page is to go there.
        return JSONResponse(None, headers={"HX-Redirect": SIGN_IN}, status_code=HTTPStatus.UNAUTHORIZED)
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _not_allowed(request: Request, _error: NotAllowed) -> Response:
    return sorry(request, HTTPStatus.FORBIDDEN, reader=_reader(request))


def _http(request: Request, error: HTTPException) -> Response:
    answer = sorry(request, error.status_code, reader=_reader(request))
    answer.headers.update(error.headers or {})
    return answer


def _not_understood(request: Request, error: RequestValidationError) -> Response:
    found = [
        Mistake(at=".".join(map(str, one["loc"][1:])) or str(one["loc"][0]), message=one["msg"])
        for one in error.errors()
    ]
    status, places = HTTPStatus.UNPROCESSABLE_ENTITY, ", ".join(one.at for one in found)
    if request.url.path.startswith(API):
        return problem_json.answer(
            status, detail="; ".join(f"{m.at}: {m.message}" for m in found), errors=found
        )
    return sorry(request, status, reader=_reader(request), hint=places)


def _said(request: Request, error: PhonesyncError) -> Response:
    """A mistake that has a sentence; what the store cannot do is told, and logged."""
    if error.transient and not isinstance(error, TooManyExports):
        _log.warning("page cannot be made now", path=request.url.path, error=error.message)
    status = HTTPStatus.SERVICE_UNAVAILABLE if error.transient else HTTPStatus.BAD_REQUEST
    if isinstance(error, TooManyExports):
        status = HTTPStatus.TOO_MANY_REQUESTS
    words, hint = error.message, error.hint
    if (
        isinstance(error, StoreBusy)
        and not isinstance(words, Worded)
        and not request.url.path.startswith(API)
    ):
        # Where the store stands is nothing for a page; its sentence of that status says enough.
        words, hint = "", ""
    answer = sorry(request, status, reader=_reader(request), words=words, hint=hint)
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(LATER_S)
    return answer


def _broken(request: Request, error: Exception) -> Response:
    _log.error("page failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return sorry(request, HTTPStatus.INTERNAL_SERVER_ERROR, reader=None)


def _reader(request: Request) -> Reader | None:
    return ground_of(request).identify(request)
