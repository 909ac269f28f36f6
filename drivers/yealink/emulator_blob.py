"""Emulated Yealink phones of firmware v80 and v81: sign-in by an encrypted blob, call list of unknown shape.

Source: vendor sheet 1.1, 2.3, 3.3. The page of the call list is not known to anybody: the emulated one shows
no list, so that a reader which claims to read this generation is caught.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

from drivers.yealink.emulator_base import LOCK_MINUTES, YealinkPhone
from drivers.yealink.emulator_parts import aes_open, modulus_hex, rsa_open
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, form_fields, split_target

_KIND = "yealink-blob"


class BlobPhone(YealinkPhone):
    """One emulated phone with firmware v80 or v81."""

    list_path: ClassVar[str] = "p=contacts-callinfo"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._cookie_wins = self.habits.pick("session id", "body", "cookie")

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(
                b'<html><head><script>window.location ="/servlet?p=login&q=loginForm&jumpto=status"'
                b"</script></head></html>\r\n"
            )
        if path != "/servlet" or "m" in query:
            return self.missing()
        if "key" in query:
            return self.action_uri(request, query)
        if "phonecfg" in query:
            return self.phonecfg(request, query)
        page, action = query.get("p", ""), query.get("q", "load")
        if page == "login":
            return self._login(request, action)
        session = self.session(request, cookies(request).get("JSESSIONID"))
        if session is None:
            return self._login_page()
        if action != "load":
            return self.intruded(request)
        return self.reply(
            f'<html><head><script>var g_token = "{session.token}";</script></head>'
            f"<body><h1>{page}</h1><div>Loading...</div></body></html>\r\n".encode()
        )

    def _login(self, request: EmulatedRequest, action: str) -> EmulatedResponse:
        if action == "getsessionid":
            return self._session_id()
        if action != "login":
            return self._login_page()
        key = cookies(request).get("JSESSIONID", "")
        verdict = self.attempt(accepted=self._opens(form_fields(request), key))
        if verdict is not Verdict.DONE:
            return self._login_page(verdict)
        self.open_session(request, key)
        return self.redirect("/servlet?p=status&q=load")

    def _session_id(self) -> EmulatedResponse:
        key = self.issue()
        words = f"{modulus_hex(_KIND)},010001,"
        if self._cookie_wins == "cookie":
            stale = hashlib.sha256(key.encode()).hexdigest()[:24]
            return self.reply(f"{words}{stale}".encode(), ("Set-Cookie", f"JSESSIONID={key}; path=/"))
        return self.reply(f"{words}{key}".encode())

    def _opens(self, fields: dict[str, str], key: str) -> bool:
        text = aes_open(
            rsa_open(_KIND, fields.get("key", "")),
            rsa_open(_KIND, fields.get("iv", "")),
            fields.get("data", ""),
        )
        if text is None or not self.was_issued(key):
            return False
        seal, _, rest = text.partition(b";")
        if seal.lower() != f"md5={hashlib.md5(rest, usedforsecurity=False).hexdigest()}".encode():
            return False
        own = self.memory.credentials
        head, _, tail = rest.decode("utf-8", "replace").partition(";")
        return head.startswith("rand=") and (
            tail == f"sessionid={key};username={own.username};pwd={own.password};"
        )

    def _login_page(self, verdict: Verdict | None = None) -> EmulatedResponse:
        locked = f"You are not authorized, please try again {LOCK_MINUTES} minutes later"
        note = f'<script>T("{locked}")</script>' if verdict is Verdict.LOCKED else ""
        return self.reply(
            f'<html><head><script type="text/javascript" src="/js/rsa.js?{self.memory.firmware}"></script>'
            f'</head><body>{note}<form name="formInput"><input type="text" name="username">'
            '<input type="password" name="pwd"></form></body></html>\r\n'.encode()
        )
