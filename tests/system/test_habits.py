"""Where the vendor's papers leave room, each emulated phone chooses: the driver gets on with every choice."""

from __future__ import annotations

from typing import cast

import pytest

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent import commands
from phonesync.driver.emulation import Emulator
from phonesync.farm.server import FarmServer
from tests.drivers.grandstream import emulated as sheet

pytestmark = [pytest.mark.anyio, pytest.mark.network]

HABITS = 8
SITE = '[[site]]\nname = "Office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
PHONE = """\
[[phone]]
name = "{name}"
url = "{url}"
username = "{username}"
password = {{ env = "HABITS_PASSWORD" }}
experimental = {experimental}
"""
KINDS = {name: kind for name, kind in registry.emulators().items() if kind.driver == "grandstream"}


@pytest.mark.parametrize("name", sorted(KINDS))
async def test_check_signs_in_to_a_grandstream_phone_whatever_its_habits(name, tmp_path, monkeypatch):
    monkeypatch.setenv("HABITS_PASSWORD", sheet.PASSWORD)
    kind, text = KINDS[name], SITE
    names = [f"desk-{number}" for number in range(101, 101 + HABITS)]
    async with FarmServer() as server:
        for number, desk in enumerate(names, 1):
            emulator = cast("Emulator", sheet.emulated(name, number)[0])
            url = await server.add(f"127.0.1.{number}", 0, emulator)
            allowed = str(kind.experimental).lower()
            text += PHONE.format(name=desk, url=url, username=kind.account, experimental=allowed)
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        found = await commands.check_phones(configuration.load(file), names)
    items = [{item.what: item for item in result.items} for result in found]
    assert {item["generation"].ok for item in items} == {True}
    # How to sign in to a base station is not known, and is not tried.
    assert {item["sign_in"].ok for item in items} == {None if name == "dp7" else True}
    assert {item["list"].ok for item in items} == {kind.readable}
