"""Writes the generated parts of the documentation anew (``make docs-tables``)."""

from __future__ import annotations

import sys
from pathlib import Path

from phonesync.driver.contract import implied_variant
from phonesync.errors import PhonesyncError
from phonesync.farm.card import MEANINGS, MUST_BE_ZERO
from phonesync.farm.chaos import table_markdown
from phonesync.registry import drivers
from phonesync.testing.conformance import CASE_CHECKS, DRIVER_CHECKS
from phonesync.testing.evidence import between_markers, readme_table, supported_phones, supports
from phonesync.testing.fixtures import read_cases
from phonesync.web.api_reading import operations
from phonesync.web.api_schema import schema_of
from phonesync.web.site import ROUTERS
from tests.calls.puzzles import PUZZLES, explained

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "supported-phones.md"
README = ROOT / "README.md"
HOW_TO = ROOT / "docs" / "how-to" / "write-a-driver.md"
CHAOS = ROOT / "docs" / "reference" / "chaos.md"
API = ROOT / "docs" / "reference" / "api.md"
RIDDLES = ROOT / "docs" / "explanation" / "puzzles.md"
TOYS = ROOT / "tests" / "toyvendor"
_LISTINGS = {
    **{name: TOYS / name for name in ("quirks.py", "login.py", "call_log.py", "driver.py", "offers.py")},
    **{
        name: TOYS / "fixtures" / "Toy20_2.0" / "four-lists" / name for name in ("case.toml", "exchange.toml")
    },
}


def generated() -> dict[Path, str]:
    """Path of each generated document to what it should hold.

    Raises:
        PhonesyncError: A driver is broken, a fixture is wrong, or the README lacks its markers.
    """
    found = drivers()
    cases = {
        name: read_cases(ROOT / "tests" / "drivers" / name / "fixtures")
        for name, driver in found.items()
        if implied_variant(driver) is None
    }
    rows = supports(found.values(), cases)
    readme = README.read_text(encoding="utf-8")
    return {
        PAGE: supported_phones(rows),
        README: between_markers(readme, "phones", readme_table(rows)),
        HOW_TO: how_to(),
        CHAOS: between_markers(
            between_markers(CHAOS.read_text(encoding="utf-8"), "chaos", table_markdown()), "score", score()
        ),
        RIDDLES: riddles(),
        API: between_markers(API.read_text(encoding="utf-8"), "operations", api_operations()),
    }


def api_operations() -> str:
    """What the API can do, by subject, as tables."""
    lines: list[str] = []
    for subject, some in operations(schema_of(*ROUTERS)).items():
        lines += [f"### {subject}", "", "| operation | what it does | needs one of |", "|---|---|---|"]
        for one in some:
            said = one.said.partition(" Needs one of:")[0].replace("|", "\\|")
            needs = ", ".join(f"`{permission}`" for permission in one.permissions) or "being signed in"
            lines.append(f"| `{one.method} {one.path}` | {said} | {needs} |")
        lines.append("")
    return "\n".join(lines)


def riddles() -> str:
    """The page of puzzles with the explanation of each.

    Raises:
        ConfigError: The page lacks the markers of one.
    """
    page = RIDDLES.read_text(encoding="utf-8")
    for make in PUZZLES:
        puzzle = make()
        page = between_markers(page, puzzle.name, f"```text\n{explained(puzzle)}\n```")
    return page


def how_to() -> str:
    """The driver author's page with the listings of the toy driver and the table of checks.

    Raises:
        ConfigError: The page lacks its markers.
    """
    text = HOW_TO.read_text(encoding="utf-8")
    for name, path in _LISTINGS.items():
        language = {".py": "python", ".toml": "toml"}[path.suffix]
        listing = f"```{language}\n{path.read_text(encoding='utf-8').strip()}\n```"
        text = between_markers(text, name, listing)
    return between_markers(text, "checks", checks())


def checks() -> str:
    """The promises of the conformance suite, as a table."""
    lines = ["| check | promise |", "|---|---|"]
    for check in (*DRIVER_CHECKS, *CASE_CHECKS):
        promise = (check.__doc__ or "").partition("\n")[0]
        lines.append(f"| `{check.__name__}` | {promise.replace('``', '`')} |")
    return "\n".join(lines)


def score() -> str:
    """The figures of a verification, as a table."""
    lines = ["| figure | wanted | meaning |", "|---|---|---|"]
    for name, meaning in MEANINGS.items():
        wanted = "0" if name in MUST_BE_ZERO else ""
        lines.append(f"| {name.replace('_', ' ')} | {wanted} | {meaning} |")
    return "\n".join(lines)


def main() -> None:
    """Writes what is stale, and says so."""
    try:
        documents = generated()
    except PhonesyncError as error:
        sys.exit(f"docs-tables: {error}")
    for path, text in documents.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
