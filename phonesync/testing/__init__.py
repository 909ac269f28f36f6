"""For authors of drivers: fixtures, replay, the conformance suite, strategies and the table of evidence.

Nothing in phonesync imports this package. It knows no vendor, and needs of the test runner nothing at all:
:class:`phonesync.testing.conformance.DriverConformance` is a plain class that pytest collects.
"""
