"""What speaks for two phones ringing together, and for one ringing after the other."""

import pytest

from phonesync.calls.pairs import Pair

CALLERS = {"+74955550101", "+74955550102"}


def pair(**fields):
    return Pair(callers=set(CALLERS), **fields)


@pytest.mark.parametrize(
    ("fields", "order"),
    [
        ({"begins": [15.0, 14.0, 16.0]}, 1),
        ({"begins": [-15.0, -14.0, -16.0, 80.0]}, -1),
        ({"begins": [15.0, 40.0, 70.0, 90.0]}, 0),
        ({"begins": [4.0, 4.0, 4.0]}, 0),
        ({"stops": [15.0, 15.0, 15.0]}, 1),
        ({"hands": [0.0, 1.0, -1.0]}, 1),
        ({"hands_back": [0.0, 1.0, -1.0]}, -1),
        ({"hands": [15.0, 15.0, 15.0]}, 0),
        ({"both": 20, "answered": (0, 12)}, 1),
        ({"both": 20, "answered": (12, 0)}, -1),
        ({"both": 20, "answered": (8, 9)}, 0),
        ({"both": 20, "answered": (0, 0)}, 0),
        ({"both": 7, "answered": (0, 7)}, 0),
    ],
)
def test_one_phone_rings_after_another(fields, order):
    assert pair(**{"lost": 1} | fields).order(30) == order


def test_one_caller_proves_nothing():
    lone = Pair(callers={"+74955550101"}, sharp=9, both=20, answered=(0, 12))
    assert lone.order(30) == 0
    assert not lone.is_sharp()
    assert not lone.is_likely(30)


def test_what_is_seldom_among_the_calls_of_a_phone_is_chance():
    assert pair(both=20, answered=(5, 6)).is_likely(100)
    assert not pair(both=20, answered=(5, 6)).is_likely(200)
    assert pair(both=20, answered=(0, 6)).order(200) == 0


def test_who_is_never_seen_to_answer_says_nothing_by_that():
    assert pair(both=20, answered=(0, 12)).order(30) == 1
    assert pair(both=20, answered=(0, 12), mute=(True, False)).order(30) == 0
    assert pair(both=20, answered=(0, 12), mute=(True, False)).is_proven()
    assert not pair(both=20, answered=(0, 1), mute=(True, False)).is_proven()
    assert not pair(both=20, mute=(True, True)).is_proven()


def test_who_answers_each_time_may_pick_up():
    assert pair(both=3, lost=1, begins=[15.0, 15.0, 15.0]).order(30) == 1
    assert pair(both=3, begins=[15.0, 15.0, 15.0]).order(30) == 0
    assert pair(both=8, begins=[15.0, 15.0, 15.0]).order(30) == 1


def test_phones_that_each_answer_ring_together():
    assert pair(answered=(2, 5)).is_proven()
    assert not pair(answered=(1, 5)).is_proven()
    assert not pair(answered=(2, 30)).is_proven()
