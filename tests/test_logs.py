"""Logs go to stderr, in one form for ours and others', without secrets and without control characters."""

import io
import logging
import re

import pytest
import structlog

from phonesync import logs


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def log():
    """Configures logging to a stream and puts everything back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def to(stream, **options):
        logs.configure(stream=stream, **options)
        return structlog.get_logger("test")

    yield to
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_lines_are_key_and_value_without_a_terminal(log):
    out = io.StringIO()
    log(out).warning("phone is down", phone="desk 101", failures=3)
    assert re.fullmatch(
        r'timestamp=\S+Z level=warning event="phone is down" phone="desk 101" failures=3\n', out.getvalue()
    )


def test_lines_are_for_people_on_a_terminal(log, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    log(out).info("phone is up", phone="desk-101")
    assert "\x1b[" in out.getvalue()
    assert "desk-101" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    log(plain).info("phone is up", phone="desk-101")
    assert "\x1b[" not in plain.getvalue()


def test_debug_messages_show_only_when_asked_for(log):
    out = io.StringIO()
    log(out).debug("quiet")
    assert out.getvalue() == ""
    log(out, debug=True).debug("loud")
    assert "event=loud" in out.getvalue()


@pytest.mark.parametrize(
    "key",
    ["password", "old_password", "passwd", "pwd", "Authorization", "cookie", "Set-Cookie", "session_id", "token", "csrf_token", "secret", "credentials", "private_key"],
)  # fmt: skip
def test_values_under_keys_that_sound_like_secrets_are_hidden(log, key):
    out = io.StringIO()
    log(out).info("signed in", **{key: "sesame"}, headers={key: "sesame"}, both=[{key: "sesame"}])
    assert "sesame" not in out.getvalue()
    assert out.getvalue().count("***") == 3


def test_other_values_are_not_hidden(log):
    out = io.StringIO()
    log(out).info("read", passed=3, phone="desk-101", key="k")
    assert "passed=3 phone=desk-101 key=k" in out.getvalue()


def test_names_cannot_steer_the_terminal(log):
    out = Terminal()
    log(out).info("entry \x1b[2J", name="Eve\x1b]0;x\x07\u202e\r")
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert not re.search(r"[\x07\x1b\r\u202e]", text)
    assert "\\x1b[2J" in text


def test_what_libraries_log_comes_in_the_same_form(log):
    out = io.StringIO()
    log(out)
    logging.getLogger("somebody.else").warning("job %s missed", "nightly")
    logging.getLogger("somebody.else").info("chatter")
    assert re.fullmatch(r'timestamp=\S+Z level=warning event="job nightly missed"\n', out.getvalue())


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_traceback_shows_no_local_variables(log, stream):
    def sign_in(password):
        raise ValueError("wrong")

    out = stream()
    secrets = ["sesame"]
    try:
        sign_in(secrets[0])
    except ValueError:
        log(out).exception("failed")
    assert "ValueError: wrong" in out.getvalue()
    assert "sesame" not in out.getvalue()
