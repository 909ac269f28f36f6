"""From a request to what goes over the wire: the emulator's answer, or what a fault makes of it.

Shared by the server with sockets and by the transport without them, so that both show the same faults.
"""

from __future__ import annotations

import functools
import itertools
import random
import ssl
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, Emulator
from phonesync.errors import DriverError
from phonesync.farm.certificates import Certificate, self_signed, server_context
from phonesync.farm.faults import Disturbable, Fault, FaultKind, FaultPlan

_SECRETS = frozenset({"cookie", "authorization", "x-csrftoken"})
_SOMEBODY = "192.0.2.250"
_CHUNK = 64 * 1024
_ROUTER = b"<html><head><title>Router</title></head><body><h1>Welcome to your router</h1></body></html>\n"
_LAUGHS = "".join(f'<!ENTITY l{step} "{f"&l{step - 1};" * 10}">' for step in range(1, 12))
_ENTITY_BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{_LAUGHS}]><html><body>&l11;</body></html>'
).encode()


class Ending(Enum):
    """What becomes of the connection behind an answer."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is sent in answer to one request, and how.

    Attributes:
        answer: Status and headers, or None where no HTTP is sent.
        length: The declared ``Content-Length``, or None where the end of the connection ends the body.
        body: Pieces of the body, perhaps without end; where ``answer`` is None, the raw bytes.
        head_bytes: So many bytes of the head are sent and nothing behind them; None: all.
        wait_s: Before the first byte.
        pause_s: Before each piece of the body.
        ending: What becomes of the connection.
    """

    answer: EmulatedResponse | None
    length: int | None = None
    body: Iterable[bytes] = ()
    head_bytes: int | None = None
    wait_s: float = 0.0
    pause_s: float = 0.0
    ending: Ending = Ending.KEEP

    @property
    def is_plain(self) -> bool:
        """Nothing is delayed, cut or endless: head and body may be sent in one piece."""
        return self.answer is not None and self.head_bytes is None and not (self.wait_s or self.pause_s)


@dataclass(slots=True, kw_only=True)
class WiredPhone:
    """An emulated phone at an address; emulator and plan may be exchanged while it stands.

    Attributes:
        host: Its address.
        port: Its port.
        emulator: The phone's face.
        secure: It speaks TLS.
        faults: What goes wrong, and when.
    """

    host: str
    port: int
    emulator: Emulator
    secure: bool = False
    faults: FaultPlan = field(default_factory=FaultPlan)
    _own: Certificate | None = field(default=None, repr=False)
    _other: Certificate | None = field(default=None, repr=False)
    _contexts: dict[tuple[bool, bool], ssl.SSLContext] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The phone's address as the configuration takes it."""
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    @property
    def certificate(self) -> Certificate:
        """The certificate it shows when nothing is wrong; made at first use."""
        if self._own is None:
            self._own = self_signed(self.host)
        return self._own

    def renew_certificate(self) -> None:
        """Gives it a new certificate for good, as a factory reset or another box does."""
        self._own = self_signed(self.host)
        self._contexts.clear()

    def context(self, fault: Fault | None) -> ssl.SSLContext:
        """The TLS context for a connection with that fault."""
        changed = fault is not None and fault.kind is FaultKind.CHANGED_CERTIFICATE
        old = fault is not None and fault.kind is FaultKind.OLD_TLS
        if (changed, old) not in self._contexts:
            if changed and self._other is None:
                self._other = self_signed(self.host)
            shown = self._other if changed and self._other is not None else self.certificate
            self._contexts[changed, old] = server_context(shown, only_old_tls=old)
        return self._contexts[changed, old]

    def deliver(self, request: EmulatedRequest) -> Delivery:
        """What this phone sends in answer to ``request``.

        Raises:
            DriverError: The plan wants a fault that this emulator cannot show.
        """
        fault = self.faults.of_request(request)
        if fault is None:
            return whole(self.emulator.answer(request))
        return _MAKERS[fault.kind](fault, self.emulator, request)


def whole(answer: EmulatedResponse) -> Delivery:
    """The answer as the emulator gave it."""
    if answer.hung_up:
        return Delivery(answer=None, ending=Ending.RESET)
    content = answer.content
    if not answer.length_known:
        return Delivery(answer=answer, body=(content,), ending=Ending.CLOSE)
    closes = any(name.lower() == "connection" and value.lower() == "close" for name, value in answer.headers)
    return Delivery(
        answer=answer,
        length=len(content),
        body=(content,),
        ending=Ending.CLOSE if closes else Ending.KEEP,
    )


