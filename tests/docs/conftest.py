"""An emulated office that the examples of the documents read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.shell import FARM, PATIENCE_S, free_ports
from tests.kept_logs import KEPT

ARGUMENTS = ("farm", "--phones", "4", "--mix", "yealink-json=2,yealink-servlet,yealink-form")
"""The farm of the README."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """A farm that stands.

    Attributes:
        config: Its configuration.
        ports: Where its phones listen.
    """

    config: str
    ports: tuple[int, int]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The farm of the README, for documents that begin where it ends."""
    path = tmp_path_factory.mktemp("office") / "config.toml"
    ports = free_ports()
    command = [sys.executable, str(FARM), *map(str, ports), *ARGUMENTS, "--config-out", str(path)]
    farm = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=KEPT.stderr, text=True)
    assert farm.stdout is not None
    try:
        assert farm.stdout.readline().startswith("desk-101"), "the farm does not stand"
        yield Office(config=path.read_text(encoding="utf-8"), ports=ports)
    finally:
        farm.terminate()
        farm.communicate(timeout=PATIENCE_S)


@pytest.fixture
def folder(tmp_path: Path, office: Office) -> Path:
    """A folder with the office's configuration and no store yet."""
    (tmp_path / "config.toml").write_text(office.config, encoding="utf-8")
    return tmp_path
