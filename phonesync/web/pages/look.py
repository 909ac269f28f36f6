"""Language and look of the pages: in this browser, and in the account of whoever is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from phonesync.web import guard
from phonesync.web.access.deeds import change_look
from phonesync.web.ground import ground_of
from phonesync.web.languages import LANGUAGES
from phonesync.web.rendering import LANGUAGE_COOKIE, THEME_COOKIE
from phonesync.web.view import THEMES

router = APIRouter()
YEAR_S = 365 * 86400


@router.post("/look", dependencies=[guard.PUBLIC])
def look(
    request: Request,
    language: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    back: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Keeps the choice, and goes back to where it was made."""
    answer = RedirectResponse(own(back), status_code=303)
    reader = ground_of(request).identify(request)
    for name, field, value, known in (
        (LANGUAGE_COOKIE, "language", language, LANGUAGES),
        (THEME_COOKIE, "theme", theme, THEMES),
    ):
        if value and reader is not None:
            change_look(request, reader, **{field: value if value in known else None})
        if value in known:
            answer.set_cookie(name, value, max_age=YEAR_S, httponly=True, samesite="lax")
        elif value:
            answer.delete_cookie(name, httponly=True, samesite="lax")
    return answer


def own(address: str) -> str:
    """The address if it is one of ours, else that of the first page: nobody is sent elsewhere."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
