"""Pieces that the emulated Grandstream generations share: what a setting holds, times, withheld numbers.

Source: vendor sheet 2.1, 2.2, 6.2, 6.5.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from phonesync.driver.emulation import PhoneMemory
from phonesync.model import ListName

THREE_LISTS = (ListName.PLACED, ListName.RECEIVED, ListName.MISSED)

_ZONES: Mapping[str, str] = {
    "+0": "TZN+0",
    "+2": "TZP-2",
    "+3": "TZQ-3",
    "+4": "TZR-4",
    "+5": "TZS-5",
    "+5:30": "TZT-5:30",
    "+5:45": "TZU-5:45",
    "+6": "TZV-6",
    "+7": "TZX-7",
    "+8": "TZY-8",
    "+9": "TZZ-9",
    "+10": "TZb-10",
    "+11": "TZc-11",
    "+12": "TZd-12",
    "+13": "TZe-13",
    "-1": "TZM+1",
    "-2": "TZL+2",
    "-3": "TZK+3",
}
_USERS = ("35", "404", "504", "604")  # P numbers of the SIP users of accounts 1 to 4 (sheet 6.2)
_SERVERS = ("47", "402", "502", "602")


def zone_value(setting: str) -> str:
    """P64 for an offset as the farm writes it: the sign is inverted (sheet 6.5.1)."""
    return _ZONES.get(setting, "customize")


def bare_mac(mac: str) -> str:
    """Twelve lower-case hex digits."""
    return re.sub(r"[^0-9A-Fa-f]", "", mac).lower()


def colon_mac(mac: str) -> str:
    """Upper-case hex pairs with colons, as in a reply to a sign-in."""
    digits = bare_mac(mac).upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def settings_of(memory: PhoneMemory) -> Mapping[str, str]:
    """What the phone's settings hold, by P number without the P, or by name (sheet 2.1, 3.5, 6.2)."""
    found = {
        "phone_model": memory.model,
        "vendor_name": "Grandstream",
        "vendor_fullname": "Grandstream Networks, Inc.",
        "prog_version": memory.firmware,
        "core_version": memory.firmware,
        "68": memory.firmware,
        "67": bare_mac(memory.mac),
        "1395": "0",
        "64": zone_value(memory.zone_setting),
        "102": "0",
        "122": "1",
        "182": "0" if memory.history_enabled else "2",
    }
    for line, user in memory.accounts.items():
        if line <= len(_USERS):
            found[_USERS[line - 1]] = user
            found[_SERVERS[line - 1]] = memory.server
    return found


def account_index(memory: PhoneMemory, account: str) -> int:
    """The account's index from 0, as GMI counts them (sheet 3.3); 0 for one the phone does not know."""
    return next((line - 1 for line, user in memory.accounts.items() if user == account), 0)


def stamp(wall: datetime, *, date: str = "-", between: str = " ") -> str:
    """``yyyy-mm-dd HH:MM:SS`` (P102 = 0, P122 = 1), with other marks where a phone writes them so."""
    return f"{wall:%Y}{date}{wall:%m}{date}{wall:%d}{between}{wall:%H:%M:%S}"
