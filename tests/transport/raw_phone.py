"""A phone made of a bare socket: it sends exactly the bytes a test tells it to, and keeps what it was sent."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from phonesync.transport import Bounds, Target
from tests.passing import pass_time, turns

PATIENT = Bounds(connect_s=10, read_s=10, request_s=60, total_s=90, body_bytes=20_000, header_bytes=4096)
"""Longer than a busy machine needs. What is to end at one of these bounds lets time pass, or shortens that one."""


class TickingClock:
    """Stands at noon; its stopwatch moves a quarter of a second each time somebody looks at it."""

    def __init__(self) -> None:
        self.instant = dt.datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.ticks = 0.0

    def now(self):
        return self.instant

    def monotonic(self):
        self.ticks += 0.25
        return self.ticks

    async def sleep(self, seconds):
        raise AssertionError("the transport never sleeps")


@dataclass
class RawPhone:
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def target(self, **settings):
        return Target(name="desk-101", url=self.url, **settings)


@dataclass
class Line:
    """One connection as the phone holds it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    phone: RawPhone

    async def say(self, data: bytes):
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # else a phone that never stops would fill all sockets before anybody reads

    def reset(self):
        """Ends with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hang(self):
        await asyncio.Event().wait()

    async def fall_silent(self, seconds):
        """Says nothing for so long after what was said."""
        await turns()
        pass_time(seconds)
        await self.hang()

    async def read_request(self) -> bytes:
        request = await self.take(b"\r\n\r\n")
        for header in request.split(b"\r\n"):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                body = await self.reader.readexactly(int(value))
                self.phone.received += body
                return request + body
        return request

    async def take(self, end: bytes) -> bytes:
        data = await self.reader.readuntil(end)
        self.phone.received += data
        return data


Script = Callable[[Line, bytes], Awaitable[None]]


@contextlib.asynccontextmanager
async def raw_phone(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawPhone]:
    """Runs ``script(line, request)`` for every request, until it closes the line."""
    phone = RawPhone()

    async def serve(reader, writer):
        task = asyncio.current_task()
        assert task
        phone.tasks.add(task)
        phone.connections += 1
        line = Line(reader, writer, phone)
        gone = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while not writer.is_closing():
                request = await line.read_request()
                phone.requests.append(request)
                await script(line, request)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    phone.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield phone
    finally:
        server.close()
        for task in phone.tasks:
            task.cancel()
        await asyncio.gather(*phone.tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0.01)  # lets the aborted transports close their sockets


@contextlib.asynccontextmanager
async def raw_greeting(words: bytes, end: str) -> AsyncIterator[RawPhone]:
    """Takes the first bytes of a TLS handshake, says ``words``, and ends with a reset or a close."""

    class Phone(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            phone.connections += 1

        def data_received(self, data):
            self.transport.write(words)
            if end == "reset":
                sock = self.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.close()

    phone = RawPhone()
    server = await asyncio.get_running_loop().create_server(Phone, "127.0.0.1", 0)
    phone.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield phone
    await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def raw_listener(*, tls: ssl.SSLContext) -> AsyncIterator[RawPhone]:
    """Keeps every byte that comes out of TLS, complete request or not, and drops the line after 0.1 s of it."""

    class Phone(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            phone.connections += 1

        def data_received(self, data):
            phone.received += data
            asyncio.get_running_loop().call_later(0.1, self.transport.abort)

        def connection_lost(self, exc):
            phone.over.set()

    phone = RawPhone()
    server = await asyncio.get_running_loop().create_server(Phone, "127.0.0.1", 0, ssl=tls)
    phone.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield phone
    await asyncio.sleep(0.01)


def answers(*replies: bytes, close: bool = False) -> Script:
    """A script: one reply for each request, the last one for all that follow."""
    left = list(replies)

    async def script(line, _request):
        await line.say(left.pop(0) if len(left) > 1 else left[0])
        if close:
            line.writer.close()

    return script


def ok(body: bytes = b"fine", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Paper:
    """A certificate with its key, on disk."""

    chain: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def sha256(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context

    def old_server_context(self) -> ssl.SSLContext:
        """TLS 1.0 and nothing newer, with a key as short as they were then."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # before the short key, which is refused else
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1
        context.load_cert_chain(self.chain)
        return context


def issue(folder: Path, name: str, *, by: Paper | None = None, old: bool = False) -> Paper:
    """A certificate for 127.0.0.1: self-signed, or signed by another one."""
    key = rsa.generate_private_key(65537, 1024) if old else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(by.key if by else key, hashes.SHA256())
    )
    chain = folder / f"{name}.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return Paper(chain=chain, certificate=certificate, key=key)
