"""Emulated GXV32xx and GXP2200: the GMI interface, whose ``getlastcall`` shows one row of each type.

Source: vendor sheet 1, 2.3, 3.3, 5.4. No time, no duration, no name. What the vendor prints is not valid
JSON: an extra pair of quotes around the whole, and a comma in the place of a colon; how phones answer in
truth is not known, so that some of these answer as printed and some in valid JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from drivers.grandstream.emulator_base import GrandstreamPhone, WebSession
from drivers.grandstream.emulator_contacts import GmiContacts
from drivers.grandstream.emulator_parts import account_index
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, split_target
from phonesync.model import ListName

_TYPES = {"0": ListName.RECEIVED, "1": ListName.PLACED, "2": ListName.MISSED}  # answered, dialled, missed
_OPEN = {"product", "vendor", "productInfo"}  # need no sign-in
_HARMLESS = {"gmiVersion", "accountStatus", "status", "getlastcall", "phbkresponse", "portphbkresponse"}
_ORDERS = ("remove", "set", "put", "save", "delete", "call", "reboot")
"""removecall wipes a list (sheet 3.3), and whatever else begins so does something too."""

_CONTACTS = {"setcontact", "savephbk"}
"""Who keeps contacts may send these: they neither clear nor remove."""

_BOOK = "/phonebook/phonebook.xml"

_REFUSED = ("error", "authentication failed")
_MOST_ACCOUNTS = 6


class GmiPhone(GrandstreamPhone):
    """One emulated GXV32xx or GXP2200."""

    list_path: ClassVar[str] = "action=getlastcall"
    idle: ClassVar[timedelta] = timedelta(seconds=900)

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self.one_session = True  # one for each of the users admin and gmiadmin (sheet 2.3, 7)
        pick = self.habits.pick
        self._print = pick("print", "as printed", "quotes", "comma", "valid", "valid")
        self._cookie = pick("cookie", "gmi-session", "SESSIONID")
        self._withheld = pick("withheld", "", "anonymous")
        self._type = pick("content type of GMI", "text/plain", "text/html", "application/json")
        self._welcome = pick("welcome", "res", "Response")
        self._state_word = pick("state of the export", "msg", "phbkresponse")
        self._contacts = GmiContacts(memory.directory, self.habits)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        action = query.get("action", "")
        if path == "/":
            return self.reply(b'<html><body><script src="gxv.nocache.js"></script></body></html>')
        if path == "/upload" or path.startswith(("/phonebook/", "/message/")):
            return self._file(request, path)
        if path != "/manager":
            return self.missing()
        if action in _OPEN:
            return self._about(action)
        if action == "login":
            return self._sign_in(query)
        if action.startswith(_ORDERS) and action not in _CONTACTS:
            self.intrusions.append(request.target)
        if self._session(request) is None:
            return self._say(query, "error", "authentication required")
        if action in _CONTACTS:
            return self._keep_contacts(request, action, query)
        if action in _HARMLESS:
            return self._signed_in(action, query)
        return self._say(query, "error", "command not found")

    def _file(self, request: EmulatedRequest, path: str) -> EmulatedResponse:
        if request.method != "GET":
            return self.intruded(request)
        book = self._contacts.file
        if path != _BOOK or book is None or self._session(request) is None:
            return self.missing()
        return self.reply(book, content_type="text/xml")

    def _keep_contacts(
        self, request: EmulatedRequest, action: str, query: Mapping[str, str]
    ) -> EmulatedResponse:
        if action == "savephbk":
            self._contacts.export()
            return self._say(query, "success", "1")
        self.written.append(request.target)
        return self._say(query, *self._contacts.set(query.get("contactInfo")))

    def _about(self, action: str) -> EmulatedResponse:
        known = {"Product": self.memory.model, "Vendor": "Grandstream"}
        wanted = {"product": ("Product",), "vendor": ("Vendor",)}.get(action, ("Vendor", "Product"))
        lines = ["Response=Success", *(f"{name}={known[name]}" for name in wanted)]
        return self._text("".join(f"{line}\r\n" for line in lines))

    def _sign_in(self, query: Mapping[str, str]) -> EmulatedResponse:
        sent = {name.lower(): value for name, value in query.items()}
        user, own = sent.get("username", ""), self.memory.credentials
        right = user in {"admin", "gmiadmin", own.username} and sent.get("secret") == own.password
        verdict = self.attempt(accepted=right)
        if verdict is not Verdict.DONE:
            return self._say(query, *_REFUSED)  # no other word for a lock is documented
        cookie = ("Set-Cookie", f"{self._cookie}={self.open_session(user).sid}; Path=/")
        if self._welcome == "Response" and query.get("format") == "json":
            return self._text(
                json.dumps({"Response": "Success", "Message": "Authentication accepted"}), cookie
            )
        return self._say(query, "success", "authentication accepted", cookie)

    def _session(self, request: EmulatedRequest) -> WebSession | None:
        return self.session(cookies(request).get(self._cookie))

    def _signed_in(self, action: str, query: Mapping[str, str]) -> EmulatedResponse:
        if action == "gmiVersion":
            return self._say(query, "success", "1.9")
        if action == "portphbkresponse":
            return self._export_state(query)
        if action.endswith("response"):
            return self._say(query, "success", "0")
        if action == "getlastcall":
            return self._last_call(query)
        rows = [
            {
                "Index": str(line - 1),
                "Server": self.memory.server,
                "Number": user,
                "Status": "1",
                "Activate": "1",
            }
            for line, user in sorted(self.memory.accounts.items())
        ]
        return self._text(json.dumps({"Response": "Success", "Data": rows}))

    def _export_state(self, query: Mapping[str, str]) -> EmulatedResponse:
        state = self._contacts.state()
        if self._state_word == "msg" or query.get("format") != "json":
            return self._say(query, "success", state)
        return self._text(self._printed(f'{{"res": "success", "phbkresponse" : "{state}"}}'))

    def _last_call(self, query: Mapping[str, str]) -> EmulatedResponse:
        name = _TYPES.get(query.get("type", ""))
        if name is None:
            return self._say(query, "error", "wrong type format")
        rows = self.memory.rows(name)
        if not rows:
            return self._say(query, "error", "get last call failed")
        row = rows[0]
        account = min(account_index(self.memory, row.account), _MOST_ACCOUNTS - 1)
        video = '"isVideo", "0"' if self._print in {"as printed", "comma"} else '"isVideo" : "0"'
        number = json.dumps(row.number or self._withheld, ensure_ascii=False)
        entry = f'{{"id" : "{row.row_id}", "number" : {number}, "account" : "{account}", {video}}}'
        return self._text(self._printed(f'{{"res": "success", "msg" : [{entry}]}}'))

    def _say(
        self, query: Mapping[str, str], res: str, message: str, *headers: tuple[str, str]
    ) -> EmulatedResponse:
        if query.get("format") != "json":
            word = "Success" if res == "success" else "Error"
            return self._text(f"Response={word}\r\nMessage={message}\r\n", *headers)
        return self._text(self._printed(f'{{"res": "{res}", "msg" : "{message}"}}'), *headers)

    def _printed(self, text: str) -> str:
        return f'"{text}"' if self._print in {"as printed", "quotes"} else text

    def _text(self, text: str, *headers: tuple[str, str]) -> EmulatedResponse:
        return self.reply(text.encode(), *headers, content_type=self._type)
