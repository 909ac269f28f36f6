"""What Grandstream phones report by themselves (sheet 4.1): rows of data.

Families before aliases have P numbers, later ones aliases; which family has which stands in
:mod:`drivers.grandstream.families`. The name of the variable is ``$call-id``, with a hyphen.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from drivers.grandstream.families import Family, Numbering
from drivers.grandstream.quirks import FORM, HISTORY21, HISTORY26
from phonesync.driver.events import ActionUrl, ActionUrls
from phonesync.model import EventKind, Evidence

MOST_CHARACTERS = 256
"""Of a value: WP826 keeps 256 and drops 300 without a word."""

VARIABLES = MappingProxyType(
    {
        "c": "$call-id",
        "a": "$active_user",
        "l": "$local",
        "r": "$remote",
        "d": "$duration",
        "w": "$calldirection",
        "n": "$display_remote",
    }
)
"""``$local``, ``$remote``, ``$display_remote`` and ``$active_user`` are vendor text; the others stand in a
public copy of the guide's table, so they are likely. That the local party is the phone's own in every call is
said nowhere."""

_CALL = ("c", "a", "l", "r", "n")
_ALIAS = "ons.actionUrl."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event under both of its names.

    Attributes:
        word: Ours.
        p: Its P number, or None where the sheet gives none.
        alias: Its alias.
        kind: What it means.
        keys: Our keys that the phone fills in.
        evidence: How well it is known.
    """

    word: str
    p: str | None
    alias: str
    kind: EventKind
    keys: tuple[str, ...] | None = _CALL
    evidence: Evidence = Evidence.CERTAIN

    def url(self, numbering: Numbering) -> ActionUrl:
        """The event as the core knows it."""
        setting = self.p if numbering is Numbering.P and self.p is not None else f"{_ALIAS}{self.alias}"
        return ActionUrl(
            word=self.word, setting=setting, kind=self.kind, keys=self.keys, evidence=self.evidence
        )


EVENTS = (
    Event(word="in", p="P8310", alias="incomingCall", kind=EventKind.INCOMING),
    Event(word="out", p="P8311", alias="outgoingCall", kind=EventKind.OUTGOING),
    Event(word="miss", p="P8312", alias="missedCall", kind=EventKind.MISSED),
    Event(word="up", p="P8313", alias="establishedCall", kind=EventKind.ESTABLISHED),
    Event(word="end", p="P8314", alias="terminatedCall", kind=EventKind.TERMINATED, keys=None),
    Event(
        word="bx",
        p="P8320",
        alias="blindTransfer",
        kind=EventKind.TRANSFERRED,
        evidence=Evidence.LIKELY,  # the template of GXP17xx misprints its number
    ),
    Event(word="ax", p="P8321", alias="attendedTransfer", kind=EventKind.TRANSFERRED),
    Event(word="boot", p="P8304", alias="setupCompleted", kind=EventKind.STARTED, keys=()),
    Event(word="reg", p="P8305", alias="registered", kind=EventKind.ALIVE, keys=("a",)),
    Event(word="unreg", p="P8306", alias="unregistered", kind=EventKind.ALIVE, keys=("a",)),
)
"""Of every family that reports events."""

MORE_EVENTS = (
    Event(word="rej", p=None, alias="rejectIncomingCall", kind=EventKind.REJECTED),
    Event(word="fwd", p=None, alias="forwardIncomingCall", kind=EventKind.FORWARDED),
)
"""Of WP8x6 besides."""


def _urls(events: tuple[Event, ...], numbering: Numbering) -> ActionUrls:
    return ActionUrls(
        urls=tuple(event.url(numbering) for event in events),
        variables=VARIABLES,
        most_characters=MOST_CHARACTERS,
        own_is_local=False,
    )


_OF_VARIANTS = {
    FORM: _urls(EVENTS, Numbering.P),
    HISTORY21: _urls(EVENTS, Numbering.ALIAS),
    HISTORY26: _urls((*EVENTS, *MORE_EVENTS), Numbering.ALIAS),
}
ANY = _OF_VARIANTS[HISTORY26]
"""What any of them may send: our words are the same on all."""


def action_urls(variant: str | None) -> ActionUrls | None:
    """What phones of a variant may report; None where no family of it reports anything."""
    return ANY if variant is None else _OF_VARIANTS.get(variant)


def urls_of(family: Family) -> ActionUrls:
    """The settings of one family that reports events."""
    return _urls((*EVENTS, *MORE_EVENTS) if family.more_events else EVENTS, family.numbering)
