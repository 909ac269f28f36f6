"""Reports stored per second, against a bare ASGI application doing the same I/O in the same run."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.children import Child

PHONES = 200
CONNECTIONS = 50
WORDS = ("in", "up", "end")
"""Reports of one call."""

WANTED_A_MINUTE = 5000
"""What an installation of a few thousand phones may send at its worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What it cost to take reports in.

    Attributes:
        reports: How many were answered.
        wall_s: Seconds until the last was answered.
        settled_s: Seconds until all had gone into entries.
        cpu_s: Seconds of CPU of the receiving process until the last was answered.
        whole_cpu_s: The same until all had gone into entries.
        entries: Entries there were then.
    """

    reports: int
    wall_s: float
    settled_s: float
    cpu_s: float
    whole_cpu_s: float
    entries: int


def measure(reports: int) -> dict[str, Taken]:
    """``bare`` and ``phonesync``, one after the other.

    Args:
        reports: How many each is sent; a multiple of three.
    """
    taken = {"bare": _taken("bare", reports), "phonesync": _taken("product", reports)}
    if taken["phonesync"].entries * len(WORDS) != reports:
        raise SystemExit(f"bench.events: {reports} reports made {taken['phonesync'].entries} entries.")
    return taken


def _taken(which: str, reports: int) -> Taken:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(_configuration(), encoding="utf-8")
        with Child("event_server", which, path) as child:
            told = child.told()
            begun_cpu = child.ask("begin")["cpu_s"]
            begun = time.perf_counter()
            asyncio.run(_send(told["port"], list(told["secrets"]), reports))
            wall = time.perf_counter() - begun
            answered = child.ask("answered")
            settled = child.ask("settled")
            return Taken(
                reports=reports,
                wall_s=wall,
                settled_s=time.perf_counter() - begun,
                cpu_s=answered["cpu_s"] - begun_cpu,
                whole_cpu_s=settled["cpu_s"] - begun_cpu,
                entries=settled["entries"],
            )


def _configuration() -> str:
    phones = "".join(
        f'[[phone]]\nname = "desk-{number}"\nurl = "http://192.0.2.{number}"\ndriver = "yealink"\n'
        'password = "unused"\n'
        for number in range(PHONES)
    )
    site = '[[site]]\nname = "Office"\ntimezone = "UTC"\ncountry = "RU"\n'
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    return f'[web]\nlisten = "127.0.0.1:{port}"\n{site}{phones}'


async def _send(port: int, secrets: Sequence[str], reports: int) -> None:
    """All reports over a few connections, each as soon as the one before it was answered."""
    requests = _requests(secrets, reports)

    async def line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"bench.events: a report was refused: {head.decode('latin-1')}")
        writer.close()

    await asyncio.gather(*(line() for _ in range(CONNECTIONS)))


def _requests(secrets: Sequence[str], reports: int) -> Iterator[bytes]:
    for number in range(reports):
        call, word = divmod(number, len(WORDS))
        secret = secrets[call % len(secrets)]
        query = f"c={call}%40192.0.2.1&a=101&r=sip:8495{call % 10**7:07}@192.0.2.1&n=Caller%20{call}"
        yield f"GET /e/{secret}/{WORDS[word]}?{query} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
