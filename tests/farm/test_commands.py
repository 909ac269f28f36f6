"""``phonesync farm`` and ``phonesync demo`` as processes, on real sockets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from phonesync.journal.access import BUILT_IN

PHONESYNC = (str(Path(sys.executable).with_name("phonesync")),)

pytestmark = pytest.mark.network


def started(*arguments, cwd):
    return subprocess.Popen(
        [*PHONESYNC, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "120"},
    )


def ended(process):
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_a_farm_stands_and_its_configuration_reads_it(tmp_path):
    farm = started("farm", "--phones", "5", "--config-out", "farm.toml", cwd=tmp_path)
    try:
        addresses = [farm.stdout.readline() for _ in range(5)]
        assert all("127.20.0." in line for line in addresses)
        polled = subprocess.run(
            [*PHONESYNC, "--config", "farm.toml", "poll", "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        code, _, _ = ended(farm)
    assert code == 0
    assert polled.returncode == 0, polled.stderr
    results = [json.loads(line) for line in polled.stdout.splitlines()]
    assert len(results) == 5
    assert all(result["ok"] or not result["readable"] for result in results)


def test_a_configuration_is_never_written_over_a_file(tmp_path):
    (tmp_path / "farm.toml").write_text("mine")
    farm = started("farm", "--phones", "1", "--config-out", "farm.toml", cwd=tmp_path)
    _, errors = farm.communicate(timeout=60)
    assert farm.returncode == 2
    assert "farm.toml exists already" in errors
    assert (tmp_path / "farm.toml").read_text() == "mine"


def test_the_demo_runs_without_a_terminal_until_interrupted(tmp_path):
    demo = started("demo", "--phones", "5", cwd=tmp_path)
    links = [demo.stdout.readline().split() for _ in BUILT_IN]
    lines = [demo.stdout.readline() for _ in range(2)]
    code, output, errors = ended(demo)
    assert code == 0, errors
    assert [role for role, _ in links] == list(BUILT_IN)
    assert all("/sign-in/link/" in link for _, link in links)
    assert all("calls" in line and "kept" in line for line in lines)
    assert "Kept" in output
    assert list(tmp_path.iterdir()) == []


def test_verify_prints_its_score(tmp_path):
    verify = started(
        "farm", "verify", "--days", "1", "--phones", "2", "--chaos", "0", "--poll", "2h", cwd=tmp_path
    )
    output, errors = verify.communicate(timeout=120)
    assert verify.returncode == 0, errors
    assert "| lost | 0 | 0 |" in output
    assert "wrong passwords seen by phones: 0" in output
