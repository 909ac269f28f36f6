"""Mails and webhooks that nobody took: what is wrong with each, and trying it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import HTTPException

from phonesync.web.audit import note
from phonesync.web.ground import ground_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.journal.access import Reader
    from phonesync.store.journal.deliveries import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A delivery that failed. What it says is not told: it may hold numbers and names.

    Attributes:
        delivery: As the store keeps it.
        to: Address of a mail, or None.
        event: What a webhook is told, or None.
    """

    delivery: Delivery
    to: str | None
    event: str | None


def failures(request: Request, *, before: int | None, limit: int) -> tuple[list[Failure], int | None]:
    """What failed, newest first, and where to go on.

    Args:
        request: What was asked.
        before: Where the page before ended, or None.
        limit: So many at most.
    """
    found = ground_of(request).store.failed_deliveries(before=before, limit=limit + 1)
    return [_failure(one) for one in found[:limit]], found[limit - 1].id if len(found) > limit else None


def try_again(request: Request, reader: Reader, delivery_id: int) -> None:
    """Has a delivery tried again at once.

    Raises:
        HTTPException: There is none that failed; 404.
        StoreError: It could not be noted.
    """
    if not ground_of(request).store.retry_delivery(delivery_id):
        raise HTTPException(404)
    note(request, reader, "delivery.retry", str(delivery_id))


def _failure(one: Delivery) -> Failure:
    body = json.loads(one.body)
    return Failure(delivery=one, to=body.get("mail", {}).get("to"), event=body.get("event"))
