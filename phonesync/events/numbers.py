"""Whether two numbers that one phone showed are one party."""

from __future__ import annotations

import re

WHOLE = 10
"""Digits that tell subscribers apart whatever stands before them: a plus, a country's code, a trunk digit."""

TAIL = 7
"""Digits by which numbers that may be the same are found."""


def same_number(one: str, other: str) -> bool:
    """Equal as shown, digit for digit, or in the last ten digits of longer numbers.

    A list and a report of one phone can spell one caller in two ways, for example ``+7495…`` and ``8495…``.
    """
    if one.casefold() == other.casefold():
        return True
    left, right = digits(one), digits(other)
    if not left or not right:
        return False
    return left == right or (min(len(left), len(right)) >= WHOLE and left[-WHOLE:] == right[-WHOLE:])


def bucket(number: str) -> str:
    """A text that is equal for all numbers that :func:`same_number` takes for one."""
    return digits(number)[-TAIL:] or number.casefold()


def digits(number: str) -> str:
    """The digits of a dialable number without separators and plus; empty for anything else."""
    bare = re.sub(r"[\s.()/+-]", "", number)
    return bare if re.fullmatch("[0-9*#]+", bare) else ""
