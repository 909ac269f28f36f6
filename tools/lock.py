"""Pins requirements/*.in with hashes for every platform, without writing an address (``make lock``)."""

from __future__ import annotations

import subprocess
import sys

from tools.install import BIN, ROOT

OPTIONS = ("--universal", "--generate-hashes", "--no-header", "--python-version", "3.11", "--quiet")
# run.txt takes its versions from dev.txt, so that what is tested is what runs.
FILES = (("uv", ()), ("node", ()), ("dev", ()), ("run", ("-c", "requirements/dev.txt")))


def main() -> None:
    """Compiles each file; arguments (``--upgrade``) go to uv."""
    for name, constraint in FILES:
        source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
        command = [
            str(BIN / "uv"),
            "pip",
            "compile",
            *OPTIONS,
            source,
            "-o",
            target,
            *constraint,
            *sys.argv[1:],
        ]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
