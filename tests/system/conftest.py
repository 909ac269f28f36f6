"""What every test of the whole uses."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests import cuts


@pytest.fixture(autouse=True)
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged in this process, kept off the screen."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def fewer_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conformance suite cuts recorded answers at fewer places."""
    cuts.fewer(monkeypatch)
