"""How the agent calls its own state."""

from dataclasses import replace

import pytest

from phonesync.agent.healthz import page
from phonesync.agent.vitals import LATE_S, STALLED_S, Phase, Vitals, judge, stalled, store_status, summary
from phonesync.store.records import PhoneStanding
from tests.docs.documents import DOCS, sections, table

UP, DOWN = PhoneStanding.UP, PhoneStanding.DOWN
WELL = Vitals(phase=Phase.RUNNING, standings=(UP, UP, PhoneStanding.NEW, PhoneStanding.UNSUPPORTED))


@pytest.mark.parametrize(
    ("changes", "status", "problem"),
    [
        ({}, "ok", None),
        ({"standings": ()}, "ok", None),
        ({"lateness_s": LATE_S, "late": 3}, "ok", None),
        ({"since_tick_s": STALLED_S}, "ok", None),
        ({"standings": (UP, DOWN)}, "degraded", "1 phones down"),
        ({"standings": (DOWN, DOWN)}, "degraded", "2 phones down"),
        ({"standings": (PhoneStanding.REFUSED,)}, "degraded", "1 phones refused"),
        ({"standings": (PhoneStanding.HELD,)}, "degraded", "1 phones held"),
        ({"refused_config": "broken"}, "degraded", "the configuration file has mistakes and was not taken"),
        ({"set_aside": 2}, "degraded", "2 entries could not be joined and are set aside"),
        ({"store_away": True, "held": 7}, "failing", "the store is away; 7 writes wait for it"),
        ({"lateness_s": 301.2, "late": 9}, "failing", "9 reads are late, the first by 301 s"),
        ({"since_tick_s": 61.0}, "failing", "no tick for 61 s"),
        ({"writing_s": 61.0}, "failing", "the store has kept the writer for 61 s"),
        ({"phase": Phase.STARTING, "since_tick_s": 999.0}, "starting", None),
        ({"phase": Phase.STOPPING, "since_tick_s": 999.0}, "stopping", None),
    ],
)
def test_each_state_has_its_word_and_its_sentence(changes, status, problem):
    vitals = replace(WELL, **changes)
    word, problems = judge(vitals)
    assert (word, problems) == (status, [] if problem is None else [problem])
    code, shown = page(vitals)
    assert code == (200 if status in ("ok", "degraded") else 503)
    assert shown["status"] == status
    assert summary(vitals).startswith(f"{status}: ")


def test_a_failing_agent_tells_of_its_phones_too():
    _, problems = judge(replace(WELL, store_away=True, standings=(DOWN,)))
    assert problems == ["the store is away; 0 writes wait for it", "1 phones down"]


def test_a_store_is_stalled_before_it_is_away():
    assert store_status(replace(WELL, writing_s=61.0, store_away=True)) == "stalled"
    assert store_status(replace(WELL, writing_s=60.0, store_away=True)) == "away"


def test_the_limit_of_the_watchdog_is_its_own():
    slow = replace(WELL, writing_s=3.0, since_tick_s=2.0)
    assert stalled(slow, limit_s=3.0) == []
    assert len(stalled(slow, limit_s=1.0)) == 2
    # A store that is locked or away is waited for, not restarted for.
    assert stalled(replace(WELL, store_away=True, held=50), limit_s=1.0) == []


def test_the_page_has_the_fields_of_the_reference_in_their_order():
    rows = table(sections(DOCS / "reference" / "fields.md")["healthz"], first="field")
    assert [row["field"].strip("`") for row in rows] == list(page(WELL)[1])
