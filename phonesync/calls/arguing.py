"""Why rows are one call, in sentences with the figures they rest on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phonesync.calls.linking import MOST_ROWS
from phonesync.calls.pieces import SHARP_S, Piece, View, shared_groups
from phonesync.calls.saying import at_most
from phonesync.calls.steps import Step, gap
from phonesync.calls.strands import Doubt, Strand
from phonesync.calls.timing import Span
from phonesync.calls.values import Reason, Rule

TWO = 2
"""It takes two to be apart."""

SAME_SECOND_S = 2.0
"""What is nearer than that, clocks that show seconds cannot tell apart."""


def reasons_of(strand: Strand, doubts: Sequence[Doubt]) -> tuple[Reason, ...]:
    """One reason for each join and for each doubt.

    Args:
        strand: The rows of the call.
        doubts: What was left apart from it.
    """
    found = [reason for piece in strand.pieces for reason in _within(piece)]
    found += [_stepped(step) for step in strand.steps]
    found += [_united(rule, entries) for rule, entries in strand.unions]
    if not found:
        one = strand.views[0].row
        found.append(Reason(rule=Rule.ALONE, entry_ids=(one.id,), text=f"Only {one.phone} shows this call."))
    found += [_doubted(strand, doubt) for doubt in doubts]
    if strand.lost_track:
        text = f"The caller hides the number, and {strand.lost_track}."
        found.append(Reason(rule=Rule.UNDECIDED, entry_ids=strand.entry_ids, text=text))
    return tuple(found)


def _within(piece: Piece) -> list[Reason]:
    ringing = [one for one in piece.views if not one.placed]
    found = []
    if len(ringing) > 1:
        found.append(_together(ringing))
    caller = piece.caller
    if caller is not None and ringing:
        apart = _apart([caller, *ringing])
        text = (
            f"{caller.row.phone} called {caller.row.number}, and {_phones(ringing)} "
            f"rang for {_who(ringing[0])} {apart}."
        )
        found.append(Reason(rule=Rule.MIRRORED, entry_ids=_ids([caller, *ringing]), text=text))
    return found


def _together(ringing: Sequence[View]) -> Reason:
    first, *others = ringing
    apart = _apart(ringing)
    groups = [group.name for group in shared_groups(first, others[0])]
    why = f"; they are of the group {groups[0]}" if groups else ""
    text = f"{_phones(ringing)} rang for {_who(first)} {apart}{why}."
    return Reason(rule=Rule.RANG_TOGETHER, entry_ids=_ids(ringing), text=text)


_STEPS = {
    Rule.FORWARDED: "{before} sent the call on, and {after} began to ring for the same caller {gap}.",
    Rule.MIRRORED: "{before} was calling inside, and {after} began to ring for it {gap}.",
    Rule.HUNT: "{before} rang in vain, and {after}, later in the hunt list, began to ring {later}.",
    Rule.BLIND_TRANSFER: "The talk at {before} ended, and {after} began to ring for the same caller {gap}.",
    Rule.PICKED_UP: "{before} stopped ringing, and {after} answered the same caller {gap}.",
    Rule.ATTENDED_TRANSFER: (
        "{before} held the caller, called {after}, and left both calls {gap}; the talk at {after} went on."
    ),
}


def _stepped(step: Step) -> Reason:
    before, after = step.before, step.after
    answering = [one for one in after.views if not one.placed]
    text = _STEPS[step.rule].format(
        before=_phones([one for one in before.views if not one.placed] or before.views),
        after=_phones(answering or after.views),
        gap=_moment(step.gap),
        later=_later(gap(before.moments.start, after.moments.start)),
    )
    return Reason(rule=step.rule, entry_ids=_ids([*before.views, *after.views]), text=text)


def _united(rule: Rule, entries: tuple[str, ...]) -> Reason:
    text = (
        "Their SIP Call-ID is the same."
        if rule is Rule.CALL_ID
        else "A person has said that these entries are one call."
    )
    return Reason(rule=rule, entry_ids=entries, text=text)


def _doubted(strand: Strand, doubt: Doubt) -> Reason:
    if not doubt.other:
        text = (
            f"More than {MOST_ROWS} entries of calls that followed one another without a pause may belong "
            "together: too many to tell which do. Each is left apart."
        )
        return Reason(rule=Rule.CROWDED, entry_ids=strand.entry_ids[:1], text=text)
    what = "answered" if doubt.answered else "not answered"
    text = (
        f"Another call with the same party, {what}, may be this one: its times fit, and nothing decides. "
        "It is left apart."
    )
    return Reason(rule=Rule.UNDECIDED, entry_ids=(*strand.entry_ids[:1], *doubt.other), text=text)


def _phones(views: Iterable[View]) -> str:
    names = sorted({one.row.phone for one in views})
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _who(one: View) -> str:
    return one.row.number or "a caller without a number"


def _ids(views: Iterable[View]) -> tuple[str, ...]:
    return tuple(sorted({one.row.id for one in views}))


def _apart(views: Sequence[View]) -> str:
    """How far apart several phones began, as far as their rows tell to seconds."""
    spans = [
        reading.start
        for one in views
        for reading in one.readings[:1]
        if one.readings[0].start.width <= SHARP_S
    ]
    if len(spans) < TWO:
        return "at times that fit"
    most = max(span.high for span in spans) - min(span.low for span in spans)
    said = "at the same second" if most < SAME_SECOND_S else f"within {at_most(most)} of one another"
    return said if len(spans) == len(views) else f"{said}, as far as their rows tell to seconds"


def _later(between: Span) -> str:
    """How long after another instant one came, as far as is known."""
    least, most = max(0, round(between.low)), round(between.high)
    return f"{most} s later" if least == most else f"{least} s to {at_most(most)} later"


def _moment(between: Span) -> str:
    most = max(abs(between.low), abs(between.high))
    return "at the same second" if most < SAME_SECOND_S else f"within {at_most(most)}"
