"""Fixtures are read whole, and a wrong one is refused with a sentence."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from phonesync.driver.session import Request
from phonesync.errors import ConfigError, LockedOut
from phonesync.model import CallLog, ClockReading, PhoneStatus, Provenance, WallTime
from phonesync.testing import strategies
from phonesync.testing.fixtures import RecordedRequest, error_class, read_case, read_cases
from phonesync.testing.values import call_log_from_json, call_log_to_json, status_from_json, status_to_json
from tests import toyvendor

FIXTURES = Path(toyvendor.__file__).parent / "fixtures"
CASE = """
provenance = "invented"
source = "Made up."
variant = "v1"
now = 2025-03-06T11:10:00Z
error = "PhoneBusy"
[credentials]
username = "admin"
password = "Blue-Anchor-42"
"""
EXCHANGE = """
[[turn]]
[turn.request]
method = "GET"
path = "/calls.xml?t=*"
[turn.response]
status = 200
headers = { Content-Type = "text/xml", Set-Cookie = ["a=1", "b=2"] }
body = "<busy/>"
"""


def write(folder: Path, *, case: str = CASE, exchange: str = EXCHANGE, expected: str = "") -> Path:
    inner = folder / "Toy10_1.4" / "busy"
    inner.mkdir(parents=True)
    (inner / "case.toml").write_text(case, encoding="utf-8")
    (inner / "exchange.toml").write_text(exchange, encoding="utf-8")
    if expected:
        (inner / "expected.json").write_text(expected, encoding="utf-8")
    return inner


def test_a_fixture_is_read_whole(tmp_path):
    case = read_case(write(tmp_path))
    assert (case.name, case.model, case.firmware) == ("Toy10_1.4/busy", "Toy10", "1.4")
    assert case.provenance is Provenance.INVENTED
    assert case.now == datetime(2025, 3, 6, 11, 10, tzinfo=UTC)
    assert case.error == "PhoneBusy"
    assert case.expected is None
    (turn,) = case.turns
    assert turn.response.headers == (
        ("Content-Type", "text/xml"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    assert turn.response.content == b"<busy/>"


def test_credentials_of_a_fixture_do_not_show(tmp_path):
    assert "Blue-Anchor" not in repr(read_case(write(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"case": CASE.replace("invented", "dreamt")}, "case.toml: 'dreamt' is not a valid Provenance"),
        ({"case": CASE.replace('variant = "v1"', "")}, "case.toml: .*missing 1 required.*'variant'"),
        ({"case": 'colour = "red"' + CASE}, "case.toml: .*'colour'"),
        ({"case": CASE + 'colour = "red"'}, "case.toml: .*'colour'"),
        (
            {"exchange": EXCHANGE.replace("[turn.request]", "delay = 1\n[turn.request]")},
            "exchange.toml: .*'delay'",
        ),
        ({"case": CASE.replace("[credentials]", "[secrets]")}, "case.toml lacks the key 'credentials'"),
        ({"case": CASE.replace("00Z", "00")}, "now needs a zone"),
        ({"case": CASE.replace("PhoneBusy", "ValueError")}, "'ValueError' is no kind of PhoneError"),
        ({"case": CASE.replace('error = "PhoneBusy"', "")}, "needs either expected.json or `error`"),
        ({"exchange": "[[turn"}, "exchange.toml: "),
        ({"exchange": EXCHANGE.replace('path = "/calls.xml?t=*"', "")}, "exchange.toml: .*'path'"),
        ({"exchange": EXCHANGE + 'body_file = "calls.xml"'}, "body or body_file, not both"),
        (
            {"exchange": EXCHANGE.replace('body = "<busy/>"', 'body_file = "no.xml"')},
            "cannot be read: No such file",
        ),
        ({"case": CASE.replace('error = "PhoneBusy"', ""), "expected": "{"}, "expected.json: "),
        (
            {"case": CASE.replace('error = "PhoneBusy"', ""), "expected": '{"snapshots": [], "colour": 1}'},
            "expected.json: CallLog: .*'colour'",
        ),
    ],
)
def test_a_wrong_fixture_is_refused_with_a_sentence_that_names_the_file(tmp_path, changes, sentence):
    folder = write(tmp_path, **changes)
    with pytest.raises(ConfigError, match=sentence):
        read_case(folder)


def test_a_folder_without_fixtures_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="holds no fixture"):
        read_cases(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/a?t=*", "/a?t=123", True),
        ("/a?t=*", "/a?t=", True),
        ("/a?t=*", "/a?t=1&q=write", False),
        ("/a?t=*&p=x", "/a?t=0.5&p=x", True),
        ("/a.b", "/aXb", False),
        ("/a", "/a?x=1", False),
    ],
)
def test_a_star_stands_for_one_query_value(pattern, path, fits):
    assert RecordedRequest(method="GET", path=pattern).matches(Request(path=path)) is fits


def test_headers_and_body_of_a_request_are_compared_unless_told_not_to():
    recorded = RecordedRequest(
        method="POST", path="/login", headers=(("X-Token", "*"),), body="user=admin&pwd=*"
    )
    right = Request(
        method="POST", path="/login", headers=(("x-token", "17"),), content=b"user=admin&pwd=__ENC__:00ff"
    )
    assert recorded.matches(right)
    assert not recorded.matches(Request(method="POST", path="/login", content=right.content))
    bare = Request(method="POST", path="/login", headers=right.headers, content=b"user=root&pwd=1")
    assert not recorded.matches(bare)
    assert recorded.matches(bare, lenient=True)


def test_error_names_are_those_of_the_error_tree():
    assert error_class("LockedOut") is LockedOut
    with pytest.raises(ValueError, match="ConfigError"):
        error_class("ConfigError")


@given(log=strategies.call_logs())
def test_a_call_log_survives_its_json(log: CallLog):
    assert call_log_from_json(json.loads(json.dumps(call_log_to_json(log)))) == log


@given(log=strategies.call_logs(shows_year=False, resolution_s=60))
def test_generated_lists_are_newest_first(log: CallLog):
    for snapshot in log.snapshots:
        assert all(row.wall is not None and row.wall.year is None for row in snapshot.entries)
        assert all(row.wall is not None and row.wall.resolution_s == 60 for row in snapshot.entries)


def test_a_status_survives_its_json():
    wall = WallTime(year=2025, month=3, day=6, hour=14, minute=10, second=7)
    clock = ClockReading(wall=wall, at=datetime(2025, 3, 6, 11, 10, 7, tzinfo=UTC), slack_s=0.5)
    status = PhoneStatus(clock=clock, zone="+3", history_enabled=True)
    assert status_from_json(json.loads(json.dumps(status_to_json(status)))) == status


@pytest.mark.parametrize("case", read_cases(FIXTURES), ids=lambda case: case.name)
def test_expected_values_of_the_toy_vendor_are_written_as_we_write_them(case):
    if case.expected is not None:
        written = json.loads((FIXTURES / case.name / "expected.json").read_text(encoding="utf-8"))
        assert call_log_from_json(call_log_to_json(case.expected)) == case.expected
        assert call_log_from_json(written) == case.expected
