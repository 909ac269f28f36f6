"""Which phone is read next."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from phonesync.agent.schedule import Schedule, spread
from phonesync.agent.values import Due
from phonesync.store.records import PhoneState

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def due(seconds: float, *, deadline: float | None = None, slow: bool = False) -> Due:
    return Due(at=at(seconds), deadline=at(seconds if deadline is None else deadline), slow=slow)


def test_nothing_is_taken_before_it_is_due():
    schedule = Schedule()
    schedule.put("a", due(10))
    assert schedule.take(at(9)) is None
    assert schedule.take(at(10)) == ("a", due(10))
    assert schedule.take(at(10)) is None


def test_of_the_phones_that_are_due_the_nearest_deadline_is_served_first():
    schedule = Schedule()
    schedule.put("early", due(1, deadline=900))
    schedule.put("pressing", due(2, deadline=100))
    schedule.put("later", due(50, deadline=60))
    assert [schedule.take(at(3))[0], schedule.take(at(3))[0]] == ["pressing", "early"]
    assert schedule.take(at(3)) is None


def test_planning_anew_replaces_the_plan_before():
    schedule = Schedule()
    schedule.put("a", due(1))
    schedule.put("a", due(100))
    assert schedule.take(at(50)) is None
    assert schedule.next_at() == at(100)
    schedule.put("a", due(5))
    assert schedule.take(at(50)) == ("a", due(5))
    assert schedule.next_at() is None


def test_a_phone_planned_anew_while_it_stood_ready_is_served_once():
    schedule = Schedule()
    schedule.put("a", due(1))
    schedule.put("b", due(1))
    assert schedule.take(at(2)) is not None
    left = "b" if "b" in schedule else "a"
    schedule.put(left, due(30))
    assert schedule.take(at(2)) is None
    assert schedule.take(at(30)) == (left, due(30))


def test_a_slow_phone_waits_for_a_place_of_its_own_while_others_are_served():
    schedule = Schedule()
    schedule.put("dead", due(0, slow=True))
    schedule.put("well", due(1))
    assert schedule.take(at(2), slow=False) == ("well", due(1))
    assert schedule.take(at(2), slow=False) is None
    assert schedule.next_at() == at(0)
    assert schedule.take(at(2), fast=False) == ("dead", due(0, slow=True))


def test_a_removed_phone_is_not_served():
    schedule = Schedule()
    schedule.put("a", due(0))
    schedule.remove("a")
    schedule.remove("never planned")
    assert schedule.take(at(5)) is None
    assert (len(schedule), "a" in schedule, schedule.due_of("a")) == (0, False, None)


def test_memory_follows_the_phones_not_the_plans():
    schedule = Schedule()
    for turn in range(10_000):
        schedule.put("a", due(turn))
    assert len(schedule._waiting) < 100
    assert schedule.take(at(20_000)) == ("a", due(9_999))


class ScheduleMachine(RuleBasedStateMachine):
    """The heap against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule()
        self.plain: dict[str, Due] = {}
        self.now = 0.0

    @rule(
        name=st.sampled_from("abcdef"),
        wait=st.integers(-5, 50),
        deadline=st.integers(0, 500),
        slow=st.booleans(),
    )
    def put(self, name, wait, deadline, slow):
        planned = due(self.now + wait, deadline=deadline, slow=slow)
        self.schedule.put(name, planned)
        self.plain[name] = planned

    @rule(name=st.sampled_from("abcdef"))
    def remove(self, name):
        self.schedule.remove(name)
        self.plain.pop(name, None)

    @rule(seconds=st.integers(0, 40))
    def wait(self, seconds):
        self.now += seconds

    @rule(fast=st.booleans(), slow=st.booleans())
    def take(self, fast, slow):
        taken = self.schedule.take(at(self.now), fast=fast, slow=slow)
        open_to = {
            name: planned
            for name, planned in self.plain.items()
            if planned.at <= at(self.now) and (slow if planned.slow else fast)
        }
        if taken is None:
            assert not open_to
            return
        name, planned = taken
        assert planned == self.plain.pop(name)
        assert planned.deadline == min(item.deadline for item in open_to.values())

    @invariant()
    def agrees(self):
        assert len(self.schedule) == len(self.plain)
        assert len(self.schedule) == len(self.plain)
        assert all(name in self.schedule for name in self.plain)
        assert all(self.schedule.due_of(name) == planned for name, planned in self.plain.items())
        next_at = self.schedule.next_at()
        if not self.plain:
            assert next_at is None
        else:
            earliest = min(planned.at for planned in self.plain.values())
            # Of several that are due already, any may be named.
            assert next_at == earliest or next_at <= at(self.now)


TestScheduleMachine = ScheduleMachine.TestCase


def state(name: str, **values) -> PhoneState:
    return PhoneState(name=name, incarnation=f"{name}#1", **values)


def plan_of(*states: PhoneState, places: int = 10, poll: int = 600) -> dict[str, Due]:
    polls = {item.name: timedelta(seconds=poll) for item in states}
    return spread(states, now=START, places=places, rng=Random(1), polls=polls)


def test_after_a_start_never_read_phones_come_first_and_overdue_ones_by_deadline():
    plan = plan_of(
        state("late", next_due=at(-50), last_read=at(-100)),
        state("later", next_due=at(-500), last_read=at(-550)),
        state("new"),
    )
    assert sorted(plan, key=lambda name: plan[name].at) == ["new", "later", "late"]


def test_after_a_start_phones_that_are_not_due_keep_their_instant():
    plan = plan_of(state("a", next_due=at(300), last_read=at(-10)))
    assert plan["a"] == due(300)


def test_after_a_start_a_shorter_interval_is_obeyed_but_a_back_off_is_kept():
    plan = plan_of(
        state("well", next_due=at(5000), last_read=at(-10)),
        state("down", next_due=at(700), last_read=at(-10), failures=5),
        poll=60,
    )
    assert plan["well"].at == at(50)
    assert plan["down"] == due(700, slow=True)


@given(count=st.integers(1, 200), places=st.integers(1, 60), seed=st.integers())
def test_overdue_phones_do_not_all_come_at_once(count, places, seed):
    states = [state(f"p{number}") for number in range(count)]
    polls = {item.name: timedelta(minutes=10) for item in states}
    plan = spread(states, now=START, places=places, rng=Random(seed), polls=polls)
    starts = sorted(planned.at for planned in plan.values())
    assert len(starts) == count
    assert starts[0] >= START
    assert starts[-1] <= START + timedelta(seconds=count / places)
    for first, last in zip(starts, starts[2 * places :], strict=False):
        assert (last - first).total_seconds() >= 1.0
