"""A server that restarts, is cut off, refuses, or is only a replica: nothing is lost, and it is said in words."""

from __future__ import annotations

import logging
import shutil
import socket
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from sqlalchemy import event

from phonesync.errors import StoreBusy, StoreError
from phonesync.store import lock, reading
from phonesync.store.records import EntryFilter, PhoneSpec
from phonesync.store.repository import open_store
from phonesync.store.tables import METADATA
from tests import postgres
from tests.store.desk import StillClock, busy_poll, entry, minute, polls_written, read_of
from tests.store.places import OnServer

NAME = "desk-101"


@pytest.fixture
def place(server, empty_database):
    """A store on the server of the run."""
    name = server.new_database(template=empty_database)
    yield OnServer(server, name)
    server.drop_database(name)


@pytest.fixture
def own(tmp_path):
    """A store on a server of its own, which may be stopped."""
    if postgres.programs() is None:
        pytest.skip(postgres.NEEDED)
    with postgres.running(in_memory=True) as server:
        yield OnServer(server, server.new_database())


def cut(place):
    """Ends every connection to a store's database, as an administrator can."""
    place.server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{place.database}'"
    )


def test_a_server_that_was_restarted_between_two_polls_is_not_even_noticed(own):
    with own.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
        store.commit(busy_poll(store.phone(NAME), 1))
        own.server.kill()
        own.server.start()
        store.commit(busy_poll(store.phone(NAME), 2))
        assert polls_written(store, NAME) == 2


def test_a_server_that_is_down_is_away_and_nothing_is_lost(own):
    with own.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
        poll = busy_poll(store.phone(NAME), 1)
        own.server.stop()
        with pytest.raises(StoreBusy, match=r"is away: its server was stopped|cannot be opened: ") as caught:
            store.commit(poll)
        assert "held, and written as soon as the store is back" in caught.value.hint
        with pytest.raises(StoreBusy, match="cannot be opened: "):
            store.phones()
        with pytest.raises(StoreBusy, match="cannot be opened: "):
            own.opened()
        own.server.start()
        store.commit(poll)
        assert polls_written(store, NAME) == 1


def test_a_connection_cut_after_any_statement_of_a_commit_leaves_nothing_of_it(store, desk, place):
    store.commit(busy_poll(store.phone(NAME), 1))
    poll = busy_poll(store.phone(NAME), 2)
    left = 0

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            cut(place)

    event.listen(store._database._write_engine, "after_cursor_execute", count)
    cuts = 0
    while left <= 0:
        left = cuts + 1
        said = ""
        try:
            store.commit(poll)
        except StoreBusy as error:
            said = error.message
            cuts += 1
        if said:
            assert said.endswith("is away: its server was stopped, or the connection to it was cut.")
            assert polls_written(store, NAME) == 1
    assert cuts > 10, "the commit should have many statements to be cut after"
    assert polls_written(store, NAME) == 2


def test_a_reader_whose_connection_was_cut_gets_another_one(store, desk, place):
    store.commit(read_of(desk, minute(1), new=(entry("e1"),)))
    assert len(list(store.entries())) == 1
    cut(place)
    assert len(list(store.entries())) == 1


def test_an_agent_that_lost_its_connection_takes_the_lock_again_before_it_writes(store, desk, place):
    with store.agent_lock():
        cut(place)
        assert not store.agent_is_running()
        store.request_poll(NAME)
        assert store.agent_is_running()
        with place.opened() as other, pytest.raises(StoreBusy, match="already runs"):
            other.agent_lock().__enter__()
    assert not store.agent_is_running()


def test_an_agent_writes_nothing_while_another_one_holds_what_it_lost(store, desk, place):
    poll = read_of(desk, minute(1), new=(entry("e1"),))
    with ExitStack() as held:
        held.enter_context(store.agent_lock())
        cut(place)
        with place.opened() as other:
            with other.agent_lock():
                with pytest.raises(StoreBusy, match=r"An agent already runs on the store .* process \d+\)"):
                    store.commit(poll)
                assert list(other.entries()) == []
            store.commit(poll)
        assert store.agent_is_running()
    assert [row.id for row in store.entries()] == ["e1"]


