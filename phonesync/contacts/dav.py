"""The words of WebDAV and CardDAV: what is asked, and what an answer says. Pure.

RFC 4918 (WebDAV), RFC 6352 (CardDAV), RFC 6578 (sync-collection).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from phonesync.errors import SourceError

DAV = "{DAV:}"
CARD = "{urn:ietf:params:xml:ns:carddav}"
BOOK_PROPERTIES = (
    f"{DAV}resourcetype",
    f"{DAV}sync-token",
    f"{DAV}current-user-principal",
    f"{CARD}addressbook-home-set",
    f"{DAV}displayname",
)
ETAG = f"{DAV}getetag"
DATA = f"{CARD}address-data"

_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'
_GONE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of an answer.

    Attributes:
        url: Its whole address.
        gone: It is not there (any more).
        status: Of the resource itself where it has one, else None.
        texts: Property to its text, of those found.
        links: Property to the addresses it names.
        kinds: Its resource types.
    """

    url: str
    gone: bool
    status: int | None = None
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    links: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    kinds: frozenset[str] = frozenset()

    @property
    def is_book(self) -> bool:
        """Whether it is an address book."""
        return f"{CARD}addressbook" in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A multistatus.

    Attributes:
        resources: What it tells of.
        token: The new sync-token, or None.
    """

    resources: tuple[Resource, ...]
    token: str | None = None


def propfind(properties: Iterable[str]) -> bytes:
    """The body that asks for properties."""
    return f"{_HEAD}<propfind {_SPACES}><prop>{_named(properties)}</prop></propfind>".encode()


def sync_collection(token: str) -> bytes:
    """The body that asks for what has changed since a token; everything where it is empty."""
    return (
        f"{_HEAD}<sync-collection {_SPACES}><sync-token>{escape(token)}</sync-token>"
        f"<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
    ).encode()


def multiget(urls: Sequence[str]) -> bytes:
    """The body that asks for cards by their addresses."""
    hrefs = "".join(f"<href>{escape(urlsplit(url).path)}</href>" for url in urls)
    return (
        f"{_HEAD}<C:addressbook-multiget {_SPACES}><prop><getetag/><C:address-data/></prop>{hrefs}"
        "</C:addressbook-multiget>"
    ).encode()


def answer(body: bytes, *, base: str) -> Answer:
    """A multistatus read.

    Args:
        body: As sent.
        base: Address of the request, for relative ones in the answer.

    Raises:
        SourceError: It is no multistatus.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"{base} answered something that is not XML.") from error
    if root.tag != f"{DAV}multistatus":
        raise SourceError(f"{base} answered something that is no WebDAV multistatus.")
    token = root.findtext(f"{DAV}sync-token")
    found = [_resource(one, base) for one in root.iterfind(f"{DAV}response")]
    return Answer(resources=tuple(one for one in found if one is not None), token=token or None)


def _resource(node: etree._Element, base: str) -> Resource | None:
    href = (node.findtext(f"{DAV}href") or "").strip()
    try:
        url = urljoin(base, href)
        same = urlsplit(url)[:2] == urlsplit(base)[:2]
    except ValueError:
        return None
    if not href or not same:
        return None  # an address on another server is not ours to follow
    status = _status(node.findtext(f"{DAV}status"))
    texts: dict[str, str] = {}
    links: dict[str, tuple[str, ...]] = {}
    kinds: set[str] = set()
    for group in node.iterfind(f"{DAV}propstat"):
        if _status(group.findtext(f"{DAV}status")) not in (None, 200):
            continue
        for one in group.iterfind(f"{DAV}prop/*"):
            name = str(one.tag)
            texts[name] = one.text or ""
            links[name] = tuple(
                urljoin(base, (link.text or "").strip()) for link in one.iterfind(f"{DAV}href")
            )
            if name == f"{DAV}resourcetype":
                kinds |= {str(kind.tag) for kind in one}
    return Resource(
        url=url, gone=status == _GONE, status=status, texts=texts, links=links, kinds=frozenset(kinds)
    )


def _status(line: str | None) -> int | None:
    """The code of ``HTTP/1.1 404 Not Found``."""
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


def _named(properties: Iterable[str]) -> str:
    return "".join(f"<{name.replace(CARD, 'C:').replace(DAV, '')}/>" for name in properties)
