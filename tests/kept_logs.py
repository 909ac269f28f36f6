"""Every log line that the program writes during a test run, kept in one file a worker and searched at the end.

What parts of the program log in the tests' own processes is kept as the program would write it, whatever a test
has set up; of processes that tests start, what they write to stderr. :mod:`tests.planted` says what may not be in
there: a find fails the run.
"""

from __future__ import annotations

import asyncio.subprocess
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
import structlog

from phonesync import logs
from tests import planted

FILE, OF_PROCESSES = "program.log", "processes.log"
OURS = ("phonesync", "drivers")
TESTS = str(Path(__file__).resolve().parent)
QUIET = ("httpx", "httpcore", "asyncio", "playwright", "hypothesis", "faker")
"""Those whose chatter is of the tests' own clients and loop; the program lets nobody speak below a warning."""


class Kept:
    """The file of this worker; keeps nothing as long as it is not open."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._file: IO[str] | None = None
        self._processes: IO[bytes] | None = None

    def open(self, path: Path) -> None:
        """Keeps from now on."""
        self.path = path
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._processes = path.with_name(OF_PROCESSES).open("ab")

    def close(self) -> None:
        """Keeps no longer."""
        if self._file is not None and self._processes is not None:
            self._file.close()
            self._processes.close()
            self._file = self._processes = None

    def line(self, logger: str, said: str) -> None:
        """Keeps one message, on one line."""
        if self._file is not None:
            shown = said.replace("\n", "\\n").replace("\r", "\\r")
            self._file.write(f"{logger}\t{shown}\n")

    def output(self, process: str, said: str | bytes | None) -> None:
        """Keeps what a process has written to stderr."""
        text = said.decode("utf-8", "backslashreplace") if isinstance(said, bytes) else said or ""
        for line in text.splitlines():
            self.line(f"process {process}", line)

    @property
    def stderr(self) -> IO[bytes] | None:
        """Where a process that nobody listens to may write; None (as a test's own stderr) where nothing is kept."""
        return self._processes

    def said(self) -> list[str]:
        """What is kept of this process and of those it listens to, each line with who wrote it before a tab."""
        if self.path is None:
            return []
        return self.path.read_text(encoding="utf-8", errors="backslashreplace").split("\n")[:-1]

    def lines(self) -> list[str]:
        """All that is kept, that of processes nobody listens to as well."""
        if self.path is None:
            return []
        processes = self.path.with_name(OF_PROCESSES).read_text(encoding="utf-8", errors="backslashreplace")
        return self.said() + [f"process\t{line}" for line in processes.splitlines()]


KEPT = Kept()


def as_written(method: str, event: dict[str, Any]) -> str:
    """A message as the program writes it, secrets hidden by their keys."""
    merged = structlog.contextvars.merge_contextvars(None, method, event)
    for processor in (logs.redact, logs.harmless, structlog.processors.format_exc_info):
        merged = processor(None, method, merged)
    return " ".join(f"{key}={value}" for key, value in {"level": method, **merged}.items())


def _speaker() -> str:
    """The module that logs: the first caller that is no part of structlog."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("structlog"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def _listening(original: Callable[..., Any]) -> Callable[..., Any]:
    """Structlog's way from every method of a logger to what writes."""

    def listening(self: Any, method_name: str, event: str | None = None, **event_kw: Any) -> Any:
        speaker = _speaker()
        if speaker.startswith(OURS):
            KEPT.line(speaker, as_written(method_name, {**self._context, "event": event, **event_kw}))
        return original(self, method_name, event, **event_kw)

    return listening


def _recording(original: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    """The standard library's way from a message to its record."""

    def recording(*args: Any, **keys: Any) -> logging.LogRecord:
        record = original(*args, **keys)
        if record.levelno is None:  # a copy of one, about to be filled
            return record
        chatter = record.levelno < logging.WARNING and record.name.startswith(QUIET)
        if not chatter and not record.pathname.startswith(TESTS):
            event = {"event": record.getMessage(), "exc_info": record.exc_info}
            KEPT.line(record.name, as_written(record.levelname.lower(), event))
        return record

    return recording


def _hearing(original: Callable[..., Any]) -> Callable[..., Any]:
    def hearing(self: subprocess.Popen[Any], *args: Any, **keys: Any) -> Any:
        out, err = original(self, *args, **keys)
        KEPT.output(name_of(self.args), err)
        return out, err

    return hearing


def _hearing_later(original: Callable[..., Any]) -> Callable[..., Any]:
    async def hearing(self: asyncio.subprocess.Process, *args: Any, **keys: Any) -> Any:
        out, err = await original(self, *args, **keys)
        KEPT.output(str(self.pid), err)
        return out, err

    return hearing


def name_of(words: Any) -> str:
    """What tells a process from others, briefly."""
    listed = [words] if isinstance(words, str | bytes | Path) else list(words)
    return " ".join(Path(str(word)).name[:30] for word in listed[:1] + listed[-2:])


class Keeping:
    """Keeps from the first test to the last, then searches, and fails the run for what is found."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self._makes_records = logging.getLogRecordFactory()
        self._found: list[str] = []

    def begin(self, folder: Path) -> None:
        """Keeps from now on."""
        KEPT.open(folder / FILE)
        base = structlog.BoundLoggerBase
        self._patch.setattr(base, "_proxy_to_logger", _listening(base._proxy_to_logger))
        self._patch.setattr(subprocess.Popen, "communicate", _hearing(subprocess.Popen.communicate))
        later = asyncio.subprocess.Process
        self._patch.setattr(later, "communicate", _hearing_later(later.communicate))
        logging.setLogRecordFactory(_recording(self._makes_records))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of xdist hands over what it has found."""
        self._found += getattr(node, "workeroutput", {}).get("leaks", [])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Searches; each worker its own file."""
        if KEPT.path is not None:
            KEPT.close()
            self._patch.undo()
            logging.setLogRecordFactory(self._makes_records)
            self._found += [f"{KEPT.path}: {leak}" for leak in planted.leaks(KEPT.lines())]
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["leaks"] = self._found
        elif self._found and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Names what was found."""
        if self._found:
            terminalreporter.section("secrets or numbers in the logs of the program")
            for line in self._found[:100]:
                terminalreporter.line(line, red=True)
            terminalreporter.line(f"{len(self._found)} in all: what is logged may name none.", red=True)
