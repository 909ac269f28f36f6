"""Signs of life are given while there is progress, and not otherwise."""

import asyncio
import socket
from dataclasses import replace

import anyio
import pytest

from phonesync.agent.notify import Notifier
from phonesync.agent.service import Service
from phonesync.agent.vitals import Phase, Vitals

pytestmark = [pytest.mark.anyio, pytest.mark.network]

WELL = Vitals(phase=Phase.RUNNING)


@pytest.fixture
def manager(tmp_path):
    """The service manager's end, and all it has heard since it was last asked."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.setblocking(False)

        def heard():
            found = []
            while True:
                try:
                    found += end.recv(4096).decode().split("\n")
                except BlockingIOError:
                    return found

        yield str(tmp_path / "notify"), heard


async def hears(line, heard):
    with anyio.fail_after(30):
        while line not in heard():  # noqa: ASYNC110  a socket that is asked
            await anyio.sleep(0.01)


@pytest.mark.parametrize("change", [{"writing_s": 0.5}, {"since_tick_s": 0.5}])
async def test_the_watchdog_is_fed_only_while_loop_and_writer_get_on(manager, log, change):
    address, heard = manager
    service = Service(env={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000"})
    vitals = WELL
    async with service.watching(lambda: vitals):
        await hears("WATCHDOG=1", heard)
        vitals = replace(WELL, **change)
        await asyncio.sleep(0.05)
        heard()
        await asyncio.sleep(0.2)
        assert "WATCHDOG=1" not in heard()
        vitals = WELL
        await hears("WATCHDOG=1", heard)
    assert [line["event"] for line in log].count("no sign of life given") == 1
    heard()
    await asyncio.sleep(0.1)
    assert heard() == []


@pytest.fixture
def log(logged):
    return logged


@pytest.mark.parametrize(
    ("env", "watched_s"),
    [
        ({"WATCHDOG_USEC": "1500000"}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdogs_time_is_that_of_this_process(env, watched_s):
    assert Notifier({"NOTIFY_SOCKET": "/run/notify", **env}).watchdog_s == watched_s
    assert Notifier(env).watchdog_s is None


def test_an_address_that_is_none_is_told_and_nothing_is_sent(logged):
    assert not Notifier({"NOTIFY_SOCKET": "vsock:2:1234"}).is_heard
    assert [line["event"] for line in logged] == ["service manager not understood"]


def test_a_status_is_one_short_line(manager):
    address, heard = manager
    Notifier({"NOTIFY_SOCKET": address}).status("two\nlines " + "x" * 1000)
    (line,) = heard()
    assert line.startswith("STATUS=two lines xxx")
    assert len(line) < 320
