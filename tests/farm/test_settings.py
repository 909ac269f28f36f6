"""Settings handed to emulated phones as files."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from phonesync.errors import ConfigError
from phonesync.farm.reporting import Losses, Reply
from phonesync.farm.settings import MOST_BYTES, SettingsFolder
from phonesync.farm.simulation import FarmWorld, SimulatedClock
from phonesync.farm.spec import FarmSpec
from tests.farm.test_reporting import START, ToySide
from tests.farm.toys import kind, kinds


@pytest.fixture
def world():
    spec = FarmSpec(phones=2, mix={"toy-plain": 1, "toy-deaf": 1}, seed=1, chaos=0, start=START, days=2)
    return FarmWorld(spec, kinds(kind(side=ToySide), kind("toy-deaf")), SimulatedClock(START))


@pytest.fixture
def asked(world):
    """Addresses that phones have called so far."""
    urls = []

    def deliver(sent, answered):
        urls.append(sent.url)
        answered(Reply(status=200, content=b"201"))

    world.let_report(deliver, Losses())
    return urls


def following(world):
    return next(desk for desk in world.desks.values() if desk.side is not None)


def test_a_phone_follows_its_file_and_the_newest_one(world, asked, tmp_path):
    folder = SettingsFolder(tmp_path, world, world.reporting)
    folder.look()
    path = tmp_path / f"{following(world).name}.cfg"
    path.write_text("http://192.0.2.10/old")
    folder.look()
    folder.look()
    world.advance_to(START + timedelta(hours=3))
    fetched = [url for url in asked if url == "http://192.0.2.10/old/book.xml"]
    assert len(fetched) == 3
    path.write_text("http://192.0.2.10/new")
    os.utime(path, ns=(1, 1))
    folder.look()
    before = len(asked)
    world.advance_to(START + timedelta(hours=6))
    later = asked[before:]
    assert later
    assert all(url.startswith("http://192.0.2.10/new/") for url in later)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nobody", "x", "settings of no phone"),
        ("deaf", "x", "settings not taken"),
        ("follows", "x" * (MOST_BYTES + 1), "settings not taken"),
    ],
)
def test_what_no_phone_can_take_is_said(world, asked, tmp_path, capsys, name, content, said):
    deaf = next(desk for desk in world.desks.values() if desk.side is None)
    real = {"deaf": deaf.name, "follows": following(world).name}.get(name, name)
    (tmp_path / real).write_text(content)
    (tmp_path / "folder").mkdir()
    SettingsFolder(tmp_path, world, world.reporting).look()
    assert said in capsys.readouterr().out
    assert asked == []


def test_a_folder_that_is_none_is_refused(world, tmp_path):
    with pytest.raises(ConfigError, match="is no folder"):
        SettingsFolder(tmp_path / "missing", world, world.reporting)
