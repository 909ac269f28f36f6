"""What the API can do, as OpenAPI says it: made of its routes, with what all of them share added.

Whoever writes a route names neither its errors nor who may ask: both follow from its rule
(:mod:`phonesync.web.guard`) and from what it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from phonesync.web import guard
from phonesync.web.access.identifying import PLAIN_COOKIE
from phonesync.web.problem_json import API, MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from fastapi import APIRouter
    from fastapi.routing import APIRoute

PROBLEM = "Problem"
_OURS = {"HTTPValidationError", "ValidationError"}
"""Schemas that FastAPI adds for answers that it does not give here."""

ERRORS = {
    400: "What is asked for cannot be done; detail says all that is wrong.",
    401: "Nobody is signed in, or the session or token has ended.",
    403: "The role or the token does not allow it, or the request comes from another site.",
    404: "There is no such thing, or it may not be seen.",
    413: "The body is too large.",
    422: "A value is not as it should be.",
    429: "Too many requests; Retry-After says when to go on.",
    503: "The store is busy or away; try again in a moment.",
}
"""Status to what it means, for every route that can answer so."""

SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": PLAIN_COOKIE,
        "description": "The session of somebody who signed in; under https the cookie is __Host-phonesync.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token, from the page of the account or `phonesync token add`.",
    },
}
DESCRIPTION = """\
Everything that the pages of phonesync do. Lists go on by cursor: `next` of an answer is `cursor` of the next
question, and null at the end. Whose calls are seen, and whether numbers are masked, follows from the role of
whoever asks. Mistakes are answered as application/problem+json (RFC 9457)."""


def routes_of(*routers: APIRouter) -> Iterator[tuple[APIRoute, guard.Needs | guard.Public]]:
    """The routes of the API with their rules, in order."""
    for route, rule in guard.rules(*routers):
        if route.path.startswith(API) and route.include_in_schema:
            yield route, rule


def schema_of(*routers: APIRouter) -> dict[str, Any]:
    """The API as an OpenAPI document.

    Args:
        routers: All of the site's; those of pages are left out.
    """
    routes = list(routes_of(*routers))
    made = get_openapi(
        title="phonesync",
        version=version("phonesync"),
        description=DESCRIPTION,
        routes=[route for route, _ in routes],
    )
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in _OURS & schemas.keys():
        del schemas[name]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas[PROBLEM] = problem
    parts["securitySchemes"] = SCHEMES
    for route, rule in routes:
        for method in sorted(route.methods or ()):
            _complete(made["paths"][route.path_format][method.lower()], route, rule)
    return made


def _complete(operation: dict[str, Any], route: APIRoute, rule: guard.Needs | guard.Public) -> None:
    """Adds to one operation what follows from its route."""
    module = route.endpoint.__module__.rpartition(".")[2]
    operation["operationId"] = f"{module}_{route.endpoint.__name__}"
    operation["tags"] = operation.get("tags") or [module]
    is_open = isinstance(rule, guard.Public)
    operation["security"] = [] if is_open else [{name: []} for name in SCHEMES]
    said = operation.get("description", "")
    # Else it is the name of a function.
    operation["summary"] = said.partition("\n")[0].rstrip(".") or operation["summary"]
    if isinstance(rule, guard.Needs) and rule.any_of:
        needed = ", ".join(sorted(rule.any_of))
        operation["x-permissions"] = sorted(rule.any_of)
        operation["description"] = f"{said}\n\nNeeds one of: {needed}.".strip()
    answers = operation["responses"]
    for status in _errors(operation, route, rule):
        answers[str(status)] = {
            "description": ERRORS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
        }
        if status == 429:  # noqa: PLR2004  RFC 6585
            answers[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }


def _errors(operation: dict[str, Any], route: APIRoute, rule: guard.Needs | guard.Public) -> Iterator[int]:
    yield 400
    if isinstance(rule, guard.Needs):
        yield 401
    if isinstance(rule, guard.Needs) and (rule.any_of or route.methods != {"GET"}):
        yield 403
    if "{" in route.path:
        yield 404
    if "requestBody" in operation:
        yield 413
    if operation.get("parameters") or "requestBody" in operation:
        yield 422
    yield from (429, 503)
