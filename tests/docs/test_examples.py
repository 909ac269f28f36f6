"""Every example of the documents is run, loaded or executed, unless it says why not."""

import doctest
import os
import re
import tomllib
from pathlib import Path

import pytest

from phonesync import config
from phonesync.registry import DRIVERS, EMULATORS
from tests.docs.documents import DOCS, DOCUMENTS, LANGUAGES, ROOT, blocks, name_of
from tests.docs.shell import Example, Shell, examples, free_ports, steps

README = ROOT / "README.md"
EVERY_BLOCK = [block for path in DOCUMENTS for block in blocks(path)]
SITE = '[site]\nname = "Head office"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'


def of_language(*languages):
    """The blocks of these languages that are neither generated nor exempt, by place."""
    found = [
        block
        for block in EVERY_BLOCK
        if block.language in languages and block.mark in ("", "sample") and not block.generated
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
    monkeypatch.chdir(tmp_path)
    if ">>>" in block.text:
        pytest.fail(f"{block.place}: examples with a prompt belong to one session: mark the page as a doctest")
    exec(compile(block.text, block.place, "exec"), {"__name__": "example", "__file__": str(tmp_path / "test_it.py")})


DOCTESTS = [DOCS / "explanation" / "completeness.md"]


@pytest.mark.parametrize("path", DOCTESTS, ids=name_of)
def test_the_worked_examples_give_what_they_say(path):
    result = doctest.testfile(
        os.fspath(path), module_relative=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
        encoding="utf-8",
    )  # fmt: skip
    assert result.attempted > 0
    assert not result.failed
