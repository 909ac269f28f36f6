"""Phonebooks as phones fetch them, and phones' own contacts as they upload them.

A book is made when a phone asks for it and nothing it was made from is the same any more: the contacts, the
configuration, the phone's own contacts, the hour. Most requests find it as it was, and are answered without
a look into the store.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from phonesync.agent.bookmaking import Bookmaker, Format
from phonesync.config import resolve_web_password
from phonesync.errors import ConfigError, PlanRefused, StoreError, UnexpectedResponse, Unsupported
from phonesync.web.app import not_here, peer_of, plain
from phonesync.web.conditions import PACKED, http_date, is_allowed, is_unchanged, takes_gzip
from phonesync.web.noting import Noting
from phonesync.web.shelf import Label, Made, Place, Shelf, etag_of, packed
from phonesync.web.uploads import content_of, file_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.clock import Clock
    from phonesync.config import Config
    from phonesync.driver.contract import Driver
    from phonesync.store.repository import Store
    from phonesync.web.addresses import Addresses
    from phonesync.web.refusals import Refusals

_log = structlog.get_logger(__name__)

LOOK_S = 1.0
"""How often it is looked whether contacts have changed, while phones ask."""

RETRY_S = "300"
"""When a phone may ask again for a book that cannot be made now."""

UPLOADS = 4
"""Uploads taken in at once: each may hold megabytes."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}\.[A-Za-z]{1,5}")
NO_ADDRESS = "The address belongs to no phone."
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shop:
    """All that follows from one configuration."""

    number: int
    config: Config
    maker: Bookmaker
    password: str


