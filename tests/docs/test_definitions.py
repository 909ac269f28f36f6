"""The page of definitions has every derived word once, and points at code that exists."""

import importlib
import inspect
import re
from enum import StrEnum

import pytest

from phonesync.calls import callbacks, figures
from phonesync.calls.values import Disposition, LegOutcome, Rule
from tests.docs.documents import DOCS, sections, table, text_of

PAGE = DOCS / "reference" / "definitions.md"
FIRST_COLUMNS = {
    "Of a call": "word",
    "Disposition": "disposition",
    "Outcome of a leg": "outcome",
    "Rules": "rule",
    "Clocks and times": "word",
    "Figures": "figure",
    "Against a switch's record": "word",
    "Groups": "word",
    "Journal": "word",
    "Call-backs": "word",
}


def rows(heading):
    return table(sections(PAGE)[heading], first=FIRST_COLUMNS[heading])


@pytest.mark.parametrize(
    ("heading", "words"), [("Disposition", Disposition), ("Outcome of a leg", LegOutcome), ("Rules", Rule)]
)
def test_every_word_of_a_call_is_defined_once(heading, words: type[StrEnum]):
    listed = [row[FIRST_COLUMNS[heading]].strip("`") for row in rows(heading)]
    assert listed == [word.value for word in words]


def test_every_section_and_every_row_is_filled():
    assert set(sections(PAGE)) == set(FIRST_COLUMNS)
    for heading in FIRST_COLUMNS:
        assert rows(heading)
        assert all(cell for row in rows(heading) for cell in row.values())


def test_what_the_page_points_at_exists():
    names = re.findall(r"`(phonesync\.[\w.]+)`", text_of(PAGE))
    assert names
    for name in names:
        module, _, thing = name.rpartition(".")
        assert hasattr(importlib.import_module(module), thing), name


def public_functions(module):
    return {
        f"{module.__name__}.{name}"
        for name, thing in inspect.getmembers(module, inspect.isfunction)
        if thing.__module__ == module.__name__ and not name.startswith("_")
    }


def test_every_figure_is_defined():
    pointed = set(re.findall(r"`(phonesync\.[\w.]+)`", text_of(PAGE)))
    assert public_functions(figures) <= pointed
    helpers = {f"{callbacks.__name__}.{name}" for name in ("party_call", "restart")}
    assert public_functions(callbacks) - helpers <= pointed
