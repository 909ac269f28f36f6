"""What the switch's record adds to a joined call. Pure.

The record fills in what no phone shows. Where it says otherwise than a phone that answered, the phone's word
stays, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from phonesync.calls.cdr import SwitchCall
from phonesync.calls.matching import (
    TIGHT_S,
    Matches,
    agrees_in_talk,
    contradicts,
    has_answer,
    match,
)
from phonesync.calls.sentences import Form, clause
from phonesync.calls.values import (
    Call,
    CallDirection,
    Disposition,
    Group,
    LegOutcome,
    Reason,
    Rule,
)

_FORMS: Mapping[Disposition, Form] = {
    Disposition.ANSWERED: Form.RECORD_ANSWERED,
    Disposition.NO_ANSWER: Form.RECORD_UNANSWERED,
    Disposition.BUSY: Form.RECORD_BUSY,
    Disposition.FAILED: Form.RECORD_FAILED,
    Disposition.VOICEMAIL: Form.RECORD_VOICEMAIL,
    Disposition.UNKNOWN: Form.RECORD_ITSELF,
}


def witnessed_all(
    calls: Iterable[Call],
    records: Sequence[SwitchCall],
    clocks: Mapping[str, float],
    groups: Sequence[Group],
    *,
    beside: Iterable[Call] = (),
) -> tuple[tuple[Call, ...], Matches]:
    """Calls with what the switch's record says of them.

    Args:
        calls: As joined, without any record.
        records: Calls of switches that may be of one of them.
        clocks: Source to how far its switch's clock is ahead, seconds.
        groups: Configured and learned ones.
        beside: Other calls that may be of one of the records.

    Returns:
        The calls, in their order, and which record is whose.
    """
    several = tuple(calls)
    matches = match((*several, *beside), records, clocks)
    found = []
    for call in several:
        at = matches.record_of.get(call.id)
        if at is not None:
            record = records[at]
            found.append(witnessed(call, record, clocks.get(record.source, 0.0), groups))
        else:
            found.append(_undecided(call) if call.id in matches.ambiguous else call)
    return tuple(found), matches


def witnessed(call: Call, record: SwitchCall, ahead_s: float, groups: Sequence[Group]) -> Call:
    """A call with what the switch's record says of it.

    Args:
        call: As joined.
        record: Of the same call.
        ahead_s: How far the switch's clock is ahead of true time, seconds.
        groups: Configured and learned ones.
    """
    disposition = _disposition(call, record)
    kept = contradicts(call, record) or _was_reported(call, record)
    changed = replace(
        call,
        disposition=disposition,
        unanswered=call.unanswered and record.disposition is Disposition.UNKNOWN,
        voicemail=record.disposition is Disposition.VOICEMAIL and not kept,
        keys=record.keys,
        recording=record.recording,
        reasons=(*call.reasons, _reason(call, record, kept=kept)),
    )
    if not kept:
        changed = _in_order(_timed(changed, record, ahead_s))
        if disposition is Disposition.ANSWERED and changed.answered_by is None and record.answered_by:
            changed = replace(changed, answered_by=record.answered_by[0])
    return _grouped(changed, record, groups)


def _was_reported(call: Call, record: SwitchCall) -> bool:
    """Whether the phone that placed a call reported another end of it than the switch recorded."""
    if call.direction is not CallDirection.OUTBOUND or call.disposition is Disposition.UNKNOWN:
        return False
    if record.disposition is Disposition.UNKNOWN:
        return False
    return (call.disposition is Disposition.ANSWERED) is not (record.disposition is Disposition.ANSWERED)


def _disposition(call: Call, record: SwitchCall) -> Disposition:
    """What became of it, by phones where they say, else by the switch."""
    recorded = record.disposition
    observed = call.disposition in (Disposition.REJECTED, Disposition.FORWARDED, Disposition.BUSY)
    if call.direction is CallDirection.OUTBOUND:
        observed = call.disposition is not Disposition.UNKNOWN
    if has_answer(call) or observed or recorded is Disposition.UNKNOWN:
        return call.disposition
    if recorded in (Disposition.ANSWERED, Disposition.VOICEMAIL):
        return recorded
    rang = any(leg.outcome is not LegOutcome.PLACED for leg in call.legs)
    if rang and (call.unanswered or recorded is Disposition.NO_ANSWER):
        return Disposition.MISSED
    return recorded


def _timed(call: Call, record: SwitchCall, ahead_s: float) -> Call:
    """With the instants and lengths that no phone showed."""

    def true(instant: datetime | None) -> datetime | None:
        return None if instant is None else (instant - timedelta(seconds=ahead_s)).replace(microsecond=0)

    ended = call.ended_at or true(record.ended_at)
    # Behind a menu the ringing of the record begins before any phone rings.
    ring_s = call.ring_s
    if ring_s is None and _is_near(call, record, ahead_s):
        ring_s = record.ring_s
    if call.disposition is not Disposition.ANSWERED:
        return replace(call, ended_at=ended, ring_s=ring_s)
    line = record.answered_line
    if line is None or not _is_of_a_person(call, record, ahead_s):
        return replace(call, ended_at=ended)
    alone = sum(one.disposition is Disposition.ANSWERED for one in record.lines) == 1
    return replace(
        call,
        ended_at=ended,
        answered_at=call.answered_at or true(line.answered_at),
        ring_s=ring_s,
        talk_s=line.talk_s if call.talk_s is None and alone else call.talk_s,
    )


def _in_order(call: Call) -> Call:
    """With a start that is not later than what follows: phones mostly know it less well than the switch."""
    first = min((at for at in (call.answered_at, call.ended_at) if at is not None), default=call.started_at)
    if call.started_at <= first:
        return call
    return replace(call, started_at=first - timedelta(seconds=call.ring_s or 0))


def _is_of_a_person(call: Call, record: SwitchCall, ahead_s: float) -> bool:
    """Whether the switch's answer is that of a person: a menu that answers first makes its talk too long."""
    agrees = agrees_in_talk(call, record)
    return _is_near(call, record, ahead_s) and bool(record.ring_s) if agrees is None else agrees


