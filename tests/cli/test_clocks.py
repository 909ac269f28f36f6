"""``phonesync clocks``: stretches, held readings and meanings, for machines and for people."""

from datetime import timedelta

import pytest

from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clocks import model
from phonesync.cli.clock_rows import FIELDS
from phonesync.model import TimeOf
from phonesync.store.clock_records import Kind, Vote
from tests.cli.conftest import MORNING, keep

OF = "desk-101#1"


@pytest.fixture
def clocked(filled):
    """A phone that is 20 s fast, was set in the evening, and once showed an hour more."""

    def seen(hour, low_s):
        at = MORNING + timedelta(hours=hour)
        return Evidence(at=at, source=Source.PAGE, low_s=low_s, high_s=low_s + 1.0)

    readings = [seen(hour, 20.0 if hour < 30 else 0.0) for hour in range(0, 60, 3)]
    readings[-5] = seen(45, 3600.0)
    filled.add_clock_evidence(OF, readings)
    filled.keep_clock(filled.clock_of(OF), model(readings))
    return filled


def test_jsonl_has_exactly_the_fields_in_their_order(run, clocked):
    rows = run("clocks", "--format", "jsonl", "desk-101").rows
    assert all(tuple(row) == FIELDS for row in rows)
    assert [row["state"] for row in rows if row["state"] != "known"] == ["set", "held"]
    (held,) = [row for row in rows if row["state"] == "held"]
    assert (held["from"], held["to"], held["offset_low_s"], held["drift_ppm"]) == (
        "2026-02-02T02:00:00Z",
        None,
        3600.0,
        None,
    )
    assert {row["version"] for row in rows} == {1}
    assert rows[0]["evidence"] == {"page": 20, "report": 0, "mirror": 0, "fit": 0, "read": 0}
    assert rows[-1]["to"] is None


def test_a_phone_of_whose_clock_nothing_is_known_has_one_object(run, filled):
    (row,) = run("clocks", "--format", "jsonl", "desk-102").rows
    assert (row["state"], row["from"], row["offset_low_s"], row["version"]) == ("unknown", None, None, 0)
    assert row["time_of"]["answered"] == {"meaning": "unknown", "pairs": 0, "against": 0}


def test_the_table_tells_offsets_steps_and_what_is_held(run, clocked):
    out = run("clocks").out
    assert "+20.5 ± " in out
    assert "set in between" in out
    assert "held: seen once" in out
    assert "nothing known" in out
    assert "20 page" in out


def test_meanings_stand_with_what_speaks_for_and_against_them(run, filled):
    kind = Kind(vendor="yealink", model="", firmware="", answered=True)
    votes = [Vote(kind=kind, source=Source.READ, fits=frozenset({TimeOf.START}))] * 20
    votes.append(Vote(kind=kind, source=Source.READ, fits=frozenset({TimeOf.RECORDED})))
    filled.decide_time_meanings(votes)
    (row,) = run("clocks", "--format", "jsonl", "desk-101").rows
    assert row["time_of"]["answered"] == {"meaning": "start", "pairs": 20, "against": 1}
    assert row["time_of"]["unanswered"]["meaning"] == "unknown"
    assert "answered  start    20      1" in run("clocks", "desk-101").out


def test_a_stated_meaning_needs_no_counts(run, filled, monkeypatch):
    keep(filled, "desk-102", time_of=TimeOf.RECORDED)
    (row,) = run("clocks", "--format", "jsonl", "desk-102").rows
    assert row["time_of"]["answered"] == {"meaning": "recorded", "pairs": None, "against": None}
    assert "stated" in run("clocks", "desk-102").out


def test_a_phone_that_was_replaced_is_told(run, clocked):
    clocked.new_incarnation("desk-101", mac=None, reason="swapped")
    assert "another phone now" in run("clocks", "desk-101").out


def test_an_unknown_phone_is_told_with_the_nearest_name(run, filled):
    outcome = run("clocks", "desk-1O1")
    assert outcome.code == 2
    assert 'did you mean "desk-101"?' in outcome.err


def test_a_phone_that_was_never_read_has_no_clock(run, filled):
    outcome = run("clocks", "desk-103")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "No phones.\n")
