"""Nobody asks the API more often than he may, and whoever does is told when to come again."""

from __future__ import annotations

import pytest

from phonesync.errors import ConfigError
from phonesync.web import rate_limits
from phonesync.web.rate_limits import Buckets

pytestmark = pytest.mark.anyio


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_with_time():
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 2) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert buckets.take("b", 2) == 0.0
    clock.now += 29
    assert buckets.take("a", 2) == pytest.approx(1.0)
    clock.now += 1
    assert buckets.take("a", 2) == 0.0
    clock.now += 1000
    assert [buckets.take("a", 2) > 0 for _ in range(3)] == [False, False, True]


def test_no_more_buckets_are_kept_than_fit(monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST", 2)
    buckets = Buckets(Clock())
    for key in ("a", "b", "c", "a"):
        assert buckets.take(key, 1) == 0.0


async def test_a_session_that_asks_too_often_waits_and_pages_do_not(site):
    site.configure("[journal]\napi_per_minute = 2\n")
    async with site.client("administrator") as one, site.client("head") as other:
        answers = [await one.get("/api/v1/choices") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "30"
        assert answers[2].headers["content-type"] == "application/problem+json"
        assert answers[2].headers["cache-control"] == "no-store"
        assert (await other.get("/api/v1/choices")).status_code == 200
        assert (await one.get("/status")).status_code == 200


async def test_changing_the_token_does_not_help(site):
    site.configure("[journal]\napi_per_minute = 1\n")
    async with site.client() as client, site.client(peer="192.0.2.77") as elsewhere:
        statuses = [
            (
                await client.get("/api/v1/choices", headers={"Authorization": f"Bearer phs_{number}"})
            ).status_code
            for number in range(11)
        ]
        assert statuses == [401] * 10 + [429]
        assert (await elsewhere.get("/api/v1/choices")).status_code == 401
        assert (await elsewhere.get("/api/v1/choices")).status_code == 429


async def test_a_wrong_limit_is_told_with_the_file_and_line(site):
    with pytest.raises(ConfigError, match=r"api_per_minute.*must be from 1 to"):
        site.configure("[journal]\napi_per_minute = 0\n")
