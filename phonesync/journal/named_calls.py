"""Calls as they go out to people and programs: their fields, and the names of their parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from phonesync.calls.values import Call, Leg, Party
from phonesync.clock import iso
from phonesync.journal.shown_names import Names

FIELDS = (
    "id",
    "direction",
    "disposition",
    "started_at",
    "answered_at",
    "ended_at",
    "ring_s",
    "talk_s",
    "calling",
    "called",
    "answered_by",
    "legs",
    "uncertain",
    "reasons",
    "coverage",
    "owner",
    "department",
    "group",
    "started_within_s",
    "contested",
    "settled",
    "voicemail",
    "keys",
    "recording",
)
"""The fields of a call, in the order in which they are written."""

PARTY_FIELDS = ("number_shown", "e164", "extension", "name")
"""The fields of ``calling`` and ``called``."""

LEG_FIELDS = ("phone", "extension", "list", "outcome", "entry_ids")
"""The fields of each of ``legs``."""

REASON_FIELDS = ("rule", "entry_ids", "text")
"""The fields of each of ``reasons``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A call with the names of its parties as they are now.

    Attributes:
        call: The call; the parties' names in it are those that a phone showed.
        calling: Name of who called, or None.
        called: Name of who was called, or None.
    """

    call: Call
    calling: str | None
    called: str | None


class Parties:
    """Who the parties of calls are.

    Args:
        names: Names as a phone is to show them.
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def named(self, call: Call) -> Named:
        """The call with its parties' names: those of contacts and owners before what a phone showed."""
        return Named(call=call, calling=self._name(call, call.calling), called=self._name(call, call.called))

    def _name(self, call: Call, party: Party) -> str | None:
        phone = call.legs[0].phone
        if party.extension is None:
            return self._names.of(phone, party.e164) or party.name
        inside = [leg for leg in call.legs if leg.extension == party.extension]
        owner = next((leg.owner for leg in inside if leg.owner is not None), None)
        group = call.group if party is call.called and not inside else None
        return owner or group or self._names.inside(phone, party.extension) or party.name


def as_data(named: Named) -> dict[str, object]:
    """A call as one JSON object."""
    call = named.call
    return {
        "id": call.id,
        "direction": call.direction.value,
        "disposition": call.disposition.value,
        "started_at": iso(call.started_at),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
        "ring_s": call.ring_s,
        "talk_s": call.talk_s,
        "calling": party_data(call.calling, named.calling),
        "called": party_data(call.called, named.called),
        "answered_by": call.answered_by,
        "legs": [_leg(leg) for leg in call.legs],
        "uncertain": call.uncertain,
        "reasons": [
            {"rule": reason.rule.value, "entry_ids": list(reason.entry_ids), "text": reason.text}
            for reason in call.reasons
        ],
        "coverage": call.coverage,
        "owner": call.owner,
        "department": call.department,
        "group": call.group,
        "started_within_s": call.started_within_s,
        "contested": call.contested,
        "settled": call.settled,
        "voicemail": call.voicemail,
        "keys": call.keys,
        "recording": call.recording,
    }


def party_data(party: Party, name: str | None) -> Mapping[str, object]:
    """One end of a call as one JSON object."""
    return {
        "number_shown": party.number_shown,
        "e164": party.e164,
        "extension": party.extension,
        "name": name,
    }


def _leg(leg: Leg) -> Mapping[str, object]:
    return {
        "phone": leg.phone,
        "extension": leg.extension,
        "list": None if leg.list_name is None else leg.list_name.value,
        "outcome": leg.outcome.value,
        "entry_ids": list(leg.entry_ids),
    }
