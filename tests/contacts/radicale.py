"""A real CardDAV server for the tests: Radicale, started by them, gone with them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

USER, PASSWORD = "phonesync", "sesame-0f-the-cards"
PATIENCE_S = 60.0
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[web]
type = none
"""
_MAKE_BOOK = (
    '<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><set><prop>'
    "<resourcetype><collection/><C:addressbook/></resourcetype><displayname>{name}</displayname>"
    "</prop></set></mkcol>"
)


@dataclass(frozen=True, kw_only=True)
class Radicale:
    """A server that runs.

    Attributes:
        url: Its root.
    """

    url: str

    @property
    def home(self) -> str:
        return f"{self.url}{USER}/"

    def request(self, method: str, path: str, *, content: str = "", **headers: str) -> httpx.Response:
        response = httpx.request(
            method, f"{self.home}{path}", content=content.encode(), headers=headers, auth=(USER, PASSWORD),
            trust_env=False,
        )  # fmt: skip
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response

    def make_book(self, name: str) -> str:
        """A new address book; its address."""
        self.request("MKCOL", f"{name}/", content=_MAKE_BOOK.format(name=name))
        return f"{self.home}{name}/"

    def put(self, path: str, *lines: str) -> None:
        """Writes a card."""
        card = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])
        self.request("PUT", path, content=card, **{"Content-Type": "text/vcard; charset=utf-8"})

    def delete(self, path: str) -> None:
        self.request("DELETE", path)


@contextmanager
def running(folder: Path) -> Iterator[Radicale]:
    """A server with one user and no address book."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(folder / "config")], stdout=log, stderr=log
        )
    server = Radicale(url=f"http://127.0.0.1:{port}/")
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"{server.url}.web", trust_env=False)
                break
            except httpx.TransportError:
                told = (folder / "log").read_text(errors="replace")
                assert process.poll() is None, told
                assert time.monotonic() < until, told
                time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
