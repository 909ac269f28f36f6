"""The floor: the same requests and sign-in arithmetic on bare asyncio and httptools, and nothing besides.

It keeps no proof, repeats nothing, bounds nothing, explains nothing. It parses each list with one call and
puts the rows into the product's own table of entries, with its indexes, with one executemany a read; where
the bytes are those of the last read it parses nothing and only notes the time.

``python -m bench.floor KIND SCHEME PORT PHONES PLACES STORE``: each word on its input reads every phone once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import sqlite3
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httptools
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from bench.addresses import PASSWORD, USER, address_of
from bench.children import asked, say
from bench.figures import measured
from phonesync.clock import SystemClock
from phonesync.store.repository import open_store

_PLAIN = "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: phonesync\r\n"
_SEEN = "UPDATE reads SET at = ? WHERE phone = ?"
_SHOWN = (
    *("incarnation_id", "id", "key", "list_code", "account", "remote_number", "remote_host", "remote_name"),
    *("shown_at", "started_at", "duration_s", "count", "first_seen_at"),
)
_ALIKE = (
    *("occurrence", "variant", "zone", "resolution_s", "clock_offset_s", "complete", "uncertain"),
    *("last_seen_at", "on_phone"),
)
_INSERT = (
    f"INSERT INTO entries ({', '.join((*_SHOWN, *_ALIKE))}) "  # noqa: S608  columns named above
    f"VALUES ({', '.join('?' * len(_SHOWN))}, 1, 'v86-json', 'UTC', 1, NULL, 1, 0, NULL, 1) "
    "ON CONFLICT (incarnation_id, id) DO NOTHING"
)


Shown = list[tuple[str, ...]]
"""Rows as a list shows them: code, time, and the fields."""


class Line(asyncio.Protocol):
    """One connection, and the answer in hand."""

    def __init__(self) -> None:
        self.ended = False
        self.status = 0
        self.cookie = ""
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """It is gone."""
        self.ended = True

    def data_received(self, data: bytes) -> None:
        """Hands the bytes to the parser, which calls the methods below."""
        self._parser.feed_data(data)

    async def exchange(self, request: bytes) -> None:
        """Sends a request and waits for its whole answer."""
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._done

    # httptools calls these.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Notes the one header that matters."""
        if name.lower() == b"set-cookie":
            self.cookie = value.split(b";", 1)[0].decode()

    def on_body(self, piece: bytes) -> None:
        """Collects the body."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.status = self._parser.get_status_code()
        self.ended = not self._parser.should_keep_alive()
        self.body = b"".join(self._pieces)
        self._done.set_result(None)


@dataclass(slots=True, kw_only=True)
class Desk:
    """One phone, and what the floor remembers of it."""

    index: int
    host: str
    digest: bytes = b""
    cookie: str = ""
    line: Line | None = field(default=None, repr=False)


class Floor:
    """Reads phones."""

    def __init__(self, *, scheme: str, port: int, store: sqlite3.Connection) -> None:
        self._origin = f"{scheme}://{{}}:{port}"
        self._port = port
        self._store = store
        self._tls: ssl.SSLContext | None = None
        if scheme == "https":
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    async def send(
        self, desk: Desk, path: str, body: str | None = None, *, kind: str = "", headers: str = _PLAIN
    ) -> bytes:
        """Sends one request over the connection there is, or a new one; the body of its answer."""
        if desk.line is None or desk.line.ended:
            loop = asyncio.get_running_loop()
            _, desk.line = await loop.create_connection(Line, desk.host, self._port, ssl=self._tls)
        line = desk.line
        length = "" if body is None else f"{kind}Content-Length: {len(body)}\r\n"
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: {desk.host}:{self._port}\r\n{headers}{length}\r\n"
        await line.exchange((head + (body or "")).encode())
        if line.ended:
            line.transport.close()
        return line.body

    def close(self, desk: Desk) -> None:
        """Closes the connection."""
        if desk.line is not None:
            desk.line.transport.close()
            desk.line = None

    def store(self, desk: Desk, content: bytes, parse: Callable[[bytes], Shown]) -> int:
        """Stores a list, or only the time of the read where its bytes are those of the last one."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        with self._store:
            if digest == desk.digest:
                self._store.executemany(_SEEN, [(now, desk.index)])
                return 0
            desk.digest = digest
            rows = [row_of(desk.index, now, *row) for row in parse(content)]
            new = self._store.executemany(_INSERT, rows).rowcount
            self._store.executemany(_SEEN, [(now, desk.index)])
        return new

    async def read_json(self, desk: Desk) -> int:
        """One read of a phone of the JSON generation; rows that were new."""
        origin = self._origin.format(desk.host)
        if not desk.digest:
            await self.send(desk, "/")
            await self.send(desk, _path("/api/common/info?p=Login"), _ASK_KEY, kind=_IS_JSON)
            await self.send(desk, _path("/api/common/info?p=StatusGeneral"), _ASK_ALL, kind=_IS_JSON)
        like = f"{_BROWSER}Origin: {origin}\r\nReferer: {origin}/\r\nAccept-Encoding: gzip, deflate\r\n"
        offer = _data(
            await self.send(desk, _path("/api/common/info?p=Login"), _ASK_KEY, kind=_IS_JSON, headers=like)
        )
        pwd = "__WUI_ENC__:" + sealed(offer["wui.common.rsaN"], offer["wui.common.rsaE"])
        form = urlencode([("username", USER), ("pwd", pwd)])
        await self.send(desk, _path("/api/auth/login?p=Login"), form, kind=_IS_FORM, headers=like)
        assert desk.line is not None
        like += f"Cookie: {desk.line.cookie}\r\n"
        shown = _data(
            await self.send(desk, _path("/api/common/info?p=Login"), _ASK_ALL, kind=_IS_JSON, headers=like)
        )
        like += f"X-CSRFToken: {shown['wui.common.token']}\r\n"
        await self.send(
            desk, _path("/api/common/info?p=ContactsCalllog"), _ASK_ALL, kind=_IS_JSON, headers=like
        )
        content = await self.send(desk, _path("/api/contacts/calllog?type=0&p=ContactsCalllog"), headers=like)
        clock = _data(await self.send(desk, _path("/api/time/localtime?p=StatusGeneral"), headers=like))
        assert clock
        new = self.store(desk, content, rows_of_json)
        await self.send(desk, "/api/auth/logout", "", headers=like)
        self.close(desk)
        return new

    async def read_servlet(self, desk: Desk) -> int:
        """One read of a phone of the servlet generation, its session kept; rows that were new."""
        if not desk.digest:
            await self.send(desk, "/")
            await self.send(desk, _FORM)
            page = await self.send(desk, _FORM)
            assert desk.line is not None
            cookie = f"Cookie: {desk.line.cookie}\r\n"
            modulus, exponent = (_between(page, mark + b' = "', b'"') for mark in (b"g_rsa_n", b"g_rsa_e"))
            form = urlencode([("username", USER), ("pwd", sealed(modulus, exponent))])
            path = f"/servlet?m=mod_listener&p=login&q=login&Rajax=0.{secrets.randbelow(10**16)}"
            await self.send(desk, path, form, kind=_IS_FORM, headers=cookie + _PLAIN)
            desk.cookie = cookie
        headers = desk.cookie + _PLAIN
        content = await self.send(desk, "/servlet?m=mod_data&p=contacts-callinfo&q=load", headers=headers)
        page = await self.send(desk, "/servlet?m=mod_data&p=status&q=load", headers=headers)
        assert _between(page, b'g_localtime = "', b'"')
        new = self.store(desk, content, rows_of_servlet)
        self.close(desk)
        return new


