"""No endpoint shows a call that its reader does not reach, nor a number to a reader without numbers."""

from __future__ import annotations

import re

import pytest

from phonesync.web import guard, site
from tests.web.people import OUTSIDERS, REACHED, ROLES

pytestmark = pytest.mark.anyio

ENDPOINTS = sorted(
    route.path
    for route, rule in guard.rules(*site.ROUTERS)
    if "GET" in route.methods and not isinstance(rule, guard.Public) and "{" not in route.path
)
LEFT_OUT = {"/api/v1/openapi.json", "/api/docs"}
"""They hold invented numbers as examples."""


def is_in(number, text):
    """Whether a number stands in a text, with or without signs between its digits."""
    return re.search(r"[-\s ()]*".join(number[-7:]), text) is not None


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_outside_the_scope_comes_back(site, role):
    found, seen = [], set()
    async with site.client(role) as client:
        for path in ENDPOINTS:
            if path in LEFT_OUT:
                continue
            text = (await client.get(path)).text
            for name, number in OUTSIDERS.items():
                if is_in(number, text):
                    seen.add(name)
                    if name not in REACHED[role] or role == "analyst":
                        found.append(f"{path} shows the number of {name}")
    assert not found, "\n".join(found)
    if role not in ("analyst", "auditor"):
        assert seen == REACHED[role]
