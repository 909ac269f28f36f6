"""``phonesync calls``: joined before they are shown, found, explained, split and joined."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from phonesync.cli import joined
from phonesync.clock import SystemClock
from phonesync.journal.named_calls import FIELDS
from phonesync.ledger.values import Alias
from phonesync.store import call_pass
from phonesync.store.access.records import AuditFilter
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import open_store
from tests import stores
from tests.cli.conftest import BASE, keep

CONFIG = """\
[[site]]
name = "Head office"
timezone = "Europe/Moscow"
country = "RU"
area_code = "495"
extension_length = 3
[[phone]]
name = "desk-101"
url = "http://192.0.2.11"
password = { env = "PHONE_PASSWORD" }
extension = "101"
owner = "Иванов И. И."
[[phone]]
name = "desk-102"
url = "http://192.0.2.12"
password = { env = "PHONE_PASSWORD" }
extension = "102"
[[phone]]
name = "desk-103"
url = "http://192.0.2.13"
password = { env = "PHONE_PASSWORD" }
extension = "103"
[[group]]
name = "Sales"
number = "600"
department = "Sales"
members = ["101", "102", "103"]
"""
CALLER = "+74955550101"
RANG = BASE.started_at


def row(name, list_code="3", seconds=0, **changes):
    return replace(
        BASE,
        id=name,
        key=name,
        list_code=list_code,
        remote_number=CALLER,
        started_at=RANG + timedelta(seconds=seconds),
        **({"duration_s": None, "clock_offset_s": 0.0} | changes),
    )


@pytest.fixture
def office(folder):
    """Three phones of one group that a caller reaches; desk-101 answers, and calls back later."""
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    stores.lay(folder / "phonesync.db")
    with open_store("sqlite:///phonesync.db", clock=SystemClock(), base=folder) as store:
        owners = {"desk-101": "Иванов И. И.", "desk-102": None, "desk-103": None}
        store.sync_phones(
            [PhoneSpec(name=name, extension=name[-3:], owner=owner) for name, owner in owners.items()]
        )
        back = row("a-placed", "1", seconds=7200, duration_s=30)
        keep(store, "desk-101", row("a-received", "2", duration_s=65), back)
        keep(store, "desk-102", row("b-missed"))
        keep(store, "desk-103", row("c-missed", seconds=1))
        yield store


def ids(outcome):
    assert outcome.code == 0, outcome.err
    return [shown["id"] for shown in outcome.rows]


def listed(run, *options):
    return run("calls", "--format", "jsonl", *options)


def test_rows_of_three_phones_are_one_call(run, office):
    inbound, outbound = listed(run).rows
    assert tuple(inbound) == FIELDS
    assert (inbound["direction"], inbound["disposition"]) == ("inbound", "answered")
    assert (inbound["answered_by"], inbound["talk_s"]) == ("101", 65)
    assert [(leg["phone"], leg["outcome"]) for leg in inbound["legs"]] == [
        ("desk-101", "answered"),
        ("desk-102", "answered_elsewhere"),
        ("desk-103", "answered_elsewhere"),
    ]
    assert inbound["calling"]["e164"] == CALLER
    assert (outbound["direction"], outbound["called"]["e164"]) == ("outbound", CALLER)


def test_calls_are_ordered_by_start_and_shown_in_every_form(run, office):
    starts = [shown["started_at"] for shown in listed(run).rows]
    assert starts == sorted(starts)
    assert len(run("calls").out.splitlines()) == 3
    assert len(run("calls", "--format", "csv").out.splitlines()) == 3


FOUND = (
    (("--direction", "outbound"), ["outbound"]),
    (("--disposition", "answered", "--min-talk", "40"), ["inbound"]),
    (("--min-talk", "66"), []),
    (("--number", "8 (495) 555-01-01"), ["inbound", "outbound"]),
    (("--number", "84955550199"), []),
    (("--number", "555010"), ["inbound", "outbound"]),
    (("--extension", "101", "--until", "2026-01-31T15:00+03:00"), ["inbound"]),
    (("--phone", "desk-102"), ["inbound"]),
    (("--phone", "desk-103", "--direction", "outbound"), []),
    (("--since", "2026-01-31T15:00+03:00"), ["outbound"]),
    (("--department", "Sales"), ["inbound"]),
    (("--name", "иванов"), ["outbound"]),
    (("--name", "nobody"), []),
)


def test_filters_combine(run, office):
    for options, directions in FOUND:
        outcome = listed(run, *options)
        assert outcome.code == 0, outcome.err
        assert [shown["direction"] for shown in outcome.rows] == directions, options


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--direction", "up"), "'up' is not one of 'inbound', 'outbound', 'internal'"),
        (("--disposition", "lost"), "'lost' is not one of 'answered', 'missed', 'no_answer'"),
        (("--phone", "desk-10"), 'Unknown phone "desk-10"; did you mean'),
        (("--since", "someday"), "neither a date nor an ISO 8601 time"),
    ],
)
def test_a_mistake_is_one_sentence_with_what_is_known(run, office, options, sentence):
    outcome = run("calls", *options)
    assert outcome.code == 2
    assert sentence in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--department", "sales"), 'Unknown department "sales"; did you mean "Sales"?'),
        (("--extension", "777"), 'Unknown extension "777"; known: 101, 102, 103, 600.'),
    ],
)
def test_what_no_phone_is_now_is_looked_for_and_said(run, office, options, sentence):
    outcome = run("calls", *options)
    assert outcome.code == 0
    assert sentence in outcome.err


def test_what_is_known_is_not_spoken_of(run, office):
    outcome = run("calls", "--department", "Sales", "--extension", "600")
    assert "nknown" not in outcome.err


def test_an_explanation_shows_the_text_of_the_phone_and_names_its_rows(run, office):
    (call, _) = ids(listed(run))
    outcome = run("calls", "explain", "b-missed")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(f"Call {call}: inbound, answered.")
    assert 'at "31.01 14:00"' in outcome.out
    assert "[1] desk-101 (101): answered" in outcome.out
    assert "rang together" in outcome.out


@pytest.mark.parametrize(
    "words", [("explain", "nobody"), ("split", "nobody"), ("join", "nobody", "b-missed")]
)
def test_an_unknown_id_is_said(run, office, words):
    outcome = run("calls", *words)
    assert outcome.code == 2
    assert 'No call and no entry has the id "nobody".' in outcome.err


def test_a_split_is_shown_before_and_kept_after_and_a_join_undoes_it(run, office):
    before = listed(run).rows
    tried = run("calls", "split", "a-received", "b-missed", "--dry-run")
    assert tried.code == 0, tried.err
    assert "It would be:" in tried.out
    assert listed(run).rows == before
    done = run("calls", "split", "a-received", "b-missed")
    assert done.code == 0, done.err
    assert tried.out.splitlines()[1:2] == done.out.splitlines()[1:2]
    parts = [[leg["phone"] for leg in shown["legs"]] for shown in listed(run, "--direction", "inbound").rows]
    assert sorted(parts) == [["desk-101", "desk-103"], ["desk-102"]]
    (mark,) = office.call_marks()
    assert (mark.kind, mark.one, set(mark.other)) == ("apart", ("b-missed",), {"a-received", "c-missed"})
    assert mark.made_by
    run("calls", "recompute")
    assert len(listed(run).rows) == 3
    assert run("calls", "join", "a-received", "b-missed").code == 0
    legs = [leg["phone"] for leg in listed(run, "--direction", "inbound").rows[0]["legs"]]
    assert sorted(legs) == ["desk-101", "desk-102", "desk-103"]


def test_an_entry_is_taken_out_by_a_name_that_it_bore_once(run, office):
    later = row("d-placed", "1", seconds=9000)
    keep(
        office,
        "desk-102",
        later,
        aliases=(Alias(key="old", occurrence=1, alias_id="o", entry_id="b-missed"),),
    )
    assert "[1] desk-101" in run("calls", "explain", "o").out
    done = run("calls", "split", "a-received", "o")
    assert done.code == 0, done.err
    assert office.call_marks()[0].one == ("b-missed",)


def test_an_order_that_changes_nothing_says_so(run, office):
    run("calls", "split", "a-received", "b-missed")
    assert "a-placed is one call only" in run("calls", "join", "a-placed").err
    again = run("calls", "split", "a-received", "c-missed", "--dry-run")
    assert "It would be:" in again.out
    joined = run("calls", "join", "a-received", "c-missed")
    assert joined.code == 2
    assert "of one call already" in joined.err


def test_recomputing_changes_nothing(run, office):
    before = listed(run).rows
    assert run("calls", "recompute").out == "Joined 4 entries anew.\n"
    assert listed(run).rows == before


def test_recomputing_shows_what_could_not_be_joined(run, office, monkeypatch):
    join = call_pass.join

    def joining(rows, knowledge):
        if any(row.id == "a-placed" for row in rows):
            raise ValueError("no such moment")
        return join(rows, knowledge)

    monkeypatch.setattr(call_pass, "join", joining)
    assert run("calls", "recompute").out.splitlines() == [
        "Joined 3 entries anew.",
        "1 could not be joined and stand in no call; please report it:",
        "- a-placed: ValueError: no such moment",
    ]
    monkeypatch.setattr(joined, "MOST_SHOWN", 0)
    assert run("calls", "recompute").out.splitlines()[2:] == ["- and 1 more"]
    monkeypatch.setattr(call_pass, "join", join)
    assert run("calls", "recompute").out == "Joined 4 entries anew.\n"


def test_a_running_agent_joins_by_itself(run, office):
    listed(run)
    with office.agent_lock():
        assert "The running agent joins all 4 entries anew." in run("calls", "recompute").out
        told = run("calls", "split", "a-received", "b-missed")
        assert told.code == 0, told.err
        assert "The running agent" in told.out


def test_names_are_data_in_json_whatever_they_hold(run, office):
    keep(office, "desk-101", row("x", seconds=600, remote_name='Eve "[bold]" \x1b[31m'))
    lines = listed(run, "--name", "eve").out.splitlines()
    assert json.loads(lines[0])["calling"]["name"].startswith("Eve")
    assert "\x1b" not in run("calls").out
    assert "\x1b" not in run("calls", "explain", "x").out


def test_a_workbook_holds_the_calls_that_are_asked_for_with_what_was_said_of_them(run, office):
    run("calls", "recompute")
    important = next(tag for tag in office.tags() if tag.built_in)
    office.tag_call("a-received", important.id, user_id=None)
    told = run("calls", "--format", "xlsx", "--output", "calls.xlsx", "--direction", "inbound")
    assert (told.code, told.out) == (0, "Wrote 1 call to calls.xlsx.\n")
    book = load_workbook("calls.xlsx", read_only=True)
    heads, call = book["Calls"].iter_rows(values_only=True)
    assert heads[0] == "Started (Europe/Moscow)"
    assert call[0] == RANG.astimezone(ZoneInfo("Europe/Moscow")).replace(tzinfo=None, microsecond=0)
    assert call[heads.index("From: number")] == CALLER
    assert important.name in call
    assert ("Filter", "Direction: incoming") in set(book["About"].iter_rows(values_only=True))
    (act,) = office.audit_page(AuditFilter(action="call.export"), before=None, limit=2)
    assert '"rows": 1' in act.detail
    russian = ("--language", "ru", "--number", CALLER)
    assert run("calls", "--format", "xlsx", "--output", "calls.xlsx", *russian).out.startswith("Wrote 2 ")
    assert load_workbook("calls.xlsx", read_only=True).sheetnames[0] == "Звонки"


def test_a_workbook_that_cannot_be_written_is_told_in_a_sentence_and_leaves_what_was_there(
    run, office, folder
):
    (folder / "calls.xlsx").mkdir()
    refused = run("calls", "--format", "xlsx", "--output", "calls.xlsx")
    assert refused.code == 2
    assert "The file calls.xlsx cannot be written: " in refused.err
    assert [path.name for path in folder.glob(".phonesync-*")] == []
    assert "cannot be written" in run("calls", "--format", "xlsx", "--output", "nowhere/calls.xlsx").err
    assert "--output calls.xlsx" in run("calls", "--format", "xlsx").err
    assert "are for workbooks" in run("calls", "--output", "calls.csv", "--format", "csv").err
