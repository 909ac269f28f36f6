"""What every test of the whole uses."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged in this process, kept off the screen."""
    with capture_logs() as lines:
        yield lines
