"""The outermost line: every error is a sentence with an exit code, and help is quick."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from phonesync.cli import app
from phonesync.errors import ConfigError, PhoneUnreachable, PlanRefused, Problem, StoreBusy

COMMANDS = [
    "init",
    "check",
    "run",
    "poll",
    "calls",
    "callbacks",
    "clocks",
    "cdr",
    "entries",
    "coverage",
    "contacts",
    "phonebook",
    "phones",
    "store",
    "secret",
    "drivers",
    "capture",
    "fixtures",
    "quarantine",
    "farm",
    "demo",
    "user",
    "token",
    "audit",
]
PROGRAM = [sys.executable, "-c", "import sys; from phonesync.cli import main; sys.exit(main())"]


@pytest.fixture
def failing(monkeypatch):
    """Makes the program meet an error instead of running a command."""

    def failing(error):
        def run(words):
            raise error

        monkeypatch.setattr(app, "_run", run)

    return failing


@pytest.mark.parametrize("words", [[], ["farm"], ["phones"]])
def test_help_lists_every_command(run, words):
    outcome = run(*words, "--help")
    assert outcome.code == 0
    assert outcome.err == ""
    if not words:
        assert re.findall(r"^  ([a-z]+)  ", outcome.out, re.MULTILINE) != []
        assert set(COMMANDS) == set(re.findall(r"^  ([a-z]+)  ", outcome.out, re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run, command):
    outcome = run(command, "-h")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: phonesync {command}")


def test_no_command_shows_the_help_and_is_a_mistake_of_usage(run):
    outcome = run()
    assert outcome.code == 2
    assert outcome.out == ""
    assert "entries" in outcome.err


def test_help_loads_nothing_heavy():
    heavy = {"httpx", "sqlalchemy", "sqlmodel", "pydantic", "phonenumbers", "lxml", "cryptography", "rich", "structlog", "apscheduler", "alembic"}  # fmt: skip
    script = (
        "import sys, io; sys.stdout = io.StringIO(); from phonesync.cli import main; code = main(['--help']);"
        "sys.stdout = sys.__stdout__; print(code, *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, *modules = done.stdout.split()
    assert code == "0"
    assert heavy & {module.split(".")[0] for module in modules} == set()


def test_the_version_is_that_of_the_distribution(run):
    outcome = run("--version")
    assert (outcome.code, outcome.out) == (0, f"phonesync {version('phonesync')}\n")


def test_an_unknown_command_is_told_with_the_nearest(run):
    outcome = run("entires")
    assert outcome.code == 2
    assert "Did you mean 'entries'?" in outcome.err


def test_a_missing_file_is_told_with_the_command_that_writes_one(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("entries")
    assert outcome.code == 2
    assert "The configuration file config.toml does not exist." in outcome.err
    assert "`phonesync init`" in outcome.err
    assert run("--config", "there.toml", "entries").err.startswith(
        "phonesync: The configuration file there.toml does not exist."
    )
    monkeypatch.setenv("PHONESYNC_CONFIG", "elsewhere.toml")
    assert "elsewhere.toml" in run("entries").err


def test_all_mistakes_of_a_configuration_are_shown_one_a_line(run, folder):
    (folder / "config.toml").write_text(
        '[site]\nname = "x"\ntimezone = "x"\ncountry = "RU"\n[agent]\nx = 1\n'
    )
    outcome = run("entries")
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        "phonesync: 2 mistakes:",
        '  config.toml:3: site.timezone: unknown time zone "x".',
        '  config.toml:6: agent.x: unknown key "x"; known: concurrency, health, health_remote, poll.',
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("Wrong.", hint="Do right."), 2),
        (StoreBusy("Wrong.", hint="Do right."), 3),
        (PhoneUnreachable("Wrong.", hint="Do right."), 4),
        (PlanRefused("Wrong.", hint="Do right."), 5),
    ],
)
def test_an_error_is_its_sentence_hint_and_exit_code(run, failing, error, code):
    failing(error)
    outcome = run("entries")
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "phonesync: Wrong.\n  Do right.\n")


def test_one_problem_is_one_line(run, failing):
    failing(ConfigError([Problem(where="config.toml:3", key="a.b", message="is wrong.")]))
    assert run("entries").err == "phonesync: config.toml:3: a.b: is wrong.\n"


def test_an_error_cannot_steer_the_terminal(run, failing):
    failing(PhoneUnreachable("The phone said \x1b[2J."))
    assert run("entries").err == "phonesync: The phone said \\x1b[2J.\n"


def test_a_bug_is_one_sentence_without_the_error_text(run, failing):
    failing(KeyError("sesame"))
    outcome = run("entries")
    assert outcome.code == 70
    assert outcome.out == ""
    assert re.fullmatch(
        r"phonesync: this is a mistake in phonesync \(KeyError at \w+\.py:\d+\), please report it; "
        r"PHONESYNC_DEBUG=1 shows where it happened\.\n",
        outcome.err,
    )


def test_a_bug_has_its_traceback_when_asked_for(run, failing, monkeypatch):
    failing(KeyError("wrong"))
    monkeypatch.setenv("PHONESYNC_DEBUG", "1")
    outcome = run("entries")
    assert outcome.code == 70
    assert "Traceback (most recent call last)" in outcome.err
    assert "KeyError: 'wrong'" in outcome.err


def test_an_interrupt_is_no_error(run, failing):
    failing(KeyboardInterrupt())
    outcome = run("entries")
    assert (outcome.code, outcome.err) == (130, "")


def test_whoever_closes_the_pipe_gets_no_traceback(folder, filled):
    """``phonesync entries | head``: the reader goes away while rows are still written."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as out:
        done = subprocess.run(
            [*PROGRAM, "entries", "--format", "jsonl"],
            cwd=folder,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
    assert done.returncode == 141
    assert done.stderr == b""


def test_data_goes_through_a_pipe_unchanged(folder, filled):
    done = subprocess.run(
        [*PROGRAM, "entries", "--format", "csv", "--phone", "desk-101"],
        cwd=folder,
        capture_output=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
        },
    )
    assert done.stderr == b""
    assert done.stdout.count(b"\r\n") == 4
    assert "Иванов".encode() in done.stdout
