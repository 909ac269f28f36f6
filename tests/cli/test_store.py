"""``phonesync store``: what it shows, migrates, copies, and refuses."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from phonesync.clock import SystemClock
from phonesync.store import schema
from phonesync.store.repository import open_store
from tests import postgres


@pytest.fixture
def database(server, monkeypatch):
    """An empty database, and its password in the environment."""
    monkeypatch.setenv("STORE_PASSWORD", postgres.PASSWORD)
    name = server.new_database()
    yield server.url(name)
    server.drop_database(name)


def point_to(config: Path, url: str) -> None:
    """Lets the configuration name another store."""
    store = f'[store]\nurl = "{url}"\npassword = {{ env = "STORE_PASSWORD" }}\n'
    config.write_text(store + config.read_text(encoding="utf-8"), encoding="utf-8")


def test_info_shows_the_store(run, filled):
    outcome = run("store", "info")
    assert outcome.code == 0, outcome.err
    shown = dict(line.strip().split(maxsplit=1) for line in outcome.out.splitlines()[1:])
    assert shown["place"].endswith("phonesync.db")
    assert shown["engine"].startswith("SQLite 3.")
    assert shown["schema"] == schema.HEAD
    assert int(shown["entries"]) > 0


def test_info_is_one_json_object_where_that_is_asked_for(run, filled):
    outcome = run("store", "info", "--json")
    found = json.loads(outcome.out)
    assert found["phones"] == 3
    assert found["first_entry"].endswith("Z")


def test_info_creates_nothing(run, folder):
    outcome = run("store", "info")
    assert outcome.code == 3
    assert "There is no store" in outcome.err
    assert not (folder / "phonesync.db").exists()


def test_a_directory_in_the_place_of_a_store_is_told(run, folder):
    (folder / "phonesync.db").mkdir()
    for command in (["store", "info"], ["store", "migrate"], ["entries"]):
        outcome = run(*command)
        assert outcome.code == 3
        assert f"The store {folder / 'phonesync.db'} is a directory." in outcome.err


def test_migrate_creates_a_store_and_leaves_one_of_today_as_it_is(run, folder):
    first, second = run("store", "migrate"), run("store", "migrate")
    assert (first.code, second.code) == (0, 0)
    assert f"was empty; it is at schema {schema.HEAD} now." in first.out
    assert f"is at schema {schema.HEAD} already." in second.out


def test_migrate_refuses_a_store_of_a_newer_version(run, filled, folder):
    with closing(sqlite3.connect(folder / "phonesync.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    outcome = run("store", "migrate")
    assert outcome.code == 3
    assert "written by a newer phonesync" in outcome.err


def test_a_store_moves_to_postgresql_and_back_by_copy_and_one_line(run, filled, folder, database):
    before = run("entries", "--format", "jsonl").out
    outcome = run("store", "copy", database, "--password-env", "STORE_PASSWORD")
    assert outcome.code == 0, outcome.err
    assert "every table is equal in both." in outcome.out
    assert f'url = "{database}"' in outcome.out
    shutil.move(folder / "phonesync.db", folder / "old.db")
    config = folder / "config.toml"
    sites = config.read_text(encoding="utf-8")
    point_to(config, database)
    assert run("entries", "--format", "jsonl").out == before
    assert run("store", "info").out.splitlines()[2].split()[:2] == ["engine", "PostgreSQL"]
    outcome = run("store", "copy", "sqlite:///phonesync.db")
    assert outcome.code == 0, outcome.err
    config.write_text(sites, encoding="utf-8")
    assert run("entries", "--format", "jsonl").out == before


def test_a_store_that_holds_something_is_not_copied_over(run, filled, folder):
    assert run("store", "copy", "sqlite:///copy.db").code == 0
    content = (folder / "copy.db").read_bytes()
    outcome = run("store", "copy", "sqlite:///copy.db")
    assert outcome.code == 5
    assert "is not empty: nothing was copied." in outcome.err
    assert (folder / "copy.db").read_bytes() == content
    outcome = run("store", "copy", "sqlite:///phonesync.db")
    assert outcome.code == 5


def test_a_store_is_not_copied_while_its_agent_runs(run, filled, folder):
    with (
        open_store("sqlite:///phonesync.db", clock=SystemClock(), base=folder) as store,
        store.agent_lock(),
    ):
        outcome = run("store", "copy", "sqlite:///copy.db")
    assert outcome.code == 3
    assert "An agent already runs on the store" in outcome.err
    assert not (folder / "copy.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mysql://h/d",), 'command line: URL: unknown kind of store "mysql"; known: postgresql, sqlite.'),
        (("postgresql://u:sesame@h/d",), "command line: URL: must not hold the password"),
        (("postgresql://u@h/d?password=sesame",), "command line: URL: must not hold the password"),
        (("postgresql://u@h",), "command line: URL: must be written like"),
        (
            ("postgresql://u@h/d", "--password-env", "NO_SUCH"),
            "command line: --password-env: the environment variable NO_SUCH is not set.",
        ),
        (
            ("postgresql://u@h/d", "--password-file", "no-such"),
            "no-such does not exist.",
        ),
        (
            ("postgresql://u@h/d", "--password-file", "f", "--password-env", "E"),
            "--password-env and --password-file both name a password; keep one of the two.",
        ),
    ],
)
def test_a_target_that_names_no_store_is_told_without_its_password(run, filled, words, says):
    outcome = run("store", "copy", *words)
    assert outcome.code == 2
    assert says in outcome.err
    assert "sesame" not in outcome.err


def test_a_password_that_cannot_be_had_is_told_with_its_line(run, folder):
    point_to(folder / "config.toml", "postgresql://phonesync@192.0.2.5/calls")
    outcome = run("entries")
    assert outcome.code == 2
    assert "config.toml:3: store.password: the environment variable STORE_PASSWORD is not set." in outcome.err


def test_a_server_that_refuses_the_password_is_told_without_it(run, folder, database, monkeypatch):
    monkeypatch.setenv("STORE_PASSWORD", "not-that-0ne")
    point_to(folder / "config.toml", database)
    outcome = run("phones")
    assert outcome.code == 3
    assert "cannot be opened: password authentication failed for user" in outcome.err
    assert "not-that-0ne" not in outcome.err
    assert "Traceback" not in outcome.err
