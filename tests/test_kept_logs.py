"""What the program logs is kept during the whole run, and a secret or a number in it fails the run."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from phonesync.transport import client
from phonesync.web.access import secrets
from tests import planted
from tests.kept_logs import KEPT
from tests.planted import INVENTED, SECRETS, TOO_PLAIN

ROOT = Path(__file__).resolve().parents[1]


def kept_since(before):
    return KEPT.said()[before:]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("level=info event=read number=84955550123", "the number '84955550123'"),
        ("number=+74955550123", "the number '+74955550123'"),
        ("caller +7 (495) 555-01-23 rang", "the number '+7 (495) 555-01-23'"),
        ("caller 8-495-555-01-23", "the number '8-495-555-01-23'"),
        ("no book for 4955550123.", "the number '4955550123'"),
        ("to +442079460123", "the number '+442079460123'"),
        ("path=/x?pwd=hunter2", "the secret 'hunter2'"),
        ("password=Desk+101/1=", "a password of the farm 'Desk+101/1'"),
        ("Authorization: Basic YWRtaW46YWRtaW4=", "credentials of a request 'Basic YWRtaW46YWRtaW4='"),
        (
            "GET /e/AAAAAAAAAAAAAAAAAAAAA1/missed",
            "the address a phone reports to '/e/AAAAAAAAAAAAAAAAAAAAA1'",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key 'PRIVATE KEY-----'"),
        ("$argon2id$v=19$m=1", "a digest of a password '$argon2id$'"),
    ],
)
def test_a_secret_or_a_number_in_a_line_is_found(said, what):
    (leak,) = planted.leaks(["phonesync.one\tlevel=info event=harmless", f"phonesync.two\t{said}"])
    assert (leak.number, leak.logger, leak.what, leak.line) == (2, "phonesync.two", what, said)
    assert str(leak) == f"line 2 by phonesync.two holds {what}: {said}"


@pytest.mark.parametrize(
    "said",
    [
        "timestamp=2025-03-06T14:05:31.555012Z level=info event=read phone=desk-101 rows=20 took_s=0.5550123",
        "mac=00:00:5E:00:53:b7 address=192.0.2.101:8080 phone=127.20.0.15 key=55501235550123ab0f",
        "Authorization: Basic ***, at 1741262731000, in /e/***/missed, status 404 of 12345678 bytes",
    ],
)
def test_what_only_resembles_one_is_left_alone(said):
    assert planted.leaks([f"phonesync.one\t{said}"]) == []


def test_what_is_made_at_random_is_found_by_its_looks():
    for secret in (secrets.new_token(), secrets.new_secret()):
        assert planted.leaks([f"phonesync.one\tsecret {secret}"])


def test_what_the_program_logs_is_kept_as_it_would_write_it():
    before = len(KEPT.said())
    speak = {"__name__": "phonesync.loud", "log": structlog.get_logger(), "std": logging.getLogger("lib")}
    code = "log.info('read', phone='desk', password='x');std.warning('two\\nlines of %s', 'lib')"
    exec(compile(code, client.__file__, "exec"), speak)
    assert kept_since(before) == [
        "phonesync.loud\tlevel=info event=read phone=desk password=***",
        "lib\tlevel=warning event=two\\nlines of lib",
    ]


def test_what_a_test_says_itself_is_not_the_programs():
    before = len(KEPT.said())
    structlog.get_logger().info("hunter2")
    logging.getLogger("toy").warning("hunter2")
    assert kept_since(before) == []


def test_what_a_process_writes_to_stderr_is_kept():
    before = len(KEPT.said())
    code = "import sys; sys.stderr.write('level=info event=said\\n')"
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    (line,) = kept_since(before)
    assert line.startswith("process ")
    assert line.endswith("\tlevel=info event=said")


LEAKING = """\
import structlog
def test_it():
    said = {"__name__": "phonesync.leaking", "log": structlog.get_logger()}
    exec("log.info('ring', number='8495' + '5550123')", said)
"""


def test_a_leak_in_a_worker_fails_the_run_and_is_named(tmp_path):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"), "utf-8")
    (tmp_path / "test_leak.py").write_text(LEAKING, "utf-8")
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PHONESYNC", "COV_"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov", "-n", "1"]
    env = {**inherited, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "1 passed" in done.stdout
    assert "line 1 by phonesync.leaking holds the number '84955550123'" in done.stdout


PLANTED = re.compile(
    r'\b(?:\w+_)?password = ?"([^"{}()\\]{5,})"|\bpassword="([^"{}()\\]{5,})"', re.IGNORECASE
)


def test_every_password_that_tests_plant_is_looked_for():
    forgotten = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / "tests").rglob("*.py")
        for found in PLANTED.findall(path.read_text("utf-8"))
        for text in filter(None, found)
        if text not in TOO_PLAIN and not any(secret in text for secret in SECRETS)
    }
    assert forgotten == set()


def test_the_numbers_of_the_tests_are_looked_for():
    assert all(INVENTED.search(number) for number in ("84955550001", "+74955550123"))
