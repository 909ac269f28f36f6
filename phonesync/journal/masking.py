"""What is taken out of a call for readers who may not see numbers and names."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from phonesync.calls.sentences import Clause, Value
from phonesync.calls.values import Call, CallDirection, Leg, Party, Reason
from phonesync.journal.filters import JournalFilter, to_query

HIDDEN = "\u2022"
"""Stands for each digit that is not shown."""

SHOWN_FIRST = 4
"""Digits shown at the beginning of a number: country and area."""

SHOWN_LAST = 2
_SHORT = 7
"""A number of fewer digits is hidden but for the last two."""

_WITH_DIGITS = re.compile(r"[-+0-9()./*#\u2010-\u2015 ]*[0-9][-+0-9()./*#\u2010-\u2015 ]*")
_NUMBERS = re.compile(r"\+?[0-9]{5,}")
NOTHING = Party()


def masked_number(number: str) -> str:
    """A number with its middle hidden: ``+7495•••••12``.

    Args:
        number: E.164, or as a phone shows it; anything but digits in it is dropped, but for a leading plus.
    """
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    plus = "+" if number.startswith("+") else ""
    first = digits[:SHOWN_FIRST] if len(digits) > _SHORT else ""
    last = digits[-SHOWN_LAST:] if len(digits) > SHOWN_LAST else ""
    return f"{plus}{first}{HIDDEN * (len(digits) - len(first) - len(last))}{last}" or HIDDEN


def masked_text(text: str) -> str:
    """A sentence with each long run of digits masked as a number."""
    return _NUMBERS.sub(lambda found: masked_number(found[0]), text)


def masked_filter(wanted: JournalFilter) -> str:
    """A filter in words, as in an address, with all that may be a number masked: also a part of one."""
    said = []
    for name, value in to_query(wanted):
        shown = masked_text(value)
        if name == "q":
            shown = _WITH_DIGITS.sub(lambda found: f" {masked_number(found[0].strip())} ", value).strip()
        said.append(f"{name}={shown}")
    return " ".join(said)


def masked(call: Call) -> Call:
    """A call whose outside parties have masked numbers and no names.

    Keys that were pressed and the name of the recording's file may say a number too: they are left out.
    """
    return replace(
        call,
        calling=_masked_party(call.calling),
        called=_masked_party(call.called),
        reasons=_masked_reasons(call),
        keys=None,
        recording=None,
    )


def hidden(call: Call, owners: Collection[str]) -> Call:
    """A private call as others see it: that it was, on which phones and for how long, and with nobody.

    Args:
        call: The call.
        owners: The employees who hide it. Of an internal call only their phones are left.
    """
    theirs = tuple(leg for leg in call.legs if leg.owner in owners)
    shown = theirs or call.legs
    legs = shown if call.direction is CallDirection.INTERNAL else call.legs
    extensions = {leg.extension for leg in theirs}
    return replace(
        call,
        calling=_hidden_party(call.calling, extensions),
        called=_hidden_party(call.called, extensions),
        answered_by=call.answered_by if _is_of(call.answered_by, legs) else None,
        reasons=(),
        legs=legs,
        keys=None,
        recording=None,
    )


def _masked_party(party: Party) -> Party:
    if party.extension is not None:
        return party
    return Party(
        number_shown=None if party.number_shown is None else masked_number(party.number_shown),
        e164=None if party.e164 is None else masked_number(party.e164),
    )


def _hidden_party(party: Party, extensions: Collection[str | None]) -> Party:
    is_own = party.extension is not None and party.extension in extensions
    return party if is_own else NOTHING


def _is_of(extension: str | None, legs: tuple[Leg, ...]) -> bool:
    return any(leg.extension == extension for leg in legs)


def _masked_reasons(call: Call) -> tuple[Reason, ...]:
    return tuple(
        replace(reason, said=tuple(_masked_clause(one) for one in reason.said)) for reason in call.reasons
    )


def _masked_clause(one: Clause) -> Clause:
    return replace(one, values=tuple((name, _masked_value(value)) for name, value in one.values))


def _masked_value(value: Value) -> Value:
    return masked_text(value) if isinstance(value, str) else tuple(map(masked_text, value))
