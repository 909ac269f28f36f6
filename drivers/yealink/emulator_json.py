"""Emulated Yealink phones of firmware v85 to v87 with the JSON interface: one web session at a time.

Source: vendor sheet 1.1, 2.6, 2.7, 2.8, 3.5, 5.3.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drivers.yealink.emulator_base import LOCK_MINUTES, WebSession, YealinkPhone
from drivers.yealink.emulator_contacts import local_contacts
from drivers.yealink.emulator_parts import (
    DurationHabit,
    bare_mac,
    colon_mac,
    dotted_time,
    modulus_hex,
    rsa_open,
)
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory, StoredRow
from phonesync.driver.emulator_kit import RenderedLists, RowTexts, Verdict, cookies, form_fields, split_target
from phonesync.model import ListName

KIND = "yealink-json"
_CODES = {  # sheet 3.5; the servlet generation swaps 2 and 3
    ListName.PLACED: 1,
    ListName.RECEIVED: 2,
    ListName.MISSED: 3,
    ListName.FORWARDED: 4,
}
_SEALED = "__WUI_ENC__:"
_JSON = "application/json; charset=UTF-8"


class JsonPhone(YealinkPhone):
    """One emulated phone with firmware v85 to v87."""

    list_path: ClassVar[str] = "/api/contacts/calllog"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        pick = self.habits.pick
        self._cookie = pick("cookie", "JSESSIONID", "SESSIONID")
        self._raw_letters = self.habits.flip("escaping")
        self._type_as_text = self.habits.flip("type")
        self._times_as_text = self.habits.flip("number_of_times")
        self._place = pick("place of calls", "data", "data", "data.calllog", "top")
        self._by_time = self.habits.flip("order")
        self._reversed = self.habits.flip("order of fields")
        self._extra: dict[str, str | int] = pick("extra fields", {}, {}, {"id": 7, "photo": ""}, {"line": 1})
        self._duration = DurationHabit(self.habits)
        self._log_type = pick("content type", _JSON, "text/html")
        self._denial = pick("denial", (200, "auth_err_not_login"), (401, "auth_err_session_timeout"))
        self._takes_plain = self.habits.flip("plain password") and memory.model.startswith("T5")
        self._texts = RowTexts(lambda row: self._dump(self._record(row)))
        self._lists = {
            str(code): RenderedLists(memory, (name,), self._calls) for name, code in _CODES.items()
        }
        self._lists["0"] = RenderedLists(memory, tuple(_CODES), self._calls)

    def occupy(self, peer: str) -> None:
        """Somebody at address ``peer`` signs in and works on the phone's web page; any other session ends."""
        self.expire()
        super().occupy(peer)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:  # noqa: PLR0911  one return a page
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if path == "/":
            return self.reply(
                b'<!DOCTYPE html><html><head><title>Yealink</title></head><body><div id="app"></div>'
                b'<script src="/js/app.js"></script></body></html>\n'
            )
        if path == "/servlet":
            if "phonecfg" in query:
                return self.phonecfg(request, query)
            return self.action_uri(request, query) if "key" in query else self.redirect("/api/")
        if not path.startswith("/api/"):
            return self.missing()
        session = self.session(request, cookies(request).get(self._cookie))
        if path == "/api/common/info":
            return self._info(request, session)
        if path == "/api/auth/login":
            return self._sign_in(request, session)
        if session is None or request.header("X-CSRFToken") != session.token:
            status, message = self._denial
            return self._json(_failed(message), status=status)
        return self._signed_in(request, path, query, session)

    def _signed_in(  # noqa: PLR0911  one return a page
        self, request: EmulatedRequest, path: str, query: Mapping[str, str], session: WebSession
    ) -> EmulatedResponse:
        if path == "/api/contacts/calllog" and request.method == "GET":
            wanted = self._lists.get(query.get("type", ""))
            if wanted is None:
                return self._json(_failed("error_invalid_param"))
            return self.reply(wanted.text(), content_type=self._log_type)
        if path == "/api/contacts/localcontacts" and request.method == "GET":
            return self._json({"ret": "ok", "data": local_contacts(self.memory.directory, query)})
        if path == "/api/time/localtime":
            return self._json({"ret": "ok", "data": self._local_time()})
        if path == "/api/inner/readconfig":
            return self._read_config(request)
        if path == "/api/auth/logout" and request.method == "POST":
            self.close_session(session)
            return self._json({"ret": "ok", "data": True})
        if path == "/api/account/status":
            return self._json({"ret": "ok", "data": {str(line): 2 for line in self.memory.accounts}})
        if request.method == "POST":
            self.intrusions.append(request.target)
        return self._json(_failed("error_not_found"), status=404)

    # Identity and sign-in.

    def _info(self, request: EmulatedRequest, session: WebSession | None) -> EmulatedResponse:
        # A plain GET is how the AX86R is asked for its keys (sheet 2.6).
        wanted = ["wui"] if request.method == "GET" else _id_list(request.content)
        memory = self.memory
        known = {
            "wui.common.rsaN": modulus_hex(KIND),
            "wui.common.rsaE": self.habits.pick("exponent", "10001", "010001"),
            "wui.device.phoneName": memory.model,
            "wui.device.firmware": memory.firmware,
            "wui.device.mac": self.habits.pick("mac", colon_mac, bare_mac)(memory.mac),
        }
        if session is not None:
            known["wui.common.token"] = session.token
        found = {
            key: value
            for key, value in known.items()
            if any(key == item or key.startswith(f"{item}.") for item in wanted)
        }
        return self._json({"ret": "ok", "data": found})

    def _sign_in(self, request: EmulatedRequest, session: WebSession | None) -> EmulatedResponse:
        if request.method != "POST":
            return self._json(_failed("error_not_found"), status=404)
        fields = form_fields(request)
        password = self._open_password(fields.get("pwd", ""))
        right = password is not None and self.is_right(fields.get("username", ""), password)
        verdict = self.attempt(accepted=right)
        if verdict is Verdict.LOCKED:
            return self._refusal({"webStatus": "lock", "lockTime": str(LOCK_MINUTES)})
        if verdict is Verdict.WRONG:
            return self._refusal({"msg": "error_username_or_password_is_wrong"})
        if session is None:
            others = self.live_sessions()
            if others:
                self.sign_ins -= 1
                return self._refusal({"msg": "auth_err_user_busy", "lineIp": others[0].peer})
        opened = session or self.open_session(request)
        # The answer is JSON under the name of HTML (sheet 2.6).
        cookie = ("Set-Cookie", f"{self._cookie}={opened.key}; Path=/; HttpOnly")
        return self.reply(b'{"ret":"ok","data":true}', cookie, content_type="text/html")

    def _open_password(self, sent: str) -> str | None:
        if sent.startswith(_SEALED):
            opened = rsa_open(KIND, sent.removeprefix(_SEALED))
            return None if opened is None else opened.decode("utf-8", "replace")
        return sent if self._takes_plain else None

    def _refusal(self, error: dict[str, str]) -> EmulatedResponse:
        device = {"phoneName": self.memory.model, "firmware": self.memory.firmware}
        body = {"ret": "failed", "data": False, "error": {**error, **device}}
        return self._json(body, content_type="text/html")

    # Signed in.

    def _local_time(self) -> object:
        shown = dotted_time(self.memory.wall_now())
        shapes: tuple[object, ...] = (shown, {"localtime": shown}, {"time": {"localtime": shown}})
        return self.habits.pick("local time", *shapes)

    def _read_config(self, request: EmulatedRequest) -> EmulatedResponse:
        asked = _json_object(request.content).get("keys")
        memory = self.memory
        known = {
            "features.save_call_history": str(int(memory.history_enabled)),
            "features.call_log_merge.enable": str(int(memory.merging_enabled)),
            "features.relog_offtime": "5",
            "local_time.time_zone": memory.zone_setting,
        }
        if not isinstance(asked, list) or not all(key in known for key in asked):
            return self._json(_failed("error_invalid_cfg_info"))
        return self._json({"ret": "ok", "data": {key: known[key] for key in asked}})

    def _calls(self, rows: Mapping[ListName, Sequence[StoredRow]]) -> bytes:
        if self._by_time:
            ordered = list(heapq.merge(*rows.values(), key=lambda row: row.wall, reverse=True))
        else:
            ordered = [row for listed in rows.values() for row in listed]
        calls = b'"calls":[' + b",".join(self._texts.of(ordered)) + b"]"
        if self._place == "data":
            return b'{"ret":"ok","data":{' + calls + b"}}"
        if self._place == "data.calllog":
            count = str(len(ordered)).encode()
            return b'{"ret":"ok","data":{"calllog":{"count":' + count + b"," + calls + b"}}}"
        return b'{"ret":"ok","data":true,' + calls + b"}"

    def _record(self, row: StoredRow) -> dict[str, str | int]:
        code = _CODES[row.list_name]
        values: dict[str, str | int] = {
            "type": str(code) if self._type_as_text else code,
            "local_name": row.account,
            "local_server": row.server,
            "remote_display": row.name,
            "remote_name": row.number,
            "remote_server": row.host,
            "datetime": dotted_time(row.wall),
            "duration": self._duration.write(row.duration_s),
            "number_of_times": str(row.count) if self._times_as_text else row.count,
            **self._extra,
        }
        return dict(reversed(values.items())) if self._reversed else values

    def _dump(self, value: object) -> bytes:
        return json.dumps(value, ensure_ascii=not self._raw_letters, separators=(",", ":")).encode()

    def _json(self, value: object, *, status: int = 200, content_type: str = _JSON) -> EmulatedResponse:
        return self.reply(self._dump(value), status=status, content_type=content_type)


def _failed(message: str) -> dict[str, object]:
    return {"ret": "failed", "data": False, "error": {"msg": message}}


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _id_list(content: bytes) -> list[str]:
    asked = _json_object(content).get("idlist")
    return [str(item) for item in asked] if isinstance(asked, list) else []
