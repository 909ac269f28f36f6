"""The table of phones says how well each thing is known, and the documents say what the table says."""

from dataclasses import replace
from pathlib import Path

import pytest

from phonesync.driver.contract import Capability
from phonesync.errors import ConfigError
from phonesync.model import Evidence, Provenance
from phonesync.testing.evidence import Support, between_markers, readme_table, supported_phones, supports
from phonesync.testing.fixtures import read_cases
from tests import toyvendor
from tests.toyvendor.quirks import V1
from tools import docs_tables

CASES = read_cases(Path(toyvendor.__file__).parent / "fixtures")
ROWS = [case for case in CASES if case.variant == "v1" and case.rows]


def support(*, evidence=Evidence.CERTAIN, provenance=Provenance.INVENTED, **changes) -> Support:
    reads = Capability(what="read_call_log", supported=True, evidence=evidence, note="A | note.")
    others = tuple(item for item in V1.capabilities if item.what != "read_call_log")
    variant = replace(V1, capabilities=(*others, reads), **changes)
    return Support(
        driver=toyvendor.DRIVER,
        variant=variant,
        cases=tuple(replace(case, provenance=provenance) for case in ROWS),
    )


def test_there_is_one_row_for_each_variant_with_its_own_fixtures():
    rows = supports([toyvendor.DRIVER], {"toy": CASES})
    assert [(row.variant.name, len(row.cases)) for row in rows] == [("v1", 3), ("v2", 2)]
    assert all(row.provenance is Provenance.INVENTED for row in rows)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (support(provenance=Provenance.CAPTURED), "certain: confirmed by a capture |"),
        (support(provenance=Provenance.DERIVED), "certain: from a working client; no capture yet |"),
        (support(evidence=Evidence.LIKELY), "likely: by assumption; no capture yet |"),
        (support(evidence=Evidence.GUESS, provenance=Provenance.DERIVED), "**guess**; no capture yet |"),
        (support(readable=False, refusal="The page is unknown."), "not read | the list's form is unknown"),
    ],
)
def test_the_table_tells_evidence_from_guess(row, words):
    assert words in readme_table([row])


def test_a_fixture_without_rows_confirms_no_reader():
    empty = [case for case in CASES if not case.rows and case.expected]
    row = replace(support(), cases=tuple(replace(case, provenance=Provenance.CAPTURED) for case in empty))
    assert row.provenance is None
    assert "certain; no capture yet" in readme_table([row])


def test_the_page_shows_a_guess_as_assumed_and_names_every_fixture():
    page = supported_phones([support(evidence=Evidence.GUESS)])
    assert "| reading the call lists | assumed | **guess** | A \\| note. |" in page
    assert all(f"`{case.name}`" in page for case in ROWS)


def test_a_table_goes_between_its_markers():
    text = "before\n<!-- phones:begin -->\nold\n<!-- phones:end -->\nafter\n"
    wanted = "before\n<!-- phones:begin -->\nnew\n<!-- phones:end -->\nafter\n"
    assert between_markers(text, "phones", "new\n") == wanted


@pytest.mark.parametrize(
    "text", ["nothing", "<!-- phones:begin -->", "<!-- phones:end --><!-- phones:begin -->"]
)
def test_a_document_without_its_markers_is_refused(text):
    with pytest.raises(ConfigError, match="lacks the markers"):
        between_markers(text, "phones", "new")


@pytest.mark.parametrize(
    "path",
    [docs_tables.PAGE, docs_tables.README, docs_tables.HOW_TO, docs_tables.CHAOS],
    ids=lambda path: path.name,
)
def test_the_generated_documents_are_fresh(path):
    fresh = docs_tables.generated()[path]
    assert path.read_text(encoding="utf-8") == fresh, f"{path.name} is stale: run `make docs-tables`"
