"""Makes ``.venv`` from nothing but Python 3.11: ``python3 tools/install.py run`` (or ``dev``).

pip brings the pinned uv, uv brings the pinned rest, npm the scripts of the pages, and the checkout itself is
installed editable. Every download is checked against a hash. No address is written anywhere: uv is told the
package index that pip is configured for, unless it has one of its own.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
# pip's setting -> uv's variable, and what separates several values in the latter.
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
}
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Runs one step; its own words are the message when it fails."""
    try:
        subprocess.run(
            [str(word) for word in command], cwd=ROOT, env=env, check=True, stdin=subprocess.DEVNULL
        )
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"install: `{Path(str(command[0])).name}` failed with exit code {error.returncode}; see above."
        )


def pip_settings(listing: str) -> dict[str, str]:
    """What ``pip config list`` prints, by setting: the environment wins over files."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        key, equals, value = line.partition("=")
        section, _, name = key.partition(".")
        if equals and section in ranks and ranks[section] >= found.get(name, (0, ""))[0]:
            found[name] = (ranks[section], str(ast.literal_eval(value)))
    return {name: value for name, (_, value) in found.items()}


def uv_environment(environment: dict[str, str], settings: dict[str, str]) -> dict[str, str]:
    """``environment`` with pip's package index handed to uv, where uv has none of its own."""
    result = {**environment, "UV_PYTHON_DOWNLOADS": "never"}
    if any(name in environment for name in INDEX_VARIABLES):
        return result
    for name, (variable, separator) in SETTINGS.items():
        if settings.get(name):
            result.setdefault(variable, separator.join(settings[name].split()))
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        result.setdefault("UV_NO_INDEX", "1")
    # pip looks in all its indexes; the hashes make that safe.
    result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return result


def make_venv() -> None:
    """Makes the virtual environment, or makes a broken one anew, with pip in it."""
    probe = [str(BIN / "python"), "-m", "pip", "--version"]
    if (BIN / "python").exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    except subprocess.CalledProcessError:
        sys.exit(
            "install: Python cannot make a virtual environment; on Debian: apt-get install python3-venv."
        )


def has_npm() -> bool:
    """Whether this machine has npm, and Node to run it."""
    return shutil.which("npm") is not None and shutil.which("node") is not None


def main() -> None:
    """Installs what ``requirements/<argument>.txt`` pins, and the checkout."""
    wanted = sys.argv[1:]
    if wanted not in (["run"], ["dev"]):
        sys.exit("usage: python3 tools/install.py run|dev")
    make_venv()
    python, uv = BIN / "python", BIN / "uv"
    run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements/uv.txt")
    listing = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    env = uv_environment(dict(os.environ), pip_settings(listing))
    pinned = f"requirements/{wanted[0]}.txt"
    run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", pinned, env=env)
    if not has_npm():
        node = ("--require-hashes", "-r", "requirements/node.txt")
        run(uv, "pip", "install", "--quiet", "--python", python, *node, env=env)
    run(python, "tools/assets.py", wanted[0])
    editable = ("--no-deps", "--no-build-isolation", "--reinstall-package", "phonesync", "--editable", ".")
    run(uv, "pip", "install", "--quiet", "--python", python, *editable, env=env)
    stamps = ("run", "dev") if wanted == ["dev"] else ("run",)
    for stamp in stamps:
        (VENV / f"installed-{stamp}").touch()


if __name__ == "__main__":
    main()
