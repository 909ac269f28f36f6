"""Recorded answers are cut at fewer places every day than authors of drivers have theirs cut at."""

import pytest

from phonesync.testing.checks import faults
from tests.thorough import daily


def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test: every byte of short bodies, some places of longer ones."""
    monkeypatch.setattr(faults, "EVERY_BYTE", daily(96, thorough=faults.EVERY_BYTE))
    monkeypatch.setattr(faults, "SAMPLES", daily(16, thorough=faults.SAMPLES))
