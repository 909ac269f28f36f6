"""Emulated Yealink phones of firmware v71 to v73: a plain form, ``T("...")`` texts, three HTML tables.

Source: vendor sheet 1.1, 2.2, 3.2. No year, no seconds; the display name is not shown to a reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from drivers.yealink.emulator_base import LOCK_MINUTES, YealinkPhone
from drivers.yealink.emulator_parts import THREE_LISTS, date_words, script_text
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory, StoredRow
from phonesync.driver.emulator_kit import RenderedLists, RowTexts, Verdict, cookies, form_fields, split_target
from phonesync.model import ListName

_TABLES = {
    ListName.PLACED: "CallDialedListContent",
    ListName.MISSED: "CallMissedListContent",
    ListName.RECEIVED: "CallReceivedListContent",
}
_HARMLESS = frozenset({"load", "loginForm"})


def remote_uri(row: StoredRow) -> str:
    """``number@host`` as far as the row has them."""
    return f"{row.number}@{row.host}" if row.host else row.number


class FormPhone(YealinkPhone):
    """One emulated phone with firmware v71 to v73."""

    list_path: ClassVar[str] = "p=contacts-callinfo"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._cookie = self.habits.pick("cookie", "JSESSIONID", "SESSIONID")
        self._cells = self.habits.pick("cells 3 and 4", "?", "account", "name")
        self._header_row = self.habits.flip("header row")
        self._early_cookie = self.habits.flip("cookie before sign-in")
        self._texts = {name: RowTexts(self._cells_of) for name in THREE_LISTS}
        self._lists = RenderedLists(memory, THREE_LISTS, self._tables)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(
                b'<html><head><script type="text/javascript">\r\n'
                b'window.location ="/servlet?p=login&q=loginForm&jumpto=status";\r\n'
                b"</script></head><body></body></html>\r\n"
            )
        if path != "/servlet" or "m" in query:
            return self.missing()
        if "key" in query:
            return self.action_uri(request, query)
        page, action = query.get("p", ""), query.get("q", "load")
        if page == "login":
            return self._sign_in(request, query) if action == "login" else self._login_page()
        session = self.session(request, cookies(request).get(self._cookie))
        if session is None:
            return self._login_page()
        if action not in _HARMLESS:
            return self.intruded(request)
        token = str(int(session.token, 16) % 10**9)
        if page == "contacts-callinfo":
            return self._page("Call Log", token, self._lists.text())
        if page == "status":
            return self._page("Status", token, self._status())
        return self.missing()

    def _sign_in(self, request: EmulatedRequest, query: Mapping[str, str]) -> EmulatedResponse:
        fields = {**query, **form_fields(request)}
        right = self.is_right(fields.get("username", ""), fields.get("pwd", ""))
        verdict = self.attempt(accepted=right)
        if verdict is not Verdict.DONE:
            return self._login_page(verdict)
        session = self.open_session(request)
        return self.redirect(
            f"/servlet?p={fields.get('jumpto') or 'status'}&q=load",
            ("Set-Cookie", f"{self._cookie}={session.key}; Path=/"),
        )

    def _login_page(self, verdict: Verdict | None = None) -> EmulatedResponse:
        words = {
            Verdict.WRONG: "The user name or password is wrong!",
            Verdict.LOCKED: f"You are not authorized, please try again {LOCK_MINUTES} minutes later",
        }
        note = f'<div id="tip"><script>T("{words[verdict]}")</script></div>\r\n' if verdict in words else ""
        body = (
            "<html><head><title>"
            f'<script>T("Enterprise IP phone {self.memory.model}")</script></title></head><body>\r\n'
            f"{note}"
            '<form name="formInput" method="post" action="/servlet?p=login&q=login">\r\n'
            '<label><script>T("Username")</script></label><input type="text" name="username" value="">\r\n'
            '<label><script>T("Password")</script></label>'
            '<input type="password" name="pwd" maxlength="32">\r\n'
            '<input type="hidden" name="jumpto" value="status"><input type="hidden" name="acc" value="">\r\n'
            "</form></body></html>\r\n"
        )
        early = ("Set-Cookie", f"{self._cookie}={self.issue()}; Path=/")
        return self.reply(body.encode(), *([early] if self._early_cookie else []))

    def _page(self, title: str, token: str, inner: bytes) -> EmulatedResponse:
        return self.reply(
            b"".join(
                (
                    f'<html><head><script>var g_token = "{token}";</script></head><body>\r\n'.encode(),
                    f'<h1><script>T("{title}")</script></h1>\r\n'.encode(),
                    inner,
                    b"\r\n</body></html>\r\n",
                )
            )
        )

    def _status(self) -> bytes:
        return (
            f'<table><tr><td><script>T("Firmware Version")</script></td><td>{self.memory.firmware}</td></tr>'
            f'<tr><td><script>T("Product Name")</script></td><td>{self.memory.model}</td></tr></table>'
        ).encode()

    def _tables(self, rows: Mapping[ListName, Sequence[StoredRow]]) -> bytes:
        tables = {_TABLES[name]: self._rows(self._texts[name].of(listed)) for name, listed in rows.items()}
        return "\r\n".join(
            f'<div id="{key}"><table>{table}</table></div>' for key, table in tables.items()
        ).encode()

    def _rows(self, rows: Sequence[str]) -> str:
        titles = ("Index", "Date", "Time", "Local Identity", "Name")
        head = "".join(f'<td><script>T("{title}")</script></td>' for title in titles)
        shown = [f"<tr>{head}</tr>"] if self._header_row else []
        shown += [f"<tr><td>{index}</td>{cells}</tr>" for index, cells in enumerate(rows, 1)]
        if not rows:
            shown.append('<tr><td colspan="6">&nbsp;</td></tr>')
        return "".join(shown)

    def _cells_of(self, row: StoredRow) -> str:
        weekday, month, day = date_words(row.wall)
        cells = {
            "?": ("?", "?"),
            "account": (f"{row.account}@{row.server}", "?"),
            "name": ("?", script_text(row.name)),
        }[self._cells]
        return (
            f'<td><script>T("{weekday}") T("{month}") T("{day:02}")</script></td>'
            f"<td>{row.wall.hour:02}:{row.wall.minute:02}</td><td>{cells[0]}</td><td>{cells[1]}</td>"
            f"<td>{script_text(remote_uri(row))}</td>"
        )
