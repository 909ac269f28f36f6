"""How much is enough: the tests of every day prove each thing once, ``make verify`` proves it many times.

``PHONESYNC_THOROUGH=1`` chooses the many.
"""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")

THOROUGH = os.environ.get("PHONESYNC_THOROUGH") == "1"
"""Whether time does not matter."""


def daily(usual: T, *, thorough: T) -> T:
    """One of two amounts: of every day, or of the long proofs."""
    return thorough if THOROUGH else usual
