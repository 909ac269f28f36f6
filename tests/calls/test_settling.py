"""A call is called missed only where all who could have answered are proven."""

from datetime import timedelta

import pytest

from phonesync.calls.joining import join
from phonesync.calls.settling import Proof, settle, stretch
from phonesync.calls.values import Disposition
from tests.calls.made import MONDAY, call, later, leg
from tests.calls.rows import OFFICE, missed, only, received

COMPLETE = Proof(share=1.0, final=True)


def proven(**gaps):
    """What is proven of phones, complete but for some."""
    return lambda phone, _since, _until: gaps.get(phone.replace("-", "_"), COMPLETE)


def rang():
    return only(missed("101", 0, 10), missed("102", 0, 10))


def test_a_call_that_nobody_answered_is_missed_where_all_phones_are_proven():
    settled = settle(rang(), proven())
    assert (settled.disposition, settled.coverage, settled.settled) == (Disposition.MISSED, 1.0, True)


def test_a_read_gap_in_the_middle_leaves_it_unknown():
    """Nobody knows whether desk-103 of the same group answered."""
    settled = settle(rang(), proven(desk_103=Proof(share=0.4, final=False)))
    assert (settled.disposition, settled.coverage, settled.settled) == (Disposition.UNKNOWN, 0.8, False)
    again = settle(settled, proven())
    assert (again.disposition, again.settled) == (Disposition.MISSED, True)


def test_a_missed_call_becomes_unknown_where_its_proof_is_lost():
    settled = settle(rang(), proven())
    assert settle(settled, proven(desk_102=Proof(share=0.0, final=True))).disposition is Disposition.UNKNOWN


def test_an_answered_call_is_answered_with_any_coverage():
    talked = only(received("101", 0, 10, 70))
    settled = settle(talked, proven(desk_101=Proof(share=0.5, final=True)))
    assert settled.disposition is Disposition.ANSWERED
    assert settled.coverage == pytest.approx(5 / 6, abs=1e-4)


def test_a_contested_call_is_never_called_missed():
    sent = missed("101", 30, 40)
    answered = received("103", 30, 40, 60, resolution_s=60)
    other = missed("101", 5, 15)
    for one in join([sent, answered, other], OFFICE):
        if one.contested:
            assert settle(one, proven()).disposition is Disposition.UNKNOWN
    assert any(one.contested for one in join([sent, answered, other], OFFICE))


def test_a_call_is_proven_from_a_minute_before_it_to_a_minute_after_it():
    minute = timedelta(minutes=1)
    assert stretch(call(started_within_s=5)) == (MONDAY - minute - timedelta(seconds=5), MONDAY + minute)
    assert stretch(call(talk_s=30)) == (MONDAY - minute, later(seconds=90))
    assert stretch(call(talk_s=30, ended_at=later(seconds=45))) == (MONDAY - minute, later(seconds=105))


def test_each_phone_of_a_call_is_asked_for_once():
    asked = []

    def ask(phone, since, until):
        asked.append((phone, since, until))
        return COMPLETE

    made = call(legs=(leg(), leg("desk-102")), could_answer=("desk-102", "desk-103"))
    settle(made, ask)
    assert asked == [(phone, *stretch(made)) for phone in ("desk-101", "desk-102", "desk-103")]
