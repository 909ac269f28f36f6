"""What one exchange costs: our lenient transport beside the strict one, httpx's own, and bare httptools.

``python -m bench.exchange PORT``: each line on its input names a reader and a case, and is answered with a
round. Parsing alone is measured on bytes in memory.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import h11
import httptools
import httpx

from bench import config_file
from bench.addresses import address_of
from bench.children import Child, asked, say
from bench.figures import measured
from bench.floor import Line
from bench.reads import FULL, PLACES
from phonesync.driver.session import Request
from phonesync.transport import Bounds, Target, wire
from phonesync.transport.answer import HeadReader, content_of
from phonesync.transport.backend import Phase, PhoneHTTP, Progress
from phonesync.transport.lenient import LenientHTTP
from phonesync.transport.target import base_url, origin
from phonesync.transport.tls import Trust

HTTPTOOLS, LENIENT, STRICT, HTTPX = "httptools", "lenient", "strict", "httpx's own"
READERS = (HTTPTOOLS, LENIENT, STRICT, HTTPX)
PARSERS = (HTTPTOOLS, LENIENT, "h11")
PAGES = {"small": "/", "list": "/list"}
"""A page of 52 bytes, and four full lists."""

CLOSED, KEPT = "closed", "kept"
CONNECTIONS = (CLOSED, KEPT)
"""A connection for each exchange, as most phones want it, or one for all."""

_BOUNDS = Bounds()
_WARM = 50
_TURNS = 5
"""Rounds of whole reads by each; the median counts, because other work disturbs single ones."""

Exchange = Callable[[Request], Awaitable[int]]
"""Sends a request; returns how many bytes the body had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured.

    Attributes:
        exchanges: Page, connection and reader to microseconds of CPU an exchange.
        parsing: Page and parser to microseconds of CPU an answer.
        reads: Strict or lenient to milliseconds of CPU an unchanged read.
    """

    exchanges: Mapping[tuple[str, str, str], float]
    parsing: Mapping[tuple[str, str], float]
    reads: Mapping[str, float]


def measure(*, times: int, phones: int) -> Costs:
    """Measures all of it.

    Args:
        times: Exchanges for each figure.
        phones: Read for the figures of whole reads.
    """
    exchanges: dict[tuple[str, str, str], float] = {}
    with Child("phones", "open", 1, FULL) as server, Child("exchange", server.told()["http"], times) as child:
        for page in PAGES:
            for connection in CONNECTIONS:
                for reader in READERS:
                    told = child.ask(f"{reader}/{page}/{connection}")
                    exchanges[page, connection, reader] = 1e6 * told["cpu_s"] / told["reads"]
        parsing = {
            (page, parser): float(child.ask(f"{parser}/{page}/parsed")["us"])
            for page in PAGES
            for parser in PARSERS
        }
    return Costs(exchanges=exchanges, parsing=parsing, reads=_whole_reads(phones))


def _whole_reads(phones: int) -> dict[str, float]:
    """Unchanged reads of phones that keep to HTTP, by the strict reader and by the lenient one, in turns."""
    spent: dict[str, list[float]] = {STRICT: [], LENIENT: []}
    with ExitStack() as stack:
        server = stack.enter_context(Child("phones", "json", phones, FULL))
        port = server.told()["http"]
        clients = {}
        for name, words in ((STRICT, ()), (LENIENT, ("--lenient",))):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            path = config_file.write(folder, phones=phones, scheme="http", port=port, concurrency=PLACES)
            clients[name] = stack.enter_context(Child("client", path, *words))
            clients[name].told()
            clients[name].ask("read")  # cold
        for _ in range(_TURNS):
            for name, client in clients.items():
                made = client.ask("read")
                spent[name].append(1000 * made["cpu_s"] / made["reads"])
    return {name: median(each) for name, each in spent.items()}


def _over(transport: httpx.AsyncBaseTransport, target: Target, progress: Progress) -> Exchange:
    base = base_url(target)

    async def exchange(request: Request) -> int:
        outgoing = wire.outgoing(request, base=base, bounds=_BOUNDS, phone=target.name)
        progress.begin()
        answer = await transport.handle_async_request(outgoing)
        progress.phase = Phase.BODY
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        length = sum([len(piece) async for piece in answer.stream])
        await answer.aclose()
        return length

    return exchange


def _bare(target: Target) -> Exchange:
    """The floor's own connection: the same bytes out, and httptools on what comes in."""
    base = base_url(target)
    line: Line | None = None

    async def exchange(request: Request) -> int:
        nonlocal line
        if line is None or line.ended:
            loop = asyncio.get_running_loop()
            _, line = await loop.create_connection(Line, base.host, origin(base)[2])
        headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        plain = "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: phonesync\r\n"
        head = f"GET {request.path} HTTP/1.1\r\nHost: {base.netloc.decode()}\r\n{headers}{plain}\r\n"
        await line.exchange(head.encode())
        if line.ended:
            line.transport.close()
        return len(line.body)

    return exchange


