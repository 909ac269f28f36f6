"""A mail server and a webhook that really listen, and keep what they are told."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import BinaryIO


@dataclass
class Heard:
    """What a webhook was told.

    Attributes:
        port: Where it listens.
        status: What it answers next.
        requests: Path, headers and content of each.
    """

    port: int = 0
    status: int = 204
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Heard]:
    """A webhook, as long as the block lasts."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            heard.requests.append((self.path, dict(self.headers), content))
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            if heard.status in (301, 302):
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Post:
    """What a mail server was handed.

    Attributes:
        port: Where it listens.
        refuse: Commands that it refuses, and with which answer.
        mails: Recipient, signed-in user (base64 as sent) and text of each.
    """

    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[str, str | None, str]] = field(default_factory=list)


class _Talk:
    """One connection of a mail server.

    Args:
        post: What it was handed, and refuses.
        wire: The connection.
        tls: As of :func:`mail_server`.
        encrypted: From the first byte.
    """

    def __init__(
        self, post: Post, wire: socket.socket, tls: ssl.SSLContext | None, *, encrypted: bool
    ) -> None:
        self.post, self.wire, self.tls, self.encrypted = post, wire, tls, encrypted
        self.user: str | None = None
        self.to = ""

    def hold(self) -> None:
        """Answers until the other side has enough."""
        self.say("220 mail.office.example")
        going = True
        while going:
            with self.wire.makefile("rb") as lines:
                going = self.listen(lines)
        self.wire.close()

    def listen(self, lines: BinaryIO) -> bool:
        """Answers; returns whether it goes on encrypted."""
        for line in iter(lines.readline, b""):
            words = line.decode().strip()
            word = words.split(" ")[0].upper()
            if word == "STARTTLS" and self.tls is not None:
                self.say("220 go")
                self.wire, self.encrypted = self.tls.wrap_socket(self.wire, server_side=True), True
                return True
            if word == "DATA" and word not in self.post.refuse:
                self.say("354 go")
                text = b"".join(one.removeprefix(b".") for one in iter(lines.readline, b".\r\n"))
                self.post.mails.append((self.to, self.user, text.decode()))
            self.answer(word, words)
            if word == "QUIT":
                break
        return False

    def answer(self, word: str, words: str) -> None:
        """Answers one command."""
        if word == "EHLO" and word not in self.post.refuse:
            self.say("250-office")
            self.say("250 STARTTLS" if self.tls is not None and not self.encrypted else "250 AUTH PLAIN")
            return
        if word == "AUTH":
            self.user = words.split(" ")[2]
        if word == "RCPT":
            self.to = words.partition("<")[2].partition(">")[0]
        self.say(self.post.refuse.get(word) or {"AUTH": "235 in", "QUIT": "221 bye"}.get(word, "250 ok"))

    def say(self, text: str) -> None:
        self.wire.sendall(f"{text}\r\n".encode())


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Post]:
    """A mail server (RFC 5321) that takes one mail a connection, as long as the block lasts.

    Args:
        tls: Of its certificate; None: it does not encrypt.
        at_once: It encrypts from the first byte, not by STARTTLS.
    """
    post = Post()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                wire = self.request
                if tls is not None and at_once:
                    wire = tls.wrap_socket(wire, server_side=True)
                _Talk(post, wire, tls, encrypted=at_once).hold()

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        post.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join()
