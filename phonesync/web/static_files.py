"""Our own static files and those from npm, each under an address that holds the hash of its content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("static")
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file as it is served.

    Attributes:
        address: Where.
        kind: Its content type.
        content: Its bytes.
        packed: The same, gzipped.
    """

    address: str
    kind: str
    content: bytes = field(repr=False)
    packed: bytes = field(repr=False)


@cache
def static_files() -> dict[str, StaticFile]:
    """Every file by its path below ``static``; read once."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in KINDS:
            name = path.relative_to(FOLDER).as_posix()
            content = path.read_bytes()
            mark = hashlib.sha256(content).hexdigest()[:12]
            found[name] = StaticFile(
                address=f"/static/{name.removesuffix(path.suffix)}.{mark}{path.suffix}",
                kind=KINDS[path.suffix],
                content=content,
                packed=gzip.compress(content, mtime=0),
            )
    return found


@cache
def by_address() -> dict[str, StaticFile]:
    """Every file by the address it is served at."""
    return {one.address: one for one in static_files().values()}


def address_of(name: str) -> str:
    """The address of a file by its path below ``static``.

    Raises:
        KeyError: There is no such file; scripts from npm come with ``make``.
    """
    return static_files()[name].address
