"""OpenAPI says all that the API answers, and the documentation page shows it without anything from elsewhere."""

from __future__ import annotations

import re

import pytest

from phonesync.web import guard
from phonesync.web.api_reading import kind_of, operations, refers_of, things
from phonesync.web.api_schema import routes_of, schema_of
from phonesync.web.problem_json import API
from phonesync.web.site import ROUTERS

SCHEMA = schema_of(*ROUTERS)
OPERATIONS = [
    (path, method, one) for path, methods in SCHEMA["paths"].items() for method, one in methods.items()
]


def test_every_route_of_the_api_is_described():
    routes = {(route.path_format, method) for route, _ in routes_of(*ROUTERS) for method in route.methods}
    assert {(path, method.upper()) for path, method, _ in OPERATIONS} == routes
    assert all(path.startswith(API) for path, _ in routes)


def test_every_operation_has_an_id_of_its_own_words_errors_and_the_schemes_of_its_rule():
    ids = [one["operationId"] for _, _, one in OPERATIONS]
    assert len(set(ids)) == len(ids)
    rules = {
        (route.path_format, m.lower()): rule for route, rule in routes_of(*ROUTERS) for m in route.methods
    }
    for path, method, one in OPERATIONS:
        assert one["description"], path
        is_public = isinstance(rules[path, method], guard.Public)
        assert one["security"] == ([] if is_public else [{"session": []}, {"token": []}])
        assert {"400", "429", "503"} <= set(one["responses"])
        assert is_public or "401" in one["responses"]
        for status, answer in one["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_every_object_that_is_spoken_of_stands_in_the_document():
    named = set(refers_of(SCHEMA))
    assert named <= {thing.name for thing in things(SCHEMA)}
    assert "HTTPValidationError" not in named


@pytest.mark.anyio
async def test_whoever_is_signed_in_gets_the_document_and_nobody_else(site):
    async with site.client("auditor") as auditor, site.client() as nobody:
        answer = await auditor.get("/api/v1/openapi.json")
        refused = await nobody.get("/api/v1/openapi.json")
        page = await nobody.get("/api/docs")
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["paths"] == SCHEMA["paths"]
    assert refused.status_code == 401
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fapi%2Fdocs")


@pytest.mark.anyio
async def test_the_documentation_page_shows_every_operation_and_needs_nothing_from_elsewhere(site):
    async with site.client("administrator") as client:
        text = (await client.get("/api/docs")).text
    for _, _, one in OPERATIONS:
        assert f'id="{one["operationId"]}"' in text
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert links <= set(re.findall(r'id="([^"]+)"', text))
    assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", text) == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": {"$ref": "#/components/schemas/Call"}}, "list of Call"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "string (date) or null"),
        ({"enum": ["a", "b"], "type": "string"}, '"a", "b"'),
        ({"const": 1}, '"1"'),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map to integer"),
        ({}, "anything"),
    ],
)
def test_what_a_schema_allows_is_said_in_words(schema, words):
    assert kind_of(schema) == words


def test_operations_stand_under_their_subject():
    found = operations(SCHEMA)
    assert [one.id for one in found["schema"]] == ["schema_openapi"]
    listed = found["calls"][0]
    assert (listed.method, listed.path) == ("GET", "/api/v1/calls")
    assert "calls.all" in listed.permissions
    assert {"limit", "cursor", "tab"} <= {field.name for field in listed.parameters}
