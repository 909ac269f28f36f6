"""A receiver that is killed at any instant has every report that it answered, and makes entries of it later."""

from __future__ import annotations

import asyncio
import sys
from random import Random

import pytest

from phonesync.clock import SystemClock
from tests.agent.conftest import Lab
from tests.kept_logs import KEPT
from tests.thorough import daily
from tests.web.conftest import status, told
from tests.web.inbox_child import KEYS

pytestmark = pytest.mark.anyio


async def report(port, token, number):
    """Sends one report; its number once it was answered."""
    request = f"GET /e/{token}/missed?c=call-{number}&a=101 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    try:
        return number if status(await told(port, request.encode())) == 200 else None
    except OSError:
        return None


async def killed_while_reporting(folder, first, after_s):
    """Runs a receiver, reports without a pause, kills it; what was answered."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.inbox_child", str(folder), stdout=asyncio.subprocess.PIPE
    )
    line = b""
    while not line.startswith(b"at "):  # before it stands what the process logs
        line = await asyncio.wait_for(child.stdout.readline(), 60)
        assert line
        KEPT.output("inbox_child", line if not line.startswith(b"at ") else b"")
    _, port, token = line.decode().split()
    asking = [asyncio.create_task(report(int(port), token, first + number)) for number in range(150)]
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(after_s)
    child.kill()
    await child.wait()
    return {number for number in await asyncio.gather(*asking) if number is not None}


async def test_what_was_answered_is_kept_and_becomes_an_entry_once(tmp_path):
    chance = Random(5)
    answered = set()
    for turn in range(daily(2, thorough=4)):
        answered |= await killed_while_reporting(tmp_path, turn * 1000, chance.uniform(0.0, 0.4))
    lab = Lab(folder=tmp_path, clock=SystemClock())
    lab.add(variant="desk-3", keys=KEYS)
    await lab.agent().prepare()
    kept = [int(entry.call_id.removeprefix("call-")) for entry in lab.store.entries()]
    assert answered
    assert answered <= set(kept)
    assert len(kept) == len(set(kept))
    assert lab.store.waiting_reports(limit=10) == []
    lab.store.close()
