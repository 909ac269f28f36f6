"""What a switch says happened at our phones, against what we know of it: an outside measure of loss. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from phonesync.calls.cdr import SwitchCall
from phonesync.calls.values import Disposition
from phonesync.numbering import EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One extension that had a part in a call of the switch.

    Attributes:
        extension: The extension.
        placed: It called; else it was called.
        expected: A list of its phone must show the call. Where somebody else answered it need not: many
            phones leave such calls out.
    """

    extension: str
    placed: bool
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An end of a call at one phone, and what we have of it.

    Attributes:
        phone: Name.
        day: Local date of the call.
        end: The end.
        known: A list of the phone shows the call; None where it cannot be told which of several it is.
        confessed: Coverage says that something may be missing then.
    """

    phone: str
    day: date
    end: End
    known: bool | None
    confessed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDay:
    """One phone on one day.

    Attributes:
        phone: Name; empty for the sum of all.
        day: Local date; None for the sum of all.
        rang: Calls that the switch says rang there, were answered there or were placed there.
        expected: Those that a list of the phone must show, and of which it is clear which they are.
        known: Those that one shows.
        confessed: Those that none shows, and of whose time coverage says that something may be missing.
        unconfessed: Those that none shows although coverage says that nothing is missing.
    """

    phone: str
    day: date | None
    rang: int
    expected: int
    known: int
    confessed: int
    unconfessed: int

    @property
    def lost(self) -> int:
        """Calls that a list must have shown and that we do not have."""
        return self.expected - self.known

    @property
    def loss(self) -> float | None:
        """Share of the expected that is lost, 0 to 1; None where nothing was expected."""
        return self.lost / self.expected if self.expected else None


def ends_of(record: SwitchCall) -> tuple[End, ...]:
    """The extensions that had a part in a call of the switch: the caller first, then as they were called."""
    ends = []
    if record.calling is not None and record.calling.startswith(EXTENSION):
        caller = record.calling.removeprefix(EXTENSION)
        ends.append(End(extension=caller, placed=True, expected=True))
    rang_out = {
        extension
        for line in record.lines
        if line.disposition is Disposition.NO_ANSWER
        for extension in line.rung
    }
    for extension in record.rung:
        missed = record.disposition is not Disposition.ANSWERED and extension in rang_out
        expected = missed or extension in record.answered_by
        ends.append(End(extension=extension, placed=False, expected=expected))
    return tuple(ends)


def phone_days(seen: Iterable[Seen]) -> tuple[PhoneDay, ...]:
    """One line for each phone and day, by both, and the sum of all as the last."""
    counts: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for one in seen:
        counts[one.phone, one.day].update(_counted(one))
    rows = [_phone_day(phone, day, count) for (phone, day), count in sorted(counts.items())]
    total = sum(counts.values(), Counter[str]())
    return (*rows, _phone_day("", None, total))


def _counted(one: Seen) -> Iterable[str]:
    yield "rang"
    if one.end.expected and one.known is not None:
        yield "expected"
        yield "known" if one.known else "confessed" if one.confessed else "unconfessed"


def _phone_day(phone: str, day: date | None, count: Counter[str]) -> PhoneDay:
    return PhoneDay(
        phone=phone,
        day=day,
        rang=count["rang"],
        expected=count["expected"],
        known=count["known"],
        confessed=count["confessed"],
        unconfessed=count["unconfessed"],
    )
