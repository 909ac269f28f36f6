"""Signing in: with a password, by a link, and not at all."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from phonesync.web.access.secrets import digest
from tests.web.people import HOST, PASSWORD

pytestmark = pytest.mark.anyio


async def sign_in(client, name="employee", password=PASSWORD, **more):
    return await client.post("/sign-in", data={"name": name, "password": password, **more})


async def test_a_right_password_opens_a_session_and_leads_to_where_one_wanted(site):
    async with site.client() as client:
        assert 'name="password"' in (await client.get("/sign-in")).text
        answer = await sign_in(client, next="/account?tab=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?tab=1")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("phonesync=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
    assert site.acts() == [("employee", "sign-in", None), ("employee", "sign-out", None)]


async def test_under_https_the_cookie_belongs_to_this_host_alone(site):
    async with site.client(scheme="https") as client:
        cookie = (await sign_in(client)).headers["set-cookie"]
    assert cookie.startswith("__Host-phonesync=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "name", ["employee", "nobody", "employee\0", "\ud800".encode("utf-8", "surrogatepass")]
)
async def test_nothing_tells_whether_there_is_such_a_user(site, name):
    async with site.client() as client:
        answer = await sign_in(client, name=name, password="wrong password 1")
    assert answer.status_code == 403
    assert "User or password is wrong" in answer.text
    assert "set-cookie" not in answer.headers


async def test_too_many_wrong_passwords_lock_a_user_for_a_while(site):
    async with site.client() as client:
        for _ in range(10):
            await sign_in(client, password="wrong password 1")
        assert (await sign_in(client)).status_code == 403
        site.clock.instant += timedelta(minutes=15)
        assert (await sign_in(client)).status_code == 303
    assert "employee" in {object_ for _, action, object_ in site.acts() if action == "sign-in.locked"}


async def test_a_peer_that_is_wrong_too_often_is_not_looked_at_any_more(site):
    async with site.client(peer="192.0.2.66") as client, site.client() as other:
        for number in range(30):
            await sign_in(client, name=f"user {number}", password="wrong password 1")
        assert (await sign_in(client)).status_code == 403
        assert (await sign_in(other)).status_code == 303


async def test_a_link_signs_in_once(site):
    user = site.store.user("head")
    site.store.add_link(
        user.id, digest=digest("of-the-link"), expires_at=site.clock.now() + timedelta(hours=1)
    )
    async with site.client() as client:
        assert (await client.get("/sign-in/link/of-the-link")).status_code == 200
        assert (await client.post("/sign-in/link/of-the-link")).status_code == 303
        for method in ("GET", "POST"):
            assert (await client.request(method, "/sign-in/link/of-the-link")).status_code == 404
    assert ("head", "sign-in", None) in site.acts()


async def test_a_link_expires(site):
    user = site.store.user("head")
    site.store.add_link(
        user.id, digest=digest("of-the-link"), expires_at=site.clock.now() + timedelta(hours=1)
    )
    site.clock.instant += timedelta(hours=1)
    async with site.client() as client:
        assert (await client.post("/sign-in/link/of-the-link")).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "/sign-in", "x", "", "/\n/evil.example"],
)
async def test_nobody_is_led_to_another_site(site, wanted):
    async with site.client() as client:
        assert (await sign_in(client, next=wanted)).headers["location"] == "/"


async def test_sessions_end_when_they_are_idle_and_after_all(site):
    async with site.client("employee") as client:
        for _ in range(14):
            site.clock.instant += timedelta(hours=11)
            assert site.store.session(digest("secret-of-employee"), idle_s=12 * 3600) is not None
        site.clock.instant += timedelta(hours=14)
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
    assert site.acts() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": f"http://{HOST}"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 303),
    ],
)
async def test_no_page_of_another_site_can_change_anything(site, headers, status):
    async with site.client("employee", headers=headers) as client:
        assert (await client.post("/sign-out")).status_code == status


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/api/v1/nothing"])
async def test_every_answer_is_shielded(site, path):
    async with site.client() as client:
        headers = (await client.get(path)).headers
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_a_mistake_of_ours_is_one_sentence_and_shielded(site, monkeypatch):
    monkeypatch.setattr(site.store, "user", lambda _: 1 / 0)
    app = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=app, base_url=f"http://{HOST}", headers={"Origin": f"http://{HOST}"}
    ) as client:
        answer = await sign_in(client)
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "body", [b"x=1" * 400_000, b"name=%ff%fe&password=%00", b"\xff\xfe" * 100, b"&" * 5000]
)
async def test_rubbish_in_a_form_is_refused_in_a_sentence(site, body):
    async with site.client() as client:
        answer = await client.post(
            "/sign-in", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code in (400, 403, 413, 422)
