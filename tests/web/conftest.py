"""A server on a free port of this machine, and a peer that speaks as it likes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import structlog
from starlette.responses import Response

from phonesync.clock import SystemClock
from phonesync.config import WebConfig
from phonesync.web import server as web_server
from phonesync.web.protocol import Bounds
from tests.web import people


@asynccontextmanager
async def server_of(app, *, base=None, bounds=None, host="127.0.0.1", **keys):
    """Serves an application; yields its port."""
    web = WebConfig.model_construct(**{**WebConfig().model_dump(), "listen": f"{host}:0", **keys})
    config = SimpleNamespace(web=web, base=base)
    async with web_server.serving(config, app, clock=SystemClock(), bounds=bounds) as place:
        yield place[1]


async def told(port, *parts, pause=0.0, host="127.0.0.1", ssl=None, source=None, half_close=False):
    """Sends bytes as they are, piece by piece; all that is answered until the peer closes or is silent."""
    reader, writer = await asyncio.open_connection(
        host, port, ssl=ssl, local_addr=None if source is None else (source, 0)
    )
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if half_close:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


class Echo:
    """An application that tells what it was asked, and reads bodies."""

    def __init__(self) -> None:
        self.seen = []

    async def __call__(self, scope, receive, send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.seen.append(
            SimpleNamespace(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"],
                headers=dict(scope["headers"]),
                body=body,
                client=scope["client"][0],
                scheme=scope["scheme"],
            )
        )
        await Response(b"seen " + str(len(self.seen)).encode())(scope, receive, send)


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def lines():
    """What is logged."""
    with structlog.testing.capture_logs() as found:
        yield found


QUICK = Bounds(head_s=0.3, body_s=0.3, answer_s=0.5)
"""Patience of a test."""


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory):
    """The folder of a store with calls and users, which tests copy."""
    folder = tmp_path_factory.mktemp("people")
    people.fill(folder)
    return folder


@pytest.fixture
def site(tmp_path, filled_store):
    """A site over a store with calls, with clients for each role (:mod:`tests.web.people`)."""
    found = people.opened(tmp_path, filled_store)
    yield found
    found.store.close()
