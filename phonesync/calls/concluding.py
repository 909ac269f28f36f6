"""What a call was, from the rows that are of it: direction, parties, outcome, times. Pure.

``docs/reference/definitions.md`` says each of these in words. What no row shows stays None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from phonesync.calls.arguing import reasons_of
from phonesync.calls.pieces import View
from phonesync.calls.strands import Doubt, Strand
from phonesync.calls.timing import instant
from phonesync.calls.values import (
    Call,
    CallDirection,
    Disposition,
    Group,
    Knowledge,
    Leg,
    LegOutcome,
    Party,
    Ringing,
    Rule,
)
from phonesync.calls.watching import watch
from phonesync.model import Outcome
from phonesync.numbering import EXTENSION


def conclude(strand: Strand, doubts: Sequence[Doubt], knowledge: Knowledge) -> Call:
    """The call that a strand is.

    Args:
        strand: Its rows.
        doubts: What was left apart from it.
        knowledge: The groups.
    """
    views = strand.views
    anchor = min((one.row for one in views), key=lambda row: (row.first_seen_at, row.id))
    direction = direction_of(strand)
    group = _group_of(strand, direction)
    disposition = _disposition(strand, direction)
    watched = watch(strand)
    unanswered = disposition is Disposition.MISSED
    owner, department = _owner(strand, direction, group)
    calling, called = _parties(strand, direction, group)
    return Call(
        id=anchor.id,
        direction=direction,
        disposition=Disposition.UNKNOWN if unanswered else disposition,
        started_at=watched.started_at,
        started_within_s=watched.started_within_s,
        answered_at=watched.answered_at,
        ended_at=watched.ended_at,
        ring_s=watched.ring_s,
        talk_s=_talk(strand),
        calling=calling,
        called=called,
        answered_by=_answered_by(strand),
        legs=_legs(strand),
        uncertain=_is_uncertain(strand, doubts),
        reasons=reasons_of(strand, doubts),
        group=None if group is None else group.name,
        owner=owner,
        department=department,
        could_answer=_could_answer(views, knowledge),
        contested=strand.lost_track is not None or any(doubt.answered for doubt in doubts),
        unanswered=unanswered,
    )


def _is_uncertain(strand: Strand, doubts: Sequence[Doubt]) -> bool:
    """Whether it may be another call's, or a row of it is uncertain.

    That a phone may have rung besides leaves an answered call what it is: the doubt is the other call's.
    """
    in_doubt = strand.lost_track is not None or any(doubt.answered or not strand.taken for doubt in doubts)
    return in_doubt or any(one.row.uncertain or one.row.count > 1 for one in strand.views)


def direction_of(strand: Strand) -> CallDirection:
    """Which way it went: by the piece that began it."""
    first = strand.pieces[0]
    caller = first.caller
    if caller is not None:
        inside = caller.row.party is None or not caller.row.party.startswith("+")
        return CallDirection.INTERNAL if inside else CallDirection.OUTBOUND
    inside = any(one.row.party is not None and one.row.party.startswith(EXTENSION) for one in first.views)
    return CallDirection.INTERNAL if inside else CallDirection.INBOUND


def _disposition(strand: Strand, direction: CallDirection) -> Disposition:
    caller = strand.pieces[0].caller
    ringing = [one for one in strand.views if not one.placed]
    if direction is CallDirection.OUTBOUND or not ringing:
        return _placed(caller)
    # Where the caller's phone says that it talked, it was to somebody whose row we do not have.
    if strand.taken or (caller is not None and caller.answered):
        return Disposition.ANSWERED
    return _unanswered(strand, ringing)


def _unanswered(strand: Strand, ringing: Sequence[View]) -> Disposition:
    outcomes = {one.row.outcome for one in ringing}
    if Outcome.REJECTED in outcomes:
        return Disposition.REJECTED
    if any(one.sent_on for one in strand.pieces[-1].views):
        return Disposition.FORWARDED
    if Outcome.BUSY in outcomes:
        return Disposition.BUSY
    return Disposition.MISSED if all(one.answered is False for one in ringing) else Disposition.UNKNOWN


_PLACED = {
    Outcome.ANSWERED: Disposition.ANSWERED,
    Outcome.NO_ANSWER: Disposition.NO_ANSWER,
    Outcome.BUSY: Disposition.BUSY,
    Outcome.REJECTED: Disposition.REJECTED,
    Outcome.FORWARDED: Disposition.FORWARDED,
    Outcome.MISSED: Disposition.NO_ANSWER,
}


def _placed(caller: View | None) -> Disposition:
    """What became of a call of which only the phone that dialled knows."""
    assert caller is not None, "a call without a phone that rang was placed"
    if caller.row.outcome is not None:
        return _PLACED[caller.row.outcome]
    if caller.answered is None:
        return Disposition.UNKNOWN
    return Disposition.ANSWERED if caller.answered else Disposition.NO_ANSWER


def _legs(strand: Strand) -> tuple[Leg, ...]:
    """One for each phone; of a phone with several rows in the call the one that tells most decides."""
    by_phone: dict[str, list[View]] = {}
    for one in strand.views:
        by_phone.setdefault(one.row.phone, []).append(one)
    legs = [_leg(some, strand) for some in by_phone.values()]
    return tuple(sorted(legs, key=lambda leg: (leg.started_at, leg.phone)))


def _leg(views: list[View], strand: Strand) -> Leg:
    ordered = sorted(views, key=lambda one: (one.readings[0].start.low, one.row.id))
    main = next((one for one in ordered if one.took), ordered[0])
    talks = [one.row.duration_s for one in ordered if one.answered and one.row.duration_s is not None]
    row = main.row
    return Leg(
        phone=row.phone,
        extension=row.extension,
        owner=row.owner,
        department=row.department,
        list_name=row.list_name,
        outcome=_outcome(main, strand),
        entry_ids=tuple(one.row.id for one in ordered),
        started_at=instant(_start_of(ordered[0])),
        talk_s=max(talks, default=None),
    )


def _start_of(one: View) -> float:
    spans = [reading.start for reading in one.readings]
    low, high = min(span.low for span in spans), max(span.high for span in spans)
    return (low + high) / 2


def _outcome(one: View, strand: Strand) -> LegOutcome:
    if one.placed:
        return LegOutcome.PLACED
    if one.took:
        return LegOutcome.ANSWERED
    if one.row.outcome is Outcome.REJECTED:
        return LegOutcome.REJECTED
    if one.sent_on:
        return LegOutcome.FORWARDED
    if one.answered is None:
        return LegOutcome.UNKNOWN
    return LegOutcome.ANSWERED_ELSEWHERE if _taken_after(one, strand) else LegOutcome.MISSED


def _taken_after(one: View, strand: Strand) -> bool:
    """Somebody else answered while it rang here or after; or the caller's phone says that somebody did."""
    start = min(reading.start.low for reading in one.readings)
    takers = [other for other in strand.views if other.took]
    if takers:
        return any(max(reading.stop.high for reading in other.readings) >= start for other in takers)
    caller = strand.pieces[0].caller
    return caller is not None and bool(caller.answered)


