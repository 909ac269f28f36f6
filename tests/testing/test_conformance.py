"""The suite accepts a right driver, and finds out every broken copy of it."""

from functools import cache
from pathlib import Path

import pytest

from phonesync.testing.conformance import CASE_CHECKS, DRIVER_CHECKS, DriverConformance, failures, subject_of
from phonesync.testing.fixtures import read_cases
from tests import toyvendor
from tests.thorough import daily
from tests.toyvendor.offer_mutants import MUTANTS

FIXTURES = Path(toyvendor.__file__).parent / "fixtures"
OTHERS = Path(__file__).parent.parent / "drivers" / "yealink" / "fixtures"


@cache
def cases():
    return read_cases(FIXTURES)


class TestToyVendor(DriverConformance):
    driver = toyvendor.DRIVER
    fixtures = FIXTURES
    other_fixtures = (OTHERS,) if OTHERS.exists() else ()


@pytest.mark.parametrize(
    ("check", "mutant"),
    [(check, mutant) for check, mutants in MUTANTS.items() for mutant in mutants],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_broken_driver_is_found_out_by_the_check_that_names_its_fault(check, mutant):
    found = failures(subject_of(mutant(), cases()), only=daily((check,), thorough=()))
    assert check in {failure.check for failure in found}, found
    assert all(failure.message.endswith(".") for failure in found), found


def test_every_check_has_a_mutant_that_it_finds_out():
    assert {check.__name__ for check in (*DRIVER_CHECKS, *CASE_CHECKS)} == set(MUTANTS)
