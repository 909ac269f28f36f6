"""An office with contacts in its store, whose phones fetch books over real sockets."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from phonesync import config as config_module
from phonesync import registry
from phonesync.model import Contact, ContactNumber
from phonesync.numbering import canonical
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from phonesync.web.addresses import Addresses
from phonesync.web.app import make_app
from phonesync.web.books import Books
from phonesync.web.refusals import Refusals
from phonesync.web.shelf import Shelf
from tests.store.desk import START
from tests.web.conftest import server_of, told

CONFIG = """\
[[site]]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
[[contacts]]
name = "crm"
kind = "csv"
path = "crm.csv"
[[contacts]]
name = "team"
kind = "csv"
path = "team.csv"
department = "Sales"
[phonebook]
title = "Names"
"""
PHONES = {"desk-101": "yealink", "desk-102": "grandstream", "desk-103": ""}


@dataclass
class OfficeClock:
    """The hour stands still unless a test moves it; what is measured in seconds passes at every look."""

    instant: datetime = START
    elapsed: float = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        self.elapsed += 2.0
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def written(extra: str = "", web: str = "") -> str:
    tables = "".join(
        f'[[phone]]\nname = "{name}"\nurl = "http://192.0.2.{at}"\n'
        + (f'driver = "{driver}"\n' if driver else "")
        + ('department = "Sales"\n' if name == "desk-102" else "")
        for at, (name, driver) in enumerate(PHONES.items(), 11)
    )
    return CONFIG + extra + web + tables


@dataclass
class Office:
    """One office.

    Attributes:
        store: Its store.
        folder: Where its configuration stands.
        clock: Its clock.
    """

    store: Any
    folder: Any
    clock: Any
    config: Any = None
    port: int = 0
    monotonic: Any = None
    shelf: Shelf = field(default_factory=Shelf)

    def configure(self, extra: str = "", web: str = "") -> None:
        path = self.folder / "config.toml"
        path.write_text(written(extra, web), encoding="utf-8")
        self.config = config_module.load(path, env={})

    def reload(self, old: str, new: str) -> None:
        """Exchanges a text of the configuration, and reads it again."""
        path = self.folder / "config.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        self.config = config_module.load(path, env={})

    def put(self, *names: tuple[str, ...], source: str = "crm") -> None:
        """The source has these contacts now: name, numbers."""
        known = {kept.contact.uid for kept in self.store.contacts(source=source)}
        contacts = [self._kept(source, name, numbers) for name, *numbers in names]
        state = self.store.contact_source(source)
        self.store.take_contacts(
            ContactImport(
                source=source,
                kind="csv",
                put=tuple(contacts),
                gone=tuple(known - {kept.contact.uid for kept in contacts}),
                digest=repr(names),
                before=state.digest if state else "",
                at=self.clock.now(),
            )
        )

    def _kept(self, source: str, name: str, numbers: Iterable[str]) -> KeptContact:
        plan = self.config.sites[0].dial_plan
        return KeptContact(
            contact=Contact(
                source=source,
                uid=name,
                name=name,
                numbers=tuple(ContactNumber(number=one) for one in numbers),
            ),
            canonicals=tuple(canonical(plan, one) for one in numbers),
            digest=name,
            changed_at=self.clock.now(),
        )

    @asynccontextmanager
    async def open(self, **keys: Any):
        """Serves its phones."""

        async def load() -> dict[str, str]:
            return self.store.addresses()

        refusals = Refusals(self.clock.monotonic)
        addresses = Addresses(load, self.clock.monotonic)
        books = Books(
            lambda: self.config,
            self.store,
            registry.drivers(),
            clock=self.clock,
            addresses=addresses,
            refusals=refusals,
            shelf=self.shelf,
        )
        async with books.open(), server_of(make_app(books=books), base=self.folder, **keys) as port:
            self.port = port
            yield self

    def path(self, phone: str, file: str) -> str:
        return f"/b/{self.store.address_of(phone)}/{file}"

    async def ask(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> SimpleNamespace:
        """One request; the answer taken apart."""
        length = (f"Content-Length: {len(body)}",) if body or method in ("PUT", "POST") else ()
        head = "\r\n".join(
            [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", *length, *headers, "", ""]
        )
        answer = await told(self.port, head.encode() + body)
        head, _, content = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        plain = gzip.decompress(content) if fields.get("content-encoding") == "gzip" else content
        return SimpleNamespace(
            status=int(first.split(" ")[1]), headers=fields, content=content, plain=plain, head=head
        )

    async def fetch(self, phone: str, file: str, *headers: str, **more: Any) -> SimpleNamespace:
        return await self.ask(self.path(phone, file), *headers, **more)
