"""``/healthz``: how the agent fares, for a monitor on this machine. It reads nothing but that one page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from phonesync.agent.vitals import Status, Vitals, counts, judge, store_status
from phonesync.errors import ConfigError

PAGE = "/healthz"
WELL = frozenset({Status.OK, Status.DEGRADED})
"""Answered with 200; everything else with 503."""

MOST_BYTES = 8192
"""A longer request is none of a monitor."""

PATIENCE_S = 5.0
MOST_AT_ONCE = 20

SOCKET_MODE = 0o660
"""Who may connect to a unix socket: its user and group."""

Look = Callable[[], Vitals]


def page(vitals: Vitals) -> tuple[HTTPStatus, dict[str, object]]:
    """Status code and object of the answer; the fields stand in docs/reference/fields.md."""
    status, problems = judge(vitals)
    shown: dict[str, object] = {
        "status": status.value,
        "problems": problems,
        "phones": counts(vitals.standings),
        "lateness_s": round(vitals.lateness_s, 3),
        "late": vitals.late,
        "store": store_status(vitals).value,
        "held": vitals.held,
        "set_aside": vitals.set_aside,
        "configuration": "not taken" if vitals.refused_config else "ok",
    }
    return (HTTPStatus.OK if status in WELL else HTTPStatus.SERVICE_UNAVAILABLE), shown


@asynccontextmanager
async def listening(address: str | None, look: Look, *, base: Path) -> AsyncIterator[None]:
    """Answers at an address as long as the block lasts.

    Args:
        address: ``HOST:PORT``, a path with a slash in it, or None for nowhere.
        look: Gives the agent's vitals.
        base: Folder that a relative path is relative to.

    Raises:
        ConfigError: The address cannot be listened at.
    """
    if address is None:
        yield
        return
    desk = _Desk(look)
    path = base / address if "/" in address else None
    try:
        if path is not None:
            server = await asyncio.start_unix_server(desk.serve, path, limit=MOST_BYTES)
            path.chmod(SOCKET_MODE)
        else:
            host, _, port = address.rpartition(":")
            server = await asyncio.start_server(desk.serve, host.strip("[]"), int(port), limit=MOST_BYTES)
    except OSError as error:
        raise ConfigError(
            f"[agent] health: {address} cannot be listened at: {error.strerror or error}.",
            hint="Name another port or path, or end what listens there.",
        ) from error
    try:
        yield
    finally:
        server.close()
        if path is not None:
            with suppress(FileNotFoundError):
                path.unlink()


class _Desk:
    """Serves one request a connection."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST_AT_ONCE:
                async with asyncio.timeout(PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(head))
                    await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            # A monitor that says nothing, too much or goes away is owed no answer.
            writer.transport.abort()
        finally:
            self._open -= 1
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        method, path = (words[0], words[1].partition("?")[0]) if len(words) == 3 else ("", "")  # noqa: PLR2004  method, path, version
        if not method:
            return _response(HTTPStatus.BAD_REQUEST, {"error": "not a request"})
        if path != PAGE:
            return _response(HTTPStatus.NOT_FOUND, {"error": f"only {PAGE} is here"})
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "only GET and HEAD"})
        status, shown = page(self._look())
        return _response(status, shown, body=method == "GET")


def _response(status: HTTPStatus, shown: object, *, body: bool = True) -> bytes:
    content = json.dumps(shown, ensure_ascii=False).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (content if body else b"")
