"""``phonesync init``: a configuration that loads, a key nobody else reads, nothing overwritten."""

import stat

import pytest

from phonesync import config
from phonesync.secrets.keyring import read_ring


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_configuration_that_loads_and_a_key(run, empty):
    outcome = run("init")
    assert outcome.code == 0
    assert outcome.out.startswith("Wrote config.toml and phonesync.key.")
    loaded = config.load(empty / "config.toml")
    assert loaded.phones
    (key,) = read_ring(loaded.key_file).keys
    assert len(key.material) == 32
    assert stat.S_IMODE(loaded.key_file.stat().st_mode) == 0o600


def test_two_keys_are_never_the_same(run, empty):
    (empty / "a").mkdir()
    (empty / "b").mkdir()
    assert run("--config", "a/config.toml", "init").code == 0
    assert run("--config", "b/config.toml", "init").code == 0
    assert (empty / "a/phonesync.key").read_bytes() != (empty / "b/phonesync.key").read_bytes()


@pytest.mark.parametrize("existing", ["config.toml", "phonesync.key"])
def test_it_overwrites_nothing(run, empty, existing):
    (empty / existing).write_text("mine")
    outcome = run("init")
    assert outcome.code == 2
    assert f"{existing} exists already; nothing was written." in outcome.err
    assert [path.name for path in empty.iterdir()] == [existing]
    assert (empty / existing).read_text() == "mine"


def test_it_goes_by_the_variable(run, empty, monkeypatch):
    monkeypatch.setenv("PHONESYNC_CONFIG", str(empty / "office.toml"))
    assert run("init").code == 0
    assert (empty / "office.toml").exists()
    assert (empty / "phonesync.key").exists()


def test_a_folder_that_is_not_there_is_told(run, empty):
    outcome = run("--config", "none/config.toml", "init")
    assert outcome.code == 2
    assert "cannot be written: No such file or directory" in outcome.err
