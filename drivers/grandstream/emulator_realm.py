"""Emulated GXV33xx and WP820, and DP7xx base stations: what is documented of them, which shows no call list.

Source: vendor sheet 1 (row F), 2.4, 3.4, 4.2. The vendor's chapters on calls of the GXV33xx are not in the
sheet; for DP7xx no sign-in and no list is known, only the CTI functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from drivers.grandstream.emulator_base import GrandstreamPhone
from drivers.grandstream.emulator_parts import settings_of
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, split_target

_USER = "gmiadmin"
_REALMS = 8


class RealmPhone(GrandstreamPhone):
    """One emulated GXV33xx or WP820."""

    list_path = "/cgi-bin/login"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        pick = self.habits.pick
        self._as_json = self.habits.flip("realm as JSON")
        self._cookie = pick("cookie", "session-identity", "sid")
        self._realms: list[str] = []

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(b'<html><body><div id="app"></div></body></html>')
        if path == "/cgi-bin/loginrealm":
            return self._realm()
        if path == "/cgi-bin/login":
            return self._sign_in(query)
        if self.is_order(path):
            return self.intruded(request)
        if path == "/cgi-bin/api.values.get":
            self.sends_long_name(request, query)
            signed_in = self.session(cookies(request).get(self._cookie)) is not None
            return self.success(self._values(query, everything=signed_in))
        return self.missing()

    def _realm(self) -> EmulatedResponse:
        realm = str(int(self.token(8), 16))
        self._realms = [*self._realms, realm][-_REALMS:]
        return self.success(realm) if self._as_json else self.reply(realm.encode(), content_type="text/plain")

    def _sign_in(self, query: Mapping[str, str]) -> EmulatedResponse:
        verdict = self.attempt(accepted=self._opens(query))
        if verdict is Verdict.LOCKED:
            return self.error("locked", lockTime=self.lock_minutes)
        if verdict is Verdict.WRONG:
            return self.error(f"wrong{self.attempts_left}")
        session = self.open_session(_USER)
        return self.success("login", ("Set-Cookie", f"{self._cookie}={session.sid}; Path=/"))

    def _opens(self, query: Mapping[str, str]) -> bool:
        for realm in self._realms:
            words = f"{_USER}:{realm}:{self.memory.credentials.password}"
            secret = hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()
            if (query.get("Username"), query.get("Secret")) == (_USER, secret):
                self._realms.remove(realm)
                return True
        return False

    def _values(self, query: Mapping[str, str], *, everything: bool) -> dict[str, str]:
        """Without a sign-in the vendor says "limited return"; that means the model alone here, a guess."""
        known = settings_of(self.memory)
        public = {"phone_model", "vendor_name"}
        names = query.get("request", "").split(":")
        return {name: known[name] for name in names if name in known and (everything or name in public)}


class BaseStation(GrandstreamPhone):
    """One emulated DP7xx: it says what it is, and answers CTI."""

    list_path = "/cgi-bin/api-get_line_status"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._about = self.habits.pick("probe", "model.define.js", "api.values.get")

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(b"<html><head><title>DECT base station</title></head><body></body></html>")
        if path == "/json/configs/model.define.js" and self._about == "model.define.js":
            return self.json({"model": self.memory.model, "vendor_name": "Grandstream", "defines": {}})
        if path == "/cgi-bin/api.values.get" and self._about == "api.values.get":
            self.sends_long_name(request, query)
            known = {"phone_model": self.memory.model, "1395": "0"}
            names = query.get("request", "").split(":")
            return self.success({name: known[name] for name in names if name in known})
        if self.is_order(path):
            return self.intruded(request)
        if path in {"/cgi-bin/api-get_line_status", "/cgi-bin/api-get_accounts"}:
            return self._cti(path, query)
        return self.missing()

    def _cti(self, path: str, query: Mapping[str, str]) -> EmulatedResponse:
        right = query.get("passcode") == self.memory.credentials.password
        if self.attempt(accepted=right) is not Verdict.DONE:
            return self.error("failed")
        lines = sorted(self.memory.accounts.items())
        if path.endswith("accounts"):
            server = self.memory.server
            return self.success([
                {"id": line, "sip_server": server, "sip_id": user, "name": user, "reg": 1}
                for line, user in lines
            ])  # fmt: skip
        idle = {"state": "idle", "acct": "", "remotename": "", "remotenumber": "", "active": 0}
        return self.success([{"line": line, **idle} for line, _ in lines])
