"""One push by a process of its own: ``python -m tests.system.push_child CONFIG PHONE BOOK``; it may be killed."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import structlog

from phonesync import config as configuration
from phonesync.agent.push_commands import Means, push_contacts
from phonesync.agent.push_values import PushResult
from phonesync.clock import SystemClock
from phonesync.driver.phonebooks import BookLimits
from phonesync.model import BookEntry, ContactNumber, NumberKind, Phonebook
from phonesync.store.repository import Store


class HastyClock(SystemClock):
    """The machine's time; nobody waits long by it."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


def write_book(path: Path, entries: list[BookEntry]) -> None:
    """Leaves a phonebook for :func:`read_book`."""
    listed = [
        [one.contact, one.name, [[number.kind.value, number.number] for number in one.numbers]]
        for one in entries
    ]
    path.write_text(json.dumps(listed))


def read_book(path: Path) -> Phonebook:
    """The phonebook that lies at a path."""
    entries = tuple(
        BookEntry(
            contact=contact,
            name=name,
            numbers=tuple(ContactNumber(number=number, kind=NumberKind(kind)) for kind, number in numbers),
        )
        for contact, name, numbers in json.loads(path.read_text())
    )
    return Phonebook(title="Contacts", entries=entries)


async def push(config: Path, phone: str, book: Path, *, again: bool = False) -> PushResult:
    """Pushes as the command does."""

    def wanted(_store: Store, _name: str, _limits: BookLimits) -> Phonebook:
        return read_book(book)

    by = Means(wanted=wanted, clock=HastyClock())
    return await push_contacts(configuration.load(config), phone, by, again=again)


def main() -> None:
    """Reads the arguments and pushes."""
    config, phone, book = sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    result = asyncio.run(push(Path(config), phone, Path(book)))
    sys.exit(0 if result.complete else 4)


if __name__ == "__main__":
    main()
