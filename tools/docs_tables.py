"""Writes the generated parts of the documentation anew (``make docs-tables``)."""

from __future__ import annotations

import sys
from pathlib import Path

from phonesync.errors import PhonesyncError
from phonesync.registry import drivers
from phonesync.testing.evidence import between_markers, readme_table, supported_phones, supports
from phonesync.testing.fixtures import read_cases

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "supported-phones.md"
README = ROOT / "README.md"


def generated() -> dict[Path, str]:
    """Path of each generated document to what it should hold.

    Raises:
        PhonesyncError: A driver is broken, a fixture is wrong, or the README lacks its markers.
    """
    found = drivers()
    cases = {name: read_cases(ROOT / "tests" / "drivers" / name / "fixtures") for name in found}
    rows = supports(found.values(), cases)
    readme = README.read_text(encoding="utf-8")
    return {PAGE: supported_phones(rows), README: between_markers(readme, "phones", readme_table(rows))}


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
