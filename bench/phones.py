"""Cheap phones in a process of their own: prerendered lists, and sign-ins that are really checked.

``python -m bench.phones KIND COUNT ROWS`` listens on one port of all loopback addresses, each of which is one
phone, and writes the port as JSON. Each further line on its input is answered with what was counted since the
last one; the end of its input ends it. Linux only: elsewhere 127.0.0.0/8 is not all loopback.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import count
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bench import lists
from bench.addresses import PASSWORD, USER, ZONE, index_of, mac_of
from bench.children import asked, say
from phonesync.farm.certificates import self_signed, server_context

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  what the phones have
_MODULUS = f"{_KEY.public_key().public_numbers().n:0256X}"
_SEALED = "__WUI_ENC__:"
_BACKLOG = 4096
_JSON, _HTML = b"application/json; charset=UTF-8", b"text/html; charset=UTF-8"
_DENIED = b'{"ret":"failed","data":false,"error":{"msg":"auth_err_not_login"}}'
_REASONS = {200: b"OK", 302: b"Found", 404: b"Not Found"}
_FORM = "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"
_serial = count(1)

COUNTED: Counter[str] = Counter()
"""Requests, connections, sign-ins, refusals, and bytes in both directions."""


def respond(body: bytes, *headers: bytes, status: int = 200, kind: bytes = _JSON) -> tuple[bytes, bytes]:
    """Head without its end, and body."""
    lines = (
        b"HTTP/1.1 %d %b" % (status, _REASONS[status]),
        b"Content-Type: %b" % kind,
        b"Content-Length: %d" % len(body),
        *headers,
        b"",
    )
    return b"\r\n".join(lines), body


def open_sealed(text: str) -> str:
    """The text behind hex of RSA PKCS#1 v1.5; "" where it is none."""
    try:
        return _KEY.decrypt(bytes.fromhex(text), padding.PKCS1v15()).decode()
    except ValueError:
        return ""


