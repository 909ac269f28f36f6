"""``phonesync phonebook plan|push|show``: when they write, and how they tell what came of it."""

import sys

import pytest

from phonesync.agent import push_commands
from phonesync.agent.push_values import PlannedPush, PushResult, Refusal, ShownContacts
from phonesync.driver.phonebooks import HeldContact, PushRoute
from phonesync.errors import PlanRefused
from phonesync.model import BookEntry, ContactNumber, Evidence
from phonesync.phonebook.push_values import Action, PushPlan, PushStep

ROUTE = PushRoute(
    reads=True, changes=True, removes=False, ids=True, evidence=Evidence.CERTAIN, note="None can be removed."
)
OLGA = BookEntry(
    contact="staff/1", name="Ольга", numbers=(ContactNumber(number="201"), ContactNumber(number="202"))
)
GRANNY = HeldContact(id="1", name="Бабушка\x1b[2J", numbers=(ContactNumber(number="177"),), group="Home")


def step(action, uid, name, reason, **more) -> PushStep:
    return PushStep(action=action, contact=f"staff/{uid}", name=name, reason=reason, **more)


ADD = step(Action.ADD, 1, "Ольга", "not on the phone", entry=OLGA)
KEEP = step(Action.KEEP, 2, "Иван", "as wanted")
BY_HAND = step(Action.BY_HAND, 3, "Анна", "wanted no more: a person must remove it", held=GRANNY)
PLANNED = PlannedPush(
    name="desk-101",
    plan=PushPlan(steps=(ADD, KEEP, BY_HAND), typed=(GRANNY,)),
    route=ROUTE,
    unfit=("\x00",),
)


@pytest.fixture
def pushes(monkeypatch, folder):
    """Stands in for the phone: notes what is asked, answers what it is told to."""
    asked = []
    answers = {
        "plan": PLANNED,
        "push": PushResult(name="desk-101", written=(ADD,), planned=PLANNED),
        "show": ShownContacts(name="desk-101", held=(GRANNY, GRANNY), ours={1: "staff/9"}, note="A note."),
    }

    def standing_in(what):
        def answer(_config, name, **more):
            asked.append((what, name, *more.values()))
            if isinstance(answers[what], Exception):
                raise answers[what]
            return answers[what]

        return answer

    for what in answers:
        monkeypatch.setattr(push_commands, what, standing_in(what))
    return asked, answers


def test_plan_tells_what_would_be_done_and_counts_what_stays(run, pushes):
    outcome = run("phonebook", "plan", "desk-101")
    assert outcome.code == 0
    assert "add" in outcome.out
    assert "201, 202" in outcome.out
    assert "as wanted\n" not in outcome.out
    assert (
        "desk-101: 1 to add, 1 for a person to edit or remove, 1 there as wanted, 1 typed by people stay."
        in outcome.out
    )
    assert "None can be removed." in outcome.err
    assert pushes[0] == [("plan", "desk-101", False)]


def test_plan_writes_every_step_as_json(run, pushes):
    outcome = run("phonebook", "plan", "desk-101", "--again", "--format", "jsonl")
    assert outcome.rows[0] == {
        "what": "add",
        "contact": "staff/1",
        "name": "Ольга",
        "numbers": ["201", "202"],
        "why": "not on the phone",
    }
    assert [row["what"] for row in outcome.rows] == ["add", "keep", "by hand"]
    assert pushes[0] == [("plan", "desk-101", True)]


def test_push_without_a_terminal_must_be_told_whether_to_write(run, pushes):
    outcome = run("phonebook", "push", "desk-101")
    assert outcome.code == 2
    assert "Add --yes to write, or --dry-run" in outcome.err
    both = run("phonebook", "push", "desk-101", "--yes", "--dry-run")
    assert (both.code, "contradict each other" in both.err) == (2, True)
    assert pushes[0] == []


def test_push_on_a_terminal_only_shows_what_it_would_do(run, pushes, monkeypatch):
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _self: True)
    outcome = run("phonebook", "push", "desk-101")
    assert (outcome.code, "Nothing was written; --yes writes." in outcome.out) == (0, True)
    assert pushes[0] == [("plan", "desk-101", False)]


def test_a_dry_run_writes_nothing(run, pushes):
    assert "Nothing was written" in run("phonebook", "push", "desk-101", "--dry-run").out
    assert pushes[0] == [("plan", "desk-101", False)]


def test_push_writes_when_told_so_and_names_what_a_person_must_do(run, pushes):
    outcome = run("phonebook", "push", "desk-101", "--yes")
    assert (outcome.code, outcome.out) == (0, "desk-101: 1 written.\n")
    assert "Анна: wanted no more: a person must remove it." in outcome.err
    assert pushes[0] == [("push", "desk-101", False)]


def test_an_incomplete_push_ends_with_code_four_and_says_why(run, pushes):
    pushes[1]["push"] = PushResult(
        name="desk-101",
        written=(ADD,),
        refused=(Refusal(step=ADD, text="The phone refused the contact: full."),),
        left=(ADD, ADD),
        planned=PLANNED,
        error="The connection broke.",
    )
    outcome = run("phonebook", "push", "desk-101", "--yes", "--again")
    assert (outcome.code, outcome.out) == (4, "desk-101: 1 written, 1 refused by the phone, 2 not tried.\n")
    assert "Ольга: The phone refused the contact: full." in outcome.err
    assert "the next push goes on: The connection broke." in outcome.err
    assert pushes[0] == [("push", "desk-101", True)]


def test_a_refused_plan_ends_with_code_five(run, pushes):
    pushes[1]["push"] = PlanRefused("The phonebook of this phone is empty.", hint="Look at the sources.")
    outcome = run("phonebook", "push", "desk-101", "--yes")
    assert (outcome.code, "The phonebook of this phone is empty." in outcome.err) == (5, True)


def test_show_tells_ours_from_typed_and_keeps_the_terminal_safe(run, pushes):
    outcome = run("phonebook", "show", "desk-101")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert [line.split()[0] for line in outcome.out.splitlines()] == ["whose", "typed", "ours"]
    assert "A note." in outcome.err
    rows = run("phonebook", "show", "desk-101", "--format", "jsonl").rows
    assert rows[1] == {
        "id": "1",
        "name": GRANNY.name,
        "numbers": ["177"],
        "group": "Home",
        "whose": "ours",
        "contact": "staff/9",
    }


def test_nothing_on_the_phone_and_nothing_to_do_are_said(run, pushes):
    pushes[1]["show"] = ShownContacts(name="desk-101", held=())
    assert run("phonebook", "show", "desk-101").err == "desk-101 holds no contacts.\n"
    pushes[1]["plan"] = PlannedPush(name="desk-101", plan=PushPlan(steps=(KEEP,)), route=ROUTE)
    outcome = run("phonebook", "plan", "desk-101")
    assert "The phone holds all that is wanted of it." in outcome.err
    assert "what people typed cannot be seen" in outcome.out


@pytest.mark.parametrize("what", ["plan", "push", "show"])
def test_a_phone_that_is_not_configured_is_named_with_the_nearest_that_is(run, pushes, what):
    outcome = run("phonebook", what, "desk-110", *(["--yes"] if what == "push" else []))
    assert outcome.code == 2
    assert "desk-10" in outcome.err
    assert pushes[0] == []
