"""The wheel holds everything that the checkout runs with, and works outside it."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("phonesync", "drivers")
NEEDED = (*SHIPPED, "pyproject.toml", "README.md", "LICENSE")

pytestmark = pytest.mark.wheel


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command[-1]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that the checkout stays clean."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    target = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, copy, cwd=copy)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that has the wheel, and of ours only what the wheel depends on."""
    home = tmp_path_factory.mktemp("outside")
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    python = home / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=home)
    # A line in a .pth file adds a folder, but not the editable installs that this folder points to.
    (site,) = (home / "venv").glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    tree = {
        path.relative_to(ROOT).as_posix()
        for folder in SHIPPED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == tree
    assert "drivers/__init__.py" not in inside
    assert [name for name in inside if name.startswith("phonesync/store/migrations/versions/0001")]
    assert "phonesync/store/migrations/script.py.mako" in inside
    assert [name for name in names if name.endswith("/licenses/LICENSE")]


def test_the_installed_wheel_lists_its_drivers_from_another_folder(installed, tmp_path):
    output = run(installed.parent / "phonesync", "drivers", cwd=tmp_path)
    for name in ("grandstream", "snom", "yealink"):
        assert f"{name}: phones of the vendor" in output
    where = run(installed, "-c", "import drivers.yealink as d; print(d.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent.parent)


def test_the_installed_wheel_makes_a_store_by_its_migrations(installed, tmp_path):
    program = (
        "from pathlib import Path\n"
        "from phonesync.clock import SystemClock\n"
        "from phonesync.store.repository import open_store\n"
        "store = open_store('sqlite:///phonesync.db', clock=SystemClock(), base=Path.cwd())\n"
        "store.close()\n"
    )
    run(installed, "-c", program, cwd=tmp_path)
    assert (tmp_path / "phonesync.db").stat().st_size > 0
