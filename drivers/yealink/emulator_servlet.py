"""Emulated Yealink phones of firmware v82 to v86 with the ``mod_listener`` servlet.

Source: vendor sheet 1.1, 2.4, 2.5, 2.8, 3.4, 5.3. :class:`ServletPhone` seals the password with AES and RSA,
:class:`ServletRsaPhone` with RSA alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from drivers.yealink.emulator_base import LOCK_MINUTES, WebSession, YealinkPhone
from drivers.yealink.emulator_contacts import ServletContacts
from drivers.yealink.emulator_parts import (
    DurationHabit,
    aes_open,
    colon_mac,
    dotted_time,
    modulus_hex,
    rsa_open,
)
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory, StoredRow
from phonesync.driver.emulator_kit import RenderedLists, RowTexts, Verdict, cookies, form_fields, split_target
from phonesync.model import ListName

_CODES = {  # sheet 3.4; the JSON generation swaps 2 and 3
    ListName.PLACED: "1",
    ListName.MISSED: "2",
    ListName.RECEIVED: "3",
    ListName.FORWARDED: "4",
}
_LISTS = tuple(_CODES)
_FORM_PATH = "/servlet?m=mod_listener&p=login&q=loginForm&jumpto=status"
_OLD_FORM_PATH = "/servlet?p=login&q=loginForm&jumpto=status"
_PAGES = frozenset({
    "account-register", "account-basic", "network", "dsskey", "features-forward", "features-general",
    "features-actionurl", "features-remotecontrl", "settings-preference", "settings-datetime",
    "settings-upgrade", "settings-autop", "contactsbasic", "contacts-remote", "security",
})  # fmt: skip


class ServletPhone(YealinkPhone):
    """One emulated phone with firmware v82 to v85: AES and RSA over the password."""

    list_path: ClassVar[str] = "p=contacts-callinfo"
    kind: ClassVar[str] = "yealink-servlet"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        pick = self.habits.pick
        self._root = pick("root", "redirect", "script", "old script")
        self._unsigned = pick("page without session", "redirect", "login page")
        self._lock_answer = pick("lock answer", "bare", "marked")
        self._first_key = pick("first running key", 0, 1)
        self._text_order = self.habits.flip("order of running keys", one_in=3)
        self._reversed = self.habits.flip("order of fields")
        self._extra: dict[str, str | int] = pick(
            "extra fields", {}, {}, {"line_id": "1", "photo": ""}, {"call_status": 0}
        )
        self._times_as_text = self.habits.flip("number_of_times")
        self._duration = DurationHabit(self.habits)
        writers: tuple[Callable[[object], str], ...] = (_plain, _escaped_inside, _escaped_outside)
        self._escaped = pick("escaping", *writers)
        self._texts = {name: RowTexts(self._text) for name in _LISTS}
        self._lists = RenderedLists(memory, _LISTS, self._call_log_list)
        self._contacts = ServletContacts(memory.directory, self.habits)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self._entry()
        if path != "/servlet":
            return self.missing()
        if "key" in query:
            return self.action_uri(request, query)
        if "phonecfg" in query:
            return self.phonecfg(request, query)
        page, action = query.get("p", ""), query.get("q", "load")
        if page == "login" and query.get("m", "mod_listener") == "mod_listener":
            if action == "login" and request.method == "POST":
                return self._sign_in(request)
            return self._login_page()
        return self._signed_in(request, query, page, action)

    def _entry(self) -> EmulatedResponse:
        if self._root == "redirect":
            return self.redirect(_FORM_PATH)
        path = _FORM_PATH if self._root == "script" else _OLD_FORM_PATH
        script = f'<html><head><script>window.location ="{path}";</script></head><body></body></html>\r\n'
        return self.reply(script.encode())

    def _signed_in(  # noqa: PLR0911  one return a page
        self, request: EmulatedRequest, query: Mapping[str, str], page: str, action: str
    ) -> EmulatedResponse:
        session = self.session(request, cookies(request).get("JSESSIONID"))
        if session is None:
            return self.redirect(_FORM_PATH) if self._unsigned == "redirect" else self._login_page()
        if (query.get("m"), page, action, request.method) == ("mod_contact", "updatecontact", "add", "POST"):
            self.written.append(request.target)
            said = self._contacts.add(form_fields(request), token=session.token)
            return self.reply(self._result(said))
        if query.get("m") != "mod_data" or action != "load":
            return self.intruded(request)
        if page == "contactsbasic":
            return self._page(session, self._contacts.page(query))
        if page == "contacts-callinfo":
            return self._page(session, b"".join((b"var g_callloglist = ", self._lists.text(), b";")))
        if page == "status":
            return self._page(session, *self._status())
        return self._page(session, f'var g_page = "{page}";'.encode()) if page in _PAGES else self.missing()

    # Sign-in.

    def _login_page(self) -> EmulatedResponse:
        memory = self.memory
        body = (
            "<html><head><title>Login</title><script>\r\n"
            f'var g_phonetype = "{memory.model}";\r\n'
            f'var g_strFirmware = "{memory.firmware}";\r\n'
            f'var g_rsa_n = "{modulus_hex(self.kind)}";\r\nvar g_rsa_e = "010001";\r\n'
            '</script></head><body><form name="formInput"><input type="text" name="username">'
            '<input type="password" name="pwd"></form></body></html>\r\n'
        )
        return self.reply(body.encode(), ("Set-Cookie", f"JSESSIONID={self.issue()}; path=/; HttpOnly"))

    def _sign_in(self, request: EmulatedRequest) -> EmulatedResponse:
        fields = form_fields(request)
        key = cookies(request).get("JSESSIONID", "")
        password = self.open_password(fields, key) if self.was_issued(key) else None
        right = password is not None and self.is_right(fields.get("username", ""), password)
        verdict = self.attempt(accepted=right)
        if verdict is Verdict.LOCKED:
            lock = f'{{"authstatus":"lock","locktime":"{LOCK_MINUTES}"}}'
            return self.reply(
                self._result(lock) if self._lock_answer == "marked" else lock.encode(), status=403
            )
        if verdict is Verdict.WRONG:
            return self.reply(self._result('{"authstatus":"none"}'))
        self.open_session(request, key)
        return self.reply(self._result('{"authstatus":"done"}'))

    def open_password(self, fields: Mapping[str, str], key: str) -> str | None:
        """The password in a sign-in form, or None where it is not sealed as this generation wants it.

        Args:
            fields: The form.
            key: The JSESSIONID it came with, which must be inside.
        """
        text = aes_open(
            rsa_open(self.kind, fields.get("rsakey", "")),
            rsa_open(self.kind, fields.get("rsaiv", "")),
            fields.get("pwd", ""),
        )
        fraction, _, rest = (text or b"").decode("utf-8", "replace").partition(";")
        session, _, password = rest.partition(";")
        return password if fraction and session == key else None

    @staticmethod
    def _result(verdict: str) -> bytes:
        return f'<html><body><div id="_RES_INFO_">{verdict}</div></body></html>\r\n'.encode()

    # Pages.

    def _page(self, session: WebSession, script: bytes, body: bytes = b"") -> EmulatedResponse:
        return self.reply(
            b"".join(
                (
                    b"<html><head><script>\r\n",
                    f'var g_strToken = "{session.token}";\r\n'.encode(),
                    script,
                    b"\r\n</script></head><body>\r\n",
                    body,
                    b"</body></html>\r\n",
                )
            )
        )

    def _status(self) -> tuple[bytes, bytes]:
        memory = self.memory
        accounts = {f"Account{line}": f"{user}@{memory.server}:2" for line, user in memory.accounts.items()}
        script = (
            f"var g_dataAccStatus = g_json.ParseJSON({json.dumps(json.dumps(accounts))});\r\n"
            f'var g_localtime = "{dotted_time(memory.wall_now())}";'
        )
        rows = {
            "Product Name": memory.model,
            "Firmware Version": memory.firmware,
            "Hardware Version": f"{memory.firmware.partition('.')[0]}.0.0.0.0.0.0",
            "MAC Address": colon_mac(memory.mac),
            "Time Zone": memory.zone_setting,
        }
        body = "".join(
            f'<tr><td><script>T("{label}")</script></td>'
            f'<td><label id="{label.replace(" ", "")}" dvalue="{quote(value, safe=" :+()./,-")}">'
            "</label></td></tr>\r\n"
            for label, value in rows.items()
        )
        return script.encode(), f"<table>{body}</table>\r\n".encode()

    def _call_log_list(self, rows: Mapping[ListName, Sequence[StoredRow]]) -> bytes:
        lists = ",".join(
            f'\\"{_CODES[name]}\\":{{{self._numbered(self._texts[name].of(listed))}}}'
            for name, listed in rows.items()
        )
        return f'g_json.ParseJSON("{{{lists}}}")'.encode()

    def _numbered(self, texts: Sequence[str]) -> str:
        numbered = [(str(key), text) for key, text in enumerate(texts, self._first_key)]
        if self._text_order:  # some phones keep the rows in a map ordered by text: "10" stands before "2"
            numbered.sort()
        return ",".join(f'\\"{key}\\":{text}' for key, text in numbered)

    def _text(self, row: StoredRow) -> str:
        return self._escaped(self._record(row))

    def _record(self, row: StoredRow) -> dict[str, str | int]:
        values: dict[str, str | int] = {
            "local_name": row.account,
            "local_server": row.server,
            "remote_display": row.name,
            "remote_name": row.number,
            "remote_server": row.host,
            "born_tick_datetime": dotted_time(row.wall),
            "duration": self._duration.write(row.duration_s),
            "number_of_times": str(row.count) if self._times_as_text else row.count,
            **self._extra,
        }
        return dict(reversed(values.items())) if self._reversed else values


class ServletRsaPhone(ServletPhone):
    """One emulated T3x with firmware v85 or v86: the password is sealed with RSA alone, over HTTPS only."""

    kind: ClassVar[str] = "yealink-servlet-rsa"

    def open_password(self, fields: Mapping[str, str], key: str) -> str | None:  # noqa: ARG002  as the parent
        """The password in a sign-in form, or None where it is not hex of RSA."""
        opened = rsa_open(self.kind, fields.get("pwd", ""))
        return None if opened is None else opened.decode("utf-8", "replace")


def _plain(value: object) -> str:
    """JSON inside a JavaScript literal, with non-ASCII letters as they are."""
    return _inside_literal(_compact(value, ascii_only=False), ascii_only=False)


def _escaped_inside(value: object) -> str:
    """The same; non-ASCII letters are escaped in the JSON."""
    return _inside_literal(_compact(value, ascii_only=True), ascii_only=True)


def _escaped_outside(value: object) -> str:
    """The same; non-ASCII letters are escaped in the literal."""
    return _inside_literal(_compact(value, ascii_only=False), ascii_only=True)


def _compact(value: object, *, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))


def _inside_literal(text: str, *, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1].replace("</", "<\\/")
