"""What is not known of a call, and why not, each in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from phonesync.calls.values import Call, CallDirection, Disposition, Rule

_UNANSWERED = frozenset({Disposition.MISSED, Disposition.NO_ANSWER})


def unknowns(call: Call) -> Iterator[str]:
    """One sentence for each thing that a call leaves open, and what would tell it.

    Args:
        call: Any call.
    """
    if call.disposition is Disposition.UNKNOWN:
        yield _whether_answered(call)
    if call.calling.number_shown is None and call.calling.extension is None:
        yield "Who called: the number was withheld on every phone."
    if call.called.number_shown is None and call.called.extension is None:
        yield "Which number was dialled: only a report, a CDR or the configuration tells."
    if call.disposition is Disposition.ANSWERED:
        yield from _of_the_answer(call)
    elif call.disposition in _UNANSWERED and call.ring_s is None:
        yield "How long it rang: no report and no CDR tells."


def coverage_said(call: Call) -> str:
    """How much of the time around a call is proven, and whether that is the last word."""
    if call.coverage is None:
        return "Not looked at yet."
    phones = len({leg.phone for leg in call.legs} | set(call.could_answer))
    whose = "1 phone" if phones == 1 else f"{phones} phones"
    proven = f"{call.coverage:.0%} of the time of {whose} is proven complete, a minute before and after."
    return proven if call.settled else f"{proven} Later reads may prove more."


def _of_the_answer(call: Call) -> Iterator[str]:
    if call.answered_by is None and call.direction is not CallDirection.OUTBOUND:
        yield "Who answered: no phone that is read shows it."
    if call.answered_at is None:
        yield "When it was answered: no report, no CDR and no time of a row tells."
    if call.ring_s is None:
        yield "How long it rang: no report and no CDR tells."
    if call.talk_s is None:
        yield "How long they spoke: no phone shows it."


def _whether_answered(call: Call) -> str:
    if call.direction is CallDirection.OUTBOUND:
        return "Whether it was answered: the row that placed it shows no talk time, and no report tells."
    if any(reason.rule is Rule.CROWDED for reason in call.reasons):
        return "Whether anybody answered: too many calls may be this one to tell."
    if call.contested:
        return "Whether anybody answered: a row that was left apart says that somebody did."
    if call.unanswered and call.coverage is None:
        return "Whether anybody answered: whether all phones that could have are proven is not looked at yet."
    if call.coverage is not None and call.coverage < 1:
        return "Whether anybody answered: not every phone that could have is proven complete for that time."
    return "Whether anybody answered: no phone that is read tells."