def test_a_lock_of_an_agent_whose_connection_is_gone_ends_without_a_word(store, place):
    with store.agent_lock():
        cut(place)
    assert not store.agent_is_running()


def test_an_agent_does_not_wait_for_a_write_that_hangs_when_it_ends(store, desk, monkeypatch):
    monkeypatch.setattr("phonesync.store.postgres.LET_GO_S", 0.01)
    with store.agent_lock():
        store._database._writing.acquire()
    store._database._writing.release()
    assert store.agent_is_running()


@pytest.fixture
def replica(own):
    """The store of ``own`` once more, on a server that follows another one."""
    with own.opened() as store:
        store.sync_phones([PhoneSpec(name=NAME)])
        store.commit(busy_poll(store.phone(NAME), 1))
    own.server.stop()
    (own.server.folder / "standby.signal").touch()
    own.server.start()
    return own


def test_a_replica_can_be_read_but_no_agent_starts_on_it(replica):
    with replica.opened() as store:
        assert polls_written(store, NAME) == 1
        with pytest.raises(StoreError, match="its server is a read-only replica") as caught:
            store.agent_lock().__enter__()
        assert not isinstance(caught.value, StoreBusy)
        assert "primary" in caught.value.hint
        assert not store.agent_is_running()


def test_a_server_that_became_a_replica_holds_what_was_read(replica):
    with replica.opened() as store:
        poll = busy_poll(store.phone(NAME), 2)
        with pytest.raises(StoreBusy, match="cannot be written: its server is a read-only replica"):
            store.commit(poll)
        replica.server.stop()
        (replica.server.folder / "standby.signal").unlink()
        replica.server.start()
        store.commit(poll)
        assert polls_written(store, NAME) == 2


def test_an_empty_replica_is_no_store_and_says_so(own):
    own.server.stop()
    (own.server.folder / "standby.signal").touch()
    own.server.start()
    with pytest.raises(StoreBusy, match="cannot be written: its server is a read-only replica"):
        own.opened()


def test_a_database_set_to_be_read_only_takes_no_agent(place):
    place.server.execute(f"ALTER DATABASE {place.database} SET default_transaction_read_only = on")
    with place.opened() as store, pytest.raises(StoreError, match="it is set to be read only"):
        store.agent_lock().__enter__()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"password": "not-that-0ne"},
            'cannot be opened: password authentication failed for user "phonesync"',
        ),
        ({"password": ""}, "cannot be opened: fe_sendauth: no password supplied"),
        ({"database": "nothing"}, 'cannot be opened: database "nothing" does not exist'),
        ({"user": "nobody"}, 'cannot be opened: password authentication failed for user "nobody"'),
    ],
)
def test_a_server_that_lets_nobody_in_is_quoted_and_the_password_is_not(place, changes, says):
    url = place.url.replace(place.database, changes.get("database", place.database))
    url = url.replace("//phonesync@", f"//{changes.get('user', 'phonesync')}@")
    password = changes.get("password", place.password)
    with pytest.raises(StoreBusy) as caught:
        open_store(url, clock=StillClock(), base=Path("/nowhere"), password=password)
    assert says in caught.value.message
    assert place.password not in str(caught.value)
    assert "not-that-0ne" not in f"{caught.value} {caught.value.__cause__!r}"


