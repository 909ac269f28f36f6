"""Which file is the recording of a call."""

from datetime import datetime, timedelta

import pytest

from phonesync.journal.recordings import Match, Sought, match

AT = datetime(2026, 1, 31, 14, 5)
OUTSIDE = Sought(
    names=("q-600-rec.wav",),
    unique_ids=("1769861100.12", ""),
    moments=(AT, AT + timedelta(seconds=20)),
    outside=("+74955550101", "84955550101"),
)
INSIDE = Sought(moments=(AT,), inside=("101", "102"))


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("q-600-rec.wav", True),
        ("q-600-rec.wav.mp3", True),
        ("rec.wav", False),
        ("x-1769861100.12.wav", True),
        ("1769861100.12.wav", True),
        ("x-1769861100.123.wav", False),
        ("x-11769861100.12.wav", False),
        ("x-1769861100.12.5.wav", False),
        ("out-84955550101-101-20260131-140500-1.2.wav", True),
        ("in-74955550101-20260131140521.ogg", True),
        ("in-5550101-20260131_140559.wav", True),
        ("in-4955550101-20260131-140620.wav", True),
        ("in-4955550101-20260131-140621.wav", False),
        ("in-4955550102-20260131-140500.wav", False),
        ("in-0101-20260131-140500.wav", False),
        ("in-4955550101-20269931-140500.wav", False),
        ("in-4955550101.wav", False),
        ("in-4955550101-20260131-140500.txt", False),
    ],
)
def test_a_file_is_a_calls_by_name_unique_id_or_time_and_number(name, fits):
    assert match([f"2026/01/31/{name}", "other.wav"], OUTSIDE) == (
        Match(file=f"2026/01/31/{name}") if fits else Match()
    )


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("internal-102-101-20260131-140500.wav", True),
        ("internal-103-101-20260131-140500.wav", False),
        ("internal-1020-101-20260131-140500.wav", False),
    ],
)
def test_an_internal_call_needs_both_extensions(name, fits):
    assert match([name], INSIDE) == (Match(file=name) if fits else Match())


def test_the_first_way_that_finds_a_file_decides_and_several_are_none():
    by_time = "in-74955550101-20260131140521.ogg"
    assert match([by_time, "x-1769861100.12.wav"], OUTSIDE) == Match(file="x-1769861100.12.wav")
    assert match([by_time, "y-5550101-20260131-140500.wav"], OUTSIDE) == Match(several=True)
    assert match([by_time], Sought(moments=(AT,))) == Match()
    assert match([by_time], Sought(names=("",), unique_ids=("",))) == Match()
