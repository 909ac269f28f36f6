"""The checks of the conformance suite, one module per promise of the driver contract.

A check is a coroutine named after what it demands. It takes the subject and, where it is about one fixture,
the case; it raises :class:`~phonesync.testing.replay.Nonconformity`, which says what the driver did and what
it should have done.
"""