class Books:
    """Serves ``/b/<token>/<file>``.

    Args:
        config: Gives the configuration in force.
        store: The store.
        drivers: Installed drivers by name.
        clock: Where time comes from.
        addresses: Knows whose address a token is.
        refusals: Tells of what was refused.
        shelf: Keeps what was made.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        store: Store,
        drivers: Mapping[str, Driver],
        *,
        clock: Clock,
        addresses: Addresses,
        refusals: Refusals,
        shelf: Shelf | None = None,
    ) -> None:
        self._config, self._store, self._drivers, self._clock = config, store, drivers, clock
        self._addresses, self._refusals = addresses, refusals
        self._shelf = shelf or Shelf()
        self._shop: _Shop | None = None
        self._version, self._looked_at = "", -LOOK_S
        self._uploads: dict[Place, int] = {}
        self._merged: set[Place] = set()
        self._making: dict[Place, asyncio.Task[Made]] = {}
        self._places = asyncio.Semaphore(UPLOADS)
        self._thread = ThreadPoolExecutor(1, "books")
        self._noting = Noting(self._in_thread, store, clock)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Notes what phones fetched as long as the block lasts."""
        try:
            async with self._noting.running():
                yield
        finally:
            self._thread.shutdown(cancel_futures=True)

    # --- GET and HEAD -------------------------------------------------------------------------------------

    async def serve(self, request: Request, *, token: str, file: str) -> Response:
        """Answers a phone that fetches a file."""
        try:
            found = await self._admitted(request, token)
            if isinstance(found, Response):
                return found
            agent = request.headers.get("user-agent", "")
            label, made = await self._fresh((found, file), agent, only_label=_asks(request))
        except (Unsupported, UnexpectedResponse, ConfigError) as error:
            self._refusals.add(peer_of(request), error.message, file=_shown(file))
            return not_here()
        except (StoreError, PlanRefused) as error:
            self._refusals.add(peer_of(request), error.message, file=_shown(file))
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_S})
        self._noting.asked((found, file), label, agent=agent)
        if made is None:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_head(label))
        if not takes_gzip(request.headers):
            return _content(made)
        if made.packed is None:
            content = made.content
            made = replace(made, packed=await self._in_thread(lambda: packed(content)))
            self._shelf.put((found, file), made)
        return _content(made, compressed=bool(made.packed))

    async def _admitted(self, request: Request, token: str) -> str | Response:
        """The phone whose address it is, or what whoever asks is answered instead."""
        name = await self._addresses.find(token)
        shop = self._opened()
        if name is None or name not in shop.config.phones_by_name:
            self._refusals.add(peer_of(request), NO_ADDRESS)
            return not_here()
        username = shop.config.web.username
        if username is None or is_allowed(request.headers, username=username, password=shop.password):
            return name
        if "authorization" in request.headers:
            self._refusals.add(peer_of(request), "User or password of a phonebook is wrong.", phone=name)
        challenge = {"WWW-Authenticate": 'Basic realm="phonebook", charset="UTF-8"'}
        return plain(HTTPStatus.UNAUTHORIZED, headers=challenge)

    def _opened(self) -> _Shop:
        config = self._config()
        if self._shop is None or self._shop.config is not config:
            maker = Bookmaker(config, self._store, self._drivers, self._clock)
            number = 0 if self._shop is None else self._shop.number + 1
            password = resolve_web_password(config)
            self._shop = _Shop(number=number, config=config, maker=maker, password=password)
        return self._shop

    # --- making -------------------------------------------------------------------------------------------

    async def _fresh(
        self, place: Place, agent: str, *, only_label: Callable[[Label], bool]
    ) -> tuple[Label, Made | None]:
        """The label of a file, and its bytes unless the label will do."""
        shop = self._opened()
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            self._version = await self._in_thread(self._store.contacts_version)
        stamp = (
            shop.number,
            self._version,
            shop.maker.hour(),
            self._uploads.get(place, 0),
            await self._bearer(place),
            agent,
        )
        label = self._shelf.label(place, stamp)
        if label is None or (not only_label(label) and self._shelf.made(place, stamp) is None):
            label = (await self._made(place, agent, shop, stamp)).label
        if only_label(label):
            return label, None
        return label, self._shelf.made(place, stamp) or await self._made(place, agent, shop, stamp)

    async def _bearer(self, place: Place) -> str:
        """The physical phone, where a file is merged with what that very phone has uploaded."""
        if place not in self._merged:
            return ""
        return (await self._in_thread(lambda: self._store.known_as(place[0]))).incarnation

    async def _made(self, place: Place, agent: str, shop: _Shop, stamp: object) -> Made:
        """Makes a file, once for all who ask for it at the same time."""
        task = self._making.get(place)
        if task is None:
            task = asyncio.create_task(self._in_thread(lambda: self._make(place, agent, shop, stamp)))
            self._making[place] = task
            task.add_done_callback(lambda done: self._ended(place, done))
        made = await asyncio.shield(task)
        self._shelf.put(place, made)
        return made

    def _ended(self, place: Place, task: asyncio.Task[Made]) -> None:
        del self._making[place]
        if not task.cancelled():
            # Asked for, so that nobody misses it where every phone that waited has gone.
            task.exception()

    def _make(self, place: Place, agent: str, shop: _Shop, stamp: object) -> Made:
        """Runs in the thread.

        Raises:
            PlanRefused: There is no contact at all for this phone; it is to keep the book it has.
            Unsupported: The phone fetches no such file.
            UnexpectedResponse: Its own contacts cannot be understood.
            StoreError: The store cannot be read.
        """
        name, file = place
        found = shop.maker.format_of(name, file=file, agent=agent)
        known = next((one for one in found.files if one.name == file), None)
        if known is None:
            raise Unsupported(f"Phones like {name} fetch no such file.")
        built = shop.maker.book(name, limits=found.limits)
        if built.visible == 0:
            raise PlanRefused(f"There is no contact that {name} may see, so it keeps the book it has.")
        content = shop.maker.file(name, built, found, file)
        if known.replaces:
            self._merged.add(place)
        etag = etag_of(content)
        label = Label(
            stamp=stamp,
            etag=etag,
            modified_at=self._shelf.modified_at(place, etag, self._clock.now()),
            content_type=known.content_type,
            entries=len(built.book.entries),
            left_out=len(built.left_out),
        )
        return Made(label=label, content=content)

    # --- PUT and POST -------------------------------------------------------------------------------------

    async def take(self, request: Request, *, token: str, file: str) -> Response:
        """Takes a phone's own contacts in, or answers a phone that asks for a file by POST."""
        try:
            found = await self._admitted(request, token)
            if isinstance(found, Response):
                return found
            if request.method == "POST" and await self._is_asked_by_post(request, found, file):
                async with self._places:
                    await request.body()
                return await self.serve(request, token=token, file=file)
            await self._take(request, found, file)
        except (Unsupported, ConfigError) as error:
            self._refusals.add(peer_of(request), error.message, file=_shown(file))
            return not_here()
        except StoreError as error:
            self._refusals.add(peer_of(request), error.message)
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_S})
        except ClientDisconnect:
            return plain(HTTPStatus.BAD_REQUEST)
        return plain(HTTPStatus.OK)

    async def _is_asked_by_post(self, request: Request, name: str, file: str) -> bool:
        maker, agent = self._opened().maker, request.headers.get("user-agent", "")
        found = await self._in_thread(lambda: maker.format_of(name, file=file_of(file) or file, agent=agent))
        return any(one.name == file and one.by_post for one in found.files)

    async def _take(self, request: Request, name: str, file: str) -> None:
        """Keeps an upload, once it is known to be wanted and to hold something."""
        belongs = file_of(file)
        maker, agent = self._opened().maker, request.headers.get("user-agent", "")
        found = await self._in_thread(lambda: maker.format_of(name, file=belongs, agent=agent))
        if belongs is None or not _replaces(found, belongs):
            raise Unsupported("A phone uploads what is none of its own contacts.")
        async with self._places:
            content = content_of(await request.body(), request.headers.get("content-type", ""))
            if not content.strip():
                raise Unsupported("A phone has uploaded nothing in place of its own contacts.")
            await self._in_thread(lambda: self._store.keep_own_book(name, belongs, content))
        self._uploads[name, belongs] = self._uploads.get((name, belongs), 0) + 1
        _log.info("own contacts taken", phone=name, file=belongs, bytes=len(content))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _asks(request: Request) -> Callable[[Label], bool]:
    """Whether a label is all that this request needs."""
    return lambda label: is_unchanged(request.headers, etag=label.etag, modified_at=label.modified_at)


def _shown(file: str) -> str:
    """A file name for the log, unless it could be a secret in the wrong place: those are longer."""
    return file if _NAME.fullmatch(file) else "…"


def _replaces(found: Format, file: str) -> bool:
    return any(one.name == file and one.replaces for one in found.files)


def _head(label: Label, *, compressed: bool = False) -> dict[str, str]:
    return {
        "ETag": f'"{label.etag}{PACKED if compressed else ""}"',
        "Last-Modified": http_date(label.modified_at),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }


def _content(made: Made, *, compressed: bool = False) -> Response:
    headers = {**_head(made.label, compressed=compressed), "Content-Type": made.label.content_type}
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(made.packed if compressed else made.content, headers=headers)
