"""Why another call with the same party is another one."""

import pytest

from phonesync.calls.explaining import Shown, explain
from phonesync.calls.others import why_apart
from phonesync.calls.sentences import plain
from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Reason, Rule
from tests.calls.made import call, later, leg
from tests.calls.test_explaining import row

ELSEWHERE = leg("desk-102", LegOutcome.ANSWERED_ELSEWHERE)
MISSED = leg("desk-103", LegOutcome.MISSED)


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        ((leg(),), (leg(),), "desk-101 has a row in each, and a phone has one part in a call."),
        (
            (leg(), ELSEWHERE),
            (leg(), ELSEWHERE, MISSED),
            "desk-101 and desk-102 have a row in each, and a phone has one part in a call.",
        ),
        ((leg(),), (leg("desk-104"),), "desk-101 answered the one and desk-104 the other."),
        ((leg(),), (MISSED,), "it began 40 s after this one, and no rule leads from one to the other."),
    ],
)
def test_another_call_is_another_for_the_first_reason_that_holds(here, there, why):
    assert why_apart(call(legs=here), call(legs=there, started_at=later(seconds=40))) == why


def test_a_call_minutes_before_is_told_in_minutes():
    assert why_apart(call(), call(legs=(MISSED,), started_at=later(minutes=-3))).startswith(
        "it began 3 min before"
    )


def test_a_call_that_went_the_other_way_is_another():
    back = call(direction=CallDirection.OUTBOUND)
    assert why_apart(call(), back) == "it was outbound, this one inbound."


def test_what_a_reason_speaks_of_is_not_said_twice():
    doubt = Reason(
        rule=Rule.UNDECIDED, entry_ids=("entry-desk-101", "entry-desk-103"), said=plain("It fits.")
    )
    assert why_apart(call(reasons=(doubt,)), call(legs=(MISSED,))) is None
    told = explain(
        call(reasons=(doubt,)), Shown(rows={"entry-desk-101": row()}, others=(call(legs=(MISSED,)),))
    )
    assert "Other calls" not in told


def test_an_explanation_names_the_other_calls_with_the_party():
    other = call(id="other", disposition=Disposition.MISSED, legs=(leg("desk-101", LegOutcome.MISSED),))
    told = explain(call(), Shown(rows={"entry-desk-101": row()}, others=(other,)))
    assert "Other calls with the same party then\n  Call other (missed): desk-101 has a row in each" in told
