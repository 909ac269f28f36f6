"""What an emulated Yealink does by itself: remote phone books, its own directory, action URLs.

Source: vendor sheet 4.1, 5.2, 5.3, 6.1, 6.3, written from it and not from what our settings and books look
like. Whether values are escaped the sheet does not say, so each phone has its own habit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from phonesync.driver.emulation import Fetch, Happening, PhoneMemory
from phonesync.driver.emulator_kit import Habits
from phonesync.driver.emulator_sides import TakenBook, basic, filled, lines_of, said, taken, xml_of
from phonesync.model import EventKind

_FIRST_LINE = "#!version:1.0.0.1"
_MOST_CHARACTERS = 511
_BOOKS = range(1, 6)
_FLASH_S = 21600
_AT_PROVISIONING_S = 86400
_MOST_CONTACTS = 1000
_ROOT = re.compile(r"\w+IPPhoneDirectory")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_ATTRIBUTES = (("work", "office_number"), ("mobile", "mobile_number"), ("other", "other_number"))

_KEYS: Mapping[EventKind, tuple[str, ...]] = MappingProxyType(
    {
        EventKind.INCOMING: ("incoming_call",),
        EventKind.OUTGOING: ("outgoing_call",),
        EventKind.ESTABLISHED: ("call_established",),
        EventKind.TERMINATED: ("call_terminated",),
        EventKind.MISSED: ("missed_call",),
        EventKind.REJECTED: ("reject_incoming_call",),
        EventKind.FORWARDED: ("forward_incoming_call",),
        EventKind.TRANSFERRED: ("transfer_finished", "blind_transfer_call", "attended_transfer_call"),
        EventKind.CANCELLED: ("cancel_callout",),
        EventKind.BUSY: ("remote_busy",),
        EventKind.STARTED: ("setup_completed",),
        EventKind.ALIVE: ("registered",),
    }
)


class YealinkSide:
    """Implements :class:`~phonesync.driver.emulation.PhoneSide`."""

    def __init__(self, memory: PhoneMemory) -> None:
        self._memory = memory
        self._settings: dict[str, str] = {}
        self._escapes = Habits(memory.mac).flip("escapes values of action URLs")

    def take_settings(self, text: str) -> None:
        """Takes a configuration file; one without the first line that the phone wants is ignored."""
        if text.partition("\n")[0].strip() != _FIRST_LINE:
            return
        for key, value in lines_of(text):
            if value == "%NULL%":
                self._settings.pop(key, None)
            elif not (key.startswith("action_url.") and len(value) > _MOST_CHARACTERS):
                self._settings[key] = value

    def fetches(self) -> tuple[Fetch, ...]:
        """Remote books whose look-up is on, and its own directory where a server has it."""
        agent = ("User-Agent", f"Yealink SIP-{self._memory.model} {self._memory.firmware} {self._mac()}")
        wanted: list[Fetch] = []
        if self._settings.get("features.remote_phonebook.enable") == "1":
            every_s = _seconds(self._settings.get("features.remote_phonebook.flash_time"), _FLASH_S)
            wanted += [
                Fetch(url=url, every_s=every_s, headers=(agent, *self._basic(place)))
                for place in _BOOKS
                if (url := self._settings.get(f"remote_phonebook.data.{place}.url"))
            ]
        own = self._settings.get("local_contact.data.url")
        if own:
            wanted.append(Fetch(url=own, every_s=_AT_PROVISIONING_S, headers=(agent,)))
        return tuple(wanted)

    def fetched(self, fetch: Fetch, *, status: int, content: bytes) -> None:
        """A remote book is taken, or emptied by one bad character; the own directory is replaced whole."""
        directory = self._memory.directory
        if fetch.url == self._settings.get("local_contact.data.url"):
            contacts = taken(status, content, _own_contacts)
            if contacts is not None:
                directory.replace_own(contacts[:_MOST_CONTACTS])
            return
        book = taken(status, content, _remote_book)
        if book is not None:
            directory.take_book(fetch.url, book)

    def report(self, happening: Happening) -> str | None:
        """The address of the event, variables filled in."""
        keys = (f"action_url.{key}" for key in _KEYS[happening.kind])
        url = next((url for key in keys if (url := self._settings.get(key))), None)
        return None if url is None else filled(url, self._values(happening), escapes=self._escapes)

    def _values(self, happening: Happening) -> dict[str, str]:
        known, server = said(happening), self._memory.server
        values = {
            "$mac": self._memory.mac,
            "$model": self._memory.model,
            "$firmware": self._memory.firmware,
        }
        if "account" in known:
            own = f"sip:{known['account']}@{server}"
            values |= {"$active_url": own, "$active_user": known["account"], "$active_host": server}
            values |= {"$local": own, "$display_local": known["account"]}
        if "call_id" in known:
            values["$call_id"] = known["call_id"]
            number = known.get("number")
            values["$remote"] = f"sip:{number}@{server}" if number else "sip:anonymous@anonymous.invalid"
            values["$display_remote"] = known.get("name", "" if number else "Anonymous")
            values["$callerID"] = values["$display_remote"] if happening.inbound else ""
            values["$calledNumber"] = "" if happening.inbound else number or ""
        return values

    def _basic(self, place: int) -> tuple[tuple[str, str], ...]:
        username = self._settings.get(f"remote_phonebook.data.{place}.username")
        if not username:
            return ()
        return (basic(username, self._settings.get(f"remote_phonebook.data.{place}.password", "")),)

    def _mac(self) -> str:
        return ":".join(re.findall("..", self._memory.mac.lower()))


def _remote_book(content: bytes) -> TakenBook | None:
    root = xml_of(content)
    if root is None or not _ROOT.fullmatch(str(root.tag)):
        return []  # one bad character, and the whole book is empty
    return [
        ((entry.findtext("Name") or ""), [("work", number.text or "") for number in entry.iter("Telephone")])
        for entry in root.iter("DirectoryEntry")
    ]


def _own_contacts(content: bytes) -> TakenBook | None:
    root = xml_of(b"<file>" + _DECLARATION.sub(b"", content) + b"</file>")
    found = None if root is None else next(root.iter("root_contact"), None)
    if found is None:
        return None
    return [
        (
            contact.get("display_name", ""),
            [(kind, number) for kind, name in _ATTRIBUTES if (number := contact.get(name))],
        )
        for contact in found.iter("contact")
        if contact.get("display_name", "").strip()
    ]


def _seconds(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and int(text) else default