class Phone(ABC):
    """What all cheap phones have: lists, one session, a clock."""

    def __init__(self, index: int, content: bytes) -> None:
        self.mac = mac_of(index)
        self.content = content
        self.cookie = b""
        self.token = ""

    @abstractmethod
    def answer(self, target: str, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """The answer to one request."""

    def open_session(self) -> bytes:
        """Opens a session; the header that says so."""
        COUNTED["sign-ins"] += 1
        serial = next(_serial)
        self.cookie = b"JSESSIONID=%024x" % serial
        self.token = f"{serial:016x}"
        return b"Set-Cookie: %b; Path=/; HttpOnly" % self.cookie

    def is_signed_in(self, head: bytes) -> bool:
        """The request carries the session's cookie."""
        return bool(self.cookie) and self.cookie in head


class JsonPhone(Phone):
    """The JSON generation: RSA password, cookie and token, one session, sign-out."""

    def answer(  # noqa: PLR0911  one return a page
        self, target: str, head: bytes, body: bytes
    ) -> tuple[bytes, bytes]:
        """The answer to one request."""
        path = target.partition("?")[0]
        if path == "/":
            return respond(b"<!DOCTYPE html><html><body><div></div></body></html>", kind=_HTML)
        if path == "/api/common/info":
            return self._info(head, body)
        if path == "/api/auth/login":
            return self._sign_in(body)
        if not self.is_signed_in(head) or self.token.encode() not in head:
            COUNTED["refusals"] += 1
            return respond(_DENIED)
        if path == "/api/contacts/calllog":
            COUNTED["lists"] += 1
            return respond(self.content)
        if path == "/api/time/localtime":
            return respond(b'{"ret":"ok","data":"%b"}' % _wall())
        self.cookie = b""
        return respond(b'{"ret":"ok","data":true}')

    def _info(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        if b"rsaN" in body:
            found = {"wui.common.rsaN": _MODULUS, "wui.common.rsaE": "10001"}
        else:
            found = {
                "wui.device.phoneName": "SIP-T46U",
                "wui.device.firmware": "108.86.0.40",
                "wui.device.mac": self.mac,
            }
        if self.is_signed_in(head):
            found["wui.common.token"] = self.token
        return respond(json.dumps({"ret": "ok", "data": found}).encode())

    def _sign_in(self, body: bytes) -> tuple[bytes, bytes]:
        fields = dict(parse_qsl(body.decode()))
        sealed = fields.get("pwd", "").removeprefix(_SEALED)
        if self.cookie or (fields.get("username"), open_sealed(sealed)) != (USER, PASSWORD):
            COUNTED["refusals"] += 1
            return respond(_DENIED)
        return respond(b'{"ret":"ok","data":true}', self.open_session(), kind=_HTML)


class ServletPhone(Phone):
    """The servlet generation with RSA alone: a form, a cookie, no sign-out."""

    def answer(self, target: str, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """The answer to one request."""
        if target == "/":
            return respond(b"", b"Location: " + _FORM.encode(), status=302, kind=_HTML)
        if "q=loginForm" in target:
            return self._form()
        if "q=login" in target:
            return self._sign_in(head, body)
        if not self.is_signed_in(head) or not self.token:
            COUNTED["refusals"] += 1
            return respond(b"", b"Location: " + _FORM.encode(), status=302, kind=_HTML)
        if "contacts-callinfo" in target:
            COUNTED["lists"] += 1
            return respond(self.content, kind=_HTML)
        script = b'<html><head><script>var g_localtime = "%b";</script></head></html>' % _wall()
        return respond(script, kind=_HTML)

    def _form(self) -> tuple[bytes, bytes]:
        self.cookie = b"JSESSIONID=%024x" % next(_serial)
        page = (
            '<html><head><script>\r\nvar g_phonetype = "SIP-T46U";\r\nvar g_strFirmware = "108.86.0.40";\r\n'
            f'var g_rsa_n = "{_MODULUS}";\r\nvar g_rsa_e = "010001";\r\n</script></head><body><form>'
            '<input type="text" name="username"><input type="password" name="pwd"></form></body></html>\r\n'
        )
        return respond(page.encode(), b"Set-Cookie: %b; path=/" % self.cookie, kind=_HTML)

    def _sign_in(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        fields = dict(parse_qsl(body.decode()))
        right = (fields.get("username"), open_sealed(fields.get("pwd", ""))) == (USER, PASSWORD)
        if not right or not self.is_signed_in(head):
            COUNTED["refusals"] += 1
            status = "none"
        else:
            self.token, status = "signed in", "done"
            COUNTED["sign-ins"] += 1
        page = f'<html><body><div id="_RES_INFO_">{{"authstatus":"{status}"}}</div></body></html>'
        return respond(page.encode(), kind=_HTML)


class OpenPhone(Phone):
    """Shows a small page and its lists to anybody: for what the exchange alone costs."""

    def answer(self, target: str, head: bytes, body: bytes) -> tuple[bytes, bytes]:  # noqa: ARG002  the interface
        """The answer to one request."""
        if target == "/":
            return respond(b"<!DOCTYPE html><html><body><div></div></body></html>", kind=_HTML)
        return respond(self.content)


KINDS: dict[str, tuple[type[Phone], Callable[..., bytes]]] = {
    "json": (JsonPhone, lists.as_json),
    "servlet": (ServletPhone, lists.as_servlet),
    "open": (OpenPhone, lists.as_json),
}


class Conversation(asyncio.Protocol):
    """One connection to one phone."""

    def __init__(self, phones: list[Phone]) -> None:
        self._phones = phones
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Finds the phone by the address that was called."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._phone = self._phones[index_of(transport.get_extra_info("sockname")[0])]
        COUNTED["connections"] += 1

    def data_received(self, data: bytes) -> None:
        """Answers each whole request."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            length = _length(head)
            if not end or len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        target = head.split(b" ", 2)[1].decode("ascii")
        lines, content = self._phone.answer(target, head, body)
        closes = b"\r\nconnection: close" in head.lower()
        COUNTED["requests"] += 1
        COUNTED["bytes in"] += len(head) + 4 + len(body)
        COUNTED["bytes out"] += len(lines) + 2 + len(content)
        self._transport.write(b"".join((lines, b"Connection: close\r\n\r\n" if closes else b"\r\n", content)))
        if closes:
            self._transport.close()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def _wall() -> bytes:
    return f"{datetime.now(ZONE):%Y.%m.%d_%H.%M.%S}".encode()


def make(kind: str, number: int, rows: int) -> list[Phone]:
    """The phones, their lists rendered."""
    now = datetime.now(ZONE).replace(tzinfo=None)
    phone, render = KINDS[kind]
    return [
        phone(index, render(lists.calls(index, rows=rows, kind=kind, now=now), account=f"{100 + index}"))
        for index in range(number)
    ]


def listen() -> socket.socket:
    """A socket on one free port of every loopback address, and of no other interface."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listening.bind(("0.0.0.0", 0))  # noqa: S104  bound to the loopback interface a line above
    listening.listen(_BACKLOG)
    return listening


def contexts(host: str) -> ssl.SSLContext:
    """TLS with a certificate made for this run."""
    return server_context(self_signed(host))


async def serve(kind: str, number: int, rows: int) -> None:
    """Serves plain and TLS until the input ends."""
    phones = make(kind, number, rows)
    loop = asyncio.get_running_loop()
    plain, sealed = listen(), listen()
    servers = [
        await loop.create_server(lambda: Conversation(phones), sock=plain, backlog=_BACKLOG),
        await loop.create_server(
            lambda: Conversation(phones), sock=sealed, backlog=_BACKLOG, ssl=contexts("127.0.0.1")
        ),
    ]
    say({"http": plain.getsockname()[1], "https": sealed.getsockname()[1]})
    while await loop.run_in_executor(None, asked):
        say(dict(COUNTED))
        COUNTED.clear()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
