"""Why phonesync takes some rows for one call, as a person would argue it. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType

from phonesync.calls.others import why_apart
from phonesync.calls.saying import at_most
from phonesync.calls.timing import shown_span
from phonesync.calls.unknowns import coverage_said, unknowns
from phonesync.calls.values import Call, Disposition, LegOutcome, Party, Reason, Row, Rule
from phonesync.model import ListName, TimeOf

RULES: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.CALL_ID: "one SIP Call-ID",
        Rule.RANG_TOGETHER: "rang together",
        Rule.MIRRORED: "two ends of one call",
        Rule.FORWARDED: "forwarded",
        Rule.HUNT: "rang in turn",
        Rule.BLIND_TRANSFER: "transferred without a word",
        Rule.ATTENDED_TRANSFER: "transferred after a word",
        Rule.PICKED_UP: "picked up elsewhere",
        Rule.BY_HAND: "put together by hand",
        Rule.SPLIT_BY_HAND: "put apart by hand",
        Rule.UNDECIDED: "left apart",
        Rule.CROWDED: "too many at once",
        Rule.ALONE: "stands alone",
        Rule.SWITCH: "the switch's record",
    }
)
"""Each rule in a few words; ``docs/reference/definitions.md`` says it in full."""

APART = frozenset({Rule.SPLIT_BY_HAND, Rule.UNDECIDED, Rule.CROWDED})
"""Rules that keep rows out of a call."""

_ENDS: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.MISSED: "Nobody answered.",
        Disposition.NO_ANSWER: "Nobody answered.",
        Disposition.VOICEMAIL: "It went to voicemail.",
        Disposition.REJECTED: "It was turned down.",
        Disposition.BUSY: "The other side was busy.",
        Disposition.FORWARDED: "It was sent on, to where no phone is read.",
        Disposition.FAILED: "It failed.",
        Disposition.UNKNOWN: "Whether anybody answered is not known.",
    }
)

_OUTCOMES: Mapping[LegOutcome, str] = MappingProxyType(
    {
        LegOutcome.ANSWERED: "answered",
        LegOutcome.ANSWERED_ELSEWHERE: "rang, answered elsewhere",
        LegOutcome.MISSED: "rang, not answered",
        LegOutcome.PLACED: "called",
        LegOutcome.FORWARDED: "sent the call on",
        LegOutcome.REJECTED: "turned the call down",
        LegOutcome.UNKNOWN: "its part is not known",
    }
)

_LISTS: Mapping[ListName | None, str] = MappingProxyType(
    {
        ListName.PLACED: "placed, to",
        ListName.RECEIVED: "received, from",
        ListName.MISSED: "missed, from",
        ListName.FORWARDED: "forwarded, from",
        None: "in a list of unknown meaning, with",
    }
)

_MEANINGS: Mapping[TimeOf, str] = MappingProxyType(
    {
        TimeOf.START: "when it began",
        TimeOf.ANSWERED: "when it was answered",
        TimeOf.RECORDED: "when it was over",
        TimeOf.UNKNOWN: "an instant of the call, though nobody knows which",
    }
)

MOST_APART = 12
"""Rows left apart that are shown."""

_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an explanation shows besides the call itself.

    Attributes:
        rows: Every row that the call or one of its reasons names, by entry id.
        zone_of: The zone of a phone's wall clock, by its name; UTC where it is not known.
        texts: Entry id to the time text as the phone showed it, where it is known.
        calling: Name of who called, or None.
        called: Name of who was called, or None.
        others: Other calls with the same party that began near this one, in order.
    """

    rows: Mapping[str, Row]
    zone_of: Callable[[str], tzinfo] = lambda _phone: UTC
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    calling: str | None = None
    called: str | None = None
    others: tuple[Call, ...] = ()


