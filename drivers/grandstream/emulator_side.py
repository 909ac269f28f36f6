"""What an emulated Grandstream does by itself: download its phonebook, call its action URLs.

Source: vendor sheet 4.1, 5.2, 5.3, 5.6, 6.1, 6.4, 7, written from it and not from what our settings and books
look like. A value of more than 256 characters is dropped without a word; one bad record kills a whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from phonesync.driver.emulation import Fetch, Happening, PhoneMemory
from phonesync.driver.emulator_kit import Habits
from phonesync.driver.emulator_sides import TakenBook, basic, filled, lines_of, said, taken, text_of, xml_of
from phonesync.driver.markup import Element
from phonesync.model import EventKind

_MOST_CHARACTERS = 256
_MOST_CONTACTS = 1000
_HOURS = {"0", "120", "240", "360", "480", "720"}
_FEWEST_MIN, _MOST_MIN = 5, 720
_MODES = {"0": "", "1": "http", "2": "tftp", "3": "https"}
_MODES_REVERSED = {"0": "", "1": "tftp", "2": "http"}
_WORDS = {
    "Disabled": "",
    "EnabledUseHTTP": "http",
    "EnabledUseTFTP": "tftp",
    "EnabledUseHTTPS": "https",
}
_DOWNLOAD = {
    "phonebook.download.mode": "P330",
    "phonebook.download.server": "P331",
    "phonebook.download.interval": "P332",
    "phonebook.download.removeEditedEntries": "P333",
    "phonebook.download.username": "P6713",
    "phonebook.download.password": "P6714",
}
_EVENTS = {
    EventKind.STARTED: ("P8304", "setupCompleted"),
    EventKind.ALIVE: ("P8305", "registered"),
    EventKind.INCOMING: ("P8310", "incomingCall"),
    EventKind.OUTGOING: ("P8311", "outgoingCall"),
    EventKind.MISSED: ("P8312", "missedCall"),
    EventKind.ESTABLISHED: ("P8313", "establishedCall"),
    EventKind.TERMINATED: ("P8314", "terminatedCall"),
    EventKind.TRANSFERRED: ("P8320", "blindTransfer"),
}
_EVENTS_WP8 = {
    EventKind.REJECTED: ("P8315", "rejectIncomingCall"),
    EventKind.FORWARDED: ("", "forwardIncomingCall"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Make:
    """What a model understands, by the templates of its family."""

    aliases: bool
    events: bool
    switch: str
    reversed_mode: bool
    hours_only: bool
    typed: bool


def _make_of(model: str, firmware: str) -> _Make:
    """The family of a model: sheet 4.1 for events, 5.3 for downloads, 6.1 for aliases."""
    version = tuple(int(part) for part in re.findall(r"\d+", firmware))
    newer_gxp21 = re.match(r"GXP21[3-7]", model) is not None and version >= (1, 0, 11, 79)
    newer_grp = re.match(r"GRP26[1-7]", model) is not None and version >= (1, 0, 5, 15)
    wp8 = re.match(r"WP8\d6", model) is not None
    aliases = newer_gxp21 or newer_grp or wp8 or re.match(r"GXV3[34]", model) is not None
    grp = model.startswith("GRP26")
    switch = "ons.enable" if newer_grp or wp8 else "P32062" if grp else ""
    return _Make(
        aliases=aliases,
        events=newer_gxp21 or grp or wp8 or re.match("GXP1[67]", model) is not None,
        switch=switch,
        reversed_mode=model in {"GXV3240", "GXV3275"},
        hours_only=newer_gxp21 or newer_grp or model.startswith("GXV3") or model == "WP820",
        typed=re.match(r"GXP14|GXP280|GXP2000|BT200", model) is None,
    )


class GrandstreamSide:
    """Implements :class:`~phonesync.driver.emulation.PhoneSide`."""

    def __init__(self, memory: PhoneMemory) -> None:
        self._memory = memory
        self._make = _make_of(memory.model, memory.firmware)
        self._settings: dict[str, str] = {}
        self._as_uri = Habits(memory.mac).flip("parties are SIP addresses")

    def take_settings(self, text: str) -> None:
        """Takes P values or aliases, as XML or as lines; a file for another phone is ignored.

        An item that is present but empty sets its setting back to the default.
        """
        for key, value in self._items(text):
            name = _DOWNLOAD.get(key, key) if self._make.aliases else key
            if not value:
                self._settings.pop(name, None)
            elif len(value) <= _MOST_CHARACTERS:
                self._settings[name] = value

    def _items(self, text: str) -> Iterator[tuple[str, str]]:
        if not text.lstrip().startswith("<"):
            yield from lines_of(text)
            return
        root = xml_of(text.encode("utf-8"))
        if root is None or root.tag != "gs_provision":
            return
        mac = re.sub("[^0-9a-f]", "", text_of(root, "mac").lower())
        if mac and mac != self._memory.mac.lower():
            return
        for config in root.iter("config"):
            for item in config:
                key = item.get("name", "") if config.get("version") == "2" else str(item.tag)
                yield key, (item.text or "").strip()

    def fetches(self) -> tuple[Fetch, ...]:
        """The phonebook, where downloads are on and the interval is one the family takes."""
        mode, server = self._settings.get("P330", "0"), self._settings.get("P331", "")
        modes = _MODES_REVERSED if self._make.reversed_mode else _MODES
        scheme = modes.get(mode) or (_WORDS.get(mode, "") if self._make.aliases else "")
        every_min = self._settings.get("P332", "0")
        if scheme not in {"http", "https"} or not server or not self._is_interval(every_min):
            return ()
        headers = [("User-Agent", self._agent())]
        if "P6713" in self._settings:
            headers.append(basic(self._settings["P6713"], self._settings.get("P6714", "")))
        name = "gs_phonebook.xml" if self._memory.model == "GXP280" else "phonebook.xml"
        url = f"{scheme}://{server.rstrip('/')}/{name}"
        return (Fetch(url=url, every_s=60.0 * int(every_min), headers=tuple(headers)),)

    def _is_interval(self, text: str) -> bool:
        """A download that is repeated at all, at an interval that the family takes."""
        if not (text.isascii() and text.isdigit()) or text == "0":
            return False
        return text in _HOURS if self._make.hours_only else _FEWEST_MIN <= int(text) <= _MOST_MIN

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        """A good file is taken, and by default what the user typed goes; a broken one is refused whole."""
        contacts = taken(status, content, self._contacts)
        if contacts is None:
            return
        if self._settings.get("P333", "1") not in {"0", "No"}:
            self._memory.directory.replace_own([])
        self._memory.directory.take_book(fetch.url, contacts)

    def _contacts(self, content: bytes) -> TakenBook | None:
        root = xml_of(content)
        if root is None or root.tag != "AddressBook":
            return None
        contacts: TakenBook = []
        for contact in root.iter("Contact"):
            read = self._contact(contact)
            if read is None:
                return None
            contacts.append(read)
        return None if len(contacts) > _MOST_CONTACTS else contacts

    def _contact(self, contact: Element) -> tuple[str, list[tuple[str, str]]] | None:
        first, last = contact.find("FirstName"), contact.find("LastName")
        named = first if self._make.typed else last
        if (
            named is None
            or not (named.text or "").strip()
            or (first is not None and not text_of(contact, "FirstName"))
        ):
            return None
        phones = list(contact.iter("Phone"))
        numbers = [(phone.get("type", "Work").lower(), text_of(phone, "phonenumber")) for phone in phones]
        if not numbers or not all(number for _, number in numbers):
            return None
        if self._make.typed and not all(phone.get("type") for phone in phones):
            return None
        return f"{text_of(contact, 'FirstName')} {text_of(contact, 'LastName')}".strip(), numbers

    def report(self, happening: Happening) -> str | None:
        """The address of the event, values as they are; what has none stays as it was written."""
        make, settings = self._make, self._settings
        events = _EVENTS | (_EVENTS_WP8 if self._memory.model.startswith("WP8") else {})
        if not make.events or happening.kind not in events:
            return None
        if make.switch and settings.get(make.switch) not in {"1", "Yes"}:
            return None
        number, alias = events[happening.kind]
        url = settings.get(f"ons.actionUrl.{alias}") if make.aliases else settings.get(number)
        return None if url is None else filled(url, self._values(happening), escapes=False)

    def _values(self, happening: Happening) -> dict[str, str]:
        known, server = said(happening), self._memory.server
        values = {
            "$mac": self._memory.mac,
            "$product": self._memory.model,
            "$program_version": self._memory.firmware,
        }
        if "account" in known:
            values |= {"$active_user": known["account"], "$active_host": server}
            values["$local"] = self._party(known["account"])
        if "call_id" in known:
            values["$call-id"] = known["call_id"]
            values["$calldirection"] = "incoming" if happening.inbound else "outgoing"
        if "number" in known:
            values["$remote"] = self._party(known["number"])
        if "name" in known:
            values["$display_remote"] = known["name"]
        if happening.kind is EventKind.TERMINATED:
            values["$duration"] = str(happening.duration_s)
        return values

    def _party(self, user: str) -> str:
        return f"sip:{user}@{self._memory.server}" if self._as_uri else user

    def _agent(self) -> str:
        memory = self._memory
        return f"Grandstream Model HW {memory.model} SW {memory.firmware} DevId {memory.mac.lower()}"
