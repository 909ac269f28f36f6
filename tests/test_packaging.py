"""The unit of systemd: right in systemd's own eyes, and as the how-to describes it."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from phonesync.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "packaging" / "phonesync.service"
MOST_EXPOSED = 2.0
"""Of 10, by `systemd-analyze security`; below 2 is what it calls OK for a service without privileges."""


@pytest.fixture
def analyze(tmp_path):
    """Runs systemd-analyze on the unit as it stands on a machine where the program is installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    unit = tmp_path / UNIT.name
    installed = str(Path(sys.executable).with_name("phonesync"))
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(exec_start()[0], installed), encoding="utf-8")

    def analyze(*words):
        return subprocess.run([program, *words, unit], capture_output=True, text=True, check=False)

    return analyze


def service():
    # Keys that stand twice (SystemCallFilter) add up; the last one is enough here.
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser["Service"]


def exec_start():
    return service()["ExecStart"].split()


def test_systemd_finds_no_mistake_in_the_unit(analyze):
    done = analyze("verify")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_exposes_little(analyze):
    done = analyze("security", "--offline=yes", f"--threshold={int(MOST_EXPOSED * 10)}")
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_the_program_with_options_it_has():
    _, *words = exec_start()
    with get_command(app).make_context("phonesync", [*words, "--help"], resilient_parsing=True) as ctx:
        assert ctx.params["config"] == Path("/etc/phonesync/config.toml")
    done = subprocess.run(
        [sys.executable, "-m", "phonesync", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "config.toml does not exist" in done.stderr) == (2, True), done.stderr


def test_the_unit_speaks_of_what_the_program_does():
    unit = service()
    assert unit["Type"] == "notify"
    assert unit["WatchdogSec"] == "2min"
    name, _, source = unit["LoadCredential"].partition(":")
    assert name == Path(source).name == "phonesync.key"
    assert unit["RestartPreventExitStatus"] == "2"
