"""Signing in by an identity provider that answers over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.web.conftest import server_of
from tests.web.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.web.people import HOST

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(site, **more):
    """An identity provider that the site knows."""
    provider = IdentityProvider(clock=site.clock)
    async with server_of(provider.app()) as port:
        provider.issuer = f"http://127.0.0.1:{port}"
        secret = site.folder / "oidc.secret"
        secret.write_text(SECRET, encoding="utf-8")
        keys = {"issuer": provider.issuer, "client_id": CLIENT, "name": "Office account", **more}
        lines = "".join(
            f"{name} = {value if value[0] == '{' else repr(value)}\n" for name, value in keys.items()
        )
        site.configure(f'[oidc]\n{lines}client_secret = {{ file = "oidc.secret" }}\n')
        yield provider


async def there(client, **query):
    """Leads to the provider, and back with what it brings."""
    gone = await client.get("/sign-in/provider", params=query)
    assert gone.status_code == 303, gone.text
    async with httpx.AsyncClient(trust_env=False) as browser:
        back = await browser.get(gone.headers["location"])
    assert back.headers["location"].startswith(f"http://{HOST}/sign-in/provider/back?")
    return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}


async def through(client, **query):
    return await client.get("/sign-in/provider/back", params=await there(client, **query))


async def test_somebody_new_is_taken_in_with_the_role_of_the_configuration(site):
    async with opened(site, role="employee", owner_claim="name") as provider, site.client() as client:
        provider.claims["name"] = "Owner 103"
        assert "Sign in with Office account" in (await client.get("/sign-in")).text
        answer = await through(client, next="/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert (await client.get("/api/v1/me")).json()["owner"] == "Owner 103"
    async with site.client() as client:
        pass
    user = site.store.user("gleb")
    assert (user.role, user.owner, user.password) == ("employee", "Owner 103", None)
    assert ("gleb", "sign-in", None) in site.acts()


async def test_roles_of_the_provider_count_at_every_sign_in(site):
    roles = {"roles_claim": "groups", "roles": '{ "phone-admins" = "administrator", "staff" = "head" }'}
    async with opened(site, **roles) as provider:
        provider.claims["groups"] = ["staff", "other"]
        async with site.client() as client:
            await through(client)
        assert site.store.user("gleb").role == "head"
        provider.claims["groups"] = ["staff", "phone-admins"]
        async with site.client() as client:
            await through(client)
        assert site.store.user("gleb").role == "administrator"


async def test_whoever_belongs_to_nobody_here_is_refused(site):
    async with opened(site) as provider, site.client() as client:
        answer = await through(client)
        assert answer.status_code == 403
        assert "Nobody here belongs" in answer.text
        provider.claims["preferred_username"] = ["gleb"]
        assert (await through(client)).status_code == 403
        assert site.store.user("gleb") is None


async def test_a_name_alone_takes_nobody_over(site):
    site.store.add_user("free", role="employee")
    site.store.add_user("root", role="administrator")
    async with opened(site, role="employee") as provider:
        for name, subject, status in (
            ("employee", "1", 403),  # has a password
            ("root", "2", 403),  # is an administrator
            ("free", "3", 303),
            ("free", "4", 403),  # belongs to another account already
            ("renamed", "3", 303),  # the account counts, not its name
        ):
            provider.claims |= {"sub": subject, "preferred_username": name}
            async with site.client() as client:
                assert (await through(client)).status_code == status, name
    assert site.store.user("renamed") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"azp": "somebody else"},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_does_not_hold_opens_nothing(site, wrong):
    async with opened(site, role="employee") as provider, site.client() as client:
        provider.wrong = wrong
        answer = await through(client)
        assert answer.status_code == 502
        assert "phonesync" not in client.cookies
    assert site.store.user("gleb") is None


async def test_a_token_of_another_key_opens_nothing_and_a_new_key_is_learned(site):
    async with opened(site, role="employee") as provider:
        other = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        provider.signs_with = other
        async with site.client() as client:
            assert (await through(client)).status_code == 502
        provider.key = other
        async with site.client() as client:
            assert (await through(client)).status_code == 303


async def test_only_the_browser_that_began_can_end_a_sign_in_and_once(site):
    async with opened(site, role="employee"), site.client() as client, site.client() as other:
        brought = await there(client)
        assert (await other.get("/sign-in/provider/back", params=brought)).status_code == 502
        brought = await there(client)
        assert (await client.get("/sign-in/provider/back", params=brought)).status_code == 303
        assert (await client.get("/sign-in/provider/back", params=brought)).status_code == 502
        rubbish = {"state": "Ё\0", "code": "\ufffd"}
        assert (await client.get("/sign-in/provider/back", params=rubbish)).status_code == 502
        assert (await client.get("/sign-in/provider/back")).status_code == 502


async def test_a_provider_that_is_away_or_not_configured_is_told(site):
    async with site.client() as client:
        assert (await client.get("/sign-in/provider")).status_code == 404
        async with opened(site):
            pass
        answer = await client.get("/sign-in/provider")
        assert answer.status_code == 502
        assert "could not be asked" in answer.text
