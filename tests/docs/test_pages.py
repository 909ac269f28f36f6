"""Pages hang together: links lead somewhere, paths exist, tables name what there is."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from rich.console import Console

from phonesync import registry
from phonesync.clock import SystemClock
from phonesync.farm import demo
from phonesync.farm.simulation import FarmWorld
from phonesync.farm.spec import FarmSpec
from phonesync.ledger.values import SpanState
from phonesync.store.records import PhoneStanding
from phonesync.store.repository import open_store
from tests.docs.documents import (
    DOCS,
    DOCUMENTS,
    LINKED,
    ROOT,
    anchors,
    blocks,
    code,
    links,
    name_of,
    sections,
    table,
    text_of,
)
from tools import docs_tables

INDEX = DOCS / "README.md"
ARCHITECTURE = DOCS / "architecture.md"
ADMINISTRATE = DOCS / "how-to" / "administrate.md"
GLOSSARY = DOCS / "reference" / "glossary.md"
ADRS = sorted((DOCS / "adr").glob("*.md"))

# --- links and paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LINKED, ids=name_of)
def test_every_link_leads_somewhere(path):
    for target in links(path):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        to = (path.parent / name).resolve() if name else path
        assert to.exists(), f"{name_of(path)} links to {target}"
        assert to.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(to), f"{name_of(path)} links to {target}: no such heading"


def test_every_page_stands_in_the_index():
    linked = {(INDEX.parent / target.partition("#")[0]).resolve() for target in links(INDEX)}
    assert {path for path in DOCUMENTS if path not in (INDEX, ROOT / "README.md")} <= linked


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_every_path_and_module_that_a_page_names_exists(path):
    for named in set(code(text_of(path))):
        if re.fullmatch(r"(?:phonesync|drivers|tests|tools|docs|bench)/[\w./-]+", named):
            assert named in NOT_THERE or (ROOT / named).exists(), f"{name_of(path)} names {named}"
        elif re.fullmatch(r"(?:phonesync|drivers\.yealink)(?:\.\w+)+", named) and not named.endswith(FILES):
            assert exists(named), f"{name_of(path)} names {named}"


NOT_THERE = {"docs/adr/NNNN-title.md", "phonesync/drivers/"}
"""A pattern, and a folder that was decided against."""

FILES = (".db", ".key", ".toml")
GROUPS = {registry.DRIVERS, registry.EMULATORS}


def exists(named):
    """Whether a dotted name is a module, something in one, or a group of entry points."""
    module, _, rest = named.rpartition(".")
    try:
        import_module(named)
    except ModuleNotFoundError:
        return named in GROUPS or hasattr(import_module(module), rest)
    return True


def test_the_architecture_names_every_module_group():
    named = set(code(text_of(ARCHITECTURE)))
    there = {
        f"phonesync/{path.name}{'/' if path.is_dir() else ''}"
        for path in (ROOT / "phonesync").iterdir()
        if path.name not in ("__init__.py", "__pycache__", "py.typed", "config_template.toml")
    }
    assert there <= named


# --- decisions ----------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_a_hole():
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("path", ADRS, ids=name_of)
def test_a_decision_has_its_headings_and_stands_in_the_index(path):
    title, *_ = text_of(path).splitlines()
    assert title.startswith(f"# {int(path.name[:4])}. ")
    assert re.search(r"^- Status: (accepted|superseded by \[.+\])$", text_of(path), re.MULTILINE)
    assert re.search(r"^- Date: \d{4}-\d\d$", text_of(path), re.MULTILINE)
    assert list(sections(path)) == ["Context", "Decision", "Consequences", "Rejected"]
    assert all(text.strip() for text in sections(path).values())
    assert f"- [{title[2:]}](adr/{path.name})" in text_of(INDEX)


# --- the administrator's page -------------------------------------------------------------------------


def first_column(heading, first):
    return [row[first] for row in table(sections(ADMINISTRATE)[heading], first=first)]


def test_every_state_of_a_phone_is_explained():
    listed = {name.strip("`") for name in first_column("See how each phone fares", "state")}
    shown = {"never read", "not in the configuration"}
    source = (ROOT / "phonesync" / "agent" / "phone_status.py").read_text(encoding="utf-8")
    assert all(f'"{word}"' in source for word in shown)
    assert listed == {standing.value for standing in PhoneStanding} | shown


def test_every_state_of_coverage_is_explained():
    listed = {name.strip("`") for name in first_column("Read the coverage", "state")}
    assert listed == {state.value for state in SpanState}


def test_every_finding_of_check_is_explained():
    tree = ast.parse((ROOT / "phonesync" / "agent" / "checking.py").read_text(encoding="utf-8"))
    found = {
        keyword.value.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "CheckItem"
        for keyword in call.keywords
        if keyword.arg == "what" and isinstance(keyword.value, ast.Constant)
    }
    assert {name.strip("`") for name in first_column("Check", "finding")} == found


LOGGING = ("agent", "store", "transport", "web")
LEVELS = {"info", "warning", "error"}


def events_of(path):
    """Event to level of everything a module logs, but for debugging."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        said = {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}
        if getattr(call.func, "id", "") == "Said":
            yield said["event"], said["level"]
        log, _, level = ast.unparse(call.func).partition(".")
        if log == "_log" and level in LEVELS:
            yield ast.literal_eval(call.args[0]), level


def test_every_event_of_the_log_is_explained_with_its_level():
    there = {
        event: level
        for folder in LOGGING
        for path in (ROOT / "phonesync" / folder).rglob("*.py")
        for event, level in events_of(path)
    }
    listed: dict[str, str] = {}
    for row in table(sections(ADMINISTRATE)["Read the log"], first="event"):
        events, levels = code(row["event"]), row["level"].split(", ")
        listed |= dict(zip(events, levels * len(events) if len(levels) == 1 else levels, strict=True))
    assert listed == there


# --- the rest -----------------------------------------------------------------------------------------


def test_the_picture_of_the_demo_shows_what_the_demo_shows(tmp_path):
    (picture,) = [block for block in blocks(ROOT / "README.md") if block.mark == "demo"]
    clock = SystemClock()
    kinds = registry.emulators()
    spec = FarmSpec(phones=2, mix=dict.fromkeys(kinds, 1), seed=1, chaos=0, start=clock.now(), days=1)
    console = Console(record=True, width=120, file=(tmp_path / "screen").open("w", encoding="utf-8"))
    with open_store("sqlite:///demo.db", clock=clock, base=Path(tmp_path)) as store, console.file:
        console.print(demo._picture(FarmWorld(spec, kinds, clock), store, demo.Tally()))
    assert labels(picture.text) == labels(console.export_text())


def labels(picture):
    """The words of the picture that do not change."""
    lines = [line.rstrip() for line in picture.splitlines()]
    figures = [re.split(r" {2,}", line)[0] for line in lines if re.match(r"[a-z ]+  +\d", line)]
    headings = [cell.strip() for line in lines if line.startswith("┃") for cell in line.strip("┃").split("┃")]
    return [lines[0].split("  ")[0], *figures, *headings]


def test_the_glossary_has_each_word_once():
    words = [row["word"] for row in table(text_of(GLOSSARY), first="word")]
    assert len(words) == len(set(words))
    assert {"phone", "entry", "call list", "ledger", "coverage", "incarnation", "deadline"} <= set(words)


def test_generated_parts_are_written_anew_without_a_difference():
    stale = [name_of(path) for path, text in docs_tables.generated().items() if text_of(path) != text]
    assert not stale, f"run `make docs-tables`: {', '.join(stale)}"