def explain(call: Call, shown: Shown) -> str:
    """The argument for a call: conclusion, rows, joins, what was left apart, what is not known, coverage.

    Args:
        call: The call.
        shown: Its rows, and how to show them.

    Returns:
        Lines without a line end at the last one.
    """
    numbers = _numbered(call)
    joined = [reason for reason in call.reasons if reason.rule not in (*APART, Rule.SWITCH)]
    switch = [reason.text for reason in call.reasons if reason.rule is Rule.SWITCH]
    apart = [reason for reason in call.reasons if reason.rule in APART]
    parts = [
        ("", _conclusion(call, shown)),
        ("What the phones showed", _rows(call, shown, numbers)),
        ("Why this is one call", [_argument(reason, numbers) for reason in joined]),
        ("What the switch recorded", switch),
        ("What was left apart", list(_left_apart(call, apart, numbers))),
        ("Rows left apart", _outside(call, shown, numbers)),
        ("Other calls with the same party then", _others(call, shown)),
        ("What is not known", list(unknowns(call))),
        ("How much of it was seen", [coverage_said(call)]),
    ]
    return "\n\n".join(
        "\n".join([*([title] if title else []), *(f"  {line}" if title else line for line in lines)])
        for title, lines in parts
        if lines
    )


def _numbered(call: Call) -> dict[str, int]:
    """Entry id to the number under which its row is spoken of: those of the call first."""
    named = dict.fromkeys(call.entry_ids)
    named |= dict.fromkeys(one for reason in call.reasons for one in reason.entry_ids)
    return {entry_id: number for number, entry_id in enumerate(named, 1)}


# --- the conclusion -----------------------------------------------------------------------------------------


def _conclusion(call: Call, shown: Shown) -> list[str]:
    zone = shown.zone_of(call.legs[0].phone)
    began = call.started_at.astimezone(zone)
    calling = party_said(call.calling, shown.calling)
    when = f"{began:%A} {began.day} {began:%B %Y} at {_clock_face(began, zone, began.date())} ({zone})"
    told = [
        f"Call {call.id}: {call.direction}, {call.disposition.replace('_', ' ')}.",
        f"{calling} called {_called(call, shown)}, {when}{_within(call.started_within_s)}.",
        _end_said(call),
    ]
    if call.group is not None:
        told.append(f"The group {call.group} was called.")
    if call.keys is not None:
        told.append(f"In the voice menu {call.keys} was pressed.")
    return told


def party_said(party: Party, name: str | None) -> str:
    """One end of a call, by name and number as far as they are known."""
    number = party.extension or party.number_shown
    if name is None:
        return number or "Somebody who withheld the number"
    return name if number is None else f"{name} ({number})"


def _called(call: Call, shown: Shown) -> str:
    known = shown.called or call.called.extension or call.called.number_shown
    return party_said(call.called, shown.called) if known else "the office"


def _within(seconds: int) -> str:
    return f", give or take {at_most(seconds)}" if seconds > 1 else ""


def _end_said(call: Call) -> str:
    if call.disposition is not Disposition.ANSWERED:
        return _ENDS[call.disposition]
    by = call.answered_by or "Somebody"
    after = "" if call.ring_s is None else f" after {call.ring_s} s"
    talked = "" if call.talk_s is None else f", and they spoke for {_length(call.talk_s)}"
    return f"{by} answered{after}{talked}."


def _length(seconds: int) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, rest = divmod(seconds, _MINUTE)
    if seconds < _HOUR:
        return f"{minutes}:{rest:02}"
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}"


# --- the rows -----------------------------------------------------------------------------------------------


def _rows(call: Call, shown: Shown, numbers: Mapping[str, int]) -> list[str]:
    """Three lines for each row of the call: whose it is, what was shown, what that means on a true clock."""
    return [
        line
        for leg in call.legs
        for place, entry_id in enumerate(leg.entry_ids)
        for line in _row(
            call, shown.rows[entry_id], shown, numbers[entry_id], "" if place else _OUTCOMES[leg.outcome]
        )
    ]


def _outside(call: Call, shown: Shown, numbers: Mapping[str, int]) -> list[str]:
    """The rows that stay apart, in the same form; of many the first."""
    own = set(call.entry_ids)
    apart = [one for one in numbers if one not in own and one in shown.rows]
    told = [
        line
        for entry_id in apart[:MOST_APART]
        for line in _row(call, shown.rows[entry_id], shown, numbers[entry_id], "")
    ]
    more = len(apart) - MOST_APART
    return [*told, f"and {more} more"] if more > 0 else told


