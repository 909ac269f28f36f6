"""Keeps account of what phones fetched: gathered for a moment, then written at once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from phonesync.errors import StoreError
from phonesync.store.book_records import ServedBook
from phonesync.web.shelf import Label, Place

if TYPE_CHECKING:
    from phonesync.clock import Clock
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

WRITE_S = 2.0
"""How often what was gathered is written."""

REFRESH = timedelta(minutes=1)
"""That a phone asked again and nothing had changed is noted at most so often."""

MOST_AGENT = 200
"""Characters kept of a User-Agent."""


class Noting:
    """Gathers and writes.

    Args:
        in_thread: Runs work on the store outside the loop.
        store: The store.
        clock: Where time comes from.
    """

    def __init__(
        self, in_thread: Callable[[Callable[[], Any]], Awaitable[Any]], store: Store, clock: Clock
    ) -> None:
        self._in_thread, self._store, self._clock = in_thread, store, clock
        self._known: dict[Place, ServedBook] = {}
        self._waiting: dict[Place, ServedBook] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes as long as the block lasts, and once at its end."""
        self._known = await self._in_thread(self._read)
        writing = asyncio.create_task(self._write_on())
        try:
            yield
        finally:
            writing.cancel()
            await self._write()

    def asked(self, place: Place, label: Label, *, agent: str) -> None:
        """A phone has the content with this label now."""
        now, before = self._clock.now(), self._known.get(place)
        shown = f'"{label.etag}"'
        if before is not None and before.etag == shown and now - before.asked_at < REFRESH:
            return
        if before is not None and before.etag == shown:
            served = replace(before, asked_at=now)
        else:
            served = ServedBook(
                phone=place[0],
                file=place[1],
                etag=shown,
                entries=label.entries,
                left_out=label.left_out,
                taken_at=now,
                asked_at=now,
            )
        self._known[place] = self._waiting[place] = replace(served, agent=agent[:MOST_AGENT] or None)

    def _read(self) -> Mapping[Place, ServedBook]:
        return {(book.phone, book.file): book for book in self._store.served_books()}

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(WRITE_S)
            await self._write()

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await self._in_thread(lambda: self._store.note_served(waiting.values()))
        except StoreError as error:
            # The next time a phone asks, it is noted again.
            _log.warning("fetched phonebooks not noted", error=str(error))
            for place in waiting:
                self._known.pop(place, None)
