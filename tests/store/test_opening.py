"""Opening: a missing store is created, an older one migrated, all else refused with one sentence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import phonesync.store
from phonesync.errors import StoreBusy, StoreError
from phonesync.ledger.values import Alias
from phonesync.store import schema
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import open_store
from phonesync.store.tables import METADATA
from tests.store.desk import StillClock, entry, minute, opened, read_of
from tests.store.places import File

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@contextmanager
def as_a_stranger() -> Iterator[None]:
    """Without the rights of root, which may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def closed_folder(empty_store: Path) -> Iterator[Path]:
    """A folder that everybody may read and nobody may write; it holds a store."""
    folder = Path(tempfile.mkdtemp())
    shutil.copy(empty_store, folder / "store.db")
    (folder / "store.db").chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_missing_store_is_created_for_its_user_alone(tmp_path):
    with open_store("sqlite:///new.db", clock=StillClock(), base=tmp_path) as store:
        assert store.info().schema == schema.HEAD
        assert store.phones() == []
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


def test_an_absolute_path_needs_no_base(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/new.db", clock=StillClock(), base=Path("/nowhere")) as store:
        assert store.place == str(tmp_path / "new.db")


def test_a_path_may_hold_what_an_uri_may_not(tmp_path):
    folder = tmp_path / "100 % büro #1?"
    folder.mkdir()
    with open_store("sqlite:///a&b.db", clock=StillClock(), base=folder) as store:
        assert store.phones() == []
    assert (folder / "a&b.db").exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_a_missing_store_is_not_created_when_it_must_exist(tmp_path):
    with pytest.raises(StoreError, match=r"There is no store .*new\.db yet"):
        opened(tmp_path / "new.db", create=False)
    assert not (tmp_path / "new.db").exists()


def test_migrations_from_empty_equal_the_models(store):
    with store._database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_tables_made_by_migrations_have_the_names_of_the_models(path, place):
    """What the comparison above does not look at: names of keys, and rows ids that are never given again."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        wanted = {
            name: "".join(sql.replace('"', "").split())
            for name, sql in connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"
            )
        }
    engine.dispose()
    made = {
        name: "".join(sql.replace('"', "").split())
        for name, sql in place.rows("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL")
        if name != "alembic_version"
    }
    assert made.keys() == wanted.keys()
    assert all(sorted(made[name]) == sorted(wanted[name]) for name in made)


def test_every_revision_is_known_without_loading_alembic():
    config = Config()
    config.set_main_option("script_location", str(Path(phonesync.store.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert tuple(revision.revision for revision in script.walk_revisions())[::-1] == schema.REVISIONS


def test_an_up_to_date_store_opens_without_alembic(path):
    code = (
        "import sys; from pathlib import Path; from phonesync.clock import SystemClock\n"
        "from phonesync.store.repository import open_store\n"
        f"open_store('sqlite:///store.db', clock=SystemClock(), base=Path({str(path.parent)!r})).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "store.db").touch()
    with opened(tmp_path / "store.db", create=False) as store:
        assert store.info().entries == 0


def test_a_store_before_the_first_revision_is_migrated(bare):
    bare.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with bare.opened() as store:
        assert store.info().schema == schema.HEAD
    assert bare.rows("SELECT version_num FROM alembic_version") == [(schema.HEAD,)]


def test_a_migration_that_leaves_loose_references_is_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "store.db"
    upgrade = schema._upgrade

    def break_something(connection):
        upgrade(connection)
        connection.exec_driver_sql("INSERT INTO lines VALUES (7, '101', 1)")

    monkeypatch.setattr(schema, "_upgrade", break_something)
    with pytest.raises(StoreError, match="cannot be migrated"):
        opened(path)
    assert File(path).rows("SELECT name FROM sqlite_master") == []


def test_a_newer_store_is_refused_with_a_sentence(place):
    place.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        StoreError, match=r"written by a newer phonesync \(its schema is 9999, this version"
    ) as caught:
        place.opened()
    assert not isinstance(caught.value, StoreBusy)
    assert "Install the newer version" in caught.value.hint


def test_a_database_of_something_else_is_refused_and_left_as_it_is(bare):
    bare.execute("CREATE TABLE songs (title TEXT)")
    bare.execute("INSERT INTO songs VALUES ('a song')")
    before = bare.dump()
    with pytest.raises(StoreError, match="not one of phonesync"):
        bare.opened()
    assert bare.dump() == before == {"songs": ["('a song',)"]}


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Anna, " * 500)
    with pytest.raises(StoreError, match="is a file, but not a database"):
        opened(path)
    assert path.read_text() == "Dear Anna, " * 500


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"there is no directory .*/lost") as caught:
        opened(tmp_path / "lost" / "store.db")
    assert caught.value.exit_code == 3


def test_a_directory_is_no_store(tmp_path):
    with pytest.raises(StoreError, match="is a directory"):
        opened(tmp_path)


def test_a_store_cannot_be_created_where_nobody_may_write(closed_folder):
    with (
        as_a_stranger(),
        pytest.raises(StoreError, match=r"cannot be created: Permission denied\.") as caught,
    ):
        opened(closed_folder / "new.db")
    assert "may write in" in caught.value.hint


def test_a_store_that_may_only_be_read_says_so(closed_folder):
    says = r"store\.db cannot be (written|opened)"
    with as_a_stranger(), pytest.raises(StoreError, match=says), opened(closed_folder / "store.db") as store:
        store.sync_phones([PhoneSpec(name="desk-101")])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "url cannot be read"),
        ("phonesync.db", "url cannot be read"),
        ("sqlite://", "names no plain file"),
        ("sqlite:///:memory:", "names no plain file"),
        ("sqlite:///a.db?mode=ro", "names no plain file"),
        ("mysql://phonesync:plain-secret@192.0.2.5/calls", "not one that phonesync can use"),
        ("postgresql://phonesync:plain-secret@192.0.2.5/calls", "must not hold the password"),
        ("postgresql://phonesync@192.0.2.5/calls?password=plain-secret", "must not hold the password"),
        ("postgresql+asyncpg://phonesync@192.0.2.5/calls", "wants a driver that phonesync does not use"),
        ("postgresql+psycopg://phonesync@192.0.2.5", "names no database"),
    ],
)
def test_an_url_that_names_no_store_is_refused_without_its_password(tmp_path, url, says):
    with pytest.raises(StoreError, match=says) as caught:
        open_store(url, clock=StillClock(), base=tmp_path)
    assert "plain-secret" not in str(caught.value)


def test_a_locked_store_is_busy_and_the_sentence_holds_no_data(store, desk, place):
    commit = read_of(desk, minute(1), new=(entry("e1", remote_number="+74951234567"),))
    with place.locked():
        with pytest.raises(StoreBusy, match=r"is locked by another program") as caught:
            store.commit(commit)
        assert place.shown in caught.value.message
        assert caught.value.transient
        assert "+74951234567" not in f"{caught.value} {caught.value.__cause__}"
        assert list(store.entries()) == []
    store.commit(commit)
    assert [row.id for row in store.entries()] == ["e1"]


def test_a_store_is_read_while_another_process_writes(store, desk, place):
    store.commit(read_of(desk, minute(1), new=(entry("e1"),)))
    with place.locked("DELETE FROM entries"):
        assert [row.id for row in store.entries()] == ["e1"]
        with place.opened() as second:
            assert [row.id for row in second.entries()] == ["e1"]


def test_a_full_disk_is_told_and_nothing_is_half_written(store, desk, path):
    with store._database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = tuple(entry(f"e{n}", remote_name="N" * 200) for n in range(500))
    commit = read_of(desk, minute(1), new=many)
    with pytest.raises(StoreBusy, match="the disk is full") as caught:
        store.commit(commit)
    assert "Free some space" in caught.value.hint
    assert store.info().entries == 0
    assert store.phone("desk-101").last_read is None
    # The connection that met the limit is gone, and with it the limit: there is space again.
    store.commit(commit)
    assert store.info().entries == 500


def test_a_store_that_went_away_loses_nothing_silently(store, desk, path, tmp_path):
    commit = read_of(desk, minute(1), new=(entry("e1"),))
    path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(StoreBusy, match="its file is not there any more"):
        store.commit(commit)
    with pytest.raises(StoreBusy, match="its file is not there any more"):
        store.phones()
    (tmp_path / "elsewhere.db").rename(path)
    store.commit(commit)
    assert [row.id for row in store.entries()] == ["e1"]


def test_a_store_exchanged_under_way_is_not_written(store, desk, path, empty_store):
    path.unlink()
    shutil.copy(empty_store, path)
    with pytest.raises(StoreError, match="exchanged for another file") as caught:
        store.commit(read_of(desk, minute(1), new=(entry("e1"),)))
    assert caught.value.hint == "Restart phonesync."


def test_a_damaged_store_is_told_in_words(path):
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged") as caught, opened(path) as store:
        store.sync_phones([PhoneSpec(name="desk-101")])
    assert "restore the newest backup" in caught.value.hint


def test_a_write_that_breaks_a_rule_is_refused_whole(store, desk, place):
    loose = Alias(key="k", occurrence=1, alias_id="a", entry_id="never kept")
    with pytest.raises(StoreError, match=place.names["loose reference"]) as caught:
        store.commit(read_of(desk, minute(1), new=(entry("e1"),), aliases=(loose,)))
    assert "never kept" not in f"{caught.value} {caught.value.__cause__}"
    assert list(store.entries()) == []
    assert store.phone("desk-101").last_read is None


def test_info_counts_what_there_is(store, desk, place):
    store.commit(read_of(desk, minute(1), new=(entry("e1"), entry("e2", started_at=minute(-5)))))
    info = store.info()
    assert (info.phones, info.incarnations, info.entries, info.spans) == (1, 1, 2, 0)
    assert (info.first_entry, info.last_read) == (minute(-5), minute(1))
    assert info.size_bytes > 4096
    assert info.place == place.shown
    assert re.fullmatch(place.names["engine"], info.engine)