_ASK_KEY = '{"idlist":["wui.common.rsaN","wui.common.rsaE"]}'
_ASK_ALL = '{"idlist":["wui"]}'
_IS_JSON = "Content-Type: application/json;charset=UTF-8\r\n"
_IS_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_BROWSER = (
    "Accept: application/json, text/plain, */*\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Connection: close\r\n"
)
_FORM = "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"
_FIELDS = ("remote_name", "remote_server", "local_name", "remote_display", "duration", "number_of_times")


def sealed(modulus: str, exponent: str) -> str:
    """The password under the phone's RSA key."""
    key = RSAPublicNumbers(e=int(exponent, 16), n=int(modulus, 16)).public_key()
    return key.encrypt(PASSWORD.encode(), padding.PKCS1v15()).hex()


def row_of(phone: int, now: str, code: object, at: str, *shown: str) -> tuple[object, ...]:
    """A row for the product's table of entries; its id is a hash of what tells it from others."""
    number, host, account, name, duration, count = shown
    key = hashlib.blake2b(f"{phone}|{code}|{account}|{number}|{at}".encode(), digest_size=16).hexdigest()
    return (phone, key, key, code, account, number, host, name, at, at, duration, count, now)


def rows_of_json(content: bytes) -> Shown:
    """The rows of a list, as they stand."""
    return [
        (record["type"], record["datetime"], *(record[name] for name in _FIELDS))
        for record in json.loads(content)["data"]["calls"]
    ]


def rows_of_servlet(content: bytes) -> Shown:
    """The rows of a page, as they stand."""
    literal = content[content.index(b"ParseJSON(") + len(b"ParseJSON(") : content.rindex(b");")]
    return [
        (code, record["born_tick_datetime"], *(record[name] for name in _FIELDS))
        for code, listed in json.loads(json.loads(literal)).items()
        for record in listed.values()
    ]


def _path(path: str) -> str:
    return f"{path}&t={time.time() * 1000:.0f}"


def _data(body: bytes) -> dict[str, str]:
    data: dict[str, str] = json.loads(body)["data"]
    return data


def _between(content: bytes, start: bytes, end: bytes) -> str:
    return content.partition(start)[2].partition(end)[0].decode()


async def main(kind: str, scheme: str, port: int, phones: int, places: int, store: str) -> None:
    """Reads all phones at each word, and reports."""
    open_store(f"sqlite:///{store}", clock=SystemClock(), base=Path()).close()
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE reads (phone INTEGER PRIMARY KEY, at TEXT)")
        database.executemany("INSERT INTO reads VALUES (?, NULL)", [(phone,) for phone in range(phones)])
        database.commit()
        floor = Floor(scheme=scheme, port=port, store=database)
        read = {"json": floor.read_json, "servlet": floor.read_servlet}[kind]
        desks = [Desk(index=index, host=address_of(index)) for index in range(phones)]
        say({"ready": phones})
        while asked():
            made = await measured(lambda: read_all(desks, read, places=places), reads=phones)
            say(made.as_json())


async def read_all(desks: list[Desk], read: Callable[[Desk], Awaitable[int]], *, places: int) -> int:
    """Reads each phone once; rows that were new."""
    waiting = iter(desks)
    new = 0

    async def work() -> None:
        nonlocal new
        for desk in waiting:
            found = await read(desk)
            new += found

    await asyncio.gather(*(work() for _ in range(places)))
    return new


if __name__ == "__main__":
    _, *words = sys.argv
    asyncio.run(main(words[0], words[1], int(words[2]), int(words[3]), int(words[4]), words[5]))
