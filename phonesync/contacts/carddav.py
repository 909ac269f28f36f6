"""Contacts of a CardDAV server: only what has changed since the last import is fetched.

The address book is the one named, or the only one the server tells of. Its sync-token brings what has
changed; where the server has none, or refuses the one kept, everything is listed and ETags tell which cards
to fetch.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from phonesync.contacts import dav, vcard
from phonesync.contacts.tls import context
from phonesync.contacts.values import Found, Harvest, Place, Remark
from phonesync.errors import SourceError
from phonesync.store.contact_records import KeptContact

AT_ONCE = 100
"""Cards fetched with one request."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one answer."""

MOST_CARDS = 200_000
MOST_ROUNDS = 1000
"""Answers to one question that a server may spread over several."""

TIMEOUT_S = 30.0
"""Of silence."""

LONGEST_S = 300.0
"""Of one answer, however busy the server looks."""

MOST_REDIRECTS = 5

_MULTISTATUS, _UNAUTHORIZED, _FORBIDDEN, _TOO_MUCH = 207, 401, 403, 507
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a server is reached.

    Attributes:
        url: Of an address book, or of the server.
        username: Who signs in, or None.
        password: Of that user.
        tls: ``verify`` or ``insecure``.
        ca_file: Authorities to trust in place of the machine's, or None.
    """

    url: str
    username: str | None
    password: str
    tls: str
    ca_file: Path | None

    def __repr__(self) -> str:
        return f"Access(url={self.url!r})"


def harvest(access: Access, *, token: str | None, kept: Sequence[KeptContact]) -> Harvest:
    """Everything an address book holds.

    Args:
        access: How the server is reached.
        token: Of the last import, or None.
        kept: What that import left.

    Raises:
        SourceError: It cannot be read.
    """
    with Server(access) as server:
        book, since = _remembered(token, access.url)
        if book is None:
            book = server.book()
        listed = None if since is None else server.changed(book, since)
        if listed is None:
            listed = server.listed(book)
        brought = _merged(server, book, listed, kept)
    new = None if listed.token is None else json.dumps([access.url, book, listed.token])
    return replace(brought, token=new)


def _merged(server: Server, book: str, listed: Listed, kept: Sequence[KeptContact]) -> Harvest:
    """Cards that stayed as they were, and those that came or changed."""
    before = {one.card: one.etag for one in kept if one.card is not None}
    wanted = [url for url, etag in listed.etags.items() if not etag or before.get(url) != etag]
    gone = listed.gone if listed.partial else before.keys() - listed.etags.keys()
    fetched = server.cards(book, wanted)
    replaced = {*wanted, *gone}
    found = [_found(one) for one in kept if one.card is not None and one.card not in replaced]
    remarks: list[Remark] = []
    for url, (etag, text) in fetched.items():
        one = vcard.parse(text.encode("utf-8", "replace"), file=_short(url, book), card=url, etag=etag)
        found += one.found
        remarks += one.remarks
    # A card that cannot be read, or was not sent, keeps no ETag: the next whole listing asks for it again.
    remarks += [
        Remark(place=Place(file=_short(url, book)), reason="the server did not send this card")
        for url in wanted
        if url not in fetched
    ]
    return Harvest(found=tuple(found), remarks=tuple(remarks))


def _found(kept: KeptContact) -> Found:
    contact = kept.contact
    return Found(
        name=contact.name,
        numbers=contact.numbers,
        place=Place(file=kept.card or ""),
        uid=contact.uid,
        company=contact.company,
        department=contact.department,
        card=kept.card,
        etag=kept.etag,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a server says its address book holds.

    Attributes:
        etags: Address of a card to its ETag; empty where the server has none.
        gone: Addresses of cards that are gone.
        token: To ask for changes with next time, or None.
        partial: Only what has changed is told.
    """

    etags: dict[str, str]
    gone: set[str]
    token: str | None
    partial: bool


