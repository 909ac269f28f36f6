"""What both sides of a measurement know: each phone's address and MAC, and the one password."""

from __future__ import annotations

from zoneinfo import ZoneInfo

USER, PASSWORD = "admin", "invented-1"

ZONE = ZoneInfo("Europe/Moscow")
"""Where they stand."""

MOST = 250 * 250 * 8
"""So many phones have an address."""


def address_of(index: int) -> str:
    """The loopback address of a phone."""
    return f"127.{64 + index // 62_500}.{index // 250 % 250}.{1 + index % 250}"


def index_of(address: str) -> int:
    """The phone at a loopback address."""
    _, first, second, third = map(int, address.split("."))
    return (first - 64) * 62_500 + second * 250 + third - 1


def mac_of(index: int) -> str:
    """A locally administered MAC: the range for documentation holds only 256."""
    return f"02005E{index:06X}"