def _talk(strand: Strand) -> int | None:
    """How long the caller spoke to the office: to one after another, where he was handed on."""
    caller = strand.pieces[0].caller
    total = None if caller is None or not caller.answered else caller.row.duration_s
    inside = direction_of(strand) is CallDirection.INTERNAL
    for index, piece in enumerate(strand.pieces):
        taker = piece.taker
        if taker is None or taker.row.duration_s is None or (caller is not None and inside and total):
            continue
        talked = taker.row.duration_s
        if index and piece.caller is not None:
            # The word between the two who handed over is theirs alone.
            talked = max(0, talked - (piece.caller.row.duration_s or 0))
        total = talked + (total or 0)
    return total


def _answered_by(strand: Strand) -> str | None:
    return next((piece.taker.row.extension for piece in strand.pieces if piece.taker is not None), None)


def _group_of(strand: Strand, direction: CallDirection) -> Group | None:
    """The group that was called: by the number that was dialled, or where several of its members rang."""
    first = strand.pieces[0]
    ringing = [one for one in first.views if not one.placed]
    if direction is CallDirection.OUTBOUND or not ringing:
        return None
    caller = first.caller
    for group in ringing[0].groups:
        if (
            not all(group in one.groups for one in ringing)
            or group.learned
            or group.ringing is Ringing.PICKUP
        ):
            continue
        dialled = caller is not None and caller.row.party in {
            f"{EXTENSION}{group.number}",
            f"raw:{group.number}",
        }
        together = len(ringing) > 1 and group.ringing is Ringing.TOGETHER
        in_turn = group.ringing is Ringing.IN_TURN and any(step.rule is Rule.HUNT for step in strand.steps)
        if dialled or (caller is None and (together or in_turn)):
            return group
    return None


def _owner(strand: Strand, direction: CallDirection, group: Group | None) -> tuple[str | None, str | None]:
    views = strand.pieces[0].views
    if group is not None:
        return group.name, group.department or _common(one.row.department for one in views if not one.placed)
    placed = [one for one in views if one.placed]
    ringing = [one for one in views if not one.placed]
    mine = placed if direction is CallDirection.OUTBOUND or not ringing else ringing
    first = min((one.row for one in mine), key=lambda row: (row.extension or "", row.phone))
    return first.owner or first.extension or first.phone, first.department


def _parties(strand: Strand, direction: CallDirection, group: Group | None) -> tuple[Party, Party]:
    views = strand.pieces[0].views
    placed = [one for one in views if one.placed]
    ringing = [one for one in views if not one.placed]
    calling = _own(placed) if placed else _remote(ringing)
    if placed and calling.name is None:
        calling = Party(
            number_shown=calling.number_shown,
            extension=calling.extension,
            name=_common(one.row.name for one in ringing),
        )
    if direction is CallDirection.OUTBOUND:
        return calling, _remote(placed)
    if placed:
        return calling, _remote(placed)
    if group is not None:
        return calling, Party(number_shown=group.number, extension=group.number, name=group.name)
    return calling, _own(ringing) if len({one.row.extension for one in ringing}) == 1 else Party()


def _own(views: Sequence[View]) -> Party:
    """A party of the office, by its own phone; its name is known to others only."""
    extension = views[0].row.extension
    return Party(number_shown=extension, extension=extension)


def _remote(views: Sequence[View]) -> Party:
    party = _common(one.row.party for one in views)
    inside = party is not None and party.startswith(EXTENSION)
    return Party(
        number_shown=_common(one.row.number for one in views),
        e164=party if party is not None and party.startswith("+") else None,
        extension=party.removeprefix(EXTENSION) if party is not None and inside else None,
        name=_common(one.row.name for one in views),
    )


def _common(values: Iterable[str | None]) -> str | None:
    """The value that most phones show; of several the first by its letters."""
    counted = Counter(value for value in values if value)
    return min(counted, key=lambda value: (-counted[value], value), default=None)


def _could_answer(views: Iterable[View], knowledge: Knowledge) -> tuple[str, ...]:
    """Phones where it rang, and those of their groups."""
    found = set()
    for one in views:
        if not one.placed:
            found.add(one.row.phone)
            for group in one.groups:
                found.update(phone for member in group.members for phone in knowledge.phones.get(member, ()))
    return tuple(sorted(found))
