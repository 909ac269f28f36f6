"""The agent as a service: what the service manager hears, what a monitor is told, what a reload changes."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from phonesync.farm.faults import Fault, FaultKind
from phonesync.secrets import CREDENTIALS
from phonesync.store.records import PhoneStanding
from tests.system.live import PATIENCE_S, live, said

pytestmark = [pytest.mark.network, pytest.mark.anyio]

PROGRAM = f"{shlex.quote(sys.executable)} -m phonesync"
KINDS = ("yealink-json", "yealink-servlet")


class Manager:
    """The service manager's end of ``$NOTIFY_SOCKET``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    async def hears(self, *fields: str, within_s: float = PATIENCE_S) -> dict[str, str]:
        """The next datagram that holds these fields, written ``NAME=`` or ``NAME=VALUE``."""
        async with asyncio.timeout(within_s):
            while True:
                datagram = (await asyncio.get_running_loop().sock_recv(self._socket, 65536)).decode()
                lines = datagram.split("\n")
                if all(any(line.startswith(field) for line in lines) for field in fields):
                    return dict(line.split("=", 1) for line in lines)

    async def hears_nothing_of(self, field: str, *, for_s: float) -> bool:
        """Whether a field stays away for a while; what lies in the queue already does not count."""
        while True:
            try:
                self._socket.recv(65536)
            except BlockingIOError:
                break
        try:
            await self.hears(field, within_s=for_s)
        except TimeoutError:
            return True
        return False


@contextmanager
def manager(address: str) -> Iterator[Manager]:
    found = Manager(address)
    try:
        yield found
    finally:
        found.close()


async def ended(process) -> tuple[int, str]:
    async with asyncio.timeout(PATIENCE_S):
        _, logged = await process.communicate()
    return process.returncode, logged.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer_at(config: Path, address: str) -> None:
    """Has the agent answer a monitor."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[agent]\n", f'[agent]\nhealth = "{address}"\n'), encoding="utf-8")


async def ask(
    address: str | int, request: bytes = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
) -> tuple[int, str]:
    """Status and body of an answer at a port or a unix path; (0, "") where there was none."""
    opened = asyncio.open_unix_connection(address) if isinstance(address, str) else None
    reader, writer = await (opened or asyncio.open_connection("127.0.0.1", address))
    try:
        writer.write(request)
        answer = await reader.read()
    except ConnectionError:
        return 0, ""
    finally:
        writer.close()
    head, _, body = answer.decode().partition("\r\n\r\n")
    return (int(head.split()[1]), body) if head else (0, "")


async def until(address: str | int, wanted) -> Any:
    """Asks until the answer is as wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, body = await ask(address)
            shown = json.loads(body)
            assert (status == 200) == (shown["status"] in ("ok", "degraded"))
            if wanted(shown):
                return shown
            await asyncio.sleep(0.05)


