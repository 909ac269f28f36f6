"""Every registered driver keeps every promise, over every fixture of its own, and knows no other vendor's phone."""

from pathlib import Path

from phonesync.registry import drivers
from phonesync.testing.conformance import DriverConformance

HERE = Path(__file__).parent
TOYS = HERE.parent / "toyvendor" / "fixtures"


def fixtures_of(name: str) -> Path:
    return HERE / name / "fixtures"


def test_each_registered_driver_has_fixtures():
    assert drivers()
    assert not [name for name in drivers() if not fixtures_of(name).is_dir()]


for _name, _driver in drivers().items():
    _others = tuple(fixtures_of(other) for other in drivers() if other != _name)
    globals()[f"Test{_name.title()}"] = type(
        f"Test{_name.title()}",
        (DriverConformance,),
        {"driver": _driver, "fixtures": fixtures_of(_name), "other_fixtures": (*_others, TOYS)},
    )
