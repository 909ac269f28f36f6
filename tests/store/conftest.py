"""A store on a real file, with one phone in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from phonesync.store.records import PhoneSpec, PhoneState
from phonesync.store.repository import Store, open_store
from tests.store.desk import StillClock, opened


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    opened(path).close()
    return path


@pytest.fixture
def path(empty_store: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "store.db"
    shutil.copy(empty_store, copy)
    return copy


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(path: Path, clock: StillClock) -> Iterator[Store]:
    with open_store("sqlite:///store.db", clock=clock, base=path.parent, busy_timeout_s=0.1) as store:
        yield store


@pytest.fixture
def desk(store: Store) -> PhoneState:
    store.sync_phones([PhoneSpec(name="desk-101", extension="101", owner="Anna A.", department="Sales")])
    return store.phone("desk-101")
