"""A server of phonebooks in a process of its own.

``python -m bench.book_server floor|product FOLDER``; its words are those of :mod:`bench.web`, and ``change``
and ``etags``.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.children import say
from bench.office import FILE, change, opened
from bench.web import bare, obey
from phonesync import config, logs, registry
from phonesync.agent.bookmaking import Bookmaker
from phonesync.clock import SystemClock
from phonesync.config import Config
from phonesync.store.repository import Store
from phonesync.web.addresses import Addresses
from phonesync.web.app import make_app
from phonesync.web.books import Books
from phonesync.web.refusals import Refusals
from phonesync.web.server import serving
from phonesync.web.shelf import Shelf, etag_of

_CONTACTS = (
    "SELECT c.id, c.source, c.uid, c.name, c.company, c.department, c.digest, c.changed_at, c.etag, c.card, "
    "n.number, n.kind, n.canonical FROM contacts c JOIN contact_numbers n ON n.contact_id = c.id "
    "ORDER BY c.id, n.ordinal"
)
_MET = (
    "SELECT e.remote_number, sum(e.count), max(e.started_at) FROM entries e JOIN incarnations i ON "
    "i.id = e.incarnation_id JOIN phones p ON p.id = i.phone_id WHERE p.name = ? GROUP BY e.remote_number"
)


class Floor:
    """The bare application: rows out of the store, bytes out of the memory.

    Args:
        files: Path to name of the phone and its book, made beforehand.
        store: File of the store.
    """

    def __init__(self, files: Mapping[str, tuple[str, bytes]], store: Path) -> None:
        self._files = dict(files)
        self._database = sqlite3.connect(store, check_same_thread=False)
        self._rows: list[Any] = []
        self._fresh: set[str] = set()
        self.etags = {path: f'"{etag_of(content)}"' for path, (_, content) in files.items()}

    def change(self, files: Mapping[str, tuple[str, bytes]]) -> None:
        """Other contents for all."""
        self._files, self._rows, self._fresh = dict(files), [], set()
        self.etags = {path: f'"{etag_of(content)}"' for path, (_, content) in files.items()}

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answers one request."""
        path = scope["path"]
        name, content = self._files[path]
        if not self._rows:
            self._rows = self._database.execute(_CONTACTS).fetchall()
        if path not in self._fresh:
            self._database.execute(_MET, (name,)).fetchall()
            self._fresh.add(path)
        etag = self.etags[path].encode()
        known = dict(scope["headers"]).get(b"if-none-match") == etag
        body = b"" if known else content
        headers = [(b"etag", etag), (b"content-type", b"text/xml; charset=utf-8")]
        if not known:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def made(loaded: Config, store: Store) -> dict[str, tuple[str, bytes]]:
    """Path to name of the phone and its book, of all phones."""
    maker = Bookmaker(loaded, store, registry.drivers(), SystemClock())
    found = {}
    for phone in loaded.phones:
        form = maker.format_of(phone.name)
        content = maker.file(phone.name, maker.book(phone.name, limits=form.limits), form, FILE)
        found[f"/b/{store.address_of(phone.name)}/{FILE}"] = (phone.name, content)
    return found


async def floor(loaded: Config, store: Store) -> None:
    """Serves the bare application."""
    app = Floor(made(loaded, store), loaded.base / "bench.db")

    async def change_all() -> Mapping[str, Any]:
        change(store, loaded, "changed")
        app.change(made(loaded, store))
        return {}

    async def etags() -> Mapping[str, Any]:
        return app.etags

    async with bare(app) as port:
        say({"port": port})
        await obey({"change": change_all, "etags": etags})


async def product(loaded: Config, store: Store) -> None:
    """Serves what ``phonesync run`` serves."""
    clock = SystemClock()
    refusals, shelf = Refusals(clock.monotonic), Shelf()
    addresses = Addresses(lambda: asyncio.to_thread(store.addresses), clock.monotonic)
    books = Books(
        lambda: loaded,
        store,
        registry.drivers(),
        clock=clock,
        addresses=addresses,
        refusals=refusals,
        shelf=shelf,
    )

    async def change_all() -> Mapping[str, Any]:
        await asyncio.to_thread(change, store, loaded, "changed")
        await asyncio.sleep(1.1)  # so that the next request looks whether contacts have changed
        return {}

    async def etags() -> Mapping[str, Any]:
        served = await asyncio.to_thread(lambda: {phone: token for token, phone in store.addresses().items()})
        return {
            f"/b/{served[phone]}/{file}": f'"{label.etag}"' for (phone, file), label in shelf.labels.items()
        }

    async with books.open(), serving(loaded, make_app(books=books), clock=clock, refusals=refusals) as place:
        assert place is not None
        say({"port": place[1]})
        await obey({"change": change_all, "etags": etags})


def main() -> None:
    """Runs one of both."""
    server, folder = sys.argv[1], Path(sys.argv[2])
    text = (folder / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(f'{text}[web]\nlisten = "127.0.0.1:1"\n', encoding="utf-8")
    loaded = config.load(folder / "config.toml")
    web = loaded.web.model_copy(update={"listen": "127.0.0.1:0"})
    loaded = loaded.model_copy(update={"web": web})
    with (folder / "bench.log").open("w", encoding="utf-8") as log:
        logs.configure(stream=log)
        with opened(loaded) as store:
            asyncio.run(floor(loaded, store) if server == "floor" else product(loaded, store))


if __name__ == "__main__":
    main()
