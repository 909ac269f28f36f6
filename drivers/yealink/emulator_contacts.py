"""The contacts of emulated Yealink phones as their web interfaces take and give them.

Source: vendor sheet 5.3. Left open there, and therefore each phone's own choice: the shape of ``g_contacts``
around ``con_name``, how many contacts a page holds, what is answered to a contact, and whether a refused one
is spoken of at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from phonesync.driver.emulation import Directory, DirectoryContact
from phonesync.driver.emulator_kit import Habits

_PLACES = {"office": "work", "mobile": "mobile", "other": "other"}
_SHOWN = {"office_number": ("work",), "mobile_number": ("mobile",), "other_number": ("other", "home", "fax")}


class ServletContacts:
    """The page ``contactsbasic`` and the order ``updatecontact``.

    Args:
        directory: The phone's contacts.
        habits: Its free choices.
    """

    def __init__(self, directory: Directory, habits: Habits) -> None:
        self._directory = directory
        self._page_size = habits.pick("contacts on a page", 10, 20, 50)
        self._shape = habits.pick("shape of contacts", "records", "names", "list")
        self._as_text = habits.flip("numbers of contacts as text")
        self._unique = habits.flip("unique names")
        self._speaks = habits.flip("says that a contact was refused")
        self._thanks = habits.pick("answer to a contact", '{"result":1}', "ok", "")

    def page(self, query: Mapping[str, str]) -> bytes:
        """``var g_contacts = …`` of one page."""
        asked = query.get("page", "1")
        number = int(asked) if asked.isdecimal() and asked != "0" else 1
        own = self._directory.own()
        size = self._page_size
        names = [contact.name for contact in own[(number - 1) * size : number * size]]
        counts = {"con_total": len(own), "page_count": -(-len(own) // size)}
        tree: dict[str, object] = {
            name: str(count) if self._as_text else count for name, count in counts.items()
        }
        if self._shape == "names":
            tree["con_name"] = names
        elif self._shape == "list":
            tree["contacts"] = [{"con_name": name, "con_photo": ""} for name in names]
        else:
            tree |= {str(place): {"con_name": name} for place, name in enumerate(names)}
        text = json.dumps(json.dumps(tree, ensure_ascii=False), ensure_ascii=False).replace("</", "<\\/")
        return f"var g_contacts = g_json.ParseJSON({text});".encode()

    def add(self, fields: Mapping[str, str], *, token: str) -> str:
        """Adds a contact; the words of the answer, which may say nothing."""
        if not self._takes(fields, token):
            return "failed" if self._speaks else ""
        return self._thanks

    def _takes(self, fields: Mapping[str, str], token: str) -> bool:
        name = fields.get("name", "")
        numbers = [(kind, fields[place]) for place, kind in _PLACES.items() if fields.get(place)]
        known = {contact.name for contact in self._directory.own()}
        if fields.get("token") != token or not name.strip() or (self._unique and name in known):
            return False
        return self._directory.write(name, numbers, group=fields.get("group", "")) is not None


def local_contacts(directory: Directory, query: Mapping[str, str]) -> dict[str, object]:
    """``data`` of ``/api/contacts/localcontacts``."""
    size = int(query["count"]) if query.get("count", "").isdecimal() else 10
    page = max(1, int(query["page"])) if query.get("page", "").isdecimal() else 1
    own = directory.own()
    shown = own[(page - 1) * size : page * size]
    return {"total": len(own), "list": [_record(contact) for contact in shown]}


def _record(contact: DirectoryContact) -> dict[str, object]:
    numbers = {
        place: next((number for kind, number in contact.numbers if kind in kinds), "")
        for place, kinds in _SHOWN.items()
    }
    group = contact.group or "All Contacts"
    return {"name": contact.name, **numbers, "line": "-1", "ring": "Auto", "photo": "", "group": group}
