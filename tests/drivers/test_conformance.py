"""Every registered driver keeps every promise, over every fixture of its own, and knows no other vendor's phone."""

from pathlib import Path

import pytest

from phonesync.driver.contract import implied_variant
from phonesync.registry import drivers
from phonesync.testing.conformance import DriverConformance, failures, subject_of
from phonesync.testing.fixtures import read_cases

HERE = Path(__file__).parent
TOYS = HERE.parent / "toyvendor" / "fixtures"


pytestmark = pytest.mark.usefixtures("fewer_cuts")


def fixtures_of(name: str) -> Path:
    return HERE / name / "fixtures"


ASKED = {name: driver for name, driver in drivers().items() if implied_variant(driver) is None}
UNASKED = {name: driver for name, driver in drivers().items() if name not in ASKED}


def test_each_driver_that_asks_its_phones_has_fixtures():
    assert set(ASKED) == {"grandstream", "yealink"}
    assert not [name for name in ASKED if not fixtures_of(name).is_dir()]


@pytest.mark.parametrize("name", UNASKED)
def test_a_driver_that_nothing_is_asked_of_keeps_every_promise_without_fixtures(name):
    others = [case for other in ASKED for case in read_cases(fixtures_of(other))]
    assert failures(subject_of(UNASKED[name], (), others)) == ()


for _name, _driver in ASKED.items():
    _others = tuple(fixtures_of(other) for other in ASKED if other != _name)
    globals()[f"Test{_name.title()}"] = type(
        f"Test{_name.title()}",
        (DriverConformance,),
        {"driver": _driver, "fixtures": fixtures_of(_name), "other_fixtures": (*_others, TOYS)},
    )
