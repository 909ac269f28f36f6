"""Signing in by an identity provider: OpenID Connect, authorization code with PKCE and nonce.

OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE); RFC 9700 (state and nonce belong to the browser that began).
"""

from __future__ import annotations

import hmac
import secrets
import threading
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from phonesync.config import resolve_provider_secret
from phonesync.errors import SourceError

with warnings.catch_warnings(record=True):
    # Authlib warns of every use of httpx, which all of phonesync stands on, and no filter stops it.
    from authlib.integrations.base_client.errors import OAuthError
    from authlib.integrations.httpx_client import OAuth2Client

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.config.access import OidcConfig

PATIENCE_S = 10.0
"""The provider may take so long over one answer."""

BEGUN_S = 600.0
"""So long somebody may take at the provider."""

MOST_BEGUN = 1000
"""Sign-ins under way; the oldest makes room."""

KNOWN_S = 3600.0
"""So long what the provider says of itself is believed."""

LEEWAY_S = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key of the provider; never "none", and none by a shared secret."""

_FEW = "The identity provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in under way.

    Attributes:
        verifier: Of PKCE.
        nonce: Must stand in the token.
        to: Where the user wanted to go.
        back: Where the provider leads back to.
        at: When it began, seconds of the clock.
    """

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    to: str
    back: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What a provider says of itself."""

    issuer: str
    at: float
    authorize: str
    token: str
    keys: KeySet


class Provider:
    """Speaks to the identity provider.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._about: _About | None = None
        self._lock = threading.Lock()

    def begin(self, config: Config, *, to: str, back: str) -> tuple[str, str]:
        """Begins a sign-in.

        Args:
            config: Knows the provider.
            to: Where the user wants to go.
            back: Where the provider is to lead back to.

        Returns:
            Where to lead the browser, and the state that it must bring back in a cookie.

        Raises:
            SourceError: The provider cannot be asked.
        """
        about = self._known(_oidc(config))
        begun = Begun(
            verifier=secrets.token_urlsafe(48),
            nonce=secrets.token_urlsafe(32),
            to=to,
            back=back,
            at=self._clock.monotonic(),
        )
        state = secrets.token_urlsafe(32)
        with self._lock:
            self._begun[state] = begun
            if len(self._begun) > MOST_BEGUN:
                self._begun.popitem(last=False)
        with _client(config, back=back) as client:
            url, _ = client.create_authorization_url(
                about.authorize, state=state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return str(url), state

    def end(self, config: Config, *, state: str, cookie: str, code: str) -> tuple[dict[str, Any], str]:
        """Ends a sign-in.

        Args:
            config: Knows the provider.
            state: As the provider brought it back.
            cookie: As the browser brought it back: both must be the same.
            code: Of the provider.

        Returns:
            What the provider says of the user, and where the user wanted to go.

        Raises:
            SourceError: It did not begin here, or the provider does not confirm it.
        """
        with self._lock:
            begun = self._begun.pop(state, None)
        is_ours = hmac.compare_digest(state.encode("utf-8", "replace"), cookie.encode("utf-8", "replace"))
        if begun is None or not is_ours or self._clock.monotonic() - begun.at > BEGUN_S:
            raise SourceError("This sign-in did not begin here, or took too long.", hint="Begin again.")
        oidc = _oidc(config)
        about = self._known(oidc)
        try:
            with _client(config, back=begun.back) as client:
                answer = client.fetch_token(
                    about.token, grant_type="authorization_code", code=code, code_verifier=begun.verifier
                )
        except (OAuthError, httpx.HTTPError, ValueError) as error:
            raise SourceError(f"{_FEW} does not confirm the sign-in ({type(error).__name__}).") from error
        return self._claims(oidc, answer, begun), begun.to

    def _claims(self, oidc: OidcConfig, answer: Mapping[str, Any], begun: Begun) -> dict[str, Any]:
        about = self._known(oidc)
        token = str(answer.get("id_token", ""))
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": about.issuer},
            aud={"essential": True, "value": oidc.client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": begun.nonce},
        )
        try:
            try:
                claims = jwt.decode(token, about.keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):
                # It may have changed its keys since they were fetched.
                self._about = None
                claims = jwt.decode(token, self._known(oidc).keys, algorithms=ALGORITHMS).claims
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise SourceError(f"{_FEW} sent a token that does not hold ({type(error).__name__}).") from error
        if claims.get("azp", oidc.client_id) != oidc.client_id:
            raise SourceError(f"{_FEW} sent a token that is meant for somebody else.")
        return dict(claims)

    def _known(self, oidc: OidcConfig) -> _About:
        now = self._clock.monotonic()
        known = self._about
        if known is None or known.issuer != oidc.issuer or now - known.at > KNOWN_S:
            known = self._about = _asked(oidc, at=now)
        return known


def _asked(oidc: OidcConfig, *, at: float) -> _About:
    try:
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
            said = _json(client, f"{oidc.issuer}/.well-known/openid-configuration")
            if str(said["issuer"]).rstrip("/") != oidc.issuer:
                raise SourceError(f"{_FEW} calls itself otherwise than [oidc] issuer.")
            keys = KeySet.import_key_set(_json(client, str(said["jwks_uri"])))  # type: ignore[arg-type]
        return _About(
            issuer=str(said["issuer"]),
            at=at,
            authorize=str(said["authorization_endpoint"]),
            token=str(said["token_endpoint"]),
            keys=keys,
        )
    except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{_FEW} {oidc.issuer} cannot be asked ({type(error).__name__}).") from error


def _json(client: httpx.Client, url: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(url).raise_for_status().json()
    return found


def _oidc(config: Config) -> OidcConfig:
    oidc = config.access.oidc
    if oidc is None:
        raise SourceError("There is no identity provider.", hint="[oidc] of the configuration names one.")
    return oidc


def _client(config: Config, *, back: str) -> OAuth2Client:
    with warnings.catch_warnings(record=True):
        return OAuth2Client(
            client_id=_oidc(config).client_id,
            client_secret=resolve_provider_secret(config),
            scope="openid profile email",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=PATIENCE_S,
            trust_env=False,
        )
