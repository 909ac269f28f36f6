"""Phones of other vendors: no list of theirs can be read, so nothing is ever asked of them.

They report their calls as they happen, fetch a phonebook, or do both. Each is known from the configuration
alone, by ``driver = "snom"`` and its like.
"""

from drivers.others import vendors
from drivers.others.driver import OtherDriver

SNOM = OtherDriver(vendors.SNOM)
MITEL = OtherDriver(vendors.MITEL)
HTEK = OtherDriver(vendors.HTEK)
FLYINGVOICE = OtherDriver(vendors.FLYINGVOICE)
CISCO = OtherDriver(vendors.CISCO)
FANVIL = OtherDriver(vendors.FANVIL)
GIGASET = OtherDriver(vendors.GIGASET)
