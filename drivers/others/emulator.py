"""Emulated phones of other vendors: nothing useful is answered, calls are reported.

Source: sheet on other vendors, 3 and 3.1 to 3.4. Snom's papers contradict each other on which party is local,
so each phone has its own habit. Htek sends values unescaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from phonesync.driver.emulation import (
    EmulatedRequest,
    EmulatedResponse,
    EmulatorKind,
    Fetch,
    Happening,
    PhoneMemory,
)
from phonesync.driver.emulator_kit import Habits
from phonesync.driver.emulator_sides import TakenBook, filled, lines_of, said, taken, xml_of
from phonesync.model import EventKind

_MOST_MITEL = 128
_FETCH_S = 3600

_SNOM = {
    EventKind.INCOMING: "action_incoming_url",
    EventKind.OUTGOING: "action_outgoing_url",
    EventKind.ESTABLISHED: "action_connected_url",
    EventKind.TERMINATED: "action_disconnected_url",
    EventKind.MISSED: "action_missed_url",
}
_MITEL = {
    EventKind.INCOMING: "action uri incoming",
    EventKind.OUTGOING: "action uri outgoing",
    EventKind.ESTABLISHED: "action uri connected",
    EventKind.TERMINATED: "action uri disconnected",
    EventKind.MISSED: "action uri disconnected",
    EventKind.CANCELLED: "action uri disconnected",
    EventKind.STARTED: "action uri startup",
    EventKind.ALIVE: "action uri poll",
}
_HTEK = {
    EventKind.INCOMING: "P3707",
    EventKind.OUTGOING: "P3708",
    EventKind.ESTABLISHED: "P3709",
    EventKind.TERMINATED: "P3710",
    EventKind.MISSED: "P3726",
}


class SilentPhone:
    """A web interface that has no page we know."""

    def __init__(self, memory: PhoneMemory) -> None:
        self._memory = memory
        self.wrong_passwords = 0
        self.intrusions: list[str] = []

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Not found, whatever is asked; that anything is asked at all is an intrusion."""
        self.intrusions.append(request.target)
        return EmulatedResponse(status=404, headers=(("Content-Type", "text/plain"),), content=b"Not found\n")

    def reboot(self) -> None:
        """Nothing is kept."""


class _Side:
    """What the three have in common: settings by name, no book, addresses with variables."""

    keys: Mapping[EventKind, str]

    def __init__(self, memory: PhoneMemory) -> None:
        self.memory = memory
        self.settings: dict[str, str] = {}
        self.habits = Habits(memory.mac)

    def fetches(self) -> tuple[Fetch, ...]:
        """Nothing."""
        return ()

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        """Nothing was asked for, so nothing is taken."""

    def told(self, happening: Happening) -> str | None:
        """The address it was told for an event."""
        key = self.keys.get(happening.kind)
        return None if key is None else self.settings.get(key)

    def sip(self, user: str) -> str:
        """A party as a SIP address."""
        return f"sip:{user}@{self.memory.server}"


class SnomSide(_Side):
    """A Snom: settings are XML, values are escaped."""

    keys = _SNOM

    def take_settings(self, text: str) -> None:
        """Takes the elements of ``phone-settings``."""
        root = xml_of(text.encode("utf-8"))
        for group in () if root is None or root.tag != "settings" else root.iter("phone-settings"):
            self.settings |= {str(one.tag): (one.text or "").strip() for one in group}

    def report(self, happening: Happening) -> str | None:
        """The address of an event; who is local is a matter of the papers this phone follows."""
        url = self.told(happening)
        if url is None:
            return None
        known = said(happening)
        own = self.sip(known.get("account", ""))
        other = self.sip(known["number"]) if "number" in known else "sip:anonymous@anonymous.invalid"
        callee_is_local = self.habits.flip("local is the callee")
        swapped = callee_is_local and not happening.inbound
        values = {
            "$mac": self.memory.mac,
            "$call-id": known.get("call_id", ""),
            "$active_user": known.get("account", ""),
            "$local": other if swapped else own,
            "$remote": own if swapped else other,
            "$display_remote": known.get("account", "") if swapped else known.get("name", ""),
        }
        return filled(url, values, escapes=True)


class MitelSide(_Side):
    """A Mitel: lines ``key: value``, at most 128 characters an address, no call id."""

    keys = _MITEL

    def take_settings(self, text: str) -> None:
        """Takes lines; a longer address is not kept."""
        for line in text.splitlines():
            key, colon, value = line.partition(": ")
            if colon and len(value) <= _MOST_MITEL:
                self.settings[key.strip()] = value.strip()

    def report(self, happening: Happening) -> str | None:
        """The address of an event; the name comes with an incoming call alone."""
        url = self.told(happening)
        if url is None:
            return None
        known = said(happening)
        values = {
            "$$SIPUSERNAME$$": known.get("account", ""),
            "$$REMOTENUMBER$$": known.get("number", ""),
        }
        if happening.kind is EventKind.INCOMING:
            values["$$INCOMINGNAME$$"] = known.get("name", "")
        return filled(url, values, escapes=True)


class HtekSide(_Side):
    """A Htek: P values, a remote phonebook, values unescaped."""

    keys = _HTEK

    def take_settings(self, text: str) -> None:
        """Takes lines."""
        self.settings |= dict(lines_of(text))

    def fetches(self) -> tuple[Fetch, ...]:
        """The first remote phonebook; how often no paper says."""
        url = self.settings.get("P4401")
        return (Fetch(url=url, every_s=_FETCH_S),) if url else ()

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        """A well-formed directory is taken."""
        book = taken(status, content, _htek_book)
        if book is not None:
            self.memory.directory.take_book(fetch.url, book)

    def report(self, happening: Happening) -> str | None:
        """The address of an event, values as they are."""
        url = self.told(happening)
        if url is None:
            return None
        known = said(happening)
        values = {"$mac": self.memory.mac, "$ip": "", "$model": self.memory.model}
        if "account" in known:
            values |= {"$active_user": known["account"], "$local": self.sip(known["account"])}
        if "call_id" in known:
            values["$call_id"] = known["call_id"]
        if "number" in known:
            values["$remote"] = self.sip(known["number"])
        if "name" in known:
            values["$display_remote"] = known["name"]
        return filled(url, values, escapes=False)


def _htek_book(content: bytes) -> TakenBook | None:
    root = xml_of(content)
    if root is None or root.tag != "PhoneDirectory":
        return None
    return [
        (entry.findtext("Name") or "", [("work", number.text or "") for number in entry.iter("Telephone")])
        for entry in root.iter("DirectoryEntry")
    ]


def _kind(name: str, model: tuple[str, str], side: type[SnomSide | MitelSide | HtekSide]) -> EmulatorKind:
    return EmulatorKind(
        name=name,
        driver=name.partition("-")[0],
        variant=name,
        models=(model,),
        make=SilentPhone,
        side=side,
        readable=False,
        shows_mac=False,
        pools=False,
        shows_names=False,
        recognised=False,
    )


_KINDS = (
    _kind("snom-events", ("D735", "10.1.178.0"), SnomSide),
    _kind("mitel-events", ("6869i", "5.1.0"), MitelSide),
    _kind("htek-events", ("UC926", "2.0.4"), HtekSide),
)

EMULATORS: Mapping[str, EmulatorKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
