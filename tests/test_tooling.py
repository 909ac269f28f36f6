"""The commands of a fresh clone: what they say when something is missing, and what they install from."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools import assets
from tools.install import pip_settings, uv_environment

ROOT = Path(__file__).resolve().parent.parent
LISTING = """\
:env:.cert='/etc/ssl/certs/ca.crt'
global.index-url='https://user:secret@index.example/simple'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
install.find-links='wheels more'
global.timeout='60'
"""


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def make(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("make")
    if program is None:
        pytest.skip("needs make: apt-get install make")
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(
        "import pytest\n"
        "def test_right():\n    assert True\n"
        "@pytest.mark.skip(reason='needs PostgreSQL: apt-get install postgresql')\n"
        "def test_left_out():\n    assert False\n",
        encoding="utf-8",
    )
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PHONESYNC", "COV_"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov"]
    env = {**inherited, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_a_skipped_test_is_named_at_the_end_with_what_to_install(tmp_path):
    done = run_pytest(tmp_path)
    assert done.returncode == 0
    assert "1 skipped: needs PostgreSQL: apt-get install postgresql" in done.stdout
    assert "    test_it.py::test_left_out" in done.stdout


def test_a_skipped_test_fails_the_run_where_everything_is_installed(tmp_path):
    done = run_pytest(tmp_path, PHONESYNC_ALLOW_NO_SKIP="1")
    assert done.returncode == 1
    assert "a skipped test is a failure here" in done.stdout


def test_make_help_names_every_target():
    done = make("help", cwd=ROOT)
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared is not None
    assert all(f"  {target} " in done.stdout for target in declared[1].split())


def test_an_old_python_gets_one_sentence(tmp_path):
    for name in ("Makefile", "pyproject.toml", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n', encoding="utf-8")
    old.chmod(0o755)
    done = make("run", f"PYTHON={old}", cwd=tmp_path)
    assert done.returncode != 0
    assert f"phonesync needs Python 3.11 or newer as {old}; this machine has Python 3.9.2." in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_pip_settings_are_read_with_the_environment_before_files():
    found = pip_settings(LISTING + ":env:.index-url='https://nearer.example/simple'\n")
    assert found["index-url"] == "https://nearer.example/simple"
    assert found["find-links"] == "wheels more"


def test_uv_uses_the_index_that_pip_is_configured_for():
    found = uv_environment({"HOME": "/nowhere"}, pip_settings(LISTING))
    assert found["UV_DEFAULT_INDEX"] == "https://user:secret@index.example/simple"
    assert found["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert found["UV_FIND_LINKS"] == "wheels,more"
    assert found["SSL_CERT_FILE"] == "/etc/ssl/certs/ca.crt"
    assert found["HOME"] == "/nowhere"


def test_an_index_of_uvs_own_is_left_alone():
    found = uv_environment({"UV_DEFAULT_INDEX": "https://own.example/simple"}, pip_settings(LISTING))
    assert found["UV_DEFAULT_INDEX"] == "https://own.example/simple"
    assert "UV_INDEX" not in found


@pytest.mark.parametrize("name", ["uv.txt", "node.txt", "run.txt", "dev.txt"])
def test_requirements_are_pinned_with_hashes_and_without_addresses(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert "index" not in text


def test_what_is_tested_is_what_runs():
    tested = pinned("dev.txt")
    assert {name: tested.get(name) for name in pinned("run.txt")} == pinned("run.txt")


def test_every_dependency_of_the_distribution_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=!~ ;\[]", line)[0].lower() for line in project["dependencies"]}
    assert wanted <= set(pinned("run.txt"))


def test_scripts_of_pages_are_pinned_by_hashes_without_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    pinned_ones = {name: one for name, one in lock["packages"].items() if name}
    assert pinned_ones
    assert all(one["integrity"].startswith("sha512-") for one in pinned_ones.values())
    assert not [name for name, one in pinned_ones.items() if "resolved" in one]


def test_scripts_that_pages_no_longer_load_go(tmp_path):
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_text("old", encoding="utf-8")
    for name in assets.SHIPPED:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("new", encoding="utf-8")
    assets.copy(tmp_path, vendor)
    assert [path.name for path in vendor.iterdir()] == ["htmx.min.js"]


def test_a_machine_without_npm_is_told(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(LookupError):
        assets.npm()
