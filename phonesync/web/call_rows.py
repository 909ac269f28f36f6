"""Calls as pages show them: an icon, a colour, the words, and who they were between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import phonenumbers

from phonesync.calls.values import Call, CallDirection, Disposition, Party
from phonesync.journal.marks import Tag, party_of
from phonesync.journal.masking import HIDDEN
from phonesync.journal.named_calls import Parties
from phonesync.numbering import EXTENSION
from phonesync.web.words import BUILT_IN_TAGS, DIRECTIONS, OUTCOMES

if TYPE_CHECKING:
    from phonesync.store.journal.records import JournalCall

Translate = Callable[[str], str]

_ENDS = {
    Disposition.MISSED: ("missed", "missed"),
    Disposition.NO_ANSWER: ("no-answer", "quiet"),
    Disposition.VOICEMAIL: ("voicemail", "forwarded"),
    Disposition.REJECTED: ("rejected", "missed"),
    Disposition.BUSY: ("busy", "quiet"),
    Disposition.FORWARDED: ("forwarded", "forwarded"),
    Disposition.FAILED: ("failed", "quiet"),
}
_WAYS = {
    CallDirection.INBOUND: ("incoming", "received"),
    CallDirection.OUTBOUND: ("outgoing", "outgoing"),
    CallDirection.INTERNAL: ("internal", "internal"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a call in words.

    Attributes:
        name: Or None.
        number: As people write it, or None where it is withheld or hidden.
        party: For its card, as in ``parties``; None where it has none, or may not be seen.
    """

    name: str | None
    number: str | None
    party: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call as a row of the list.

    Attributes:
        one: The call with its marks.
        icon: Name of a symbol.
        color: Name of a colour.
        label: Direction and outcome in words.
        calling: Who called.
        called: Who was called.
    """

    one: JournalCall
    icon: str
    color: str
    label: str
    calling: End
    called: End

    @property
    def call(self) -> Call:
        """The call."""
        return self.one.call

    @property
    def party(self) -> str | None:
        """The number outside, as numbers are tagged and followed by; None where there is none to see."""
        return None if self.one.masked or self.one.hidden else party_of(self.call)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """On the call, then on its number; each once."""
        own = {tag.id for tag in self.one.tags}
        return (*self.one.tags, *(tag for tag in self.one.number_tags if tag.id not in own))


class Rows:
    """Makes rows for one reader.

    Args:
        parties: Knows names.
        translate: Into the reader's language.
    """

    def __init__(self, parties: Parties, translate: Translate) -> None:
        self._parties, self._translate = parties, translate

    def of(self, one: JournalCall) -> CallRow:
        """A call as a row."""
        call = one.call
        icon, color = look_of(call)
        calling, called = call.calling.name, call.called.name
        if not one.hidden:
            named = self._parties.named(call)
            calling, called = named.calling, named.called
        return CallRow(
            one=one,
            icon=icon,
            color=color,
            label=", ".join(map(self._translate, (DIRECTIONS[call.direction], OUTCOMES[call.disposition]))),
            calling=self._end(one, call.calling, calling),
            called=self._end(one, call.called, called, others=call.group or call.owner),
        )

    def _end(self, one: JournalCall, party: Party, name: str | None, *, others: str | None = None) -> End:
        if party.extension is not None:
            return End(name=name, number=party.extension, party=f"{EXTENSION}{party.extension}")
        number = pretty(party.e164) or party.number_shown
        if one.masked:
            return End(name=None, number=number, party=None)
        if number is None and name is None and one.call.direction is CallDirection.INBOUND:
            name = others
        return End(name=name, number=number, party=party.e164)


def look_of(call: Call) -> tuple[str, str]:
    """Icon and colour: by the outcome where nobody talked, else by the direction."""
    return _ENDS.get(call.disposition) or (
        _WAYS[call.direction]
        if call.disposition is Disposition.ANSWERED
        else (_WAYS[call.direction][0], "quiet")
    )


def pretty(e164: str | None) -> str | None:
    """A number as people write it: ``+7 495 555-00-01``; masked ones as they are."""
    if e164 is None or HIDDEN in e164:
        return e164
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def as_dialled(party: str) -> str | None:
    """A party as people write it: without the word before an extension or an unusual number."""
    return pretty(party) if party.startswith("+") else party.partition(":")[2]


def tag_name(tag: Tag, translate: Translate) -> str:
    """Its name; of those that every journal has, in the reader's language."""
    return translate(BUILT_IN_TAGS[tag.name]) if tag.built_in and tag.name in BUILT_IN_TAGS else tag.name


def by_day(rows: Iterable[CallRow], zone: ZoneInfo) -> list[tuple[date, list[CallRow]]]:
    """Rows under the days of the reader's zone, in the order they come."""
    grouped = groupby(rows, key=lambda row: row.call.started_at.astimezone(zone).date())
    return [(day, list(some)) for day, some in grouped]
