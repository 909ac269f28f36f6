"""Yealink SIP desk phones."""

from drivers.yealink.driver import YealinkDriver
from phonesync.driver.contract import Driver

DRIVER: Driver = YealinkDriver()
