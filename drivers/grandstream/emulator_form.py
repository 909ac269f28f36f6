"""Emulated GXP16xx: JSON over a plain form, HTTP that phones break, a weak spot in front of the sign-in.

Source: vendor sheet 1, 2.1, 5.4, 7 (1 and 2). These phones have no page that shows calls. What breaks their
HTTP is seen on a real socket only: a shebang line before the status line or among the headers, ``Set-Cookie:
HttpOnly``, cookies joined by commas, answers without a length. Which unit does what is not known; each has
one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from drivers.grandstream.emulator_base import GrandstreamPhone, WebSession
from drivers.grandstream.emulator_contacts import save
from drivers.grandstream.emulator_parts import settings_of
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, form_fields, split_target

_MENDED = (1, 0, 7, 81)
_CRASHED_FOR = timedelta(minutes=1)
_SHEBANG = "#!/bin/sh"
_SAVE = "/cgi-bin/api-save_contact"
_PUBLIC = {"phone_model", "1395", "vendor_name", "vendor_fullname"}


class FormPhone(GrandstreamPhone):
    """One emulated GXP16xx."""

    always_tells_state: ClassVar[bool] = True

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        pick = self.habits.pick
        self._break = pick("HTTP", "none", "cookie", "shebang first", "shebang among", "no length", "joined")
        self._forbidden_status = pick("forbidden", 403, 200)
        self._refusal = pick("wrong password", "wrongN", "failed")
        self._signs_out = self.habits.flip("sign-out")
        self._thanks: object = pick("answer to a contact", "complete", {"status": "right"}, None)
        self._crashed_until: datetime | None = None

    def reboot(self) -> None:
        """Forgets sessions, lock-outs and a crash."""
        super().reboot()
        self._crashed_until = None

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O; a crashed phone answers none for a minute."""
        if self._crashed_until is not None and self.memory.now() < self._crashed_until:
            return EmulatedResponse(hung_up=True)
        path, query = split_target(request.target)
        fields = {**query, **form_fields(request)}
        if path == "/cgi-bin/api.values.get" and self._overflows(request, fields):
            return EmulatedResponse(hung_up=True)
        return self._broken(path, self._page(request, path, fields))

    def _page(  # noqa: PLR0911  one return a page
        self, request: EmulatedRequest, path: str, fields: Mapping[str, str]
    ) -> EmulatedResponse:
        if path == "/":
            return self.reply(
                b'<html><head></head><body><script src="gxp.nocache.js"></script></body></html>'
            )
        if not path.startswith("/cgi-bin/"):
            return self.missing()
        told = self.cti(request, path, fields)
        if told is not None:
            return told
        if self.is_order(path) and path != _SAVE:
            return self.intruded(request)
        if path == "/cgi-bin/api.values.get" and "sid" not in fields:
            return self.success(self._values(fields, only=_PUBLIC))
        if request.method == "POST":
            refusal = self.unfit(request, origin_too=False, status=self._forbidden_status)
            if refusal is not None:
                return refusal
        if path == "/cgi-bin/dologin":
            return self._sign_in(request, fields)
        return self._signed_in(request, path, fields)

    def _overflows(self, request: EmulatedRequest, fields: Mapping[str, str]) -> bool:
        """A long name was sent: a request no reader may send; phones that are not mended crash."""
        if not self.sends_long_name(request, fields):
            return False
        if _version(self.memory.firmware) >= _MENDED:
            return False
        self.expire()
        self._crashed_until = self.memory.now() + _CRASHED_FOR
        return True

    # Sign-in.

    def _sign_in(self, request: EmulatedRequest, fields: Mapping[str, str]) -> EmulatedResponse:
        if request.method != "POST":
            return self.missing()
        own = self.memory.credentials
        # Older ones take a password alone.
        user = fields.get("username", own.username)
        verdict = self.attempt(accepted=self.is_right(user, fields.get("password", "")))
        if verdict is Verdict.LOCKED:
            return self.error("locked")
        if verdict is Verdict.WRONG:
            return self.error(f"wrong{self.attempts_left}" if self._refusal == "wrongN" else "failed")
        session = self.open_session(user)
        body = {"sid": session.sid, "role": session.role, "defaultAuth": False}
        return self.success(body, *self._set_cookies(session))

    def _set_cookies(self, session: WebSession) -> tuple[tuple[str, str], ...]:
        """None of them is of use as it comes: clients build their own from ``sid`` and ``role``."""
        if self._break == "cookie":
            return (("Set-Cookie", "HttpOnly"),)
        if self._break == "joined":
            joined = f"HttpOnly, session-role={session.role}, session-identity={session.sid}"
            return (("Set-Cookie", joined),)
        return ()

    # Signed in.

    def _signed_in(self, request: EmulatedRequest, path: str, fields: Mapping[str, str]) -> EmulatedResponse:
        session = self.session(fields.get("sid"))
        sent = cookies(request)
        shown = (sent.get("session-identity"), sent.get("session-role"))
        if session is None or shown != (session.sid, session.role):
            return self.error({"status": "session-expired"})
        if path == "/cgi-bin/api.values.get":
            return self.success(self._values(fields))
        if path == _SAVE and request.method == "POST":
            self.written.append(request.target)
            saved = save(self.memory.directory, fields)
            return self.success(self._thanks) if saved else self.error("failed")
        if path == "/cgi-bin/dologout" and self._signs_out and request.method == "POST":
            self.close_session(session)
            return self.success("logout")
        return self.missing()

    def _values(self, fields: Mapping[str, str], *, only: set[str] | None = None) -> dict[str, str]:
        known = settings_of(self.memory)
        found: dict[str, str] = {}
        for name in fields.get("request", "").split(":"):
            key = name.removeprefix("P") if name[1:].isdigit() else name
            if key in known and (only is None or key in only):
                found[name] = known[key]
        return found

    # What breaks HTTP.

    def _broken(self, path: str, answer: EmulatedResponse) -> EmulatedResponse:
        old = replace(answer, version="HTTP/1.0")
        if self._break in {"cookie", "joined"}:
            return old
        if self._break == "shebang first" and path == "/cgi-bin/api.values.get":
            return replace(old, prelude=(_SHEBANG,))
        if self._break == "shebang among" and path == "/cgi-bin/api.values.get":
            head, *rest = answer.headers
            return replace(old, headers=(head, ("", _SHEBANG), *rest))
        if self._break == "no length" and self._sessions:
            return replace(answer, length_known=False, says_close=False)
        return answer


def _version(firmware: str) -> tuple[int, ...]:
    return tuple(int(part) for part in firmware.split(".") if part.isdigit())