def test_a_server_that_is_not_there_is_named(place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(StoreBusy, match=r"127\.0\.0\.1:\d+/calls cannot be opened: Connection refused"):
            open_store(f"postgresql://phonesync@127.0.0.1:{port}/calls", clock=StillClock(), base=Path("/"))


def test_the_password_is_in_no_log_and_no_representation(store, desk, place, caplog):
    caplog.set_level(logging.DEBUG)
    store.commit(read_of(desk, minute(1), new=(entry("e1"),)))
    cut(place)
    store.request_poll(NAME)
    database = store._database
    shown = (caplog.text, repr(vars(database)), repr(database._write_engine.url), store.place)
    assert all(place.password not in text for text in shown)


def test_an_error_shows_neither_statement_nor_data_nor_what_the_server_quotes(store, desk, place):
    place.execute("ALTER TABLE entries ADD CONSTRAINT no_such CHECK (remote_number <> '+74951234567')")
    with pytest.raises(StoreError, match=r"refused a statement \(CheckViolation\)") as caught:
        store.commit(read_of(desk, minute(1), new=(entry("e1", remote_number="+74951234567"),)))
    assert "+74951234567" not in f"{caught.value} {caught.value.__cause__}"
    assert "23514" in str(caught.value.__cause__)


def test_a_user_without_the_right_to_write_is_told(place):
    place.server.execute("DROP ROLE IF EXISTS reader")
    place.server.execute(f"CREATE ROLE reader LOGIN PASSWORD '{postgres.PASSWORD}'")
    place.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    url = place.url.replace("//phonesync@", "//reader@")
    with open_store(url, clock=StillClock(), base=Path("/"), password=place.password) as store:
        assert store.phones() == []
        with pytest.raises(StoreError, match="its server denies this user the right") as caught:
            store.sync_phones([PhoneSpec(name=NAME)])
    assert not isinstance(caught.value, StoreBusy)


def test_a_database_that_cannot_hold_every_letter_is_refused(server):
    name = "only_latin"
    server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(StoreError, match="cannot hold every letter: its encoding is LATIN1"):
            OnServer(server, name).opened()
    finally:
        server.drop_database(name)


def test_ids_are_compared_by_code_point_whatever_the_language_of_the_server(store, place):
    keys = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for group in (table.primary_key, *table.indexes, *table.constraints)
        for column in group.columns
        if column.type.python_type is str
    }
    found = place.rows(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    assert keys
    assert {(table, column) for table, column, collation in found if collation == "C"} >= keys


def test_pages_walk_an_index(store, desk):
    for wanted, of in ((EntryFilter(), None), (EntryFilter(since=minute(1), until=minute(9)), 1)):
        query = reading._entries_query(wanted, of).compile(
            store._database._read_engine, compile_kwargs={"literal_binds": True}
        )
        with store._database.read() as connection:
            # A table of no rows is sooner read whole and sorted.
            for way in ("seqscan", "bitmapscan", "sort"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            sql = str(query).replace("%%", "%")
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {sql}"))
        assert "Index Scan using ix_entries" in plan
        assert "Incremental Sort" in plan
        assert "Presorted Key: started_at" in plan


def test_sessions_keep_utc_and_say_who_they_are(store, place):
    with store._database.read() as connection:
        assert connection.exec_driver_sql("SHOW TimeZone").scalar_one() == "UTC"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "repeatable read"
        assert connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on"
    with store.agent_lock(), psycopg.connect(place.server.conninfo(place.database)) as other:
        holders = other.execute(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
            f"WHERE locktype = 'advisory' AND classid = {lock.SPACE}"
        ).fetchall()
    assert len(holders) == 1
    assert holders[0][0].startswith("phonesync on ")


@contextmanager
def forwarder(target: Path):
    """A port on loopback that leads to a server's socket; its number."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as opened:

        def pump(source: socket.socket, sink: socket.socket) -> None:
            with suppress(OSError):  # The test has ended.
                while chunk := source.recv(65536):
                    sink.sendall(chunk)

        def serve() -> None:
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:  # The test has ended.
                    return
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(target))
                opened.callback(near.close)
                opened.callback(far.close)
                for pair in ((near, far), (far, near)):
                    Thread(target=pump, args=pair, daemon=True).start()

        Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.network
def test_a_store_is_reached_over_tcp_with_options_for_libpq(place):
    with forwarder(place.server.folder / f".s.PGSQL.{postgres.PORT}") as port:
        url = f"postgresql+psycopg://phonesync@127.0.0.1:{port}/{place.database}?sslmode=disable"
        with open_store(url, clock=StillClock(), base=Path("/"), password=place.password) as store:
            assert store.place == f"postgresql://phonesync@127.0.0.1:{port}/{place.database}"
            assert store.phones() == []


def test_a_server_needs_a_short_temporary_folder_only():
    """What the fixture itself promises: nothing of it lies in a home, and root lends it to another user."""
    if postgres.programs() is None:
        pytest.skip(postgres.NEEDED)
    with postgres.running() as server:
        assert server.folder.is_relative_to(tempfile.gettempdir())
        assert server.folder.stat().st_uid != 0
        folder = server.folder
    assert not folder.exists()
    assert shutil.which("psql") is None or not (folder.parent).exists()
