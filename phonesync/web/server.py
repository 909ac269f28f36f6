"""The server beside the agent: uvicorn's protocol in the running loop, over a socket of ours.

Not :class:`uvicorn.Server`: that one takes the signals, which belong to the agent, ends the process where a
port is in use, and gives a TLS handshake a minute.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvicorn
from uvicorn.server import ServerState

from phonesync.errors import ConfigError
from phonesync.web.protocol import Bounds, Hall, LenientProtocol, factory
from phonesync.web.refusals import Refusals

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from phonesync.clock import Clock
    from phonesync.config import Config, WebConfig

_log = structlog.get_logger(__name__)

BACKLOG = 512
HANDSHAKE_S = 10.0
"""A TLS handshake may take so long."""

FAREWELL_S = 1.0
"""Answers under way may take so long once the server ends."""


@asynccontextmanager
async def serving(
    config: Config,
    app: ASGIApp,
    *,
    clock: Clock,
    refusals: Refusals | None = None,
    bounds: Bounds | None = None,
) -> AsyncIterator[tuple[str, int] | None]:
    """Serves an application where ``[web] listen`` says, as long as the block lasts.

    Args:
        config: The configuration; without ``listen`` nothing is served.
        app: An ASGI application.
        clock: Where time comes from.
        refusals: Tells of what was refused; one of its own by default.
        bounds: What connections may take.

    Yields:
        The address and port listened at, or None.

    Raises:
        ConfigError: It cannot be listened there, or the certificate cannot be used.
    """
    web = config.web
    if web.listen is None:
        yield None
        return
    context = tls_context(web, base=config.base)
    hall = Hall(
        bounds=bounds or Bounds(),
        refusals=refusals or Refusals(clock.monotonic),
        is_proxy=trusted(web.trusted_proxies),
    )
    settings, state = _settings(app, web), ServerState()
    bound = listening_socket(web.listen)
    server = await asyncio.get_running_loop().create_server(
        factory(settings, state, hall),
        sock=bound,
        ssl=context,
        backlog=BACKLOG,
        ssl_handshake_timeout=None if context is None else HANDSHAKE_S,
    )
    dating = asyncio.create_task(_date(state))
    place: tuple[str, int] = bound.getsockname()[:2]
    _log.info("web server started", listen=web.listen, tls=context is not None)
    try:
        yield place
    finally:
        server.close()
        await _farewell(state)
        dating.cancel()


def _settings(app: ASGIApp, web: WebConfig) -> uvicorn.Config:
    settings = uvicorn.Config(
        app,
        http=LenientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
        server_header=False,
    )
    settings.load()
    return settings


async def _date(state: ServerState) -> None:
    """Keeps the header ``Date`` right to the second."""
    while True:
        state.default_headers = [(b"date", formatdate(usegmt=True).encode("ascii"))]
        await asyncio.sleep(1.0)


async def _farewell(state: ServerState) -> None:
    """Lets answers under way end, for a moment; then every connection is cut."""
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        await asyncio.wait(state.tasks, timeout=FAREWELL_S)
    for task in list(state.tasks):
        task.cancel()
    for connection in list(state.connections):
        connection.transport.abort()


def listening_socket(listen: str) -> socket.socket:
    """A bound socket for a checked ``HOST:PORT``.

    Raises:
        ConfigError: It cannot be had.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, int(port)))
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"[web] listen: {listen} cannot be listened at: {(error.strerror or str(error)).lower()}.",
            hint="Name another address or port, or end what listens there.",
        ) from error
    bound.settimeout(0)
    return bound


def tls_context(web: WebConfig, *, base: Path) -> ssl.SSLContext | None:
    """The TLS settings of the configured pair, or None for plain HTTP.

    Raises:
        ConfigError: A file cannot be read, or the two do not belong together.
    """
    if web.certificate is None or web.private_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if web.tls_legacy:
        # Before the chain is loaded: a short key is refused at a higher security level.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    for key, name in (("certificate", web.certificate), ("private_key", web.private_key)):
        _check_file(key, base / name)
    try:
        context.load_cert_chain(base / web.certificate, base / web.private_key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        pair = f"{web.certificate} and {web.private_key}"
        raise ConfigError(
            f"[web] certificate: {pair} are no usable pair: {_reason(error)}.",
            hint="Both are PEM: the chain, the server's own certificate first; its key without password.",
        ) from error
    return context


def _no_password() -> str:
    """A key with a password is refused; without this, OpenSSL would ask for it on the terminal."""
    raise ValueError("the key has a password")


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error).replace("_", " ").lower()


def _check_file(key: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigError(
            f"[web] {key}: {path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error


def trusted(networks: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address is one of the trusted proxies."""
    known = [ipaddress.ip_network(item) for item in networks]

    def is_trusted(address: str) -> bool:
        return bool(known) and any(ipaddress.ip_address(address) in network for network in known)

    return is_trusted
