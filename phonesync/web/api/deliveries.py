"""Mails and webhooks that nobody took, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from phonesync.journal.access import Permission, Reader
from phonesync.web import guard
from phonesync.web.failures import failures, try_again

if TYPE_CHECKING:
    from phonesync.web.failures import Failure

router = APIRouter(prefix="/api/v1/deliveries", tags=["phones"])

PhoneReader = Annotated[Reader, Depends(guard.Needs(Permission.PHONES))]
MOST_ID = 2**53


class FailedDelivery(BaseModel):
    """A mail or a webhook that nobody took."""

    id: int
    target: str = Field(description="Name of the digest or webhook.")
    to: str | None = Field(description="Address of a mail; null for a webhook.")
    event: str | None = Field(description="What a webhook is told; null for a mail.")
    since: datetime = Field(description="When it was to go out first.")
    attempts: int
    problem: str = Field(description="Why it failed the last time.")
    next_at: datetime | None = Field(description="When it is tried next; null: it was given up.")


class FailedDeliveries(BaseModel):
    """Failed deliveries, newest first."""

    deliveries: list[FailedDelivery]
    next: str | None = Field(description="The cursor of what follows; null at the end.")


@router.get("")
def failed(
    request: Request,
    reader: PhoneReader,
    limit: Annotated[int, Query(ge=1, le=100, description="So many at most.")] = 50,
    cursor: Annotated[
        int | None, Query(ge=0, le=MOST_ID, description="``next`` of the answer before.")
    ] = None,
) -> FailedDeliveries:
    """Mails and webhooks that nobody took, newest first: waiting to be tried again, or given up."""
    del reader
    found, further = failures(request, before=cursor, limit=limit)
    return FailedDeliveries(
        deliveries=[_said(one) for one in found], next=None if further is None else str(further)
    )


@router.post("/{delivery_id}/retry", status_code=204)
def retry(request: Request, reader: PhoneReader, delivery_id: Annotated[int, Path(ge=0, le=MOST_ID)]) -> None:
    """Has one tried again at once, also one that was given up."""
    try_again(request, reader, delivery_id)


def _said(one: Failure) -> FailedDelivery:
    kept = one.delivery
    return FailedDelivery(
        id=kept.id,
        target=kept.target,
        to=one.to,
        event=one.event,
        since=kept.made_at,
        attempts=kept.attempts,
        problem=kept.problem or "",
        next_at=kept.next_at,
    )
