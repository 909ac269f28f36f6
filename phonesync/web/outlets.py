"""What the card of a call offers beside what it tells: a CRM, a hand-over, a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import HTTPException

from phonesync.calls.values import CallDirection
from phonesync.config.outgoing import CALL_HANDED_OVER
from phonesync.config.outlets import filled
from phonesync.journal.access import Permission
from phonesync.web import audit
from phonesync.web.ground import ground_of
from phonesync.web.recordings import Recording, recording_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from phonesync.config import Config
    from phonesync.journal.access import Reader
    from phonesync.store.journal.records import JournalCall
    from phonesync.store.repository import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """What is offered.

    Attributes:
        crm: Address of the contact in the CRM, or None.
        hand_over: Other programs want to be told of calls.
        recording: What the reader may listen to, or None.
    """

    crm: str | None = None
    hand_over: bool = False
    recording: Recording | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A call that other programs are told of.

    Attributes:
        call_id: Its id.
        targets: Names of the webhooks.
    """

    call_id: str
    targets: tuple[str, ...]


def outlets_of(config: Config, store: Store, reader: Reader, one: JournalCall, name: str | None) -> Outlets:
    """What a call offers to a reader.

    Args:
        config: The configuration in force.
        store: The store.
        reader: Who looks at the call.
        one: As the reader may see it.
        name: Of the party outside, or None.
    """
    may_listen = reader.may(Permission.LISTEN)
    return Outlets(
        crm=_crm(config, one, name),
        hand_over=reader.may(Permission.EXPORT) and may_hand_over(config, reader, one),
        recording=recording_of(config, store, one) if may_listen else None,
    )


def may_hand_over(config: Config, reader: Reader, one: JournalCall) -> bool:
    """Whether other programs may be told of a call by this reader: they are told all of it."""
    told = bool(config.outgoing.told_of(CALL_HANDED_OVER))
    return told and reader.may(Permission.NUMBERS) and not one.hidden and not one.masked


def hand_over(request: Request, reader: Reader, call_id: str) -> HandedOver:
    """Tells every webhook that wants to know of a call, once.

    Args:
        request: What was asked.
        reader: Who hands it over.
        call_id: Of the call, or of any of its entries.

    Raises:
        HTTPException: The reader does not reach the call or may not tell of it, or nobody wants to know; 404.
        StoreError: It could not be noted or queued.
    """
    ground = ground_of(request)
    one = ground.store.journal_call(call_id, reader.scope)
    config = ground.config()
    if one is None or not may_hand_over(config, reader, one):
        raise HTTPException(404)
    audit.note(request, reader, "call.export", one.call.id, handed_over=True)
    targets = tuple(config.outgoing.told_of(CALL_HANDED_OVER))
    for target in targets:
        key = f"{CALL_HANDED_OVER} {target} {one.call.id} {ground.clock.now().isoformat()}"
        ground.store.queue_delivery(key, target, {"event": CALL_HANDED_OVER, "call_id": one.call.id})
    return HandedOver(call_id=one.call.id, targets=targets)


def _crm(config: Config, one: JournalCall, name: str | None) -> str | None:
    template, call = config.outlets.crm.link, one.call
    if template is None or one.hidden or one.masked or call.direction is CallDirection.INTERNAL:
        return None
    number = call.outside
    inside = call.calling if call.direction is CallDirection.OUTBOUND else call.called
    return filled(
        template,
        {
            "number": number,
            "digits": None if number is None else number.removeprefix("+"),
            "name": name,
            "call": call.id,
            "extension": inside.extension or call.answered_by,
            "employee": call.owner,
        },
    )
