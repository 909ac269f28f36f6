"""What programs are answered where something cannot be done: one object for all of it (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import Response

API = "/api/v1/"
"""Every address of the API begins so."""

MEDIA_TYPE = "application/problem+json"


class Mistake(BaseModel):
    """One value that is not as it should be."""

    at: str = Field(description="Its name: of a parameter, or of a field of the body.")
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why something was not done (RFC 9457)."""

    type: str = Field("about:blank", description="Always about:blank: the status says which kind it is.")
    title: str = Field(description="The status in words.", examples=["Bad Request"])
    status: int = Field(description="The status of the answer.", examples=[400])
    detail: str = Field("", description="What is wrong, in full sentences; all of it at once.")
    hint: str = Field("", description="What to do.")
    errors: list[Mistake] = Field([], description="Each value that was not understood.")


def answer(
    status: int,
    *,
    detail: str = "",
    hint: str = "",
    errors: Sequence[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that holds a problem.

    Args:
        status: Of the answer.
        detail: What is wrong.
        hint: What to do.
        errors: Values that were not understood.
        headers: More of them.
    """
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, hint=hint, errors=list(errors)
    )
    return Response(
        problem.model_dump_json(), status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )
