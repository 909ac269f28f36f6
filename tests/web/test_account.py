"""One's own account, users and the audit log: on pages and over the API."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from phonesync.secrets.keyring import Key, ring_text
from phonesync.web.access import second_factor
from tests.web.people import PASSWORD
from tests.web.test_sign_in import sign_in

pytestmark = pytest.mark.anyio

NEW = "lantern umbrella 8"


def code_at(secret, instant):
    return TOTP(secret, 6, SHA1(), 30).generate(int(instant.timestamp())).decode()


@pytest.fixture
def keyed(site):
    """A site that has a key file."""
    path = site.folder / "phonesync.key"
    path.write_bytes(ring_text([Key.new()]))
    path.chmod(0o600)
    return site


async def enrol(site, user="employee"):
    async with site.client(user) as client:
        shown = (await client.get("/account/second-factor")).text
        text = re.search('name="secret" value="([A-Z2-7]+)"', shown)[1]
        secret = second_factor.unspelled(text)
        assert "<svg" in shown
        assert "style=" not in shown
        done = await client.post(
            "/account/second-factor", data={"secret": text, "code": code_at(secret, site.clock.now())}
        )
        assert done.headers["location"] == "/account"
    return secret


async def test_a_password_is_changed_and_every_other_browser_is_signed_out(site):
    async with site.client("employee") as client:
        data = {"old": PASSWORD, "new": NEW, "again": NEW}
        assert (await client.post("/account/password", data={**data, "old": "wrong"})).status_code == 400
        assert (await client.post("/account/password", data={**data, "again": "other"})).status_code == 400
        weak = await client.post(
            "/account/password", data={**data, "new": "password12", "again": "password12"}
        )
        assert "tried first" in weak.text
        answer = await client.post("/account/password", data=data)
        assert answer.headers["location"] == "/account"
        client.cookies.clear()
        client.cookies.set("phonesync", answer.cookies["phonesync"])
        assert (await client.get("/account")).status_code == 200
    async with site.client() as other:
        assert (await sign_in(other)).status_code == 403
        assert (await sign_in(other, password=NEW)).status_code == 303
    assert ("employee", "password.change", "employee") in site.acts()


async def test_a_second_factor_is_asked_for_and_each_code_counts_once(keyed):
    secret = await enrol(keyed)
    kept = keyed.store.user("employee").second_factor
    assert second_factor.spelled(secret) not in kept
    keyed.clock.instant += timedelta(seconds=60)
    async with keyed.client() as client:
        assert (await sign_in(client, next="/account")).headers["location"] == "/sign-in/code?next=/account"
        assert (await client.get("/account")).status_code == 303
        assert (await client.get("/sign-in/code")).status_code == 200
        assert (await client.post("/sign-in/code", data={"code": "000000"})).status_code == 403
        before = client.cookies["phonesync"]
        code = code_at(secret, keyed.clock.now())
        done = await client.post("/sign-in/code", data={"code": f"{code[:3]} {code[3:]}", "next": "/account"})
        assert done.headers["location"] == "/account"
        assert client.cookies["phonesync"] != before
        assert (await client.get("/account")).status_code == 200
    async with keyed.client() as client:
        await sign_in(client)
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 403


async def test_codes_follow_the_clock_of_the_authenticator_whatever_time_the_office_has(keyed):
    device = copy(keyed.clock)
    device.instant += timedelta(days=365)
    keyed.app.state.ground = replace(keyed.app.state.ground, authenticators=device)
    text = second_factor.spelled(secret := second_factor.new_secret())
    async with keyed.client("employee") as client:
        data = {"secret": text, "code": code_at(secret, keyed.clock.now())}
        assert (await client.post("/account/second-factor", data=data)).status_code == 400
        data["code"] = code_at(secret, device.now())
        assert (await client.post("/account/second-factor", data=data)).status_code == 303
    device.instant += timedelta(seconds=60)
    async with keyed.client() as client:
        await sign_in(client)
        done = await client.post("/sign-in/code", data={"code": code_at(secret, device.now())})
        assert done.status_code == 303


async def test_too_many_wrong_codes_lock_and_a_code_without_a_session_is_nothing(keyed):
    secret = await enrol(keyed)
    keyed.clock.instant += timedelta(seconds=60)
    async with keyed.client() as client:
        assert (await client.post("/sign-in/code", data={"code": "1"})).headers["location"] == "/sign-in"
        await sign_in(client)
        for _ in range(10):
            await client.post("/sign-in/code", data={"code": "000000"})
        right = await client.post("/sign-in/code", data={"code": code_at(secret, keyed.clock.now())})
        assert right.status_code == 403


async def test_a_second_factor_is_turned_off_by_the_password_or_by_an_administrator(keyed):
    await enrol(keyed)
    async with keyed.client("employee") as client:
        off = "/account/second-factor/off"
        assert (await client.post(off, data={"password": "wrong"})).status_code == 400
        assert (await client.post(off, data={"password": PASSWORD})).status_code == 303
    await enrol(keyed, "head")
    async with keyed.client("administrator") as client:
        assert (await client.delete("/api/v1/users/head/second-factor")).status_code == 204
    assert keyed.store.user("employee").second_factor is None
    assert keyed.store.user("head").second_factor is None


async def test_without_a_key_file_a_second_factor_is_refused_in_a_sentence(site):
    secret = second_factor.new_secret()
    async with site.client("employee") as client:
        data = {"secret": second_factor.spelled(secret), "code": code_at(secret, site.clock.now())}
        answer = await client.post("/account/second-factor", data=data)
        assert (
            await client.post("/account/second-factor", data={"secret": "!", "code": "1"})
        ).status_code == 303
        refused = await client.get("/account/second-factor")
    assert (answer.status_code, refused.status_code) == (400, 409)
    for one in (answer, refused):
        assert "There is no key file yet" in one.text


async def test_the_look_is_ones_own(site):
    async with site.client("employee") as client:
        data = {"language": "ru", "timezone": "Asia/Omsk", "theme": "dark"}
        await client.post("/account/look", data=data)
        assert 'lang="ru"' in (await client.get("/account")).text
        shown = (await client.get("/api/v1/me")).json()
        assert {key: shown[key] for key in data} == data
        await client.post("/account/look", data={"language": "xx\0", "timezone": "../etc", "theme": "<"})
        assert (await client.get("/api/v1/me")).json()["timezone"] is None


async def test_sessions_are_listed_and_ended(site):
    async with site.client() as client, site.client("employee") as other:
        await sign_in(client)
        known = [one["id"] for one in (await client.get("/api/v1/sessions")).json()]
        assert len(known) == 2
        assert (await client.delete("/api/v1/sessions/99")).status_code == 404
        assert (await other.delete(f"/api/v1/sessions/{max(known)}")).status_code == 204
        assert (await client.get("/api/v1/sessions")).status_code == 401
        assert (await other.post(f"/account/sessions/{min(known)}/end")).status_code == 303
        assert (await other.get("/account")).status_code == 303
    ended = [object_ for _, action, object_ in site.acts() if action == "session.end"]
    assert ended == ["employee", "employee"]


async def test_a_token_asks_with_less_and_never_with_more(site):
    async with site.client("head") as client:
        made = await client.post(
            "/api/v1/tokens", json={"name": "report", "permissions": ["export", "users"]}
        )
        assert made.status_code == 201
        token = made.json()["token"]
        assert token.startswith("phs_")
        assert token not in (await client.get("/account")).text
        wrong = await client.post("/api/v1/tokens", json={"name": "x", "permissions": ["everything"]})
        assert wrong.status_code == 422
        assert "phs_" in (await client.post("/account/tokens", data={"name": "page"})).text
    async with site.client(headers={"Authorization": f"Bearer {token}", "Origin": ""}) as program:
        assert (await program.get("/api/v1/me")).json()["permissions"] == ["export"]
        more = await program.post(
            "/api/v1/tokens", json={"name": "more", "permissions": ["numbers", "export"]}
        )
        assert more.status_code == 201
        assert (await program.get("/api/v1/tokens")).json()[0]["permissions"] == ["export"]
        refused = await program.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
        assert refused.status_code == 400
        number = (await program.get("/api/v1/tokens")).json()[-1]["id"]
        assert (await program.delete(f"/api/v1/tokens/{number}")).status_code == 204
        assert (await program.get("/api/v1/me")).status_code == 401
    assert "phs_" not in str(site.store.audit_page())


async def test_a_user_is_made_changed_and_locked_over_pages(site):
    async with site.client("administrator") as client:
        made = await client.post(
            "/users", data={"name": "Gleb", "role": "head", "department": ["Sales"], "owner": "Owner 101"}
        )
        assert "/sign-in/link/" in made.text
        number = site.store.user("gleb").id
        assert "gleb" in (await client.get("/users")).text
        assert (await client.get(f"/users/{number}")).status_code == 200
        await client.post(f"/users/{number}", data={"role": "analyst", "shown_name": "G"})
        assert (site.store.user("gleb").role, site.store.user("gleb").departments) == ("analyst", ())
        assert "/sign-in/link/" in (await client.post(f"/users/{number}/link")).text
        await client.post(f"/users/{number}/lock")
        assert site.store.user("gleb").disabled_at is not None
        assert (await client.post(f"/users/{number}/link")).status_code == 400
        await client.post(f"/users/{number}/unlock")
        assert site.store.user("gleb").disabled_at is None
        assert (await client.post("/users", data={"name": "gleb", "role": "head"})).status_code == 400
        assert (await client.get("/users/999")).status_code == 404
        assert (await client.get("/users", params={"after": "h\0"})).status_code == 200
    done = [action for user, action, object_ in site.acts() if object_ == "gleb"]
    assert done == ["user.add", "user.change", "user.link", "user.lock", "user.unlock"]


async def test_users_are_made_changed_and_paged_over_the_api(site):
    async with site.client("administrator") as client:
        made = await client.post(
            "/api/v1/users", json={"name": "gleb", "role": "employee", "owner": "Owner 103"}
        )
        assert made.status_code == 201
        assert made.json()["user"]["owner"] == "Owner 103"
        changed = await client.patch("/api/v1/users/gleb", json={"disabled": True, "owner": None})
        assert changed.json()["disabled_at"] is not None
        assert changed.json()["owner"] is None
        names, cursor = [], ""
        while cursor is not None:
            shown = (await client.get("/api/v1/users", params={"limit": 2, "cursor": cursor})).json()
            names += [one["name"] for one in shown["users"]]
            cursor = shown["next"]
        assert names == ["administrator", "analyst", "auditor", "employee", "gleb", "head"]
        assert (await client.get("/api/v1/users/nobody")).status_code == 404
        assert (await client.patch("/api/v1/users/administrator", json={"role": "head"})).status_code == 400
        assert (await client.patch("/api/v1/users/head", json={"role": "boss"})).status_code == 400
        assert (await client.patch("/api/v1/users/head", json={"rle": "head"})).status_code == 422
        assert (await client.get("/api/v1/users/head/sessions")).json() == []


async def test_a_role_counts_at_once_and_a_locked_user_is_out(site):
    async with site.client("employee") as client, site.client("administrator") as administrator:
        assert (await client.get("/api/v1/audit")).status_code == 403
        await administrator.patch("/api/v1/users/employee", json={"role": "auditor"})
        assert (await client.get("/api/v1/audit")).status_code == 200
        await administrator.patch("/api/v1/users/employee", json={"disabled": True})
        assert (await client.get("/api/v1/audit")).status_code == 401


async def test_nobody_gives_or_takes_over_more_than_he_may(site):
    site.configure('[[role]]\nname = "personnel"\npermissions = ["users", "calls.own"]\n')
    site.store.add_user("paul", role="personnel")
    async with site.client("paul") as client:
        assert (
            await client.post("/api/v1/users", json={"name": "x", "role": "administrator"})
        ).status_code == 400
        assert (await client.post("/api/v1/users/administrator/link")).status_code == 400
        assert (await client.patch("/api/v1/users/head", json={"disabled": True})).status_code == 400
        assert (
            await client.post("/api/v1/users", json={"name": "x", "role": "personnel"})
        ).status_code == 201


async def test_the_audit_log_is_shown_by_page_and_filter(site):
    async with site.client("auditor") as client:
        for _ in range(51):
            assert (await client.get("/audit")).status_code == 200
        shown = await client.get(
            "/audit", params={"action": "audit.view", "user": "auditor", "since": "2026-03-02T00:00"}
        )
        assert "before=" in shown.text
        assert (
            await client.get("/audit", params={"since": "0001-01-01T00:00", "until": "x", "action": "\0"})
        ).status_code == 200
        lines, cursor = [], None
        while True:
            params = {"limit": 20, **({"cursor": cursor} if cursor else {})}
            answer = (await client.get("/api/v1/audit", params=params)).json()
            lines += answer["lines"]
            cursor = answer["next"]
            if cursor is None:
                break
        assert len({line["id"] for line in lines}) == len(lines) > 50
        assert (await client.get("/api/v1/audit", params={"since": "2026-01-01T00:00:00"})).status_code == 400
        assert (await client.get("/api/v1/audit", params={"action": "\0"})).status_code == 400
    assert site.store.verify_audit().broken_at is None


@pytest.mark.parametrize("path", ["/account", "/users", "/users/1", "/audit", "/account/second-factor"])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_pages_hold_nothing_inline(site, path, language):
    async with site.client("administrator", headers={"Accept-Language": language}) as client:
        text = (await client.get(path)).text
    assert f'<html lang="{language}"' in text
    assert "<style" not in text
    assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=", text)
