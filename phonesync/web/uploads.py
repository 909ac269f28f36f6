"""What phones upload: their own contacts, as a raw body or inside a form."""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

_OWN = re.compile(r"([0-9a-f]{12})-([a-z_]+\.xml)", re.IGNORECASE)
_NO_MAC = "000000000000"


def file_of(name: str) -> str | None:
    """The file an upload belongs to: ``contact.xml`` for ``00005e005301-contact.xml``; else None."""
    found = _OWN.fullmatch(name)
    return None if found is None or found[1] == _NO_MAC else found[2].lower()


def content_of(body: bytes, content_type: str) -> bytes:
    """The file itself: the body, or the first file of a form in it; empty where the form holds none."""
    if not content_type.lower().startswith("multipart/form-data"):
        return body
    head = f"Content-Type: {content_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    form: Message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = form.get_payload() if form.is_multipart() else []
    files = [part for part in parts if isinstance(part, Message)]
    named = [part for part in files if part.get_filename() is not None] or files
    for part in named:
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            return content
    return b""
