"""What a request says about the content it wants: only if it has changed, compressed, as whom. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

PACKED = "-gz"
"""Ends the ETag of a compressed content: it is another sequence of bytes."""

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_PART = re.compile(r"\s*([A-Za-z*-]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


def is_unchanged(headers: Mapping[str, str], *, etag: str, modified_at: datetime) -> bool:
    """Whether the peer has this very content already.

    Args:
        headers: Of the request; names in any letter case.
        etag: Of the content, without quotes.
        modified_at: When it was made first.
    """
    known = headers.get("if-none-match")
    if known is not None:
        tags = {tag.removesuffix(PACKED) for tag in _TAG.findall(known)}
        return etag in tags or known.strip() == "*"
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        at = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False
    return modified_at <= (at if at.tzinfo is not None else at.replace(tzinfo=UTC))


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the peer takes a compressed content."""
    for part in headers.get("accept-encoding", "").split(","):
        found = _PART.fullmatch(part)
        if found is not None and found[1].lower() in ("gzip", "x-gzip"):
            return re.fullmatch(r"0?\.?0*", found[2] or "1") is None
    return False


def http_date(at: datetime) -> str:
    """An instant as headers write it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def is_allowed(headers: Mapping[str, str], *, username: str, password: str) -> bool:
    """Whether Basic authentication is given and right, in a time that does not tell how nearly."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, f"{username}:{password}".encode())
