"""Why rows are one call, in sentences with the figures they rest on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phonesync.calls.linking import MOST_ROWS
from phonesync.calls.pieces import SHARP_S, Piece, View, shared_groups
from phonesync.calls.saying import at_most
from phonesync.calls.sentences import Clause, Form, Sentence, clause
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
        said = (clause(Form.ALONE, phone=one.phone),)
        found.append(Reason(rule=Rule.ALONE, entry_ids=(one.id,), said=said))
    found += [_doubted(strand, doubt) for doubt in doubts]
    if strand.lost_track:
        said = (clause(strand.lost_track),)
        found.append(Reason(rule=Rule.UNDECIDED, entry_ids=strand.entry_ids, said=said))
    return tuple(found)


def _within(piece: Piece) -> list[Reason]:
    ringing = [one for one in piece.views if not one.placed]
    found = []
    if len(ringing) > 1:
        found.append(_together(ringing))
    caller = piece.caller
    if caller is not None and ringing:
        said = (
            clause(Form.CALLED, caller=caller.row.phone, number=str(caller.row.number)),
            _rang(ringing),
            *_apart([caller, *ringing]),
        )
        found.append(Reason(rule=Rule.MIRRORED, entry_ids=_ids([caller, *ringing]), said=said))
    return found


def _together(ringing: Sequence[View]) -> Reason:
    first, *others = ringing
    groups = [group.name for group in shared_groups(first, others[0])]
    why = [clause(Form.GROUP, group=name) for name in groups[:1]]
    said = (_rang(ringing), *_apart(ringing), *why)
    return Reason(rule=Rule.RANG_TOGETHER, entry_ids=_ids(ringing), said=said)


_STEPS = {
    Rule.FORWARDED: Form.SENT_ON,
    Rule.MIRRORED: Form.INSIDE,
    Rule.HUNT: Form.IN_TURN,
    Rule.BLIND_TRANSFER: Form.BLIND,
    Rule.PICKED_UP: Form.PICKED_UP,
    Rule.ATTENDED_TRANSFER: Form.ATTENDED,
}


def _stepped(step: Step) -> Reason:
    before, after = step.before, step.after
    answering = _phones([one for one in after.views if not one.placed] or after.views)
    ringing = _phones([one for one in before.views if not one.placed] or before.views)
    said = [clause(_STEPS[step.rule], before=ringing, after=answering)]
    if step.rule is Rule.HUNT:
        said.append(_later(gap(before.moments.start, after.moments.start)))
    elif step.waited_s:
        said += [clause(Form.LATER, seconds=str(round(step.waited_s))), clause(Form.BY_WAY)]
    else:
        said.append(_moment(step.gap))
    if step.rule is Rule.ATTENDED_TRANSFER:
        said.append(clause(Form.WENT_ON, after=answering))
    return Reason(rule=step.rule, entry_ids=_ids([*before.views, *after.views]), said=tuple(said))


def _united(rule: Rule, entries: tuple[str, ...]) -> Reason:
    form = Form.CALL_ID if rule is Rule.CALL_ID else Form.BY_HAND
    return Reason(rule=rule, entry_ids=entries, said=(clause(form),))


def _doubted(strand: Strand, doubt: Doubt) -> Reason:
    if not doubt.other:
        said = clause(Form.CROWDED, count=str(MOST_ROWS))
        return Reason(rule=Rule.CROWDED, entry_ids=strand.entry_ids[:1], said=(said,))
    form = Form.OTHER_ANSWERED if doubt.answered else Form.OTHER_UNANSWERED
    ids = (*strand.entry_ids[:1], *doubt.other)
    return Reason(rule=Rule.UNDECIDED, entry_ids=ids, said=(clause(form),))


def _phones(views: Iterable[View]) -> tuple[str, ...]:
    return tuple(sorted({one.row.phone for one in views}))


def _rang(ringing: Sequence[View]) -> Clause:
    number = ringing[0].row.number
    if not number:
        return clause(Form.RANG_WITHHELD, phones=_phones(ringing))
    return clause(Form.RANG, phones=_phones(ringing), number=number)


def _ids(views: Iterable[View]) -> tuple[str, ...]:
    return tuple(sorted({one.row.id for one in views}))


def _apart(views: Sequence[View]) -> Sentence:
    """How far apart several phones began, as far as their rows tell to seconds."""
    spans = [
        reading.start
        for one in views
        for reading in one.readings[:1]
        if one.readings[0].start.width <= SHARP_S
    ]
    if len(spans) < TWO:
        return (clause(Form.FITTING),)
    most = max(span.high for span in spans) - min(span.low for span in spans)
    said = _in(most, Form.EACH_WITHIN)
    return (said,) if len(spans) == len(views) else (said, clause(Form.AS_TOLD))


def _later(between: Span) -> Clause:
    """How long after another instant one came, as far as is known."""
    least, most = max(0, round(between.low)), round(between.high)
    up_to = clause(Form.LATER_UP_TO, seconds=str(least), span=at_most(most))
    return clause(Form.LATER, seconds=str(most)) if least == most else up_to


def _moment(between: Span) -> Clause:
    return _in(max(abs(between.low), abs(between.high)), Form.WITHIN)


def _in(most: float, form: Form) -> Clause:
    return clause(Form.SAME_SECOND) if most < SAME_SECOND_S else clause(form, span=at_most(most))
