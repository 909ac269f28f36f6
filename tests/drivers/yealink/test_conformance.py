"""The promises of the contract, checked over every Yealink fixture."""

from pathlib import Path

from drivers.yealink import DRIVER
from phonesync.testing.conformance import DriverConformance


class TestYealink(DriverConformance):
    driver = DRIVER
    fixtures = Path(__file__).parent / "fixtures"
