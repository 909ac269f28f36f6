"""A store on each kind of database, with one phone in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phonesync.store.records import PhoneSpec, PhoneState
from phonesync.store.repository import Store
from tests import postgres, stores
from tests.store.desk import StillClock
from tests.store.places import File, OnServer, TestPlace

KINDS = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs each test on both kinds of database; one that takes the store's file, on SQLite."""
    if "kind" in metafunc.fixturenames:
        kinds = KINDS[:1] if "path" in metafunc.fixturenames else KINDS
        metafunc.parametrize("kind", kinds, indirect=True)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    stores.lay(path)
    return path


@pytest.fixture(scope="session")
def empty_database(server: postgres.Server) -> str:
    """A database on the server that is a store, for others to be copied from."""
    name = server.new_database()
    OnServer(server, name).opened().close()
    return name


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(kind: str, request: pytest.FixtureRequest) -> Iterator[TestPlace]:
    """A store that nobody has opened yet, on one kind of database."""
    if kind == "sqlite":
        copied = File(request.getfixturevalue("tmp_path") / "store.db")
        copied.fill(request.getfixturevalue("empty_store"))
        yield copied
        return
    server = request.getfixturevalue("server")
    name = server.new_database(template=request.getfixturevalue("empty_database"))
    yield OnServer(server, name)
    server.drop_database(name)


@pytest.fixture
def bare(kind: str, request: pytest.FixtureRequest) -> Iterator[TestPlace]:
    """A place without anything: no file, or a database without a table."""
    if kind == "sqlite":
        yield File(request.getfixturevalue("tmp_path") / "new.db")
        return
    server = request.getfixturevalue("server")
    name = server.new_database()
    yield OnServer(server, name)
    server.drop_database(name)


@pytest.fixture
def path(place: File) -> Path:
    """The file of a store; a test that takes it runs on SQLite alone."""
    return place.path


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(place: TestPlace, clock: StillClock) -> Iterator[Store]:
    with place.opened(clock=clock, busy_timeout_s=0.1) as store:
        yield store


@pytest.fixture
def desk(store: Store) -> PhoneState:
    store.sync_phones([PhoneSpec(name="desk-101", extension="101", owner="Anna A.", department="Sales")])
    return store.phone("desk-101")
