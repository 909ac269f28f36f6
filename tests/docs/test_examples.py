"""Every example of the documents is run, loaded or executed, unless it says why not."""

import doctest
import io
import tomllib

import pytest

from phonesync import config
from phonesync.registry import DRIVERS, EMULATORS
from tests.docs.documents import DOCS, DOCUMENTS, LANGUAGES, ROOT, blocks, name_of, text_of
from tests.docs.shell import Example, Shell, free_ports, steps

README = ROOT / "README.md"
PROMPT = ">>> "
"""Begins a line of a session, whose blocks are run together."""

EVERY_BLOCK = [block for path in DOCUMENTS for block in blocks(path)]
SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'


def of_language(*languages):
    """The blocks of these languages that stand for themselves: neither generated nor exempt nor in a session."""
    found = [
        block
        for block in EVERY_BLOCK
        if block.language in languages and not (block.mark or block.generated or PROMPT in block.text)
    ]
    return pytest.mark.parametrize("block", found, ids=[block.place for block in found])


@pytest.mark.parametrize("block", EVERY_BLOCK, ids=lambda block: block.place)
def test_a_block_names_its_language_and_an_exempt_one_its_reason(block):
    assert block.language in LANGUAGES
    assert block.mark not in ("not run", "file") or block.argument


@pytest.mark.network
def test_the_first_steps_of_the_readme_work_in_an_empty_folder(tmp_path):
    assert not list(tmp_path.iterdir())
    with Shell(tmp_path, ports=free_ports(), own_process=True) as shell:
        run_all(shell, README)
    assert (tmp_path / "farm.db").stat().st_size > 0


@pytest.mark.network
@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if path != README and list(steps(blocks(path)))], ids=name_of
)
def test_the_commands_of_a_document_show_what_it_says(path, folder, office):
    with Shell(folder, ports=office.ports, own_process=False) as shell:
        run_all(shell, path)


def run_all(shell, path):
    for step in steps(blocks(path)):
        if isinstance(step, Example):
            shell.run(step)
        else:
            shell.write(step)


@of_language("toml")
def test_a_piece_of_configuration_is_right(block, tmp_path):
    tables = tomllib.loads(block.text)
    path = tmp_path / "config.toml"
    path.write_text(block.text if "site" in tables else f"{SITE}{block.text}", encoding="utf-8")
    assert config.load(path, env={}).path == path


@of_language("python")
def test_a_piece_of_python_does_what_it_says(block, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    code = compile(block.text, block.place, "exec")
    exec(code, {"__name__": "example", "__file__": str(tmp_path / "test_it.py")})


SESSIONS = {
    path: text
    for path in DOCUMENTS
    if (text := "\n".join(block.text for block in blocks(path) if PROMPT in block.text))
}


@pytest.mark.parametrize("path", SESSIONS, ids=name_of)
def test_the_worked_examples_of_a_page_give_what_it_says(path):
    session = doctest.DocTestParser().get_doctest(SESSIONS[path], {}, name_of(path), str(path), 0)
    told = io.StringIO()
    result = doctest.DocTestRunner(verbose=False).run(session, out=told.write)
    assert result.attempted > 0
    assert not result.failed, told.getvalue()


def test_the_page_for_driver_authors_registers_as_the_registry_looks():
    text = text_of(DOCS / "how-to" / "write-a-driver.md")
    assert f'[project.entry-points."{DRIVERS}"]' in text
    assert f'[project.entry-points."{EMULATORS}"]' in text
