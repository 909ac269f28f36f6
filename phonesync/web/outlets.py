"""What the card of a call offers beside what it tells: a CRM, a hand-over, a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonesync.calls.values import CallDirection
from phonesync.config.outgoing import CALL_HANDED_OVER
from phonesync.config.outlets import filled
from phonesync.journal.access import Permission
from phonesync.web.recordings import Recording, recording_of

if TYPE_CHECKING:
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