def render_head(answer: EmulatedResponse, *, length: int | None, close: bool) -> bytes:
    """Status line and headers as bytes, and whatever a phone that breaks HTTP puts before or among them.

    Args:
        answer: Status and headers.
        length: What ``Content-Length`` declares, or None for none.
        close: Say that the connection ends.
    """
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = ""
    lines = [*answer.prelude, f"{answer.version} {answer.status} {reason}"]
    lines += [f"{name}: {value}" if name else value for name, value in answer.headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    silent = not answer.says_close or any(name.lower() == "connection" for name, _ in answer.headers)
    if close and not silent:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _disturbable(emulator: Emulator, kind: FaultKind) -> Disturbable:
    if not isinstance(emulator, Disturbable):
        raise DriverError(
            f"The emulator {type(emulator).__name__} cannot show the fault {kind}.",
            hint="Give it lock_out, occupy, expire and list_path, or leave this fault out of the plan.",
        )
    return emulator


def _page(status: int, content: bytes, *headers: tuple[str, str]) -> Delivery:
    fields = (("Content-Type", "text/html"), *headers)
    return whole(EmulatedResponse(status=status, headers=fields, content=content))


def _silence(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    if fault.acted:
        emulator.answer(request)
    ending = Ending.HANG if fault.kind is FaultKind.HANG else Ending.RESET
    return Delivery(answer=None, ending=ending)


def _error(fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    status = int(fault.kind.value)
    return _page(status, f"<html><body>{HTTPStatus(status).phrase}</body></html>".encode())


def _garbage(fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    noise = fault.content or b"\x00\xff" + random.Random(0).randbytes(510)
    return Delivery(answer=None, body=(noise,), ending=Ending.CLOSE)


def _cut(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    answer = emulator.answer(request)
    if answer.hung_up:
        return whole(answer)
    length = len(answer.content) if fault.with_length else None
    sent, head_bytes = fault.at_byte, None
    if fault.in_head:
        head = len(render_head(answer, length=length, close=True))
        head_bytes = fault.at_byte if fault.at_byte < head else None
        sent = max(0, fault.at_byte - head)
    return Delivery(
        answer=answer,
        length=length,
        body=(answer.content[:sent],),
        head_bytes=head_bytes,
        ending=Ending.CLOSE,
    )


def _endless(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    answer = emulator.answer(request)
    if answer.hung_up:
        return whole(answer)
    filler = (answer.content or b" ") * (1 + fault.piece // max(1, len(answer.content)))
    return Delivery(
        answer=answer, body=itertools.chain((answer.content,), itertools.repeat(filler)), ending=Ending.CLOSE
    )


def _drip(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    delivery = whole(emulator.answer(request))
    if delivery.answer is None:
        return delivery
    content = delivery.answer.content
    pieces = [content[at : at + fault.piece] for at in range(0, len(content), fault.piece)]
    return replace(delivery, body=pieces, pause_s=fault.delay_s)


def _slow(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    return replace(whole(emulator.answer(request)), wait_s=fault.delay_s)


def _redirect(fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    return _page(302, b"", ("Location", fault.location))


def _login_page(_fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in _SECRETS)
    return whole(emulator.answer(replace(request, headers=headers)))


def _disturbed(fault: Fault, emulator: Emulator, request: EmulatedRequest) -> Delivery:
    phone = _disturbable(emulator, fault.kind)
    if fault.kind is FaultKind.LOCKED:
        phone.lock_out()
    elif fault.kind is FaultKind.BUSY:
        phone.occupy(_SOMEBODY)
    else:
        phone.expire()
    return whole(emulator.answer(request))


def _entity_bomb(_fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    return _page(200, _ENTITY_BOMB)


def _compressed_bomb(fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    return _page(200, _squeezed(fault.size), ("Content-Encoding", "gzip"))


def _wrong_content(fault: Fault, _emulator: Emulator, _request: EmulatedRequest) -> Delivery:
    return _page(200, fault.content or _ROUTER)


@functools.lru_cache(maxsize=4)
def _squeezed(size: int) -> bytes:
    """``size`` bytes of blanks, compressed piece by piece."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [squeezer.compress(b" " * _CHUNK) for _ in range(size // _CHUNK)]
    pieces += [squeezer.compress(b" " * (size % _CHUNK)), squeezer.flush()]
    return b"".join(pieces)


_MAKERS: dict[FaultKind, Callable[[Fault, Emulator, EmulatedRequest], Delivery]] = {
    FaultKind.HANG: _silence,
    FaultKind.RESET: _silence,
    FaultKind.SERVER_ERROR: _error,
    FaultKind.NOT_FOUND: _error,
    FaultKind.GARBAGE: _garbage,
    FaultKind.CUT: _cut,
    FaultKind.ENDLESS: _endless,
    FaultKind.DRIP: _drip,
    FaultKind.SLOW: _slow,
    FaultKind.REDIRECT: _redirect,
    FaultKind.LOGIN_PAGE: _login_page,
    FaultKind.LOCKED: _disturbed,
    FaultKind.BUSY: _disturbed,
    FaultKind.EXPIRED: _disturbed,
    FaultKind.ENTITY_BOMB: _entity_bomb,
    FaultKind.COMPRESSED_BOMB: _compressed_bomb,
    FaultKind.WRONG_CONTENT: _wrong_content,
}
