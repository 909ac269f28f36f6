"""``phonesync quarantine``, ``capture`` and ``fixtures``: what the user sees."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from phonesync import registry
from phonesync.agent import commands
from phonesync.driver.contract import PhoneContext
from phonesync.errors import SignInRefused
from phonesync.model import PhoneIdentity
from phonesync.store.records import RawKind, RawRecord
from phonesync.testing import conformance
from phonesync.testing.capture import making
from tests import toyvendor
from tests.cli.conftest import MORNING
from tests.toyvendor.mutants import MUTANTS

TOYS = Path(toyvendor.__file__).parent / "fixtures"
FIXTURES = Path(__file__).parents[1] / "drivers"


@pytest.fixture
def kept(store):
    """One answer in quarantine; its id."""
    page = b'<p>call 84957778899</p><input name="token" value="c0ffee12ab34cd56">'
    record = RawRecord(
        kind=RawKind.QUARANTINED, path="/calls", content_type="text/html", content=page, reason="It is new."
    )
    store.quarantine(store.phone("desk-101").incarnation, [record], at=MORNING)
    return next(iter(store.answers(None, RawKind.QUARANTINED))).id


def test_nothing_in_quarantine_is_said(run, folder):
    assert "Nothing is in quarantine." in run("quarantine", "list").err + run("quarantine", "list").out
    assert "Nothing is in quarantine." in run("quarantine", "replay").out


def test_the_quarantine_is_listed(run, kept):
    outcome = run("quarantine", "list", "--phone", "desk-101")
    assert outcome.code == 0
    assert "desk-101" in outcome.out
    assert "/calls" in outcome.out


def test_an_answer_is_shown_redacted_unless_asked(run, kept):
    shown = run("quarantine", "show", str(kept)).out
    assert "c0ffee12ab34cd56" not in shown
    assert "84957778899" not in shown
    assert "It is new." in shown
    assert "84957778899" in run("quarantine", "show", str(kept), "--raw").out


def test_an_id_that_is_not_there_is_said(run, kept):
    outcome = run("quarantine", "show", "999")
    assert outcome.code == 2
    assert "No answer in quarantine has the id 999." in outcome.err


def test_what_cannot_be_read_yet_stays_with_a_reason(run, kept, store):
    outcome = run("quarantine", "replay")
    assert outcome.code == 5
    assert "still there: What desk-101 is was never learned" in outcome.out
    assert [answer.id for answer in store.answers(None, RawKind.QUARANTINED)] == [kept]


def test_a_running_agent_is_in_the_way_of_a_replay(run, kept, store):
    with store.agent_lock():
        outcome = run("quarantine", "replay")
    assert outcome.code == 3
    assert "An agent is running" in outcome.err


def test_fixtures_are_tested_one_line_a_check(run, folder, monkeypatch):
    monkeypatch.setattr(registry, "drivers", lambda: {"toy": toyvendor.DRIVER})
    outcome = run("fixtures", "test", str(TOYS / "Toy20_2.0" / "empty"))
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "toy: 1 fixture(s)"
    assert "  ok      gives_the_expected_values  Toy20_2.0/empty" in lines
    assert lines[-1].endswith(" checks, 0 failed.")


def test_a_broken_driver_fails_with_the_check_and_an_exit_code(run, folder, monkeypatch):
    broken = MUTANTS["gives_the_expected_values"][0]()
    monkeypatch.setattr(registry, "drivers", lambda: {"toy": broken})
    outcome = run("fixtures", "test", str(TOYS / "Toy20_2.0"))
    assert outcome.code == 70
    assert "FAILED  gives_the_expected_values" in outcome.out


def test_a_fixture_of_no_driver_is_said(run, folder, tmp_path):
    outcome = run("fixtures", "test", str(TOYS / "Toy20_2.0"))
    assert outcome.code == 2
    assert "belongs to no installed driver" in outcome.err
    assert run("fixtures", "test", str(tmp_path)).code == 2
    assert run("fixtures", "test", str(TOYS), "--driver", "nobody").code == 2


def test_captures_of_every_variant_are_not_all_that_a_driver_has(run, folder, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(registry, "drivers", lambda: {"toy": toyvendor.DRIVER})
    monkeypatch.setattr(
        conformance, "subject_of", lambda *_, complete: asked.append(complete) or SimpleNamespace()
    )
    monkeypatch.setattr(conformance, "checked", lambda _: ())
    copied = tmp_path / "captures"
    shutil.copytree(TOYS, copied)
    assert run("fixtures", "test", str(copied)).code == 0
    for case in copied.rglob("case.toml"):
        text = case.read_text("utf-8")
        case.write_text(re.sub("(?m)^provenance = .*$", 'provenance = "captured"', text), "utf-8")
    assert run("fixtures", "test", str(copied)).code == 0
    assert asked == [True, False]


def test_a_chosen_driver_is_given_its_own_fixtures_only(run, folder, tmp_path):
    yealink = FIXTURES / "yealink" / "fixtures" / "T20P_9.70.0.140" / "empty_lists"
    grandstream = FIXTURES / "grandstream" / "fixtures" / "DP750_1.0.2.16" / "no_route"
    for one in (yealink, grandstream):
        shutil.copytree(one, tmp_path / "both" / one.parent.name / one.name)
    outcome = run("fixtures", "test", str(tmp_path / "both"), "--driver", "grandstream")
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, "grandstream: 1 fixture(s)")
    outcome = run("fixtures", "test", str(yealink), "--driver", "grandstream")
    assert outcome.code == 2
    assert "No fixture there belongs to the driver grandstream." in outcome.err


@pytest.mark.parametrize("command", ["fixtures", "quarantine", "secret", "store"])
def test_a_group_without_a_command_is_a_sentence(run, folder, command):
    outcome = run(command)
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, "phonesync: Missing command.")


def test_a_capture_without_lists_says_why(run, folder, monkeypatch):
    monkeypatch.setenv("PHONE_PASSWORD", "sesame")
    variant = toyvendor.DRIVER.variants["v2"]
    phone = PhoneContext(
        identity=PhoneIdentity(vendor="toy", variant="v2"), variant=replace(variant, refusal="It has none.")
    )
    case = SimpleNamespace(error="Unsupported", rows=0, turns=(1, 2), signed_in=None)
    made = making.Made(folder=folder / "captures", case=cast("Any", case), replaced=3, searched=4)
    monkeypatch.setattr(commands, "capture", lambda *_: SimpleNamespace(phone=phone))
    monkeypatch.setattr(making, "make", lambda *_, **__: made)
    lines = run("capture", "desk-101").out.splitlines()
    assert lines[0].endswith("2 answers, its lists were not read.")
    assert "It has none." in lines


def test_a_file_in_the_place_of_the_captures_is_told_before_the_phone_is_asked(run, folder, monkeypatch):
    monkeypatch.setenv("PHONE_PASSWORD", "sesame")
    (folder / "captures").write_text("notes")
    monkeypatch.delattr(commands, "capture")
    outcome = run("capture", "desk-101")
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, "phonesync: captures is no folder.")


def test_a_capture_that_fails_writes_nothing(run, folder, monkeypatch):
    monkeypatch.setenv("PHONE_PASSWORD", "sesame")

    def refused(config, name):
        raise SignInRefused("The phone refused user or password.")

    monkeypatch.setattr(commands, "capture", refused)
    outcome = run("capture", "desk-101")
    assert outcome.code == 4
    assert not (folder / "captures").exists()
    assert run("capture", "desk-999").code == 2
