"""``phonesync callbacks`` and ``phonesync calls groups``: what is shown, and what a person says of it."""

from dataclasses import replace

import pytest

from phonesync.calls.group_history import KeptGroup
from phonesync.calls.learned import Learned
from phonesync.calls.settling import Proof
from phonesync.calls.values import Ringing
from phonesync.cli.group_rows import FIELDS as GROUP_FIELDS
from phonesync.clock import SystemClock
from phonesync.journal.named_callbacks import FIELDS
from phonesync.store.call_proof import Proofs
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import open_store
from tests import stores
from tests.cli.conftest import BASE, keep
from tests.cli.test_calls import CALLER, CONFIG, RANG, row


@pytest.fixture
def office(folder):
    """A caller whom desk-101 misses on a Saturday at 14:31, and whom nobody reaches; another who was reached."""
    (folder / "config.toml").write_text(
        CONFIG + '[callbacks]\nhours = { monday-friday = "09:00-18:00" }\n', encoding="utf-8"
    )
    stores.lay(folder / "phonesync.db")
    with open_store("sqlite:///phonesync.db", clock=SystemClock(), base=folder) as store:
        store.sync_phones(
            [
                PhoneSpec(name="desk-101", extension="101", owner="Иванов И. И.", department="Trade"),
                PhoneSpec(name="desk-102", extension="102"),
                PhoneSpec(name="desk-103", extension="103"),
            ]
        )
        keep(store, "desk-101", row("missed"), row("tried", "1", seconds=600, duration_s=0))
        others = (row("other", seconds=60), row("back", "1", seconds=720, duration_s=30))
        keep(store, "desk-102", *(replace(one, remote_number="+74955550102") for one in others))
        keep(store, "desk-103")
        yield store


@pytest.fixture
def proven(monkeypatch):
    """Lets every phone be proven, so that what nobody answered is missed."""
    monkeypatch.setattr(Proofs, "proven", lambda *_: Proof(share=1.0, final=True))


def listed(run, *options):
    outcome = run("callbacks", "--format", "jsonl", *options)
    assert outcome.code == 0, outcome.err
    return outcome.rows


def test_callers_who_were_missed_are_shown_until_somebody_reaches_them(run, office, proven):
    (waiting,) = listed(run)
    assert tuple(waiting) == FIELDS
    assert waiting["caller"]["e164"] == CALLER
    assert (waiting["owner"], waiting["department"]) == ("Иванов И. И.", "Trade")
    assert (waiting["misses"], waiting["attempts"]) == (1, 1)
    assert waiting["due_at"].endswith("T06:30:00Z")  # Monday at 9:30 in Moscow
    assert waiting["overdue"]
    assert waiting["closed_at"] is None
    first, second = listed(run, "--all")
    assert first == {**waiting, "age_s": first["age_s"]}
    assert (second["closed_how"], second["age_s"], second["overdue"]) == ("called_back", 660, False)


def test_they_are_found_by_owner_department_and_time(run, office, proven):
    for options, callers in (
        (("--owner", "102"), ["+74955550102"]),
        (("--department", "Trade"), [CALLER]),
        (("--since", (RANG).isoformat()), [CALLER, "+74955550102"]),
        (("--until", RANG.isoformat()), []),
    ):
        assert [one["caller"]["e164"] for one in listed(run, "--all", *options)] == callers, options


def test_an_owner_whom_nobody_knows_is_said(run, office):
    outcome = run("callbacks", "--owner", "Иваннов И. И.")
    assert outcome.code == 0
    assert 'Unknown owner "Иваннов И. И."; did you mean' in outcome.err


def test_a_table_ends_with_its_figures(run, office, proven):
    outcome = run("callbacks", "--all")
    assert len(outcome.out.splitlines()) == 3
    assert "called back" in outcome.out
    assert (
        "2 call-backs, 1 open (1 overdue); called back 50%, in time 50%; half of the calls back within 11 min."
        in (outcome.err)
    )
    assert len(run("callbacks", "--format", "csv", "--all").out.splitlines()) == 3


def test_what_is_not_proven_opens_none_but_is_told(run, office):
    outcome = run("callbacks")
    assert (outcome.code, outcome.out) == (0, "")
    assert "No call-backs." in outcome.err


@pytest.fixture
def learned(office):
    """A learned group of two phones, and one of all three, which is configured too."""
    of = {"seen": 7, "since": RANG, "until": BASE.started_at}
    store = office
    store.keep_groups(
        [
            KeptGroup(
                learned=Learned(ringing=Ringing.TOGETHER, members=("101", "102", "103"), **of), version=1
            ),
            KeptGroup(
                learned=Learned(ringing=Ringing.IN_TURN, members=("103", "101"), step_s=15.0, **of), version=1
            ),
        ]
    )
    return store


def groups(run, *words):
    outcome = run("calls", "groups", "--format", "jsonl", *words)
    assert outcome.code == 0, outcome.err
    return [(one["id"], one["origin"], one["in_force"]) for one in outcome.rows]


def test_groups_are_shown_with_what_they_rest_on(run, learned):
    configured, found = run("calls", "groups", "--format", "jsonl").rows
    assert tuple(configured) == tuple(found) == GROUP_FIELDS
    assert (configured["name"], configured["number"], configured["origin"]) == ("Sales", "600", "configured")
    assert (found["members"], found["ring"], found["calls_seen"]) == (["103", "101"], "in turn", 7)
    table = run("calls", "groups").out
    assert "103 > 101" in table
    assert "15 s" in table


def test_a_person_confirms_or_rejects_what_was_learned(run, learned):
    assert groups(run) == [(None, "configured", True), (2, "learned", True)]
    assert run("calls", "groups", "confirm", "2").out == "Group 2 (103 > 101) is confirmed.\n"
    assert groups(run) == [(None, "configured", True), (2, "confirmed", True)]
    assert run("calls", "groups", "reject", "2").out == "Group 2 (103 > 101) is rejected.\n"
    assert groups(run) == [(None, "configured", True)]
    assert groups(run, "--all")[1:] == [(1, "learned", False), (2, "rejected", False)]
    assert "not in force" in run("calls", "groups", "--all").out


def test_a_group_that_was_never_learned_is_told(run, learned):
    outcome = run("calls", "groups", "confirm", "9")
    assert outcome.code == 2
    assert "No group of id 9 was learned" in outcome.err
