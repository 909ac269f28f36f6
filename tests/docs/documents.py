"""The documents as tests see them: fenced blocks with their marks, links, headings, tables.

A comment on the line before a fence marks the block:

- ``<!-- not run: REASON -->``: it is neither executed nor loaded, for the reason given;
- ``<!-- sample -->``: of the output only the first line is compared, the others are samples;
- ``<!-- file: NAME -->``: it is written as that file for the commands after it;
- ``<!-- demo -->``: it is a picture of the demo.

What stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->`` is generated and compared elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
"""Every document whose examples are run."""

LINKED = (*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
"""Every document whose links are followed."""

LANGUAGES = {"console", "json", "python", "text", "toml", "xml"}
"""Languages a fence may name."""

_FENCE = re.compile(r"```(\w*)")
_MARK = re.compile(r"<!-- (not run|sample|file|demo)(?:: (.+))? -->")
_GENERATED = re.compile(r"<!-- ([\w.-]+):(begin|end) -->")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"#{1,6} (.+)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block."""

    document: Path
    line: int
    language: str
    text: str
    mark: str = ""
    argument: str = ""
    generated: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for messages and test names."""
        return f"{name_of(self.document)}:{self.line}"


def name_of(path: Path) -> str:
    """A path as seen from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    """The whole document."""
    return path.read_text(encoding="utf-8")


@cache
def blocks(path: Path) -> tuple[Block, ...]:
    """The fenced blocks of a document, in order."""
    return tuple(_blocks(path))


def _blocks(path: Path) -> Iterator[Block]:
    lines = text_of(path).splitlines()
    generated, opened = "", 0
    language, mark, argument = "", "", ""
    for number, line in enumerate(lines, 1):
        if opened:
            if line.strip() == "```":
                text = "\n".join(lines[opened : number - 1])
                yield Block(
                    document=path, line=opened, language=language, text=f"{text}\n",
                    mark=mark, argument=argument, generated=generated,
                )  # fmt: skip
                opened = 0
            continue
        if found := _GENERATED.fullmatch(line):
            generated = found[1] if found[2] == "begin" else ""
        elif fence := _FENCE.fullmatch(line):
            opened, language = number, fence[1]
            before = _MARK.fullmatch(lines[number - 2]) if number > 1 else None
            mark, argument = (before[1], before[2] or "") if before else ("", "")
    assert not opened, f"{name_of(path)}:{opened}: the block is never closed"


def prose(path: Path) -> str:
    """The document without its fenced blocks and inline code, where a link may look like code."""
    return re.sub(r"`[^`\n]*`", "", _unfenced(text_of(path)))


def links(path: Path) -> tuple[str, ...]:
    """The targets of all links."""
    return tuple(_LINK.findall(prose(path)))


def anchors(path: Path) -> frozenset[str]:
    """The anchors of all headings, as a forge makes them."""
    found = (_HEADING.fullmatch(line) for line in _unfenced(text_of(path)).splitlines())
    return frozenset(_anchor(heading[1]) for heading in found if heading)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sections(path: Path, level: int = 2) -> dict[str, str]:
    """Heading to the text below it, up to the next heading of that level."""
    parts = re.split(rf"^{'#' * level} (.+)$", text_of(path), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def table(text: str, *, first: str) -> list[dict[str, str]]:
    """The rows of the table whose first column is headed ``first``, by the words of its heading."""
    lines = iter(text.splitlines())
    for line in lines:
        headings = _cells(line)
        if headings[:1] == [first]:
            next(lines)
            return [dict(zip(headings, cells, strict=True)) for cells in _rows(lines)]
    return []


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield _cells(line)


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def code(text: str) -> list[str]:
    """Everything in backticks, outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", _unfenced(text))


def _unfenced(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
