"""Every endpoint, every role, and nobody: who gets in is what the rule of the route says, and nothing else.

Generated from the routes of the site. A new endpoint without a rule fails the suite.
"""

from __future__ import annotations

import re

import pytest

from phonesync.journal.access import BUILT_IN
from phonesync.web import guard, site
from tests.web.people import ROLES

pytestmark = pytest.mark.anyio

ENDPOINTS = [
    (method, route.path, rule)
    for route, rule in guard.rules(*site.ROUTERS)
    for method in sorted(route.methods - {"HEAD"})
]

PUBLIC = {
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /sign-in/link/{secret}",
    "POST /sign-in/link/{secret}",
    "GET /sign-in/provider",
    "GET /sign-in/provider/back",
    "POST /look",
    "GET /static/{name:path}",
    "GET /favicon.ico",
    "GET /healthz",
    "GET /readyz",
}
"""Whatever everybody may ask for: a new one is added here on purpose."""

PARAMETERS = {"number": "1", "session": "1", "token": "1"}
"""What stands in an address; ``x`` elsewhere."""


def address(path):
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: PARAMETERS.get(found[1], "x"), path)


def test_only_what_is_meant_for_everybody_is_public():
    found = {f"{method} {path}" for method, path, rule in ENDPOINTS if isinstance(rule, guard.Public)}
    assert found <= PUBLIC, f"public without being meant so: {found - PUBLIC}"


def test_every_address_of_the_api_is_below_its_version():
    assert all(
        path.startswith("/api/v1/")
        for _, path, _ in ENDPOINTS
        if path.startswith("/api") and path != "/api/docs"
    )


@pytest.mark.parametrize("role", [*ROLES, None], ids=str)
async def test_a_role_gets_in_where_the_rule_says_and_nowhere_else(site, role):
    wrong = []
    for method, path, rule in ENDPOINTS:
        if isinstance(rule, guard.Public):
            continue
        async with site.client(role) as client:
            status = (await client.request(method, address(path))).status_code
        may = role is not None and (not rule.any_of or bool(rule.any_of & BUILT_IN[role]))
        wanted = "in" if may else "refused"
        if role is None:
            is_right = status == (401 if path.startswith("/api/v1/") else 303)
        elif may:
            is_right = status not in (401, 403) and status < 500
        else:
            is_right = status == 403
        if not is_right:
            wrong.append(f"{method} {path}: {status}, wanted {wanted}")
    assert not wrong, "\n".join(wrong)
