"""Processes of a measurement: one is started, asked with a line, and answers with a line of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent


class Child:
    """A module of this package running in a process of its own.

    Args:
        module: Its name within the package.
        words: Its command line.
    """

    def __init__(self, module: str, *words: object) -> None:
        self._module = module
        command = [sys.executable, "-m", f"bench.{module}", *map(str, words)]
        self._process = subprocess.Popen(  # noqa: S603  our own modules
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its input, which ends it, and waits for that

    def ask(self, word: str) -> dict[str, Any]:
        """Has the process do something, and waits for what it reports."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self.told()

    def told(self) -> dict[str, Any]:
        """The next report.

        Raises:
            SystemExit: The process has ended without one.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"bench.{self._module} ended with {self._process.wait()} and no report.")
        report: dict[str, Any] = json.loads(line)
        return report


def say(value: object) -> None:
    """One report for the parent."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def asked() -> str:
    """The parent's next word; "" once there will be none."""
    return sys.stdin.readline().strip()
