"""Emulated GXP21xx from 1.0.11 and GRP26xx: the challenge sign-in, two styles of cookies, and a guessed list.

Source: vendor sheet 1, 2.2, 3.2. The sign-in is documented by captures; that GRP26xx speaks it is a guess of
the sheet, and the body of the list is invented (:mod:`drivers.grandstream.emulator_history`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from drivers.grandstream.emulator_base import GrandstreamPhone, WebSession
from drivers.grandstream.emulator_history import InventedHistory
from drivers.grandstream.emulator_parts import colon_mac, settings_of
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, form_fields, split_target

_NONCES = 8
_ACCOUNTS_SHOWN = 3


class ChallengePhone(GrandstreamPhone):
    """What both styles of cookies share."""

    list_path: ClassVar[str] = "/cgi-bin/callhistories"
    idle: ClassVar[timedelta] = timedelta(seconds=60)  # as one working client found; dorefresh starts it anew

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._origin_too = self.habits.flip("Origin is mandatory")
        self._about = self.habits.pick("probe", "model.define.js", "api.values.get", "both")
        self._expired = self.habits.pick("expired history", "401", "body")
        self._nonces: list[str] = []
        self._history = InventedHistory(memory, self.habits)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(
                b'<html><head></head><body><script src="gxp.nocache.js"></script></body></html>'
            )
        if path == "/json/configs/model.define.js" and self._about != "api.values.get":
            return self._model()
        if path == "/cgi-bin/api.values.get" and request.method == "GET":
            self.sends_long_name(request, query)
            return self._probe(query)
        told = self.cti(request, path, query)
        if told is not None:
            return told
        if self.is_order(path):
            return self.intruded(request)
        refusal = self.unfit(request, origin_too=self._origin_too) if request.method == "POST" else None
        if refusal is not None:
            return refusal
        if path in {"/cgi-bin/access", "/cgi-bin/dologin"}:
            return self._sign_in(path, request)
        if path == "/cgi-bin/api-get_lockout":
            return self.success("lockout" if self.locked_for else "ok")
        return self._signed_in(request, path, query)

    # Who it is.

    def _model(self) -> EmulatedResponse:
        return self.json({
            "model": self.memory.model,
            "oem_id": "0",
            "vendor_name": "Grandstream",
            "vendor_fullname": "Grandstream Networks, Inc.",
            "defines": {"num_accounts": _ACCOUNTS_SHOWN},
        })  # fmt: skip

    def _probe(self, query: Mapping[str, str]) -> EmulatedResponse:
        if self._about == "model.define.js":
            return self.missing()
        asked = query.get("request", "").split(":")
        known = {"phone_model": self.memory.model, "1395": "0"}
        return self.success({name: known[name] for name in asked if name in known})

    # Sign-in.

    def _sign_in(self, path: str, request: EmulatedRequest) -> EmulatedResponse:
        if request.method != "POST":
            return self.missing()
        fields = form_fields(request)
        if path == "/cgi-bin/access":
            if "access" not in fields:
                return self.error("failed")
            nonce = self.token(31)
            self._nonces = [*self._nonces, nonce][-_NONCES:]
            return self.success(nonce)
        verdict = self.attempt(accepted=self._opens(fields))
        if verdict is Verdict.LOCKED:
            return self.error("locked", lockTime=self.lock_minutes)
        if verdict is Verdict.WRONG:
            return self.error(f"wrong{self.attempts_left}")
        return self._welcome(self.open_session(fields["username"]))

    def _opens(self, fields: Mapping[str, str]) -> bool:
        """The password was hashed with a nonce this phone gave out, and each opens once."""
        own = self.memory.credentials
        for nonce in self._nonces:
            hashed = hashlib.sha256((own.password + nonce).encode()).hexdigest()
            if fields.get("username") == own.username and fields.get("password") == hashed:
                self._nonces.remove(nonce)
                return True
        return False

    def _welcome(self, session: WebSession) -> EmulatedResponse:
        role = hashlib.sha256(f"{session.role}{session.sid}".encode()).hexdigest()
        session.role = role
        return self.success({
            "sid": session.sid,
            "role": role,
            "ver": self.memory.firmware,
            "mac": colon_mac(self.memory.mac),
            "defaultAuth": False,
            "defaultLogin": False,
        })  # fmt: skip

    def carried(self, request: EmulatedRequest, query: Mapping[str, str]) -> WebSession | None:
        """The live session that the request shows, in this phone's style."""
        del query
        return self.session(cookies(request).get("sid"))

    # Signed in.

    def _signed_in(self, request: EmulatedRequest, path: str, query: Mapping[str, str]) -> EmulatedResponse:
        session = self.carried(request, query)
        if session is None:
            return self._denied(path)
        if path == "/cgi-bin/callhistories" and request.method == "GET":
            return self._history.answer()
        if path == "/cgi-bin/config_get" and request.method == "GET":
            return self._config(query)
        if path == "/cgi-bin/dorefresh" and request.method == "POST":
            return self.success("refresh")
        if path == "/cgi-bin/dologout" and request.method == "POST":
            self.close_session(session)
            return self.success("logout")
        if request.method != "GET":
            self.intrusions.append(request.target)
        return self.missing()

    def _denied(self, path: str) -> EmulatedResponse:
        """An expired session: 401 on ``api-*``, a body on ``config_get``; elsewhere nobody knows."""
        if path == "/cgi-bin/config_get" or (path == self.list_path and self._expired == "body"):
            return self.error({"status": "session-expired"})
        return self.reply(b"<html><body>401 Unauthorized</body></html>", status=401)

    def _config(self, query: Mapping[str, str]) -> EmulatedResponse:
        known = settings_of(self.memory)
        asked = [name for name in query.get("pvalues", "").split(",") if name]
        # An unknown key gives an empty alias and an empty value.
        return self.json(
            {"configs": [{"alias": "", "pvalue": name, "value": known.get(name, "")} for name in asked]}
        )


class SidCookiePhone(ChallengePhone):
    """One emulated GRP26xx: the cookie ``sid`` alone; on some, one session for each account."""

    twice: ClassVar[bool] = False

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self.one_session = self.habits.flip("one session")


class IdentityCookiePhone(ChallengePhone):
    """One emulated GXP21xx: cookies for ``/cgi-bin``, and ``sid`` in the query."""

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._sid_of_history = self.habits.flip("history wants sid")

    def carried(self, request: EmulatedRequest, query: Mapping[str, str]) -> WebSession | None:
        """Both cookies, and ``sid=`` in the query where the path wants it."""
        sent = cookies(request)
        path = request.target.partition("?")[0]
        wants_sid = path.startswith("/cgi-bin/config_") or (path == self.list_path and self._sid_of_history)
        if wants_sid and query.get("sid") != sent.get("session-identity"):
            return None
        session = self.session(sent.get("session-identity"))
        return session if session is not None and sent.get("session-role") == session.role else None
