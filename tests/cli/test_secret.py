"""``phonesync secret``: values by prompt or stdin, never by the command line, and never shown."""

import io
import os
import pty
import subprocess
import sys

import pytest

from phonesync import config
from phonesync.errors import ConfigError

PROGRAM = (sys.executable, "-m", "phonesync")
USES = 'password = { env = "PHONE_PASSWORD" }'


@pytest.fixture
def told(run, folder, monkeypatch):
    """Runs the program with something on stdin."""

    def told(text, *arguments):
        content = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return run(*arguments)

    return told


def reveal(name):
    return config.load(None).kept.reveal(name, env={})


def use_secret(folder, name):
    path = folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(USES, f'password = {{ secret = "{name}" }}'))


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_value_comes_from_stdin_with_or_without_a_line_end(told, end):
    outcome = told(f"hunter two {end}", "secret", "set", "phones")
    assert outcome.code == 0
    assert "Wrote the key file" in outcome.out
    assert 'Kept phones. In config.toml: password = { secret = "phones" }' in outcome.out
    assert "hunter" not in outcome.out + outcome.err
    assert reveal("phones") == "hunter two "
    assert "Wrote" not in told("other", "secret", "set", "phones").out
    assert reveal("phones") == "other"


def test_a_value_on_the_command_line_is_refused_and_not_repeated(told):
    outcome = told("", "secret", "set", "phones", "hunter two")
    assert outcome.code == 2
    assert "never taken from the command line" in outcome.err
    assert "hunter" not in outcome.err
    assert told("", "secret", "list").err == "No secret is kept yet; `phonesync secret set NAME` keeps one.\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "one line, and not empty"), ("a\nb\n", "one line, and not empty"), (b"\xff", "not UTF-8")],
)
def test_what_is_no_value_is_told(told, text, message):
    outcome = told(text, "secret", "set", "phones")
    assert outcome.code == 2
    assert message in outcome.err


def type_at_terminal(folder, *lines):
    """Sets a secret at a terminal; returns the exit code and all that was shown."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "secret", "set", "phones"],
        cwd=folder, stdin=side, stdout=side, stderr=side, start_new_session=True,
    )  # fmt: skip
    os.close(side)
    shown = b""
    for line in lines:
        asked = shown.count(b": ") + 1
        while shown.count(b": ") < asked:
            shown += os.read(main, 1024)
        os.write(main, line.encode() + b"\n")
    code = process.wait(timeout=30)
    while True:
        try:
            shown += os.read(main, 1024)
        except OSError:  # How a terminal says that nobody is left on the other side.
            os.close(main)
            return code, shown.decode()


def test_at_a_terminal_it_is_typed_twice_and_not_shown(folder):
    code, shown = type_at_terminal(folder, "hunter two", "hunter two")
    assert code == 0, shown
    assert "phones: " in shown
    assert "hunter" not in shown
    assert reveal("phones") == "hunter two"


def test_two_different_words_at_a_terminal_change_nothing(folder):
    code, shown = type_at_terminal(folder, "hunter two", "hunter too")
    assert code == 2
    assert "The two are not the same." in shown
    assert not (folder / "phonesync.secrets").exists()


def test_the_list_shows_who_uses_a_secret_and_no_value(told, folder):
    told("hunter two", "secret", "set", "phones")
    told("hunter three", "secret", "set", "spare")
    use_secret(folder, "phones")
    rows = told("", "secret", "list", "--format", "jsonl").rows
    assert [(row["name"], row["used_by"]) for row in rows] == [
        ("phones", ["phone desk-101", "phone desk-102"]),
        ("spare", []),
    ]
    table = told("", "secret", "list")
    assert "phone desk-101, phone desk-102" in table.out
    assert "hunter" not in table.out


def test_a_removed_secret_that_is_still_named_says_where(told, folder):
    told("hunter two", "secret", "set", "phones")
    use_secret(folder, "phones")
    outcome = told("", "secret", "rm", "phones")
    assert outcome.out == "Forgot phones. config.toml still names it: phone desk-101, phone desk-102.\n"
    outcome = told("", "secret", "rm", "phones")
    assert (outcome.code, outcome.out) == (2, "")
    assert 'Unknown secret "phones"' in outcome.err


def test_a_rotation_says_what_it_did(told):
    told("hunter two", "secret", "set", "phones")
    (before,) = told("", "secret", "list", "--format", "jsonl").rows
    outcome = told("", "secret", "rotate")
    (after,) = told("", "secret", "list", "--format", "jsonl").rows
    assert f"Locked 1 secret with the new key {after['key']}." in outcome.out
    assert f"Dropped {before['key']} from " in outcome.out
    assert before["changed_at"] == after["changed_at"]
    assert reveal("phones") == "hunter two"


def test_phones_and_the_store_take_a_secret_and_what_is_missing_is_told_at_once(told, folder):
    path = folder / "config.toml"
    path.write_text(
        '[store]\nurl = "postgresql://u@h/d"\npassword = { secret = "store" }\n'
        + path.read_text(encoding="utf-8")
        .replace(USES, 'password = { secret = "phones" }', 1)
        .replace(USES, 'password = { secret = "phnes" }', 1)
    )
    told("hunter two", "secret", "set", "phones")
    told("hunter three", "secret", "set", "store")
    loaded = config.load(None)
    assert config.resolve_store_password(loaded, env={}) == "hunter three"
    assert dict(config.resolve_passwords(loaded, ["desk-101"], env={})) == {"desk-101": "hunter two"}
    with pytest.raises(ConfigError) as raised:
        config.resolve_passwords(loaded, env={})
    (problem,) = raised.value.problems
    assert problem.where == "config.toml:25"
    assert problem.message.startswith('unknown secret "phnes"; did you mean "phones"?')


def test_secrets_and_keys_need_a_file_each(run, folder):
    path = folder / "config.toml"
    path.write_text('[secrets]\nfile = "phonesync.key"\n' + path.read_text(encoding="utf-8"))
    outcome = run("secret", "list")
    assert outcome.code == 2
    assert "config.toml:2: secrets.file: is the key_file too" in outcome.err


def test_the_program_runs_as_a_module(folder):
    done = subprocess.run([*PROGRAM, "--version"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:10]) == (0, "phonesync ")
    wrong = subprocess.run([*PROGRAM, "polll"], cwd=folder, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
