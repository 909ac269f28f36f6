"""Whether the site and its store answer, for monitors."""

from __future__ import annotations

import pytest

from phonesync.errors import StoreBusy
from phonesync.store import schema

pytestmark = pytest.mark.anyio


async def test_a_site_whose_store_answers_is_ready(site):
    async with site.client() as client:
        answer = await client.get("/readyz")
        alive = await client.get("/healthz")
        head = await client.head("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "store": "ok"})
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert head.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_a_site_whose_store_is_away_is_not(site, monkeypatch):
    def busy():
        raise StoreBusy("The store is locked.")

    monkeypatch.setattr(site.store, "is_current", busy)
    async with site.client() as client:
        answer = await client.get("/readyz")
        alive = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "store": "away"})
    assert alive.status_code == 200


async def test_a_store_of_another_version_is_not_ready(site, monkeypatch):
    monkeypatch.setattr(schema, "HEAD", "9999")
    async with site.client() as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["store"]) == (503, "old")
