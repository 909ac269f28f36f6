"""What tests of drivers share."""

import pytest

from tests import cuts


@pytest.fixture
def fewer_cuts(monkeypatch):
    """The conformance suite cuts recorded answers at fewer places."""
    cuts.fewer(monkeypatch)
