"""Must show 5: every kind of emulated phone captured over real sockets; nothing planted is in the folder."""

from __future__ import annotations

import base64
import html
import json
import os
from random import Random
from urllib.parse import quote

import anyio
import pytest

from phonesync import config as configuration
from phonesync import registry
from phonesync.agent import commands
from phonesync.agent.checking import NotTried
from phonesync.clock import SystemClock
from phonesync.errors import SignInRefused, StoreBusy
from phonesync.farm.server import FarmServer
from phonesync.model import ListName
from phonesync.store.repository import open_store
from phonesync.testing.capture import making
from phonesync.testing.conformance import CASE_CHECKS, failures, subject_of
from phonesync.testing.fixtures import read_cases
from tests.drivers.grandstream import emulated as grandstream
from tests.drivers.yealink import emulated as yealink
from tests.drivers.yealink.emulated import emulated

pytestmark = [pytest.mark.anyio, pytest.mark.network]

PASSWORD = "Zimt+Stern/71&x"
NAMES = ("Ольга Прокофьева", 'Eve "the <b>Door</b>" O\'Neil', "Jörg Müßig")
NUMBERS = ("84957778899", "+442079460123", "7334", "*21*7335#")
PLANTED = (
    *("Ольга Прокофьева", "Прокофьева", "O'Neil", "Müßig", "84957778899", "4957778899", "442079460123"),
    *("secret-pbx.example.net", "secret-pbx", PASSWORD, "00005e0053b7", "00:00:5e:00:53:b7", "127.0.0.77"),
)

SHEETS = {"grandstream": grandstream, "yealink": yealink}


def rows_of(vendor):
    row = SHEETS[vendor].row
    return (
        row(ListName.PLACED, 40, NUMBERS[0], host="secret-pbx.example.net", name=NAMES[0]),
        row(ListName.PLACED, 12, NUMBERS[3], host="secret-pbx.example.net", name=""),
        row(ListName.RECEIVED, 41, NUMBERS[1], host="secret-pbx.example.net", name=NAMES[1], duration_s=734),
        row(ListName.MISSED, 30, NUMBERS[2], host="secret-pbx.example.net", name=NAMES[2]),
        row(ListName.MISSED, 29, "", host="anonymous.invalid", name=""),
    )


CONFIG = """\
[[site]]
name = "Secret Tower"
timezone = "Europe/Moscow"
country = "RU"
[[phone]]
name = "desk-101"
url = "{url}"
username = "{username}"
experimental = {experimental}
password = {{ env = "CAPTURED_PASSWORD" }}
owner = "Ольга Прокофьева"
extension = "7334"
"""


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setitem(os.environ, "CAPTURED_PASSWORD", PASSWORD)


def loaded(folder, url, *, username="admin", experimental=False):
    text = CONFIG.format(url=url, username=username, experimental=str(experimental).lower())
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return configuration.load(folder / "config.toml")


def spelled(value):
    raw = value.encode()
    return {
        *(value, value.lower(), value.upper(), html.escape(value), quote(value, safe="")),
        *(json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], raw.hex(), raw.hex().upper()),
        *(json.dumps(json.dumps(value)[1:-1])[1:-1], base64.b64encode(raw).decode()),
        base64.b64encode(f"admin:{value}".encode()).decode(),
    }


def holding(folder, value):
    """Files that hold a value in any spelling; short ones as whole strings only."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{path.name}: {form}" for form in spelled(value) if form in text]
    return found


OF_A_CASE = tuple(check.__name__ for check in CASE_CHECKS)
"""What the captured phone can break; the driver as a whole has a test of its own (tests/drivers)."""

KINDS = {name: kind for name, kind in registry.emulators().items() if kind.recognised}


def shown_by(variant, kind, rows):
    """How many of the rows a reader of the variant finds."""
    if not variant.readable:
        return 0
    lists = [row.list_name for row in rows if row.list_name in variant.lists.values()]
    return len(set(lists)) if kind.newest_only else len(lists)


@pytest.mark.usefixtures("fewer_cuts")
@pytest.mark.parametrize("name", sorted(KINDS))
async def test_every_kind_is_captured_and_nothing_planted_is_left(name, tmp_path):
    kind = KINDS[name]
    rows, driver = rows_of(kind.driver), registry.drivers()[kind.driver]
    emulator, memory = SHEETS[kind.driver].emulated(name, kept=rows, server="secret-pbx.example.net")
    memory.mac = "00:00:5E:00:53:B7"
    memory.credentials = type(memory.credentials)(username=kind.account, password=PASSWORD)
    async with FarmServer() as server:
        url = await server.add("127.0.0.77", 0, emulator)
        config = loaded(tmp_path, url, username=kind.account, experimental=kind.experimental)
        recording = await commands.capture_phone(config, "desk-101")
    made = await anyio.to_thread.run_sync(lambda: making.make(recording, tmp_path / "out", rng=Random(7)))
    left = [hit for value in PLANTED for hit in holding(tmp_path / "out", value)]
    assert not left
    assert '"7334"' not in "".join(p.read_text("utf-8", "replace") for p in made.folder.iterdir())
    (case,) = read_cases(tmp_path / "out")
    assert case.provenance == "captured"
    # It tells its firmware to nobody but who has signed in.
    assert case.firmware == memory.firmware or name != "gxp16-form"
    subject = subject_of(driver, (case,), complete=False)
    found = await anyio.to_thread.run_sync(lambda: failures(subject, only=OF_A_CASE))
    assert not found
    variant = driver.variants[case.variant]
    assert case.rows == shown_by(variant, kind, rows)
    assert case.error == ("" if variant.readable else "Unsupported")


async def test_a_refused_password_is_remembered_and_not_offered_again(tmp_path):
    emulator, memory = emulated("yealink-basic")
    async with FarmServer() as server:
        config = loaded(tmp_path, await server.add("127.0.0.77", 0, emulator))
        for expected in (SignInRefused, NotTried):
            with pytest.raises(expected):
                await commands.capture_phone(config, "desk-101")
    assert memory.credentials.password != PASSWORD


async def test_a_running_agent_keeps_its_phones(tmp_path):
    config = loaded(tmp_path, "http://127.0.0.77:9")
    store = open_store(config.store.url, clock=SystemClock(), base=config.base)
    with store, store.agent_lock(), pytest.raises(StoreBusy, match="An agent is running"):
        await commands.capture_phone(config, "desk-101")
