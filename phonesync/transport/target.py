"""Where a phone is, how far its TLS is trusted, and how much of an answer is read at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import httpx

from phonesync.errors import ConfigError

_PIN = re.compile(r"pin:sha256:((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})", re.IGNORECASE)

_PORTS = {"http": 80, "https": 443}


class TlsMode(StrEnum):
    """How a phone's certificate is judged."""

    TOFU = "tofu"
    """Trusted at first use, pinned from then on."""
    PIN = "pin"
    """Must have the configured SHA-256."""
    VERIFY = "verify"
    """Must be signed by a known authority, for this very name."""
    INSECURE = "insecure"
    """Not judged at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most that one phone may take: of time, in seconds, and of memory, in bytes.

    Attributes:
        connect_s: For the TCP connection, and again for the TLS handshake.
        read_s: Without a single byte arriving.
        request_s: For one request with its whole answer, retry and redirects included.
        total_s: For the whole conversation, from its opening; only the sign-out may come later.
        farewell_s: For the sign-out.
        body_bytes: Of a body, counted after decompression.
        header_bytes: Of an answer's head.
        redirects: Followed for one request.
    """

    connect_s: float = 5.0
    read_s: float = 15.0
    request_s: float = 30.0
    total_s: float = 60.0
    farewell_s: float = 5.0
    body_bytes: int = 4 * 1024 * 1024
    header_bytes: int = 64 * 1024
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One phone as the transport sees it.

    Attributes:
        name: As configured; every error names it.
        url: ``http://`` or ``https://``, host, and a port where it is not the usual one.
        tls: ``tofu``, ``verify``, ``insecure`` or ``pin:sha256:<64 hex digits>``; without effect on http.
        tls_legacy: Also speak TLS 1.0 and old ciphers.

    Raises:
        ConfigError: ``url`` or ``tls`` is none of these.
    """

    name: str
    url: str
    tls: str = TlsMode.TOFU
    tls_legacy: bool = False

    def __post_init__(self) -> None:
        base_url(self)
        if self.mode is TlsMode.PIN and self.pin is None:
            raise ConfigError(
                f"The pin of phone {self.name} is not a SHA-256 fingerprint.",
                hint='Write tls = "pin:sha256:…" with 64 hexadecimal digits.',
            )

    @property
    def mode(self) -> TlsMode:
        """How the certificate is judged.

        Raises:
            ConfigError: ``tls`` is no known word.
        """
        word = self.tls.partition(":")[0]
        if word == TlsMode.PIN or self.tls in set(TlsMode):
            return TlsMode(word)
        raise ConfigError(
            f'tls = "{self.tls}" of phone {self.name} is not known.',
            hint='Use "tofu", "verify", "pin:sha256:…" or "insecure".',
        )

    @property
    def pin(self) -> str | None:
        """The configured SHA-256 as 64 lower-case hex digits, or None where no valid one is configured."""
        match = _PIN.fullmatch(self.tls)
        return match[1].replace(":", "").lower() if match else None


def base_url(target: Target) -> httpx.URL:
    """The phone's address as httpx reads it.

    Raises:
        ConfigError: It is no plain http or https address; the sentence never repeats a password in it.
    """
    hint = 'Write url = "http://192.0.2.11", with https and a port where needed, and nothing behind it.'
    try:
        url = httpx.URL(target.url)
    except httpx.InvalidURL:
        raise ConfigError(f"The url of phone {target.name} cannot be read.", hint=hint) from None
    if url.userinfo:
        raise ConfigError(
            f"The url of phone {target.name} holds a user name or password.",
            hint="Put them into username and password.",
        )
    if url.scheme not in _PORTS or not url.host:
        raise ConfigError(f'The url "{target.url}" of phone {target.name} is no http address.', hint=hint)
    if url.raw_path != b"/" or url.fragment:
        raise ConfigError(f'The url "{target.url}" of phone {target.name} holds a path.', hint=hint)
    return url


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port: what two addresses must share for a redirect to be followed."""
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme, 0)
