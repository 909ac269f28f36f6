"""What was done lately is known, for so long and so many."""

from phonesync.web import lately
from phonesync.web.lately import Lately


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thing_is_new_again_after_its_time_or_where_it_always_is():
    seconds = Seconds()
    known = Lately(seconds, again_s=10, slides=False)
    assert known.is_new("anna", "call")
    assert not known.is_new("anna", "call")
    assert known.is_new("anna", "call", always=True)
    seconds.now = 8
    assert not known.is_new("anna", "call")
    seconds.now = 11
    assert known.is_new("anna", "call")


def test_the_time_counts_from_the_last_time_where_it_slides():
    seconds = Seconds()
    known = Lately(seconds, again_s=10, slides=True)
    assert known.is_new("anna")
    for seconds.now in (8, 16, 24):
        assert not known.is_new("anna")
    seconds.now = 35
    assert known.is_new("anna")


def test_the_longest_unseen_is_forgotten_first(monkeypatch):
    monkeypatch.setattr(lately, "REMEMBERED", 2)
    known = Lately(Seconds(), again_s=10, slides=True)
    for name in ("anna", "boris", "anna", "vera"):
        known.is_new(name)
    assert not known.is_new("anna")
    assert known.is_new("boris")
    known.forget("boris")
    known.forget("nobody")
    assert known.is_new("boris")