def _row(call: Call, row: Row, shown: Shown, number: int, outcome: str) -> Iterator[str]:
    zone = shown.zone_of(row.phone)
    day = call.started_at.astimezone(zone).date()
    who = row.phone if row.extension is None else f"{row.phone} ({row.extension})"
    name = "" if row.name is None else f' "{row.name}"'
    talked = "" if row.duration_s is None else f", {row.duration_s} s"
    several = f", {row.count} calls in one row" if row.count > 1 else ""
    part = f": {outcome}" if outcome else ""
    yield f"[{number}] {who}{part}"
    yield (
        f"    It shows {_LISTS[row.list_name]} {row.number or 'a withheld number'}{name}, "
        f"{_time_shown(row, shown, zone, day)}{talked}{several}."
    )
    yield f"    {_time_meant(row, zone, day)}"


def _time_shown(row: Row, shown: Shown, zone: tzinfo, day: date) -> str:
    """The time as the phone wrote it, or how else we have it."""
    if not row.timed:
        return "without a time"
    face = _clock_face(row.at.astimezone(zone), zone, day, seconds=(row.resolution_s or _MINUTE) < _MINUTE)
    if row.heard:
        return f"reported at {face}"
    text = shown.texts.get(row.id)
    return f"at {face}" if text is None else f'at "{text}"'


def _time_meant(row: Row, zone: tzinfo, day: date) -> str:
    """What the time is on a true clock, and of what."""
    true = shown_span(row)
    low, high = (
        _clock_face(datetime.fromtimestamp(one, tz=UTC).astimezone(zone), zone, day)
        for one in (true.low, true.high)
    )
    within = f"between {low} and {high}" if true.width > 1 else f"at {low}"
    if not row.timed:
        return f"It was written {within}, by the reads before and after."
    if row.heard:
        return f"The report was sent {within}; no clock of the phone is in it."
    means = _MEANINGS[row.time_of]
    if row.either:
        answered, unanswered = (_MEANINGS[time_of] for time_of in row.either)
        means = f"{answered}, or {unanswered} if nobody answered"
    return f"{_clock_said(row)} That is {means}: truly {within}."


def _clock_face(at: datetime, zone: tzinfo, day: date, *, seconds: bool = True) -> str:
    """A time of day; with its date where that is another one, with its offset in an hour that comes twice.

    Args:
        at: In the zone.
        zone: The zone.
        day: The date that need not be said.
        seconds: Show them.
    """
    wall = at.replace(tzinfo=None)
    face = f"{wall:%H:%M:%S}" if seconds else f"{wall:%H:%M}"
    if wall.date() != day:
        face = f"{face} on {wall.day} {wall:%B}"
    offsets = {wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    return face if len(offsets) == 1 else f"{face} (UTC{at:%z})"


def _clock_said(row: Row) -> str:
    if row.clock is None:
        return "Nothing tells how far its clock is off."
    low, high = round(row.clock.low), round(row.clock.high)
    if low == high == 0:
        return "Its clock was right."
    if low < 0 < high:
        return f"Its clock was {-low} s slow to {high} s fast."
    least, most = sorted((abs(low), abs(high)))
    side = "fast" if high > 0 else "slow"
    return (
        f"Its clock was {most} s {side}." if least == most else f"Its clock was {least} to {most} s {side}."
    )


# --- the argument -------------------------------------------------------------------------------------------


def _left_apart(call: Call, apart: Sequence[Reason], numbers: Mapping[str, int]) -> Iterator[str]:
    """What was left apart, and why; what has one and the same reason stands together."""
    own = set(call.entry_ids)
    alike: dict[tuple[Rule, str], list[Reason]] = {}
    for reason in apart:
        alike.setdefault((reason.rule, reason.text), []).append(reason)
    for (rule, text), reasons in alike.items():
        if len(reasons) == 1:
            yield _argument(reasons[0], numbers)
        else:
            each = "; ".join(
                _named((one for one in reason.entry_ids if one not in own), numbers) for reason in reasons
            )
            yield f"{each} {RULES[rule]}, each for itself: {text}"


def _named(entry_ids: Iterable[str], numbers: Mapping[str, int]) -> str:
    return ", ".join(f"[{number}]" for number in sorted(numbers[one] for one in entry_ids))


def _others(call: Call, shown: Shown) -> list[str]:
    """Other calls with the party that no reason speaks of, and why they are others."""
    said = [(other, why_apart(call, other)) for other in shown.others]
    return [
        f"Call {other.id} ({other.disposition.replace('_', ' ')}): {why}"
        for other, why in said
        if why is not None
    ]


def _argument(reason: Reason, numbers: Mapping[str, int]) -> str:
    return f"{_named(reason.entry_ids, numbers)} {RULES[reason.rule]}: {reason.text}"
