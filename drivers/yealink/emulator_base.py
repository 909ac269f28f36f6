"""What every emulated Yealink phone does whatever its generation: sessions, lock-out, plain answers.

Source: vendor sheet 1.2, 2.7, 2.8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from drivers.yealink.emulator_parts import bare_mac, basic_credentials
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Habits, RemoteControl, Verdict

IDLE_LOGOUT = timedelta(minutes=5)  # features.relog_offtime, default 5 minutes
LOCK_MINUTES = 3
LOCK = timedelta(minutes=LOCK_MINUTES)
WRONG_UNTIL_LOCK = 5
_ISSUED_AT_MOST = 32


@dataclass(slots=True, kw_only=True)
class WebSession:
    """One signed-in browser; the phone ties it to address and scheme."""

    key: str
    peer: str
    secure: bool
    seen: datetime
    token: str = field(default="", repr=False)


class YealinkPhone:
    """The part of a web interface that does not depend on the generation.

    Besides :class:`phonesync.driver.emulation.Emulator` it offers what fault injection needs (``list_path``,
    :meth:`lock_out`, :meth:`occupy`, :meth:`expire`) and what a test of politeness needs.

    Attributes:
        list_path: Part of the target of the request that reads the call lists.
        wrong_passwords: Sign-ins with a wrong user or password, also while locked.
        refused_while_locked: Sign-ins with the right password that met a lock.
        sign_ins: Sign-ins that were let in.
        sign_outs: Sessions ended by a sign-out.
        intrusions: Targets of requests that a mere reader must never send: dialling, writing, rebooting.
        written: Targets of requests that wrote a contact, or would have.
        remote: Who may let it dial by Action URI.
    """

    list_path: ClassVar[str] = ""

    def __init__(self, memory: PhoneMemory) -> None:
        self.memory = memory
        self.habits = Habits(memory.mac)
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
        self._issued: dict[str, None] = {}
        self._serial = 0
        self._birth = f"{memory.mac}/{memory.firmware}/{memory.now().isoformat()}"
        spellings: tuple[Callable[[str], str], ...] = (str, str, str.lower, str.upper)
        self._spelling = self.habits.pick("header spelling", *spellings)

    # What the farm does to a phone.

    def reboot(self) -> None:
        """Forgets sessions and lock-outs."""
        self._failures = 0
        self._locked_until = None
        self.expire()

    def lock_out(self) -> None:
        """Locks sign-in from now on, as if somebody had tried wrong passwords, and ends all sessions."""
        self.expire()
        self._failures = WRONG_UNTIL_LOCK
        self._locked_until = self.memory.now() + LOCK

    def expire(self) -> None:
        """Ends every session, as idle logout does."""
        self._sessions.clear()
        self._issued.clear()

    def occupy(self, peer: str) -> None:
        """Somebody at address ``peer`` signs in and works on the phone's web page."""
        self._open_session(self._new_id(), peer=peer, secure=False)

    # Sign-in and sessions.

    def attempt(self, *, accepted: bool) -> Verdict:
        """Counts one attempt to sign in; each one during a lock restarts the lock (sheet 2.8).

        Args:
            accepted: User and password are right.
        """
        now = self.memory.now()
        if not accepted:
            self.wrong_passwords += 1
        if self._locked_until is not None and now < self._locked_until:
            self._locked_until = now + LOCK
            self.refused_while_locked += accepted
            return Verdict.LOCKED
        if self._locked_until is not None:
            self._locked_until = None
            self._failures = 0
        if accepted:
            self._failures = 0
            self.sign_ins += 1
            return Verdict.DONE
        self._failures += 1
        if self._failures >= WRONG_UNTIL_LOCK:
            self._locked_until = now + LOCK
        return Verdict.WRONG

    def is_right(self, username: str, password: str) -> bool:
        """True for the phone's own credentials."""
        own = self.memory.credentials
        return username == own.username and password == own.password

    def issue(self) -> str:
        """A session id for a browser that has not signed in yet."""
        key = self._new_id()
        self._issued[key] = None
        while len(self._issued) > _ISSUED_AT_MOST:
            del self._issued[next(iter(self._issued))]
        return key

    def was_issued(self, key: str) -> bool:
        """True where this phone handed out ``key`` and it is still good for a sign-in."""
        return key in self._issued

    def open_session(self, request: EmulatedRequest, key: str | None = None) -> WebSession:
        """Opens a session for the sender of ``request``."""
        return self._open_session(key or self._new_id(), peer=request.peer, secure=request.secure)

    def session(self, request: EmulatedRequest, key: str | None) -> WebSession | None:
        """The live session of that key from that address over that scheme; its idle time starts anew."""
        found = self._sessions.get(key) if key else None
        if found is None or (found.peer, found.secure) != (request.peer, request.secure):
            return None
        now = self.memory.now()
        if now - found.seen >= IDLE_LOGOUT:
            del self._sessions[found.key]
            return None
        found.seen = now
        return found

    def live_sessions(self) -> list[WebSession]:
        """Sessions that have not idled out."""
        now = self.memory.now()
        self._sessions = {
            key: session for key, session in self._sessions.items() if now - session.seen < IDLE_LOGOUT
        }
        return list(self._sessions.values())

    def close_session(self, session: WebSession) -> None:
        """Ends one session at its user's wish."""
        self.sign_outs += 1
        self._sessions.pop(session.key, None)

    def _open_session(self, key: str, *, peer: str, secure: bool) -> WebSession:
        self.live_sessions()
        token = hashlib.sha256(f"{key}/token".encode()).hexdigest()[
            : self.habits.pick("token length", 16, 17)
        ]
        session = WebSession(key=key, peer=peer, secure=secure, seen=self.memory.now(), token=token)
        self._sessions[key] = session
        return session

    def _new_id(self) -> str:
        self._serial += 1
        return hashlib.sha256(f"{self._birth}/{self._serial}".encode()).hexdigest()[:24]

    # Answers.

    def reply(
        self,
        content: bytes,
        *headers: tuple[str, str],
        status: int = 200,
        content_type: str = "text/html; charset=UTF-8",
    ) -> EmulatedResponse:
        """An answer with this phone's way of spelling header names."""
        spell = self._spelling
        all_headers = (("Content-Type", content_type), ("Cache-Control", "no-cache"), *headers)
        return EmulatedResponse(
            status=status,
            headers=tuple((spell(name), value) for name, value in all_headers),
            content=content,
        )

    def redirect(self, location: str, *headers: tuple[str, str]) -> EmulatedResponse:
        """A redirect on the same phone."""
        return self.reply(b"", ("Location", location), *headers, status=302)

    def missing(self) -> EmulatedResponse:
        """The answer for a page that does not exist."""
        return self.reply(b"<html><head><title>404</title></head><body>Not Found</body></html>", status=404)

    def intruded(self, request: EmulatedRequest) -> EmulatedResponse:
        """Notes a request that a reader must never send; nothing happens on the phone."""
        self.intrusions.append(request.target)
        return self.reply(b"<html><body>1</body></html>")

    def action_uri(self, request: EmulatedRequest, query: Mapping[str, str]) -> EmulatedResponse:
        """An order by Action URI (sheet 4.3): user and password in the query, ``key`` behind them.

        What is answered to a wrong password, and to an order to dial during a call, no sheet says: each
        phone has a way of its own.
        """
        if not query.get("key", "").startswith("number="):
            return self.intruded(request)
        if not self.remote.allows(request.peer):
            return self.placed(request, query)
        inline = (query.get("p"), query.get("q"), query.get("jumpto")) == ("login", "login", "URI")
        right = inline and self.is_right(query.get("username", ""), query.get("pwd", ""))
        verdict = self.attempt(accepted=right)
        if verdict is Verdict.LOCKED:
            lock = f'{{"authstatus":"lock","locktime":"{LOCK_MINUTES}"}}'
            return self.reply(lock.encode(), status=403)
        if verdict is Verdict.WRONG:
            if self.habits.flip("wrong password in an order"):
                return self.redirect("/servlet?p=login&q=loginForm&jumpto=status")
            return self.reply(b"<html><body>401 Unauthorized</body></html>", status=401)
        return self.placed(request, query)

    def placed(self, request: EmulatedRequest, query: Mapping[str, str]) -> EmulatedResponse:
        """Dials for an address that may order it, and says 200 whether a call is up or not."""
        if not self.remote.allows(request.peer):
            self.intrusions.append(request.target)
            return self.reply(b"<html><body>403 Forbidden</body></html>", status=403)
        account = query.get("outgoing_uri", "").partition("@")[0]
        self.remote.place(query["key"].removeprefix("number="), account)
        return self.reply(self.habits.pick("answer to an order", b"", b"<html><body>200 OK</body></html>"))

    def phonecfg(self, request: EmulatedRequest, query: Mapping[str, str]) -> EmulatedResponse:
        """``/servlet?phonecfg=get`` (sheet 1.2): HTTP Basic, apart from the web session.

        Most phones answer 403: our address is not on their action-URI list.
        """
        if self.habits.pick("action URI", "closed", "closed", "closed", "open") == "closed":
            return self.reply(b"<html><body>403 Forbidden</body></html>", status=403)
        challenge = ("WWW-Authenticate", 'Basic realm="Yealink"')
        sent = basic_credentials(request)
        if (
            sent is None
            or self.attempt(accepted=self.is_right(sent.username, sent.password)) is not Verdict.DONE
        ):
            return self.reply(b"<html><body>401 Unauthorized</body></html>", challenge, status=401)
        memory = self.memory
        lines = [
            f"FirmwareVersion={memory.firmware}",
            f"BuildVersion={memory.firmware.partition('.')[0]}.0.0.0.0.0.0",
            f"MACAddress={bare_mac(memory.mac)}",
            "DeviceID=EXAMPLE0001",
        ]
        if query.get("accounts") == "1":
            lines += [
                f"Account{line - 1}=1|a|b|c|d|{user}@{memory.server}"
                for line, user in sorted(memory.accounts.items())
            ]
        return self.reply("\r\n".join([*lines, ""]).encode(), content_type="text/plain")