class Server:
    """One conversation with a CardDAV server.

    Args:
        access: How it is reached.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        auth = None if access.username is None else httpx.BasicAuth(access.username, access.password)
        secure: ssl.SSLContext | bool = False
        if urlsplit(access.url).scheme == "https":
            secure = context(access.tls, access.ca_file)
        self._client = httpx.Client(auth=auth, verify=secure, timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def book(self) -> str:
        """The address of the address book.

        Raises:
            SourceError: There is none, or several.
        """
        start = self._properties(self._access.url)
        if start is None:
            start = self._properties(urljoin(self._access.url, "/.well-known/carddav"))
        if start is None:
            raise SourceError(f"{self._access.url} is no WebDAV resource.", hint="Is the url right?")
        if start.is_book:
            return start.url
        home = start.links.get(f"{dav.CARD}addressbook-home-set", ())
        for principal in start.links.get(f"{dav.DAV}current-user-principal", ()) if not home else ():
            found = self._properties(principal)
            home = () if found is None else found.links.get(f"{dav.CARD}addressbook-home-set", ())
        books = [one.url for url in home or (start.url,) for one in self._members(url) if one.is_book]
        if len(books) == 1:
            return books[0]
        if books:
            raise SourceError(
                f"{self._access.url} has {len(books)} address books.",
                hint=f"Put the address of one of them as url: {', '.join(books[:10])}",
            )
        raise SourceError(f"{self._access.url} has no address book.", hint="Is the url right?")

    def changed(self, book: str, token: str) -> Listed | None:
        """What has changed since a token; None where the server does not take it (any more)."""
        return self._synced(book, token)

    def listed(self, book: str) -> Listed:
        """Everything an address book holds."""
        synced = self._synced(book, "")
        if synced is not None:
            return Listed(etags=synced.etags, gone=set(), token=synced.token, partial=False)
        found = self._asked("PROPFIND", book, dav.propfind((dav.ETAG, f"{dav.DAV}resourcetype")), depth="1")
        etags = {
            one.url: one.texts.get(dav.ETAG, "")
            for one in found.resources
            if f"{dav.DAV}collection" not in one.kinds and not one.gone
        }
        _bound(etags)
        return Listed(etags=etags, gone=set(), token=None, partial=False)

    def cards(self, book: str, urls: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Address to ETag and text of cards; those that are gone by now are left out."""
        found: dict[str, tuple[str, str]] = {}
        for start in range(0, len(urls), AT_ONCE):
            some = urls[start : start + AT_ONCE]
            answer = self._asked("REPORT", book, dav.multiget(some), depth="0")
            for one in answer.resources:
                if dav.DATA in one.texts and one.url in some:
                    found[one.url] = (one.texts.get(dav.ETAG, ""), one.texts[dav.DATA])
        return found

    def _synced(self, book: str, token: str) -> Listed | None:
        etags: dict[str, str] = {}
        gone: set[str] = set()
        since = token
        for _ in range(MOST_ROUNDS):
            response = self._send("REPORT", book, dav.sync_collection(since), depth="0")
            if response.status_code != _MULTISTATUS:
                self._refuse_if_shut(response)
                return None
            answer = dav.answer(response.content, base=str(response.url))
            more = False
            for one in answer.resources:
                if one.status == _TOO_MUCH:
                    more = True
                elif one.gone:
                    gone.add(one.url)
                    etags.pop(one.url, None)
                elif one.url.rstrip("/") != book.rstrip("/"):
                    gone.discard(one.url)
                    etags[one.url] = one.texts.get(dav.ETAG, "")
            _bound(etags)
            if answer.token is None:
                return None
            if not more or answer.token == since:
                return Listed(etags=etags, gone=gone, token=answer.token, partial=bool(token))
            since = answer.token
        raise SourceError(f"{book} does not come to an end.")

    def _properties(self, url: str) -> dav.Resource | None:
        """What a resource is; None where it is no WebDAV resource."""
        response = self._send("PROPFIND", url, dav.propfind(dav.BOOK_PROPERTIES), depth="0")
        self._refuse_if_shut(response)
        if response.status_code != _MULTISTATUS:
            return None
        found = dav.answer(response.content, base=str(response.url)).resources
        return found[0] if found else None

    def _members(self, url: str) -> Iterable[dav.Resource]:
        return self._asked("PROPFIND", url, dav.propfind(dav.BOOK_PROPERTIES), depth="1").resources

    def _asked(self, method: str, url: str, body: bytes, *, depth: str) -> dav.Answer:
        """A multistatus.

        Raises:
            SourceError: The server answered something else.
        """
        response = self._send(method, url, body, depth=depth)
        self._refuse_if_shut(response)
        if response.status_code != _MULTISTATUS:
            raise SourceError(f"{url} answered {method} with HTTP {response.status_code}.")
        return dav.answer(response.content, base=str(response.url))

    def _refuse_if_shut(self, response: httpx.Response) -> None:
        """Ends where the server does not let us in.

        Raises:
            SourceError: It wants another user or password.
        """
        if response.status_code == _UNAUTHORIZED:
            raise SourceError(
                f"{self._access.url} refuses the user or the password.",
                hint="Are username and password of the source right?",
            )
        if response.status_code == _FORBIDDEN and b"valid-sync-token" not in response.content:
            raise SourceError(f"{self._access.url} does not allow this user to read it.")

    def _send(self, method: str, url: str, body: bytes, *, depth: str) -> httpx.Response:
        """An answer of bounded size, redirects within the server followed with the same method.

        Raises:
            SourceError: The server cannot be reached, or answers too much.
        """
        for _ in range(MOST_REDIRECTS + 1):
            response = self._once(method, url, body, depth)
            if response.status_code not in _REDIRECTS:
                return response
            to = urljoin(url, response.headers.get("location", ""))
            if not _same_server(to, url):
                raise SourceError(f"{url} leads to another server: {to}.", hint="Put that address as url.")
            url = to
        raise SourceError(f"{url} leads from one address to the next without an end.")

    def _once(self, method: str, url: str, body: bytes, depth: str) -> httpx.Response:
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
        try:
            with self._client.stream(method, url, content=body, headers=headers) as response:
                parts, until = bytearray(), time.monotonic() + LONGEST_S
                for part in response.iter_bytes():
                    parts += part
                    if len(parts) > LARGEST:
                        raise SourceError(f"{url} answers with more than {LARGEST // 1024 // 1024} MiB.")
                    if time.monotonic() > until:
                        raise SourceError(f"{url} takes more than {LONGEST_S:g} s for one answer.")
            return httpx.Response(
                response.status_code,
                headers=[
                    (name, value) for name, value in response.headers.multi_items() if name == "location"
                ],
                content=bytes(parts),
                request=response.request,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{url} cannot be reached: {str(error) or type(error).__name__}.") from error


def _bound(etags: dict[str, str]) -> None:
    if len(etags) > MOST_CARDS:
        raise SourceError(f"The address book holds more than {MOST_CARDS} cards.")


def _remembered(token: str | None, url: str) -> tuple[str | None, str | None]:
    """The address book of the last import and its sync-token, as long as the source has the same url."""
    if token is None:
        return None, None
    before, book, since = json.loads(token)
    return (book, since) if before == url else (None, None)


def _same_server(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _short(url: str, book: str) -> str:
    return url.removeprefix(book).strip("/") or url
