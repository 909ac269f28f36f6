"""TLS on the phones' side, in memory: each connection may get a context of its own, chosen when it opens."""

from __future__ import annotations

import contextlib
import ssl

_READ = 64 * 1024


class TlsPipe:
    """Turns bytes off the wire into plain bytes and back.

    Args:
        context: Shows the certificate.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = False

    def feed(self, data: bytes) -> bytes:
        """Takes bytes off the wire and returns the plain bytes that are complete.

        Raises:
            ssl.SSLError: The client does not accept what we offer, or broke the protocol. What is left to be
                told to it is in :meth:`pending`.
        """
        self._incoming.write(data)
        plain: list[bytes] = []
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while piece := self._tls.read(_READ):
                plain.append(piece)
        return b"".join(plain)

    def seal(self, plain: bytes) -> bytes:
        """The bytes for the wire that carry ``plain``."""
        self._tls.write(plain)
        return self._outgoing.read()

    def pending(self) -> bytes:
        """Bytes for the wire that TLS itself wants to send."""
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """The bytes that end TLS properly; nobody waits for the other side to say good-bye too."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()