def _reader(name: str, target: Target) -> Exchange:
    if name == HTTPTOOLS:
        return _bare(target)
    if name == HTTPX:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return _over(httpx.AsyncHTTPTransport(verify=context, trust_env=False), target, Progress())
    kind = LenientHTTP if name == LENIENT else PhoneHTTP
    trust, progress = Trust(target, remembered=None), Progress()
    return _over(kind(target, trust=trust, progress=progress, bounds=_BOUNDS), target, progress)


class _Collected:
    """What httptools calls."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header."""
        self.headers.append((name, value))

    def on_body(self, piece: bytes) -> None:
        """Keeps a piece."""
        self.pieces.append(piece)


def _by_httptools(sent: bytes) -> bytes:
    collected = _Collected()
    httptools.HttpResponseParser(collected).feed_data(sent)
    return b"".join(collected.pieces)


def _by_ours(sent: bytes) -> bytes:
    reader = HeadReader()
    head = reader.feed(sent)
    assert head is not None
    return content_of(head, method="GET", line_bytes=_BOUNDS.header_bytes).feed(reader.rest)


def _by_h11(sent: bytes) -> bytes:
    connection = h11.Connection(our_role=h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "192.0.2.11")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(sent)
    pieces = []
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Data):
            pieces.append(bytes(event.data))
    return b"".join(pieces)


_PARSING: Mapping[str, Callable[[bytes], bytes]] = {
    HTTPTOOLS: _by_httptools,
    LENIENT: _by_ours,
    "h11": _by_h11,
}


def _parsed(parser: str, *, body: int, times: int) -> float:
    """Microseconds an answer takes to parse; h11's include the few it needs to be told of a request."""
    sent = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nServer: embed httpd\r\n"
        b"Cache-Control: no-cache\r\nContent-Length: %d\r\n\r\n" % body
    ) + bytes(body)
    parse = _PARSING[parser]
    if len(parse(sent)) != body:
        raise SystemExit(f"{parser} found another body: nothing can be compared.")
    begun = time.process_time()
    for _ in range(times):
        parse(sent)
    return 1e6 * (time.process_time() - begun) / times


async def _exchanged(exchange: Exchange, request: Request, times: int) -> int:
    """So many exchanges; the bytes of a body."""
    lengths = {await exchange(request) for _ in range(times)}
    if len(lengths) != 1 or 0 in lengths:
        raise SystemExit(f"Bodies of {lengths} bytes came: nothing can be compared.")
    return lengths.pop()


async def main(port: int, times: int) -> None:
    """Measures what each word names, and reports."""
    target = Target(name="bench", url=f"http://{address_of(0)}:{port}")
    bodies: dict[str, int] = {}
    while word := asked():
        name, page, how = word.split("/")
        if how == "parsed":
            say({"us": _parsed(name, body=bodies[page], times=times)})
            continue
        headers: Sequence[tuple[str, str]] = (("Connection", "close"),) if how == CLOSED else ()
        request = Request(path=PAGES[page], headers=tuple(headers))
        exchange = _reader(name, target)
        length = await _exchanged(exchange, request, _WARM)
        if bodies.setdefault(page, length) != length:
            raise SystemExit(f"{name} found another body: nothing can be compared.")
        made = await measured(partial(_exchanged, exchange, request, times), reads=times)
        say(made.as_json())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
