"""The contacts of emulated Grandstream phones as their web interfaces take and give them.

Source: vendor sheet 5.2, 5.4. Left open there, and therefore each phone's own choice: whether the answer to
``setcontact`` is the contact's id or a mere "1"; which ids the exported phonebook shows, if any; how a name
is cut into first and last; where the state of the export is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from phonesync.driver.emulation import Directory, DirectoryContact
from phonesync.driver.emulator_kit import Habits

_FIELDS = ("id", "name", "group", "work", "home", "mobile", "fax", "mail")
_NUMBERS = ("work", "home", "mobile", "fax")
_TYPES = {"work": "Work", "home": "Home", "mobile": "Mobile", "fax": "Fax"}
_FORM = {"workNum": "work", "homeNum": "home", "cellNum": "mobile"}


class GmiContacts:
    """``setcontact``, ``savephbk``, ``portphbkresponse`` and the file that they make.

    Args:
        directory: The phone's contacts.
        habits: Its free choices.
    """

    def __init__(self, directory: Directory, habits: Habits) -> None:
        self._directory = directory
        self._says_id = habits.pick("answer to setcontact", "id", "id", "1") == "id"
        self._ids = habits.pick("ids in the phonebook", "own", "own", "running", "none")
        self._name = habits.pick("name in the phonebook", "first", "split", "turned")
        self._busy = habits.pick("export", 0, 1, 3)
        self._waits = 0
        self._file: bytes | None = None

    def set(self, info: str | None) -> tuple[str, str]:
        """Adds or changes a contact; verdict and message."""
        if not info:
            return "error", "contact information is empty"
        parts = info.split("::")
        if len(parts) != len(_FIELDS):
            return "error", "wrong format"
        sent = dict(zip(_FIELDS, parts, strict=True))
        numbers = [(kind, sent[kind]) for kind in _NUMBERS if sent[kind]]
        if not sent["name"] or not numbers:
            return "error", "contact information is empty"
        if sent["id"] and not sent["id"].isdecimal():
            return "error", "wrong format"
        wanted = int(sent["id"]) if sent["id"] else None
        written = self._directory.write(sent["name"], numbers, group=sent["group"], contact_id=wanted)
        if written is None:
            return "error", "set contact failed"
        return "success", str(written) if self._says_id else "1"

    def export(self) -> None:
        """Begins to write the phonebook into a file."""
        self._waits = self._busy
        self._file = self._book(self._directory.own())

    def state(self) -> str:
        """0 done, 1 busy."""
        if self._waits:
            self._waits -= 1
            return "1"
        return "0"

    @property
    def file(self) -> bytes | None:
        """The file, or None where it is not written yet."""
        return None if self._waits else self._file

    def _book(self, contacts: Sequence[DirectoryContact]) -> bytes:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<AddressBook>", "<version>1</version>"]
        for running, contact in enumerate(contacts, 1):
            lines.append(f"<Contact>{self._id(contact, running)}{self._names(contact.name)}")
            lines += [
                f'<Phone type="{_TYPES.get(kind, "Other")}"><phonenumber>{escape(number)}</phonenumber>'
                "<accountindex>0</accountindex></Phone>"
                for kind, number in contact.numbers
            ]
            lines.append(
                f"<Group>{escape(contact.group)}</Group></Contact>" if contact.group else "</Contact>"
            )
        return "\n".join([*lines, "</AddressBook>", ""]).encode()

    def _id(self, contact: DirectoryContact, running: int) -> str:
        if self._ids == "none":
            return ""
        return f"<id>{contact.id if self._ids == 'own' else running}</id>"

    def _names(self, name: str) -> str:
        first, _, last = name.partition(" ")
        if self._name == "first":
            first, last = name, ""
        elif self._name == "turned" and last:
            first, last = last, first
        return f"<FirstName>{escape(first)}</FirstName><LastName>{escape(last)}</LastName>"


def save(directory: Directory, fields: Mapping[str, str]) -> bool:
    """``api-save_contact``: adds a contact, or changes the one of an id; False where that fails."""
    name = " ".join(filter(None, (fields.get("firstname", ""), fields.get("lastname", ""))))
    numbers = [(kind, fields[place]) for place, kind in _FORM.items() if fields.get(place)]
    wanted = fields.get("id", "")
    if not name or not numbers or not wanted.lstrip("-").isdecimal():
        return False
    changed = None if int(wanted) < 0 else int(wanted)
    return directory.write(name, numbers, contact_id=changed) is not None
