"""Runs the ``console`` examples of a document, and compares what they show.

An example is a line ``$ COMMAND`` and the output it must give. In the output ``…`` stands for any text, and
on a line of its own for any number of lines; runs of blanks count as one. The output is stdout, or stderr
where stdout is empty. A command must succeed, unless ``$ echo $?`` asks for its exit code right after it. A
command that ends with ``&`` goes on in the background; ``^C`` in the output interrupts it there.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from phonesync import cli
from tests.docs.documents import ROOT, Block
from tests.kept_logs import KEPT

PROGRAM = Path(sys.executable).with_name("phonesync")
FARM = ROOT / "tests" / "docs" / "farm.py"
USUAL_PORTS = ("8080", "8443")
INTERRUPT = "^C"
GAP = "…"
PATIENCE_S = 60.0
MOST_TOLD = 3000
LOOK_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Example:
    """One command and what it shows."""

    place: str
    command: str
    output: tuple[str, ...]
    sample: bool = False
    asked_for_code: bool = False


def examples(block: Block) -> list[Example]:
    """The examples of a console block."""
    parts = re.split(r"^\$ (.+)\n", block.text, flags=re.MULTILINE)
    assert not parts[0], f"{block.place}: output without a command"
    pairs = list(zip(parts[1::2], parts[2::2], strict=True))
    following = [command for command, _ in pairs[1:]] + [""]
    return [
        Example(
            place=block.place,
            command=command.split("  #")[0].strip(),
            output=tuple(shown.splitlines()),
            sample=block.mark == "sample",
            asked_for_code=after == "echo $?",
        )
        for (command, shown), after in zip(pairs, following, strict=True)
    ]


def free_ports() -> tuple[int, int]:
    """Two ports nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.20.0.1", 0))
        other.bind(("127.20.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Shell:
    """One session in a folder of its own.

    Args:
        folder: Where commands run.
        ports: Where the farm's phones listen in place of the usual ports.
        own_process: Each command is a process of its own; else the program runs in this one, which is faster.
    """

    def __init__(self, folder: Path, *, ports: tuple[int, int], own_process: bool) -> None:
        self._folder = folder
        self._ports = ports
        self._own_process = own_process
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PHONESYNC")}
        self._env = {
            **inherited,
            "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
        }
        self._background: list[subprocess.Popen[str]] = []
        self._code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._background:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)

    def write(self, block: Block) -> None:
        """Writes a block as the file it is marked to be."""
        (self._folder / block.argument).write_text(block.text, encoding="utf-8")

    def run(self, example: Example) -> None:
        """Runs one example.

        Raises:
            AssertionError: It shows something else, or fails unexpectedly.
        """
        words = shlex.split(example.command)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self._env[name] = value
            return
        if example.command == "echo $?":
            self._compare(example, f"{self._code}\n", "")
            return
        if words[-1] == "&":
            self._start(example, words[:-1])
        elif INTERRUPT in example.output:
            self._interrupt(example, words)
        else:
            out, err = self._done(words)
            self._compare(example, out, err)
            told = f"{example.place}: `{example.command}` ended with {self._code}:\n{out}\n{err}"
            assert self._code == 0 or example.asked_for_code, told

    def _done(self, words: Sequence[str]) -> tuple[str, str]:
        """Stdout and stderr of a command that ends by itself."""
        if "|" in words:
            words = ["sh", "-c", " ".join(word if word == "|" else shlex.quote(word) for word in words)]
        if words[0] == "phonesync" and not self._own_process:
            return self._inside(words[1:])
        done = subprocess.run(
            self._real(words), cwd=self._folder, env=self._env, capture_output=True, text=True,
            check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        self._code = done.returncode
        return done.stdout, done.stderr

    def _inside(self, words: Sequence[str]) -> tuple[str, str]:
        """The program in this process."""
        out, err = io.StringIO(), io.StringIO()
        before, folder = dict(os.environ), Path.cwd()
        os.environ.clear()
        os.environ.update(self._env)
        os.chdir(self._folder)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                self._code = cli.main(list(words))
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)
        return out.getvalue(), err.getvalue()

    def _real(self, words: Sequence[str]) -> list[str]:
        if list(words[:2]) == ["phonesync", "farm"]:
            return [sys.executable, str(FARM), *map(str, self._ports), *words[1:]]
        return [str(PROGRAM), *words[1:]] if words[0] == "phonesync" else list(words)

    def _start(self, example: Example, words: Sequence[str]) -> None:
        """Starts a command that goes on, and waits for the output it begins with."""
        process = self._spawn(words, stderr=KEPT.stderr)
        self._background.append(process)
        assert process.stdout is not None
        shown = "".join(process.stdout.readline() for _ in example.output)
        self._compare(example, shown, "")

    def _interrupt(self, example: Example, words: Sequence[str]) -> None:
        """Runs a command until it has shown what stands before the interruption, then interrupts it."""
        log = self._folder / f"{words[1]}.log"
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                self._real(words), cwd=self._folder, env=self._env, stdout=file, stderr=file
            )
        try:
            before = example.output[: example.output.index(INTERRUPT)]
            wanted = self._pattern([*before, GAP])
            until = time.monotonic() + PATIENCE_S
            while not wanted.fullmatch(plain(log.read_text(encoding="utf-8"))):
                told = log.read_text(encoding="utf-8")
                assert process.poll() is None, (
                    f"{example.place}: `{example.command}` has ended:\n{told[:MOST_TOLD]}"
                )
                assert time.monotonic() < until, (
                    f"{example.place}: `{example.command}` shows only:\n{told[:MOST_TOLD]}"
                )
                time.sleep(LOOK_S)
            process.send_signal(signal.SIGINT)
            self._code = process.wait(timeout=PATIENCE_S)
        finally:
            process.kill()
            process.wait()
        assert self._code == 0, f"{example.place}: `{example.command}` ended with {self._code}"
        rest = [line for line in example.output if line != INTERRUPT]
        shown = plain(log.read_text(encoding="utf-8"))
        logged = [line for line in shown.splitlines() if line.startswith("timestamp=")]
        KEPT.output(f"phonesync {words[1]}", "\n".join(logged))
        assert self._pattern(rest).fullmatch(shown), f"{example.place} shows:\n{shown}"

    def _spawn(self, words: Sequence[str], *, stderr: IO[bytes] | None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._real(words),
            cwd=self._folder,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def _compare(self, example: Example, out: str, err: str) -> None:
        shown = plain(out or err)
        if example.sample:
            first, *others = shown.splitlines() or [""]
            right = bool(self._pattern(example.output[:1]).fullmatch(f"{first}\n"))
            right = right and bool(others) == (len(example.output) > 1)
        else:
            right = bool(self._pattern(example.output).fullmatch(shown))
        assert right, f"{example.place}: `{example.command}` shows:\n{out or err}"

    def _pattern(self, lines: Sequence[str]) -> re.Pattern[str]:
        text = "\n".join(lines)
        for usual, real in zip(USUAL_PORTS, self._ports, strict=True):
            text = text.replace(f":{usual}", f":{real}")
        return re.compile("".join(_line(line) for line in plain(text).splitlines()))


def _line(line: str) -> str:
    if line == GAP:
        return "(?:.*\n)*?"
    return ".*".join(map(re.escape, line.split(GAP))) + "\n"


def plain(text: str) -> str:
    """The text with runs of blanks as one and none at the ends of lines."""
    return "".join(f"{' '.join(line.split())}\n" for line in text.splitlines())


def steps(found: Sequence[Block]) -> Iterator[Block | Example]:
    """What to do for a document, in order: files to write and examples to run."""
    for block in found:
        if block.mark == "file":
            yield block
        elif block.language == "console" and block.mark != "not run" and not block.generated:
            yield from examples(block)
