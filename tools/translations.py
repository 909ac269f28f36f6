"""Brings the texts of the pages into the catalogues of the other languages (``make translations``).

What is new in them is written by hand; English says what stands in the templates.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from phonesync.web.kept import CONTEXT
from phonesync.web.languages import LANGUAGES, catalogue
from tools.kept_sentences import sentences

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = tuple(
    ROOT / "phonesync" / name for name in ("calls", "journal", "store/access", "store/journal", "web")
)
"""Where texts for people stand."""

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false", "trim_blocks": "true"}}
WIDTH = 110


def wanted() -> Catalog:
    """All texts that pages show, and the forms of those that the store keeps in English."""
    found = Catalog(project="phonesync", charset="utf-8")
    for folder in FOLDERS:
        for _, _, message, _, context in extract_from_dir(str(folder), METHODS, OPTIONS):
            found.add(message, context=context)
    for sentence in sentences():
        found.add(sentence, context=CONTEXT)
    return found


def updated(language: str) -> str:
    """The catalogue of a language with all texts that are wanted, and no others."""
    path = catalogue(language)
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    old.update(wanted(), no_fuzzy_matching=True)
    old.obsolete.clear()
    out = io.BytesIO()
    write_po(out, old, width=WIDTH, omit_header=True, sort_output=True, no_location=True)
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    plural = f'"Plural-Forms: {old.plural_forms}\\n"\n\n'
    return head + plural + out.getvalue().decode("utf-8").strip() + "\n"


def main() -> None:
    """Writes what is stale, and says so."""
    for language in LANGUAGES[1:]:
        path, text = catalogue(language), updated(language)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