def _is_near(call: Call, record: SwitchCall, ahead_s: float) -> bool:
    """Whether a phone rang as soon as the switch had the call, as far as is known."""
    late = (call.started_at - record.rang_at).total_seconds() + ahead_s
    return abs(late) <= TIGHT_S + call.started_within_s


def _grouped(call: Call, record: SwitchCall, groups: Sequence[Group]) -> Call:
    """With the group that was dialled: by its configured name, else by its number."""
    number = record.group_number
    if number is None or call.group is not None or call.direction is CallDirection.OUTBOUND:
        return call
    known = sorted((one for one in groups if one.number == number), key=lambda one: (one.learned, one.name))
    if not known:
        return replace(call, group=number, owner=number)
    return replace(
        call, group=known[0].name, owner=known[0].name, department=known[0].department or call.department
    )


def _reason(call: Call, record: SwitchCall, *, kept: bool) -> Reason:
    """What the switch says, in one sentence."""
    said = [clause(_FORMS[record.disposition], source=record.source)]
    for place, extension in enumerate(record.answered_by):
        said.append(clause(Form.AND_BY if place else Form.BY, extension=extension))
    if record.ring_s is not None:
        said.append(clause(Form.AFTER, seconds=str(record.ring_s)))
    if record.group_number is not None:
        said.append(clause(Form.DIALLED, number=record.group_number))
    if record.keys is not None:
        said.append(clause(Form.PRESSED, keys=record.keys))
    if record.recording is not None:
        said.append(clause(Form.RECORDED, name=record.recording))
    phones = {leg.extension for leg in call.legs if leg.outcome is LegOutcome.ANSWERED}
    if kept:
        said.append(clause(Form.OTHERWISE))
    elif record.answered_by and phones and phones.isdisjoint(record.answered_by):
        said.append(clause(Form.ANOTHER))
    elif record.answered_by and not phones and call.direction is not CallDirection.OUTBOUND:
        said.append(clause(Form.UNSEEN))
    return Reason(rule=Rule.SWITCH, entry_ids=call.entry_ids, said=tuple(said))


def _undecided(call: Call) -> Call:
    reason = Reason(rule=Rule.SWITCH, entry_ids=call.entry_ids, said=(clause(Form.SEVERAL_FIT),))
    return replace(call, reasons=(*call.reasons, reason))
