"""The HTTP client of an emulated phone: as blunt as a real one, which no proper client can be.

It sends the target as the phone wrote it, raw spaces and bytes beyond ASCII included.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

from phonesync.farm.reporting import Answered, Outgoing, Reply

PATIENCE_S = 10.0
MOST_BYTES = 16 * 1024 * 1024
_PIECE = 64 * 1024
_STATUS_WORDS = 2


class PhoneClient:
    """Sends the requests of emulated phones over real sockets, each on a connection of its own.

    It takes any certificate, as phones with ``trust_certificates = 0`` do.
    """

    def __init__(self) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._under_way: set[asyncio.Task[None]] = set()

    def deliver(self, sent: Outgoing, answered: Answered) -> None:
        """Sends a request in the running loop, and tells what was answered."""
        task = asyncio.get_running_loop().create_task(self._carry(sent, answered))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Waits for everything that is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _carry(self, sent: Outgoing, answered: Answered) -> None:
        reply: Reply | None = None
        with suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(PATIENCE_S):
                reply = await self._ask(sent)
        answered(reply)

    async def _ask(self, sent: Outgoing) -> Reply:
        """One request, answered.

        Raises:
            OSError: Nobody listens, or the connection broke.
            ValueError: What came back is no HTTP.
        """
        place = urlsplit(sent.url)
        secure = place.scheme == "https"
        host, port = place.hostname or "", place.port or (443 if secure else 80)
        target = sent.url.split(place.netloc, 1)[1] or "/"
        reader, writer = await asyncio.open_connection(
            host, port, ssl=self._context if secure else None, limit=MOST_BYTES
        )
        try:
            lines = [f"GET {target} HTTP/1.1", f"Host: {place.netloc}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in sent.headers]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            content = await _rest(reader)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("the connection ended before the answer did") from error
        finally:
            writer.close()
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) < _STATUS_WORDS:
            raise ValueError("no status line")
        return Reply(status=int(words[1]), content=content)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the connection ends.

    Raises:
        ValueError: It is more than any phone would take.
    """
    content = bytearray()
    while piece := await reader.read(_PIECE):
        content += piece
        if len(content) > MOST_BYTES:
            raise ValueError("too much")
    return bytes(content)
