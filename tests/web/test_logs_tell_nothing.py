"""Nothing that is logged on a walk over all pages and the whole API names a secret, a number or a person."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

import pytest

from phonesync.journal.filters import NAMES
from phonesync.web import guard
from phonesync.web.site import ROUTERS
from tests import planted
from tests.kept_logs import KEPT
from tests.web.people import OUTSIDERS, PASSWORD, ROLES

pytestmark = pytest.mark.anyio

NUMBER = f"+7{OUTSIDERS['answered'][1:]}"
TOKEN = "phs_" + "t0ken" * 8
TYPED = "what-somebody-typed"
RUBBISH = ("\x00", "%00", "'; DROP TABLE calls; --", "<script>alert(1)</script>", "\u202e", TYPED, NUMBER)
ROUTES = [
    (method, route.path)
    for route, _ in guard.rules(*ROUTERS)
    for method in sorted(route.methods - {"HEAD"})
    if not route.path.startswith("/static")
]


def address(path, value):
    return re.sub(r"\{\w+(?::\w+)?\}", lambda _: quote(value.replace("/", ""), safe=""), path)


@pytest.fixture
def written():
    """Everything that is logged, by structlog and by the standard library, however little it matters."""
    before = len(KEPT.said())
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    yield lambda: KEPT.said()[before:]
    root.setLevel(level)


async def walk(client, value, number):
    """Asks every route once with a value in its address, its query and its body."""
    for method, path in ROUTES:
        query = {
            NAMES[number % len(NAMES)]: value,
            "q": value,
            "cursor": value,
            "before": value,
            "next": value,
        }
        body = {"name": value, "password": PASSWORD, "text": value, "code": value, "filter": f"q={value}"}
        as_json = {"json": body} if path.startswith("/api/") else {"data": body}
        keys = {} if method == "GET" else as_json
        answer = await client.request(method, address(path, value), params=query, **keys)
        assert answer.status_code < 500, (method, path, value, answer.text)


async def test_nothing_that_is_logged_names_secrets_numbers_or_people(site, written, capfd):
    site.configure("[journal]\napi_per_minute = 1000000\n")
    for number, role in enumerate(ROLES):
        value = RUBBISH[number]
        async with site.client(role) as client:
            await walk(client, value, number)
    async with site.client("administrator", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        await walk(client, NUMBER, 5)
    async with site.client() as client:
        await walk(client, TYPED, 6)
    assert planted.leaks(written()) == []
    everything = "".join([*written(), *capfd.readouterr()])
    secrets = [PASSWORD, TOKEN, TYPED, *(f"secret-of-{role}" for role in ROLES)]
    numbers = [text for plain in OUTSIDERS.values() for text in (plain, plain[1:])]
    found = [text for text in (*secrets, *numbers) if text in everything]
    assert found == []
    assert re.findall(r"\d{7,}", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "", everything)) == []
