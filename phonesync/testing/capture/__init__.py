"""From a recorded conversation to a fixture that anybody may see.

:mod:`~phonesync.testing.capture.making` leads through it: the answers are rewritten with invented values, the
driver speaks to the rewritten answers as it spoke to the phone, what it reads must be what it read before
with the same replacements, and the finished folder is searched for every original value.
"""
