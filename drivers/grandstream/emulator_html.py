"""Emulated BT200, GXP280, GXP14xx and early GXP21xx: forms in HTML, a password alone, no call list.

Source: vendor sheet 1, rows A and B. What their pages look like beyond the sign-in is not documented.
"""

from __future__ import annotations

from drivers.grandstream.emulator_base import GrandstreamPhone
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory
from phonesync.driver.emulator_kit import Verdict, cookies, form_fields, split_target

_KEY = "0b82"
_OLDEST = ("BT", "GXP2000", "GXP280")


class HtmlPhone(GrandstreamPhone):
    """One emulated phone with an old HTML interface, at the root or under ``/cgi-bin``."""

    list_path = "/status.htm"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        oldest = memory.model.startswith(_OLDEST)
        self._login = "/dologin.htm" if oldest else "/cgi-bin/dologin"
        self._writes = {"/update.htm", "/rs.htm"} if oldest else {"/cgi-bin/update", "/cgi-bin/rs"}
        self._cookie = self.habits.pick("cookie", "session_id", "SessionId")

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O."""
        path, _ = split_target(request.target)
        if path == self._login and request.method == "POST":
            return self._sign_in(request)
        if path in self._writes:
            self.intrusions.append(request.target)
            return self._login_page()
        if path in {"/", self._login}:
            return self._login_page()
        if path.startswith("/cgi-bin/") or not path.endswith(".htm"):
            return self.missing()
        if self.session(cookies(request).get(self._cookie)) is None:
            return self._login_page()
        return self._status()

    def _sign_in(self, request: EmulatedRequest) -> EmulatedResponse:
        fields = form_fields(request)
        complete = fields.get("gnkey") == _KEY and "Login" in fields
        right = complete and fields.get("P2") == self.memory.credentials.password
        if self.attempt(accepted=right) is not Verdict.DONE:
            return self._login_page("Your login password is not recognized.")
        session = self.open_session(self.memory.credentials.username)
        return self._status(("Set-Cookie", f"{self._cookie}={session.sid}; path=/"))

    def _login_page(self, words: str = "") -> EmulatedResponse:
        """The sign-in; shown after a wrong password, locked or not, it names its own address again."""
        return self.reply(
            "<html><head><title>Grandstream Device Configuration</title></head><body>"
            f'<p>{words}</p><form action="{self._login}" method="post">'
            f'<input name="P2" type="password"><input name="gnkey" type="hidden" value="{_KEY}">'
            '<input name="Login" type="submit" value="Login"></form></body></html>\n'.encode()
        )

    def _status(self, *headers: tuple[str, str]) -> EmulatedResponse:
        memory = self.memory
        return self.reply(
            f"<html><head><title>Grandstream Device Configuration</title></head><body><table>"
            f"<tr><td>Product Model</td><td>{memory.model}</td></tr>"
            f"<tr><td>Software Version</td><td>Program-- {memory.firmware}</td></tr>"
            "</table></body></html>\n".encode(),
            *headers,
        )
