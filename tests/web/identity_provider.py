"""A small identity provider over HTTP: code flow with PKCE, tokens signed by a key of its own."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

Text = Annotated[str, Form()]
CLIENT, SECRET = "phonesync", "of the provider"


@dataclass
class IdentityProvider:
    """What it says of whoever asks, and how it can be wrong.

    Attributes:
        claims: Of the one user it knows.
        wrong: Claims of the token that are not as they should be.
        key: What it signs with.
        issuer: Its address, once it is served.
        clock: Where time comes from.
    """

    clock: Any
    claims: dict[str, Any] = field(
        default_factory=lambda: {"sub": "7", "preferred_username": "gleb", "name": "Gleb"}
    )
    wrong: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    signs_with: RSAKey | None = None
    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def about() -> dict[str, str]:
            places = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "jwks_uri": "keys",
            }
            return {"issuer": self.issuer} | {
                name: f"{self.issuer}/{place}" for name, place in places.items()
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/authorize")
        def authorize(request: Request) -> RedirectResponse:
            asked = dict(request.query_params)
            assert asked["client_id"] == CLIENT
            assert asked["code_challenge_method"] == "S256"
            assert "openid" in asked["scope"].split()
            code = f"code-{len(self.codes)}"
            self.codes[code] = asked
            query = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{query}", status_code=302)

        @app.post("/token")
        def token(request: Request, code: Text, code_verifier: Text, redirect_uri: Text) -> JSONResponse:
            known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            asked = self.codes.pop(code, None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=")
            if (
                asked is None
                or request.headers.get("authorization") != f"Basic {known}"
                or asked["redirect_uri"] != redirect_uri
                or asked["code_challenge"].encode() != challenge
            ):
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            now = int(self.clock.now().timestamp())
            claims = {
                "iss": self.issuer,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
                **self.claims,
                **self.wrong,
            }
            key = self.signs_with or self.key
            signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
            return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})

        return app