# --- the service manager ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["path", "abstract"])
async def test_the_manager_hears_of_the_start_of_life_of_reloads_and_of_the_end(tmp_path, kind):
    address = f"@phonesync-{os.getpid()}-{time.monotonic_ns()}" if kind == "abstract" else str(tmp_path / "n")
    async with live(tmp_path, phones=2, kinds=KINDS, hours=1) as farm:
        with manager(address) as systemd:
            process = await farm.program("run", NOTIFY_SOCKET=address, WATCHDOG_USEC="2400000")
            assert (await systemd.hears("READY=1"))["STATUS"].endswith("of 2 phones up")
            await systemd.hears("STATUS=ok: 2 of 2 phones up")
            for _ in range(2):
                await systemd.hears("WATCHDOG=1", within_s=2.4)
            whole = farm.config.read_text(encoding="utf-8")
            farm.config.write_text("[[phone]]\n", encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            began = int((await systemd.hears("RELOADING=1"))["MONOTONIC_USEC"])
            assert 0 <= time.clock_gettime(time.CLOCK_MONOTONIC) - began / 1e6 < PATIENCE_S
            ready = await systemd.hears("READY=1")
            assert ready["STATUS"].startswith("configuration not taken: ")
            farm.config.write_text(whole, encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            await systemd.hears("RELOADING=1")
            assert "not taken" not in (await systemd.hears("READY=1"))["STATUS"]
            process.send_signal(signal.SIGTERM)
            await systemd.hears("STOPPING=1")
        code, logged = await ended(process)
        assert code == 0, logged
        assert "Traceback" not in logged


async def test_the_watchdog_hears_nothing_while_the_loop_stands_or_the_writer_is_kept(tmp_path):
    address = str(tmp_path / "n")
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        with manager(address) as systemd:
            process = await farm.program("run", NOTIFY_SOCKET=address, WATCHDOG_USEC="1000000")
            await systemd.hears("STATUS=ok: 1 of 1 phones up")
            process.send_signal(signal.SIGSTOP)
            assert await systemd.hears_nothing_of("WATCHDOG=1", for_s=1.0)
            process.send_signal(signal.SIGCONT)
            await systemd.hears("WATCHDOG=1")
            # Somebody holds the store: the writer is kept by the one write for longer than the watchdog's time.
            # The phone answers so late that the store is held by then.
            farm.world.desks["desk-101"].wired.faults.set(Fault(kind=FaultKind.SLOW, delay_s=2.0), times=1)
            with farm.store() as store:
                blocker = sqlite3.connect(farm.folder / "farm.db", isolation_level=None)
                store.request_poll("desk-101")
                blocker.execute("BEGIN IMMEDIATE")
                lines = await said(process, "the store has kept the writer for")
                assert "no sign of life given" in lines
                blocker.execute("ROLLBACK")
                blocker.close()
            await systemd.hears("WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0


async def test_a_watchdog_meant_for_another_process_is_not_answered(tmp_path):
    address = str(tmp_path / "n")
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        with manager(address) as systemd:
            process = await farm.program(
                "run", NOTIFY_SOCKET=address, WATCHDOG_USEC="300000", WATCHDOG_PID="1"
            )
            await systemd.hears("READY=1")
            assert await systemd.hears_nothing_of("WATCHDOG=1", for_s=0.7)
            process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0


async def test_a_manager_that_went_away_stops_nothing(tmp_path):
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        process = await farm.program("run", NOTIFY_SOCKET=str(tmp_path / "none"), WATCHDOG_USEC="200000")
        lines = await said(process, "agent started")
        await farm.all_asked(["desk-101"])
        process.send_signal(signal.SIGTERM)
        code, logged = await ended(process)
        assert code == 0
        assert (lines + logged).count("service manager does not hear") == 1


# --- the monitor --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["port", "path"])
async def test_a_monitor_is_told_how_phones_and_store_fare(tmp_path, kind):
    async with live(tmp_path, phones=2, kinds=KINDS, hours=1) as farm:
        address: str | int = free_port() if kind == "port" else str(tmp_path / "health.sock")
        answer_at(farm.config, f"127.0.0.1:{address}" if kind == "port" else "./health.sock")
        process = await farm.program("run")
        await said(process, "agent started")
        shown = await until(address, lambda shown: shown["phones"]["up"] == 2)
        assert shown == {
            "status": "ok", "problems": [],
            "phones": {"total": 2, "new": 0, "up": 2, "down": 0, "refused": 0, "held": 0, "unsupported": 0},
            "lateness_s": 0.0, "late": 0, "store": "ok", "held": 0, "set_aside": 0,
            "configuration": "ok",
        }  # fmt: skip
        assert await ask(address, b"HEAD /healthz HTTP/1.0\r\n\r\n") == (200, "")
        assert (await ask(address, b"GET /other HTTP/1.1\r\n\r\n"))[0] == 404
        assert (await ask(address, b"POST /healthz HTTP/1.1\r\n\r\n"))[0] == 405
        assert (await ask(address, b"nonsense\r\n\r\n"))[0] == 400
        assert await ask(address, b"GET /" + b"x" * 100_000) == (0, "")
        (farm.folder / "farm.db").rename(farm.folder / "away.db")
        shown = await until(address, lambda shown: shown["status"] == "failing")
        assert (shown["store"], shown["problems"]) == ("away", ["the store is away; 0 writes wait for it"])
        (farm.folder / "away.db").rename(farm.folder / "farm.db")
        await until(address, lambda shown: shown["status"] == "ok")
        farm.config.write_text("[[phone]]\n", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        shown = await until(address, lambda shown: shown["configuration"] == "not taken")
        assert shown["status"] == "degraded"
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0
        assert not (tmp_path / "health.sock").exists()


async def test_an_address_in_use_is_told_and_the_agent_does_not_start(tmp_path):
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            answer_at(farm.config, f"127.0.0.1:{taken.getsockname()[1]}")
            code, logged = await ended(await farm.program("run"))
        assert code == 2
        assert "cannot be listened at" in logged
        assert "ddress already in use" in logged


# --- one agent, reloads, secrets ----------------------------------------------------------------------


async def test_a_second_agent_on_one_store_is_refused_with_a_sentence_and_code_3(tmp_path):
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        first = await farm.program("run")
        await said(first, "agent started")
        code, logged = await ended(await farm.program("run"))
        assert code == 3
        assert (
            f"An agent already runs on the store {farm.folder / 'farm.db'} (process {first.pid})." in logged
        )
        link = farm.folder / "link.db"
        link.symlink_to(farm.folder / "farm.db")
        whole = farm.config.read_text(encoding="utf-8")
        farm.config.write_text(whole.replace("sqlite:///farm.db", "sqlite:///link.db"), encoding="utf-8")
        assert (await ended(await farm.program("run")))[0] == 3
        first.send_signal(signal.SIGTERM)
        assert (await ended(first))[0] == 0


async def test_a_reload_adds_removes_and_changes_phones_and_tells_all_mistakes_at_once(tmp_path):
    async with live(tmp_path, phones=4, kinds=KINDS, hours=1) as farm:
        head, *blocks = farm.config.read_text(encoding="utf-8").split("[[phone]]")
        names = list(farm.world.desks)
        wrong = blocks[1].replace("http://127.20.", "http://127.99.")

        def write(*chosen: str) -> None:
            farm.config.write_text("[[phone]]".join((head, *chosen)), encoding="utf-8")

        write(blocks[0], wrong, blocks[2])
        process = await farm.program("run", "--log-format", "json")
        await said(process, '"agent started"')
        await farm.all_asked([names[0], names[2]])
        write(blocks[0].replace("url =", "ulr ="), blocks[1].replace('"http:', '"ftp:'))
        process.send_signal(signal.SIGHUP)
        *_, line = (await said(process, "configuration not taken")).splitlines()
        refused = json.loads(line)
        assert refused["level"] == "error"
        assert 'did you mean "url"' in refused["error"]
        assert "must begin with http://" in refused["error"]
        # Added: the fourth. Changed: the second, which answers now. Removed: the third.
        write(blocks[0], blocks[1], blocks[3])
        process.send_signal(signal.SIGHUP)
        await said(process, "configuration taken")
        await farm.all_asked([names[1], names[3]])
        while not farm.asked.empty():
            farm.asked.get_nowait()
        third = await farm.program("poll", names[2])
        assert (await ended(third))[0] == 2
        process.send_signal(signal.SIGTERM)
        code, logged = await ended(process)
        assert code == 0
        assert all(json.loads(line)["event"] for line in logged.splitlines())
        with farm.store() as store:
            assert store.phone(names[1]).standing is PhoneStanding.UP
            assert store.phone(names[3]).last_read


async def test_a_refused_phone_is_read_again_once_its_secret_is_changed(tmp_path):
    async with live(tmp_path, phones=1, kinds=KINDS[:1], hours=1) as farm:
        text = farm.config.read_text(encoding="utf-8")
        right = text.partition('password = "')[2].partition('"')[0]
        farm.config.write_text(text.replace(f'"{right}"', '{ secret = "phones" }'), encoding="utf-8")

        async def keep(value: str) -> None:
            process = await asyncio.create_subprocess_shell(
                f'printf "%s" "$VALUE" | {PROGRAM} --config {farm.config} secret set phones',
                env={**os.environ, "VALUE": value},
                stdout=asyncio.subprocess.DEVNULL,
            )
            assert await process.wait() == 0

        await keep("wrong")
        assert (await ended(await farm.program("poll")))[0] == 4
        assert (await ended(await farm.program("poll")))[0] == 4
        await keep(right)
        # As under LoadCredential: the key ring lies in the folder of credentials alone.
        folder = tmp_path / "credentials"
        folder.mkdir()
        (tmp_path / "phonesync.key").rename(folder / "phonesync.key")
        code, logged = await ended(await farm.program("poll"))
        assert code == 2
        assert "does not exist, so the kept secrets cannot be opened" in logged
        process = await farm.program("poll", **{CREDENTIALS: str(folder)})
        code, logged = await ended(process)
        assert code == 0, logged
        assert right not in logged
        with farm.store() as store:
            assert store.phone("desk-101").standing is PhoneStanding.UP
