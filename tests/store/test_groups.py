"""Groups in the store: what is learned from, what was learned, and what is joined anew for it."""

from dataclasses import replace

import pytest

from phonesync.calls.group_history import KeptGroup, Verdict
from phonesync.calls.learned import Learned
from phonesync.calls.values import Group, Ringing
from phonesync.errors import ConfigError
from phonesync.ledger.values import Span, SpanState
from phonesync.numbering import DialPlan
from phonesync.store.records import PhoneSpec
from tests.store.desk import entry, minute, read_of

PLAN = DialPlan(country="RU", area_code="495", extension_length=3)
LEARNED = Learned(
    ringing=Ringing.IN_TURN,
    members=("101", "102"),
    step_s=15.0,
    number="600",
    seen=7,
    since=minute(0),
    until=minute(600),
)


@pytest.fixture
def rows(store, desk):
    """Two phones, each with rows; what waits to be joined is taken away."""
    store.sync_phones(
        [PhoneSpec(name="desk-101", extension="101"), PhoneSpec(name="desk-102", extension="102")]
    )
    for name in ("desk-101", "desk-102"):
        state = store.phone(name)
        new = [entry(f"{name}-{at}", list_code="3", started_at=minute(at)) for at in (10, 500)]
        store.commit(read_of(state, minute(520), new=new))
    unqueue(store)


def unqueue(store):
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM join_queue")


def waiting(store):
    with store._database.read() as connection:
        return sorted(row[0] for row in connection.exec_driver_sql("SELECT entry_id FROM join_queue"))


def test_learned_groups_are_kept_and_judged(store, clock):
    assert store.learned_at() is None
    store.keep_groups([KeptGroup(learned=LEARNED, version=1)])
    (kept,) = store.learned_groups()
    assert kept == KeptGroup(id=kept.id, learned=LEARNED, version=1)
    assert store.learned_at() == clock.now()
    changed = replace(kept, ended_at=minute(700), version=2, learned=replace(LEARNED, seen=9))
    store.keep_groups([changed])
    assert store.learned_groups() == [changed]
    assert store.judge_group(kept.id, Verdict.REJECTED) == replace(changed, verdict=Verdict.REJECTED)
    assert store.learned_groups()[0].verdict is Verdict.REJECTED
    with pytest.raises(ConfigError, match="No group of id 99 was learned"):
        store.judge_group(99, Verdict.CONFIRMED)


def test_a_group_that_is_new_or_gone_has_its_rows_joined_anew(store, rows):
    group = Group(name="Sales", members=("101", "999"), since=minute(100))
    assert store.apply_groups([group]) == 1
    assert waiting(store) == ["desk-101-500"]
    unqueue(store)
    assert store.apply_groups([group]) == 0
    assert waiting(store) == []
    other = Group(name="Sales", members=("101", "102"), until=minute(100))
    assert store.apply_groups([other]) == 2
    assert waiting(store) == ["desk-101-10", "desk-101-500", "desk-102-10"]


def test_lessons_are_rows_and_what_is_not_proven(store, rows):
    lessons = store.lessons(minute(60), plan_of=lambda phone: PLAN)
    assert sorted(row.id for row in lessons.rows) == ["desk-101-500", "desk-102-500"]
    assert set(lessons.unproven) == {"101", "102"}
    (gap,) = lessons.unproven["101"]
    assert gap == (minute(60).timestamp(), float("inf"))


def test_what_lists_prove_is_left_out_of_the_gaps(store, desk):
    spans = [
        Span(list_code=code, since=minute(start), until=minute(end), state=state)
        for code in "23"
        for start, end, state in ((90, 200, SpanState.COMPLETE), (200, 300, SpanState.GAP))
    ]
    new = [entry("one", list_code="3", started_at=minute(150))]
    store.commit(read_of(desk, minute(520), new=new, spans=tuple(spans)))
    lessons = store.lessons(minute(60), plan_of=lambda phone: PLAN)
    assert lessons.unproven["101"] == (
        (minute(60).timestamp(), minute(90).timestamp()),
        (minute(200).timestamp(), float("inf")),
    )
