"""What every emulated Grandstream phone does whatever its generation: sessions, lock-out, refusals.

Source: vendor sheet 2.2, 2.5, 3.3, 4.2. What the sheet leaves open is chosen by each phone for itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Habits, RemoteControl, Verdict

ATTEMPTS = 5  # P28117, default
LOCK = timedelta(minutes=5)  # P1683, default
LONGEST_NAME = 64
"""Bytes of the stack buffer that a name in ``request=`` is copied to on GXP16xx (CVE-2026-2329)."""

JSON = "application/json"
HTML = "text/html"

_STATE, _CALL = "/cgi-bin/api-get_phone_status", "/cgi-bin/api-make_call"

_ORDERS = (
    "api-make_call",
    "api-phone_operation",
    "api-send_key",
    "api-sys_operation",
    "api-change_default_password",
    "api-save_contact",
    "api-delete_contact",
    "api-delete_all_contact",
    "api-add_group",
    "api-edit_delete_group",
    "api.values.post",
    "config_update",
    "update",
    "rs",
)


@dataclass(slots=True, kw_only=True)
class WebSession:
    """One signed-in browser."""

    sid: str
    user: str
    role: str
    seen: datetime


class GrandstreamPhone:
    """The part of a web interface that does not depend on the generation.

    Besides :class:`phonesync.driver.emulation.Emulator` it offers what fault injection needs (``list_path``,
    :meth:`lock_out`, :meth:`occupy`, :meth:`expire`) and what a test of politeness needs.

    Attributes:
        list_path: Part of the target of the request that reads the call lists, or of any signed-in one where
            the generation shows no list.
        always_tells_state: Whether it has a call is told to any machine (GXP16xx: CTI is on by default).
        twice: The password of an order may be wanted under its other name.
        idle: A session left alone for so long ends.
        one_session: A second sign-in of the same user ends the first.
        wrong_passwords: Sign-ins with a wrong user or password, also while locked.
        refused_while_locked: Sign-ins with the right password that met a lock.
        sign_ins: Sign-ins that were let in.
        sign_outs: Sessions ended by a sign-out.
        intrusions: Targets of requests that a mere reader must never send: dialling, writing, deleting,
            rebooting, and names long enough to crash the phone.
        written: Targets of requests that wrote a contact, or would have.
        remote: Who may let it dial by CTI.
    """

    list_path: ClassVar[str] = "/cgi-bin/api.values.get"
    always_tells_state: ClassVar[bool] = False
    twice: ClassVar[bool] = True
    idle: ClassVar[timedelta] = timedelta(minutes=10)  # P28116, default

    def __init__(self, memory: PhoneMemory) -> None:
        self.memory = memory
        self.habits = Habits(memory.mac)
        self.one_session = False
        self.wrong_passwords = 0
        self.refused_while_locked = 0
        self.sign_ins = 0
        self.sign_outs = 0
        self.intrusions: list[str] = []
        self.written: list[str] = []
        self.remote = RemoteControl()
        self._failures = 0
        self._locked_until: datetime | None = None
        self._sessions: dict[str, WebSession] = {}
        self._serial = 0
        self._birth = f"{memory.mac}/{memory.firmware}/{memory.now().isoformat()}"

    # What the farm does to a phone.

    def reboot(self) -> None:
        """Forgets sessions and lock-outs."""
        self._failures = 0
        self._locked_until = None
        self.expire()

    def lock_out(self) -> None:
        """Locks sign-in from now on, as if somebody had tried wrong passwords, and ends all sessions."""
        self.expire()
        self._failures = ATTEMPTS
        self._locked_until = self.memory.now() + LOCK

    def expire(self) -> None:
        """Ends every session, as idle logout does."""
        self._sessions.clear()

    def occupy(self, peer: str) -> None:  # noqa: ARG002  these phones do not tell who is signed in
        """Somebody signs in as the same user; where there is one session for each, the reader's ends."""
        self.open_session(self.memory.credentials.username)

    # Sign-in and sessions.

    def attempt(self, *, accepted: bool) -> Verdict:
        """Counts one attempt to sign in; a lock lasts its minutes whatever is tried meanwhile.

        Args:
            accepted: User and password are right.
        """
        self.wrong_passwords += not accepted
        if self.locked_for > timedelta(0):
            self.refused_while_locked += accepted
            return Verdict.LOCKED
        if accepted:
            self._failures = 0
            self.sign_ins += 1
            return Verdict.DONE
        self._failures += 1
        if self._failures >= ATTEMPTS:
            self._locked_until = self.memory.now() + LOCK
            return Verdict.LOCKED
        return Verdict.WRONG

    @property
    def attempts_left(self) -> int:
        """Wrong passwords until the lock: the N of ``wrongN``."""
        return ATTEMPTS - self._failures

    @property
    def locked_for(self) -> timedelta:
        """How long sign-in stays locked; a lock that is over forgets the failures that led to it."""
        if self._locked_until is None:
            return timedelta(0)
        left = self._locked_until - self.memory.now()
        if left <= timedelta(0):
            self._locked_until = None
            self._failures = 0
            return timedelta(0)
        return left

    @property
    def lock_minutes(self) -> int:
        """Whole minutes until the lock ends, as ``lockTime`` says them (sheet 2.2: minutes on the phone)."""
        return -(-int(self.locked_for.total_seconds()) // 60)

    def is_right(self, username: str, password: str) -> bool:
        """True for the phone's own credentials."""
        own = self.memory.credentials
        return username == own.username and password == own.password

    def open_session(self, user: str, *, role: str = "admin") -> WebSession:
        """Opens a session for ``user``; where there is one for each account, the one before ends."""
        if self.one_session:
            self._sessions = {sid: one for sid, one in self._sessions.items() if one.user != user}
        opened = WebSession(sid=self.token(63), user=user, role=role, seen=self.memory.now())
        self._sessions[opened.sid] = opened
        return opened

    def session(self, sid: str | None) -> WebSession | None:
        """The live session of that id; its idle time starts anew."""
        found = self._sessions.get(sid) if sid else None
        if found is None:
            return None
        now = self.memory.now()
        if now - found.seen >= self.idle:
            del self._sessions[found.sid]
            return None
        found.seen = now
        return found

    def close_session(self, session: WebSession) -> None:
        """Ends one session at its user's wish."""
        self.sign_outs += 1
        self._sessions.pop(session.sid, None)

    def token(self, length: int) -> str:
        """A fresh secret of so many hex digits, at most 64."""
        self._serial += 1
        return hashlib.sha256(f"{self._birth}/{self._serial}".encode()).hexdigest()[:length]

    # Answers.

    def reply(
        self,
        content: bytes,
        *headers: tuple[str, str],
        status: int = 200,
        content_type: str = HTML,
    ) -> EmulatedResponse:
        """A plain answer."""
        return EmulatedResponse(
            status=status, headers=(("Content-Type", content_type), *headers), content=content
        )

    def json(self, value: object, *headers: tuple[str, str], status: int = 200) -> EmulatedResponse:
        """An answer in JSON, under the content type this phone gives it."""
        content_type = self.habits.pick("content type", JSON, "text/html", "application/json; charset=utf-8")
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.reply(content, *headers, status=status, content_type=content_type)

    def success(self, body: object, *headers: tuple[str, str]) -> EmulatedResponse:
        """``{"response":"success","body":…}``."""
        return self.json({"response": "success", "body": body}, *headers)

    def error(self, body: object, **more: object) -> EmulatedResponse:
        """``{"response":"error","body":…}``, status 200."""
        return self.json({"response": "error", "body": body, **more})

    def missing(self) -> EmulatedResponse:
        """The answer for a page that does not exist."""
        return self.reply(b"<html><head><title>404</title></head><body>Not Found</body></html>", status=404)

    def forbidden(self, *, status: int = 403) -> EmulatedResponse:
        """A bare page instead of an answer (sheet 2.1: status 403, or a body containing ``Forbidden``)."""
        return self.reply(b"<html><body><h1>403 Forbidden</h1></body></html>", status=status)

    def intruded(self, request: EmulatedRequest) -> EmulatedResponse:
        """Notes a request that a reader must never send; nothing happens on the phone."""
        self.intrusions.append(request.target)
        return self.error("failed")

    # CTI.

    def cti(self, request: EmulatedRequest, path: str, fields: Mapping[str, str]) -> EmulatedResponse | None:
        """CTI (sheet 4.2), which takes the password in the query; None for what is none of it.

        What an address is answered that is not allowed, and whether GXP wants its password once or twice, no
        sheet says: each phone has a way of its own.
        """
        if path not in {_STATE, _CALL}:
            return None
        if not self.remote.allows(request.peer) and (path == _CALL or not self.always_tells_state):
            if path == _CALL:
                self.intrusions.append(request.target)
            return self.forbidden() if self.habits.flip("orders from elsewhere") else self.error("failed")
        wanted = "passcode"
        if path == _CALL and self.twice:
            wanted = self.habits.pick("password of an order", "passcode", "password")
        right = fields.get(wanted) == self.memory.credentials.password
        if self.attempt(accepted=right) is not Verdict.DONE:
            return self.error("failed")
        if path == _STATE:
            busy = self.habits.pick("word for a call", "busy", "oncall", "ringing")
            return self.success(busy if self.remote.in_call else "available")
        if not fields.get("phonenumber") or not self.remote.place(fields["phonenumber"]):
            return self.error(body=False)
        return self.success(body=True)

    # Rules about requests.

    def unfit(
        self, request: EmulatedRequest, *, origin_too: bool, status: int = 403
    ) -> EmulatedResponse | None:
        """What a form POST is answered that breaks the rules of sheet 2.1 and 2.2, or None for a fit one.

        Args:
            request: The POST.
            origin_too: ``Origin`` is as mandatory as ``Referer`` (one working client says so).
            status: Of the refusal.
        """
        if request.header("Content-Length") is None:
            return self.reply(b"<html><body>411 Length Required</body></html>", status=411)
        headers = ("Referer", "Origin") if origin_too else ("Referer",)
        if not all(_names_host(request.header(name), request.header("Host")) for name in headers):
            return self.forbidden(status=status)
        return None

    def sends_long_name(self, request: EmulatedRequest, fields: Mapping[str, str]) -> bool:
        """Notes a name in ``request=`` long enough to crash a phone that is not mended.

        A reader that does not know yet what it speaks to must not send one to any phone (sheet 1).
        """
        if all(len(name.encode()) <= LONGEST_NAME for name in fields.get("request", "").split(":")):
            return False
        self.intrusions.append(request.target)
        return True

    def is_order(self, path: str) -> bool:
        """The path does something to the phone or its calls: nothing a reader asks for."""
        name = path.removeprefix("/cgi-bin/")
        return name != path and name in _ORDERS


def _names_host(sent: str | None, host: str | None) -> bool:
    """``Referer`` or ``Origin`` name the host that was asked."""
    if sent is None or host is None:
        return False
    return urlsplit(sent).hostname == urlsplit(f"//{host}").hostname
