"""Grandstream SIP phones."""

from drivers.grandstream.driver import GrandstreamDriver
from phonesync.driver.contract import Driver

DRIVER: Driver = GrandstreamDriver()
