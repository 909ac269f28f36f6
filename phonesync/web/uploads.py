"""What phones upload: their own contacts, as a raw body or inside a form."""

from __future__ import annotations

import re
from email.message import Message

_OWN = re.compile(r"([0-9a-f]{12})-([a-z_]+\.xml)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FILE_NAME = re.compile(rb";[ \t]*filename", re.IGNORECASE)
_NO_MAC = "000000000000"


def file_of(name: str) -> str | None:
    """The file an upload belongs to: ``contact.xml`` for ``00005e005301-contact.xml``; else None."""
    found = _OWN.fullmatch(name)
    return None if found is None or found[1] == _NO_MAC else found[2].lower()


def content_of(body: bytes, content_type: str) -> bytes:
    """The file itself: the body, or the first file of a form in it; empty where the form holds none.

    A form is cut at its own boundary and nowhere else: what stands inside a part is never taken for parts.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        return body
    boundary = _boundary(content_type)
    if not boundary:
        return b""
    pieces = (b"\n" + body).split(b"\n--" + boundary)[1:]
    parts = [_HEAD_END.split(piece, maxsplit=1) for piece in pieces if not piece.startswith(b"--")]
    files = [(part[0], part[1].removesuffix(b"\r")) for part in parts if len(part) > 1]
    named = [content for head, content in files if _FILE_NAME.search(head)]
    found = named or [content for _, content in files]
    return next((content for content in found if content.strip()), b"")


def _boundary(content_type: str) -> bytes:
    """What stands between the parts of a form; empty where its type does not say."""
    form = Message()
    form["Content-Type"] = content_type
    return str(form.get_boundary("")).encode("latin-1", "replace")
