"""A store on each kind of database, and a record of a switch on disk."""

import pytest

from phonesync import config
from phonesync.cdr import taking
from tests.store.conftest import (  # noqa: F401  fixtures, by their names
    KINDS,
    clock,
    empty_database,
    empty_store,
    kind,
    place,
)

SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Berlin"\ncountry = "RU"\narea_code = "495"\nextension_length = 3\n'


def pytest_generate_tests(metafunc):
    """What a line says is the same whatever keeps it; what is kept of a file is tried on both databases."""
    if "kind" in metafunc.fixturenames:
        kinds = KINDS if metafunc.module.__name__.endswith("test_following") else KINDS[:1]
        metafunc.parametrize("kind", kinds, indirect=True)


@pytest.fixture
def store(place, clock):  # noqa: F811  the fixtures above
    with place.opened(clock=clock) as store:
        yield store


@pytest.fixture
def office(tmp_path):
    """Makes a configuration of one record."""

    def office(text='kind = "asterisk"\npath = "Master.csv"\n'):
        path = tmp_path / "config.toml"
        path.write_text(f'{SITE}[[cdr]]\nname = "pbx"\n{text}', encoding="utf-8")
        return config.load(path, env={}, drivers=dict)

    return office


@pytest.fixture
def imported(store, tmp_path):
    """Imports the record of a configuration, or a file under its name."""

    def imported(office, path=None):
        record = office.cdr[0]
        file = taking.place_of(office, record) if path is None else tmp_path / path
        return taking.import_file(office, store, record, file, follow=path is None)

    return imported


@pytest.fixture
def kept(store):
    """What the store keeps of all records."""

    def kept():
        return [one.line for one in store.cdr_lines(None, None)]

    return kept
