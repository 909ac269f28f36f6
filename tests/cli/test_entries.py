"""``phonesync entries``: the fields, the forms, the filters."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from phonesync import cli
from phonesync.agent.hearing import take_waiting
from phonesync.calls.clock_lines import Evidence, Source
from phonesync.calls.clocks import model
from phonesync.cli.entry_rows import FIELDS
from phonesync.config.contacts import OWN
from phonesync.events.values import Report
from phonesync.model import Contact, ContactNumber, EventKind, PhoneEvent
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from phonesync.store.event_records import NewReport
from tests.cli.conftest import BASE, MORNING, keep

NUMBER = "+74951234567"

WORDS = """
id phone extension owner department list remote_number remote_host e164 remote_name line started_at
resolution_s clock_offset_s time_of shown_at duration_s occurrence count complete uncertain
first_seen_at last_seen_at on_phone sources call_id ring_s outcome contact corrected_at
"""
CONTRACT = WORDS.split()


def ids(outcome):
    assert outcome.code == 0, outcome.err
    return [row["id"] for row in outcome.rows]


def test_jsonl_has_exactly_the_fields_in_their_order(run, filled):
    outcome = run("entries", "--format", "jsonl")
    assert outcome.code == 0
    assert outcome.err == ""
    assert tuple(CONTRACT) == FIELDS
    for line in outcome.out.splitlines():
        assert list(json.loads(line)) == CONTRACT


def test_jsonl_shows_what_is_known_and_null_for_the_rest(run, filled):
    first = run("entries", "--format", "jsonl", "--phone", "desk-101").rows[0]
    assert first == {
        "id": "e1",
        "phone": "desk-101",
        "extension": "101",
        "owner": "Иванов И. И.",
        "department": None,
        "list": "placed",
        "remote_number": "84951234567",
        "remote_host": None,
        "e164": "+74951234567",
        "remote_name": None,
        "line": 1,
        "started_at": "2026-01-31T11:00:00Z",
        "resolution_s": 1,
        "clock_offset_s": None,
        "time_of": "unknown",
        "shown_at": "31.01 14:00",
        "duration_s": 65,
        "occurrence": 1,
        "count": 1,
        "complete": True,
        "uncertain": False,
        "first_seen_at": "2026-02-01T09:00:00Z",
        "last_seen_at": "2026-02-01T09:00:00Z",
        "on_phone": True,
        "sources": ["list"],
        "call_id": None,
        "ring_s": None,
        "outcome": None,
        "contact": None,
        "corrected_at": None,
    }


def test_entries_come_by_time_and_id(run, filled):
    assert ids(run("entries", "--format", "jsonl")) == ["e1", "e4", "e5", "e2", "e3"]


def test_names_stay_as_shown_in_data(run, filled):
    row = run("entries", "--format", "jsonl", "--phone", "desk-101").rows[1]
    assert row["remote_name"] == 'Eve \x1b[31m[bold]=1+1, "x"'


def test_csv_is_rfc_4180_with_the_same_fields(run, filled):
    outcome = run("entries", "--format", "csv", "--phone", "desk-101")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.count("\r\n") == outcome.out.count("\n") == 4
    header, first, second, third = csv.reader(io.StringIO(outcome.out, newline=""))
    assert header == CONTRACT
    row = dict(zip(header, first, strict=True))
    assert row["owner"] == "Иванов И. И."
    assert row["department"] == ""
    assert row["complete"] == "true"
    assert row["uncertain"] == "false"
    assert row["sources"] == "list"
    assert dict(zip(header, second, strict=True))["remote_name"] == 'Eve \x1b[31m[bold]=1+1, "x"'
    assert dict(zip(header, third, strict=True))["remote_number"] == ""


def test_data_is_utf8_whatever_the_locale_says(run, filled, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    assert cli.main(["entries", "--format", "csv", "--phone", "desk-101"]) == 0
    assert "Иванов" in stream.buffer.getvalue().decode("utf-8")


def test_the_table_is_for_people_and_harmless(run, filled):
    outcome = run("entries", "--phone", "desk-101")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[1] == ["2026-01-31", "14:00:00", "desk-101", "placed", "84951234567", "1:05"]
    assert lines[2][:2] == ["2026-01-31", "15:00"]
    assert "Eve \\x1b[31m[bold]=1+1" in outcome.out
    assert "time uncertain" in outcome.out
    assert "withheld" in outcome.out
    assert "1:01:01" in outcome.out
    assert "4 calls merged" in outcome.out


def test_a_phone_that_is_no_longer_configured_is_shown_in_utc(run, filled):
    outcome = run("entries", "--phone", "desk-old")
    assert "2026-01-31 11:00:00 UTC" in outcome.out
    assert run("entries", "--phone", "desk-old", "--format", "jsonl").rows[0]["e164"] is None


def test_a_long_table_comes_in_blocks(run, filled, monkeypatch):
    monkeypatch.setattr("phonesync.cli.output.BLOCK", 2)
    outcome = run("entries")
    assert outcome.out.count("started") == 3
    assert outcome.out.count("desk-") == 5


def test_no_entries_say_so_on_stderr_and_leave_stdout_empty(run, store):
    outcome = run("entries")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "No entries.\n")
    assert run("entries", "--format", "jsonl").out == ""
    assert run("entries", "--format", "csv").out == ",".join(CONTRACT) + "\r\n"


def test_a_configured_phone_without_entries_is_no_mistake(run, filled):
    outcome = run("entries", "--phone", "desk-103", "--format", "jsonl")
    assert (outcome.code, outcome.out) == (0, "")


def test_one_list_can_be_asked_for(run, filled):
    assert ids(run("entries", "--format", "jsonl", "--list", "missed")) == ["e2", "e3"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("84951234567", ["e1", "e5", "e2"]),
        ("+7 (495) 123-45-67", ["e1", "e2"]),
        ("74951234567", ["e1", "e2"]),
        ("+74951234567", ["e1", "e2"]),
        ("1234567", ["e1", "e4", "e2"]),
        ("123", []),
        ("anonymous", []),
    ],
)
def test_a_number_is_found_as_shown_and_in_e164(run, filled, number, expected):
    assert ids(run("entries", "--format", "jsonl", "--number", number)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--since", "2026-02-01"], ["e3"]),
        (["--until", "2026-02-01"], ["e1", "e2"]),
        (["--since", "2026-01-31", "--until", "2026-02-01"], ["e1", "e2"]),
        (["--since", "2026-01-31T14:00:00", "--until", "2026-01-31 15:00"], ["e1"]),
        (["--since", "2026-01-31T11:00:00Z", "--until", "2026-01-31T11:00:01Z"], ["e1"]),
        (["--since", "2026-01-31T14:00:01+03:00"], ["e2", "e3"]),
        (["--until", "2026-02-02"], ["e1", "e2", "e3"]),
        (["--since", "2026-02-02"], []),
    ],
)
def test_a_span_is_half_open_and_in_the_zone_of_the_phone(run, filled, options, expected):
    assert ids(run("entries", "--format", "jsonl", "--phone", "desk-101", *options)) == expected


def test_a_time_without_offset_is_refused_where_the_sites_differ(run, filled):
    outcome = run("entries", "--since", "2026-01-31")
    assert outcome.code == 2
    assert "several time zones (Asia/Omsk, Europe/Moscow)" in outcome.err
    assert ids(run("entries", "--format", "jsonl", "--since", "2026-01-31T12:00Z")) == ["e2", "e3"]


def test_a_time_goes_by_the_zone_that_all_sites_share(run, filled, folder):
    config = folder / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("Asia/Omsk", "Europe/Moscow"), encoding="utf-8"
    )
    assert ids(run("entries", "--format", "jsonl", "--since", "2026-01-31T15:00")) == ["e2", "e3"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--phone", "desk-11"], 'Unknown phone "desk-11"; did you mean "desk-101"?'),
        (["--list", "dialed"], "'dialed' is not one of 'placed', 'received', 'missed', 'forwarded'."),
        (["--format", "xml"], "'xml' is not one of 'table', 'csv', 'jsonl'."),
        (["--phone", "desk-101", "--since", "yesterday"], '--since "yesterday" is neither a date nor an ISO 8601 time.'),
        (["--phone", "desk-101", "--until", "0001-01-01"], '--until "0001-01-01" is neither a date'),
        (["--phone", "desk-101", "--since", "2026-02-01", "--until", "2026-01-31"], "--until lies before --since."),
        (["--nonsense"], "No such option: --nonsense"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_a_mistake_of_usage(run, filled, options, message):
    outcome = run("entries", *options)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err


def test_warnings_leave_stdout_to_the_data(run, filled, folder):
    config = folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + 'password = "sesame"\n', encoding="utf-8")
    outcome = run("entries", "--format", "jsonl")
    assert ids(outcome) == ["e1", "e4", "e5", "e2", "e3"]
    assert "plain text" in outcome.err
    assert "sesame" not in outcome.err


# --- reports ------------------------------------------------------------------------------------------


def reported(store, second, kind, *, call="c1", number=NUMBER, phone="desk-101"):
    event = PhoneEvent(kind=EventKind(kind), call_id=call, account="101", remote_number=number)
    report = Report(at=BASE.started_at + timedelta(seconds=second), event=event)
    store.add_reports([NewReport(phone=phone, report=report)])
    take_waiting(store)


def test_calls_that_were_only_reported_are_shown_with_what_only_reports_tell(run, filled):
    for second, kind in ((7200, "incoming"), (7207, "established"), (7267, "terminated")):
        reported(filled, second, kind)
    (row,) = run("entries", "--format", "jsonl", "--sources", "event").rows
    assert (row["list"], row["sources"], row["call_id"]) == ("received", ["event"], "c1")
    assert (row["ring_s"], row["duration_s"], row["outcome"], row["resolution_s"]) == (7, 60, "answered", 1)
    assert (row["time_of"], row["shown_at"], row["on_phone"], row["contact"]) == ("start", None, False, None)
    assert len(run("entries", "--format", "jsonl", "--sources", "list").rows) == 5
    assert run("entries", "--format", "jsonl", "--sources", "both").rows == []
    assert "reported only" in run("entries", "--sources", "event").out


def test_the_table_tells_outcomes_that_no_list_tells(run, filled):
    reported(filled, 7200, "incoming")
    reported(filled, 7209, "rejected")
    assert "rejected, reported only" in run("entries", "--sources", "event").out


def test_the_contact_is_the_one_that_wins_on_that_phone(run, filled):
    kept = tuple(
        KeptContact(
            contact=Contact(source=OWN, uid=name, name=name, numbers=(ContactNumber(number=NUMBER),)),
            canonicals=(NUMBER,),
            digest=name,
            changed_at=MORNING,
        )
        for name in ("Zoe Z.", "Anna A.")
    )
    filled.take_contacts(
        ContactImport(source=OWN, kind="own", put=kept, gone=(), digest="1", before="", at=MORNING)
    )
    rows = run("entries", "--format", "jsonl").rows
    assert {row["phone"]: row["contact"] for row in rows if row["e164"]}["desk-101"] == "Anna A."
    assert {row["contact"] for row in rows if row["phone"] == "desk-old"} == {None}


def test_the_corrected_time_stands_beside_the_one_shown(run, filled):
    rows = {row["id"]: row for row in run("entries", "--format", "jsonl").rows}
    assert (rows["e2"]["started_at"], rows["e2"]["corrected_at"]) == (
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:04Z",
    )
    seen = Evidence(at=BASE.started_at, source=Source.PAGE, low_s=119.0, high_s=121.0)
    filled.add_clock_evidence("desk-101#1", [seen])
    filled.keep_clock(filled.clock_of("desk-101#1"), model(filled.clock_evidence("desk-101#1")))
    rows = {row["id"]: row for row in run("entries", "--format", "jsonl").rows}
    assert (rows["e1"]["started_at"], rows["e1"]["corrected_at"]) == (
        "2026-01-31T11:00:00Z",
        "2026-01-31T10:58:00Z",
    )
    # A day later the bounds are wide, and a phone of whose clock nothing was seen has none.
    assert rows["e5"]["corrected_at"] is None


def test_a_reported_time_and_a_row_without_one_are_not_corrected(run, filled):
    event = PhoneEvent(kind=EventKind.INCOMING, call_id="c1", account="101", remote_number=NUMBER)
    filled.add_reports([NewReport(phone="desk-102", report=Report(at=MORNING, event=event))])
    take_waiting(filled)
    (row,) = run("entries", "--format", "jsonl", "--sources", "event").rows
    assert row["corrected_at"] == row["started_at"]
    keep(filled, "desk-102", replace(BASE, id="e9", key="k9", shown_at=None, clock_offset_s=0.0))
    (row,) = [one for one in run("entries", "--format", "jsonl").rows if one["id"] == "e9"]
    assert row["corrected_at"] is None


def test_a_clock_known_to_minutes_only_corrects_nothing(run, filled):
    seen = Evidence(at=BASE.started_at, source=Source.READ, low_s=-100.0, high_s=100.0)
    filled.add_clock_evidence("desk-101#1", [seen])
    filled.keep_clock(filled.clock_of("desk-101#1"), model([seen]))
    rows = {row["id"]: row for row in run("entries", "--format", "jsonl").rows}
    assert rows["e1"]["corrected_at"] is None
