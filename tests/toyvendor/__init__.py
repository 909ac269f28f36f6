"""The driver of a vendor that does not exist: the worked example of docs/how-to/write-a-driver.md."""

from tests.toyvendor.offers import OfferingToyDriver

DRIVER = OfferingToyDriver()
