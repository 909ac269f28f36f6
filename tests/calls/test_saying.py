"""Bounds of time in words are rounded up."""

import pytest

from phonesync.calls.saying import at_most


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (1.2, "2 s"),
        (299, "299 s"),
        (300, "5 min"),
        (301, "6 min"),
        (7199, "120 min"),
        (7323, "3 h"),
    ],
)
def test_a_bound_is_said_in_seconds_minutes_or_hours(seconds, said):
    assert at_most(seconds) == said
