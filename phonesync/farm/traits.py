"""How an emulated phone's memory works, and what the phone is by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from phonesync.driver.session import Credentials
from phonesync.farm.phoneclock import Keeping
from phonesync.model import TimeOf


class Merging(StrEnum):
    """What a phone does with repeats, where its merging is switched on."""

    OFF = "off"
    NEWEST = "newest"
    """A call joins the newest row of its list, if that is the same party's."""
    ANY = "any"
    """A call joins whatever row of its list is the same party's, and moves it to the top."""


class Numbering(StrEnum):
    """Which rows of a phone are numbered together."""

    PER_LIST = "each list by itself"
    TOGETHER = "all lists together"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTraits:
    """How a phone's memory works.

    Attributes:
        capacity: Rows a list holds, or all lists together where shared.
        shared: One capacity over all lists; else each list its own.
        keeping: What becomes of stored times when the clock is set.
        time_of: What the time of a row means.
        merging: Whether and how repeats merge.
        by_start: Rows are shown in the order of their starts, not of their recording.
        flush_s: Rows are saved every so many seconds; what is not saved is lost in a reboot. 0: at once.
        numbering: Which rows are numbered together.
        renumbers: A list that was cleared numbers its rows from 1 again.
    """

    capacity: int = 100
    shared: bool = False
    keeping: Keeping = Keeping.TEXT
    time_of: TimeOf = TimeOf.START
    merging: Merging = Merging.OFF
    by_start: bool = False
    flush_s: int = 0
    numbering: Numbering = Numbering.PER_LIST
    renumbers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """What a phone is by itself, whatever it remembers.

    Attributes:
        model: Model word.
        firmware: Firmware string.
        mac: Twelve lower-case hex digits.
        accounts: Line number, from 1, to local account.
        credentials: Of its web page.
        server: Host of its accounts.
        zone_setting: As its settings show it.
    """

    model: str
    firmware: str
    mac: str
    accounts: Mapping[int, str]
    credentials: Credentials = field(repr=False)
    server: str = "pbx.example"
    zone_setting: str = "+3"
