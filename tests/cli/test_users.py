"""``phonesync user``, ``token`` and ``audit``."""

from __future__ import annotations

import io
import sqlite3
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

PASSWORD = "umbrella lantern 7"


@pytest.fixture
def typed(monkeypatch):
    """What comes on stdin."""

    def typed(text, *, terminal=False):
        stdin = SimpleNamespace(isatty=lambda: terminal, buffer=io.BytesIO(text.encode()))
        monkeypatch.setattr(sys, "stdin", stdin)

    typed("")
    return typed


@pytest.fixture
def anna(run, store, typed):
    typed(PASSWORD + "\n")
    outcome = run("user", "add", "Anna", "--role", "administrator", "--password-stdin")
    assert outcome.code == 0, outcome.err
    return outcome


def listed(run):
    return run("user", "list", "--format", "jsonl").rows


def test_a_user_with_a_password_of_stdin(run, anna):
    assert anna.out == "anna may sign in as administrator.\n"
    (row,) = listed(run)
    assert (row["name"], row["role"], row["password"], row["second_factor"]) == (
        "anna",
        "administrator",
        True,
        False,
    )
    assert "anna" in run("user", "list").out
    assert PASSWORD not in run("audit", "list").out


def test_a_user_with_a_link(run, store, typed):
    outcome = run(
        "user", "add", "boris", "--role", "head", "--department", "Sales", "--owner", "Иванов И. И.", "--link"
    )
    assert outcome.code == 0
    assert "/sign-in/link/" in outcome.out
    assert "no phone is of this department now" in outcome.err
    assert listed(run)[0]["departments"] == ["Sales"]
    assert run("user", "link", "BORIS").out.count("/sign-in/link/") == 1


def test_a_password_is_typed_twice(run, store, typed, monkeypatch):
    typed("", terminal=True)
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "another one"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert run("user", "add", "vera", "--role", "analyst").code == 0
    assert "not the same" in run("user", "add", "gleb", "--role", "analyst").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "x", "--role", "manger"), 'Unknown role "manger"'),
        (("add", "x", "--role", "hed"), 'did you mean "head"?'),
        (("add", "anna", "--role", "head", "--link"), "There is a user anna already"),
        (("add", "x", "--role", "head"), "There is no terminal"),
        (("add", "x", "--role", "head", "--link", "--password-stdin"), "exclude one another"),
        (("add", "x", "--role", "head", "--password-stdin"), "at least 10"),
        (("set", "ana", "--role", "head"), 'did you mean "anna"?'),
        (("set", "anna", "--role", "head"), "only administrator"),
        (("set", "anna"), "Nothing is to be changed"),
        (("set", "anna", "--department", "Sales", "--no-department"), "exclude one another"),
        (("lock", "anna"), "only administrator"),
        (("link", "nobody"), "Unknown user"),
    ],
)
def test_mistakes_are_one_sentence(run, anna, typed, words, said):
    typed("short\n")
    outcome = run("user", *words)
    assert outcome.code == 2
    assert said in outcome.err


def test_a_user_is_changed_locked_and_unlocked(run, anna, typed):
    run("user", "add", "boris", "--role", "employee", "--link")
    typed("another umbrella 8")
    changed = run("user", "set", "boris", "--role", "head", "--owner", "Иванов И. И.", "--password-stdin")
    assert changed.out == "Changed role, owner, password of boris.\n"
    assert run("user", "lock", "boris").code == 0
    assert listed(run)[1]["disabled_at"] is not None
    assert "boris is locked" in run("user", "link", "boris").err
    assert run("user", "unlock", "boris").out == "boris may sign in again.\n"
    assert run("user", "remove-second-factor", "boris").code == 0
    assert run("user", "set", "boris", "--owner", "", "--shown-name", "B").code == 0
    assert (listed(run)[1]["owner"], listed(run)[1]["shown_name"]) == (None, "B")


def test_tokens_are_shown_once_and_revoked(run, anna):
    made = run("token", "add", "anna", "--name", "report", "--permission", "export", "--days", "3")
    assert made.out.startswith("phs_")
    (row,) = run("token", "list", "--format", "jsonl").rows
    assert (row["user"], row["name"], row["permissions"]) == ("anna", "report", ["export"])
    assert made.out.strip() not in run("token", "list").out + run("audit", "list").out
    assert run("token", "revoke", str(row["id"])).code == 0
    assert run("token", "revoke", str(row["id"])).code == 2
    assert 'did you mean "export"?' in run("token", "add", "anna", "--name", "x", "--permission", "exprt").err


def test_the_log_is_verified(run, anna, folder):
    run("user", "add", "boris", "--role", "employee", "--link")
    whole = run("audit", "verify")
    assert whole.code == 0
    assert "The audit log is whole: 2 lines." in whole.out
    chain = whole.out.split()[-1]
    assert run("audit", "verify", "--expect", chain).code == 0
    assert run("audit", "verify", "--expect", "0" * 64).code == 1
    rows = run(
        "audit", "list", "--format", "jsonl", "--action", "user.add", "--since", "2020-01-01T00:00+03:00"
    ).rows
    assert [row["object"] for row in rows] == ["boris", "anna"]
    with closing(sqlite3.connect(folder / "phonesync.db")) as connection, connection:
        connection.execute("delete from audit_log where id = 1")
    broken = run("audit", "verify")
    assert broken.code == 1
    assert "broken at line 2" in broken.out
