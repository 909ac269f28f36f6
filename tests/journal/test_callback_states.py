"""What people do about call-backs, and what state that leaves them in."""

from dataclasses import replace
from datetime import timedelta

from phonesync.calls.callbacks import CallBack, ClosedHow
from phonesync.calls.figures import Share
from phonesync.config import load
from phonesync.journal.callback_figures import figures
from phonesync.journal.callback_states import (
    Standing,
    State,
    Step,
    Work,
    owners_of,
    standing,
    steps_of,
)
from tests.store.desk import minute

ONE = CallBack(
    party="+74955550101",
    owner="Anna A.",
    department=None,
    first_call="c1",
    last_call="c1",
    opened_at=minute(0),
    last_at=minute(0),
    due_at=minute(30),
)


def step(what, at, *, user="Anna A.", **more):
    return Work(step=what, at=minute(at), opened_at=minute(0), user=user, user_id=len(user), **more)


def state(*work, one=ONE, at=60):
    return standing(one, work, minute(at))


def test_nobody_has_done_anything():
    assert state() == Standing()
    assert state().is_waiting


def test_it_is_taken_and_released():
    taken = state(step(Step.TAKEN, 5))
    assert (taken.state, taken.taken_by, taken.by, taken.at) == (State.TAKEN, "Anna A.", "Anna A.", minute(5))
    released = state(step(Step.TAKEN, 5), step(Step.RELEASED, 6))
    assert (released.state, released.taken_by, released.taken_by_id) == (State.OPEN, None, None)
    other = state(step(Step.TAKEN, 5), step(Step.TAKEN, 6, user="Boris B."))
    assert other.taken_by == "Boris B."


def test_what_is_snoozed_wakes_in_time_and_at_a_new_miss():
    snoozed = step(Step.SNOOZED, 5, until=minute(90), reason="lunch")
    assert (state(snoozed).state, state(snoozed).reason) == (State.SNOOZED, "lunch")
    assert state(snoozed, at=90).state is State.OPEN
    assert state(step(Step.TAKEN, 4), snoozed, at=90).state is State.TAKEN
    assert state(snoozed, one=replace(ONE, last_at=minute(6))).state is State.OPEN


def test_what_is_done_by_hand_needs_nothing_until_a_new_miss_or_a_person_reopens_it():
    done = step(Step.DONE, 5, reason="wrong number")
    assert state(done).state is State.DONE
    assert not state(done).is_waiting
    assert state(done, one=replace(ONE, last_at=minute(6))) == Standing()
    assert state(done, step(Step.REOPENED, 7)).state is State.OPEN


def test_a_call_that_reached_the_caller_closes_it_whatever_people_did():
    closed = replace(ONE, closed_at=minute(20), closed_how=ClosedHow.CALLED_BACK)
    found = state(step(Step.SNOOZED, 5, until=minute(90)), one=closed)
    assert (found.state, found.snoozed_until, found.is_waiting) == (State.CLOSED, None, False)


def test_steps_are_about_the_call_back_that_was_open_then():
    moved = replace(ONE, opened_at=minute(2))
    later = replace(ONE, opened_at=minute(50))
    first, second = step(Step.TAKEN, 5), replace(step(Step.DONE, 55), opened_at=minute(50))
    assert steps_of(replace(moved, closed_at=minute(40)), [second, first]) == (first,)
    assert steps_of(later, [second, first]) == (second,)


def test_an_employee_has_a_name_extensions_and_groups(tmp_path):
    file = tmp_path / "config.toml"
    phones = "".join(
        f'[[phone]]\nname = "p{n}"\nurl = "http://192.0.2.{n}"\ndriver = "yealink"\nextension = "10{n}"\n'
        f'owner = "{owner}"\n'
        for n, owner in ((1, "Anna A."), (2, "Anna A."), (3, "Boris B."))
    )
    file.write_text(
        '[site]\nname = "HQ"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
        f'{phones}[[group]]\nname = "Sales"\nmembers = ["101", "103"]\n'
        '[[group]]\nname = "Help"\nmembers = ["103", "104"]\n'
    )
    config = load(file)
    assert owners_of(config, "Anna A.") == {"Anna A.", "101", "102", "Sales"}
    assert owners_of(config, "Vera V.") == {"Vera V."}


def test_figures_tell_what_came_of_them():
    def reached(after, how=ClosedHow.CALLED_BACK):
        return replace(ONE, closed_at=minute(after), closed_how=how)

    done = step(Step.DONE, 5)
    some = [
        (reached(10), []),
        (reached(20), []),
        (reached(40), []),
        (reached(15, ClosedHow.GOT_THROUGH), []),
        (ONE, []),
        (replace(ONE, due_at=minute(600)), []),
        (ONE, [done]),
    ]
    found = figures([(one, standing(one, work, minute(60))) for one, work in some], now=minute(60))
    assert found.opened == 7
    assert found.called_back == Share(of_kind=3, known=7, unknown=0)
    assert found.within_target == Share(of_kind=3, known=6, unknown=1)
    assert found.median_s == timedelta(minutes=20).total_seconds()
    assert (found.still_open, found.overdue, found.done_by_hand) == (2, 1, 1)
