"""What goes out by mail and webhook: bodies, headers, signatures, and when it is tried again. Pure.

A body in the store is JSON: ``{"mail": {"to", "subject", "text"}}``, or ``{"event", …}`` for a webhook. Where
``call_id`` stands in it, the call is put in its place when it is sent, as it is then.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from phonesync.clock import iso

FIRST_RETRY = timedelta(minutes=1)
SLOWEST_RETRY = timedelta(hours=1)
"""After a failure: from the first to the slowest, doubling."""

GIVEN_UP = timedelta(days=1)
"""What nobody took for so long is given up."""

SIGNATURE = "X-Phonesync-Signature"
TIMESTAMP = "X-Phonesync-Timestamp"
EVENT = "X-Phonesync-Event"
KEY = "X-Phonesync-Delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text for people.

    Attributes:
        subject: One line.
        text: Plain text.
    """

    subject: str
    text: str


def mail_body(to: str, message: Message) -> dict[str, Any]:
    """A mail as the store keeps it."""
    return {"mail": {"to": to, "subject": message.subject, "text": message.text}}


def mail_of(body: Mapping[str, Any], *, sender: str, key: str, made_at: datetime) -> EmailMessage:
    """A mail as it is handed to a server.

    Args:
        body: As :func:`mail_body` made it.
        sender: Address that it comes from.
        key: Of the delivery: the same mail bears the same ``Message-ID`` whenever it is sent.
        made_at: When it was made, UTC.
    """
    found, mail = body["mail"], EmailMessage()
    mail["From"], mail["To"] = sender, found["to"]
    mail["Subject"] = " ".join(found["subject"].split())
    mail["Date"] = format_datetime(made_at)
    mail["Message-ID"] = f"<{digest(key)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(found["text"])
    return mail


def content_of(body: Mapping[str, Any], *, key: str, made_at: datetime) -> bytes:
    """What a webhook is sent: the body with the delivery's own id and time."""
    head = {"id": digest(key), "made_at": iso(made_at)}
    return json.dumps(head | dict(body), ensure_ascii=False).encode()


def headers_of(content: bytes, *, event: str, key: str, secret: str, now: datetime) -> dict[str, str]:
    """The headers of what a webhook is sent.

    Args:
        content: What is sent.
        event: What it is about.
        key: Of the delivery: the same is sent under the same id, so that its receiver can tell.
        secret: Signs it; empty: nothing is signed.
        now: UTC.
    """
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "phonesync",
        EVENT: event,
        KEY: digest(key),
        TIMESTAMP: stamp,
    }
    return headers if not secret else headers | {SIGNATURE: signature(content, stamp=stamp, secret=secret)}


def signature(content: bytes, *, stamp: str, secret: str) -> str:
    """``sha256=`` and the HMAC-SHA256, in hex, over the timestamp, a full stop and the content."""
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def digest(key: str) -> str:
    """What the outside knows a key by: it tells nothing of it."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def next_attempt(made_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """When a delivery that failed is tried again, UTC; None where it is given up.

    Args:
        made_at: When it was queued, UTC.
        attempts: How often it was tried, this time included.
        now: UTC.
    """
    if now - made_at >= GIVEN_UP:
        return None
    doubled: timedelta = FIRST_RETRY * (1 << min(attempts - 1, 10))
    return min(now + min(doubled, SLOWEST_RETRY), made_at + GIVEN_UP)
