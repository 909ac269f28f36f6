"""The head of a request as phones send it, mended before a strict parser reads it.

Phones fill names into addresses as they stand: with blanks, with ``#``, as raw UTF-8 or in a code page of
their own (vendor sheets: "not reliably URL-encoded"). Some send no version of HTTP, or one that never was.
A strict parser refuses all of these, and a call would be lost. So the request line is taken apart by what
surely stands at its ends, and what may not stand in an address is percent-encoded. Nothing else is touched.
"""

from __future__ import annotations

import re

METHODS = frozenset({b"GET", b"HEAD", b"PUT", b"POST", b"DELETE", b"PATCH"})
"""All that is taken: phones use the first four, programs at the site all of them."""

_VERSION = re.compile(rb"[ \t]HTTP/([0-9.]{1,8})$", re.IGNORECASE)
_ORIGIN = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_UNFIT = re.compile(rb"[^A-Za-z0-9!$%&'()*+,\-./:;=?@_~]")
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_LINE_END = re.compile(rb"\r?\n")


def is_of_phones(path: str) -> bool:
    """Whether a path, without percent-encoding, is a phone's: below ``/b`` or ``/e``."""
    return path in ("/b", "/e") or path.startswith(("/b/", "/e/"))


def end_of(content: bytes | bytearray) -> int | None:
    """Where the head ends (behind its empty line), or None as long as it has not ended."""
    found = _END.search(content)
    return None if found is None else found.end()


def is_simple(content: bytes | bytearray) -> bool:
    """Whether it is one whole line without a version: in HTTP/0.9 no empty line came after it."""
    line, newline, rest = bytes(content).partition(b"\n")
    return bool(newline) and not rest.strip() and _VERSION.search(line.rstrip(b"\r \t")) is None


def mended(head: bytes) -> bytes:
    """The head with a request line that every parser takes.

    Args:
        head: Request line and header lines, without empty lines before it, up to its empty line.

    Raises:
        ValueError: The method is none of :data:`METHODS`, so nobody can tell what this is.
    """
    line, *headers = _LINE_END.split(head.strip(b"\r\n"))
    method, _, rest = line.strip(b" \t").partition(b" ")
    if method.upper() not in METHODS:
        raise ValueError("not a request of a phone")
    # A blank and no more: a pattern for many would be tried from each of them, and a line can hold thousands.
    rest = rest.rstrip(b" \t")
    found = _VERSION.search(rest)
    target = (rest if found is None else rest[: found.start()]).strip(b" \t")
    version = b"1.1" if found is not None and found[1] == b"1.1" else b"1.0"
    first = b"%b %b HTTP/%b" % (method.upper(), _target(target), version)
    return b"\r\n".join([first, *headers, b"", b""])


def _target(target: bytes) -> bytes:
    """Path and query, each byte that may not stand in them percent-encoded; percent signs stay."""
    path = _ORIGIN.sub(b"", target, count=1) if _ORIGIN.match(target) else target
    if not path.startswith(b"/"):
        path = b"/" + path
    return _UNFIT.sub(lambda byte: b"%%%02X" % byte[0][0], path)
