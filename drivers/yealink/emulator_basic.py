"""Emulated Yealink phones of firmware v70: HTTP Basic, ``ConfigManApp.com``, bytes that are not UTF-8.

Source: vendor sheet 1.1, 2.1, 3.1. No session, no year, no seconds, no MAC, no phone clock, never HTTPS.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import ClassVar

from drivers.yealink.emulator_base import LOCK_MINUTES, YealinkPhone
from drivers.yealink.emulator_parts import THREE_LISTS, basic_credentials, date_words
from phonesync.driver.emulation import EmulatedRequest, EmulatedResponse, PhoneMemory, StoredRow
from phonesync.driver.emulator_kit import RenderedLists, RowTexts, Verdict, split_target
from phonesync.model import ListName

_CODES = {ListName.PLACED: b"1", ListName.RECEIVED: b"2", ListName.MISSED: b"3"}  # sheet 3.1
_RECORD, _FIELD = b"\xfe", b"\xff"
_STATUS_ITEMS = 14
_REGISTERED_ITEMS = (11, 12)
_PAGE = "/cgi-bin/ConfigManApp.com"


def single_bytes(text: str, encoding: str) -> bytes:
    """``text`` in a one-byte encoding, without the two separator bytes and the closing quote.

    In cp1251 the separators are the letters ю and я: a phone that stored those raw would break its page.
    """
    encoded = text.encode(encoding, "replace")
    return encoded.translate(bytes.maketrans(b'\xfe\xff"', b"??'"))


class BasicPhone(YealinkPhone):
    """One emulated phone with firmware v70."""

    list_path: ClassVar[str] = "Id=34"

    def __init__(self, memory: PhoneMemory) -> None:
        super().__init__(memory)
        self._encoding = self.habits.pick("encoding", "latin-1", "cp1251")
        self._names = self.habits.pick("fields 3 to 5", "empty", "empty", "account and name")
        self._grouped = self.habits.flip("order")
        self._root = self.habits.pick("root", "401", "401", "page")
        self._texts = RowTexts(self._record)
        self._lists = RenderedLists(memory, THREE_LISTS, self._records)

    def answer(self, request: EmulatedRequest) -> EmulatedResponse:
        """Answers one request, at once and without I/O."""
        path, query = split_target(request.target)
        if self._root == "page" and path == "/":
            return self._page(
                b'<html><head><meta http-equiv="refresh" content="0;URL=/cgi-bin/"></head></html>'
            )
        if self._root == "page" and path == "/cgi-bin/":
            link = f'<html><body><a href="{_PAGE}?Id=1">Status</a></body></html>'
            return self._page(link.encode())
        sent = basic_credentials(request)
        if sent is None:
            return self._unauthorised()
        verdict = self.attempt(accepted=self.is_right(sent.username, sent.password))
        if verdict is Verdict.LOCKED:
            return self._locked()
        if verdict is Verdict.WRONG:
            return self._unauthorised()
        return self._signed_in(request, path, query)

    def _signed_in(  # noqa: PLR0911  one return a page
        self, request: EmulatedRequest, path: str, query: Mapping[str, str]
    ) -> EmulatedResponse:
        if path == "/":
            return self._page(f"<html><head><title>{self.memory.model}</title></head></html>".encode())
        if path != _PAGE:
            return self._page(b"<html><body>Not Found</body></html>", status=404)
        if query.get("key", "").startswith("number="):
            return self.placed(request, query)
        wanted = query.get("Id", "1")
        if request.method != "GET" or {"Command", "key"} & query.keys() or wanted == "7":
            return self.intruded(request)
        if wanted == "1":
            return self._page(self._status())
        if wanted == "34":
            return self._page(self._call_lists())
        return self._page(b"<html><body>Not Found</body></html>", status=404)

    def _status(self) -> bytes:
        items = [self.memory.firmware, *[""] * (_STATUS_ITEMS - 1)]
        for item in _REGISTERED_ITEMS:
            items[item] = "REGISTERED"
        data = _RECORD.join(single_bytes(item, self._encoding) for item in items)
        return b"".join((
            b"<html><head><title>Status</title><script>\r\n",
            f'var devtype="{self.memory.model}";\r\n'.encode(),
            b'var Cfgdata="', data, b'";\r\n',
            b"</script></head><body></body></html>\r\n",
        ))  # fmt: skip

    def _call_lists(self) -> bytes:
        return b"".join((
            b"<html><head><title>Call List</title><script>\r\n",
            b'var Cfgdata1="1', _RECORD, b'0";\r\n',
            b'var Cfgdata2="', self._lists.text(), b'";\r\n',
            b"</script></head><body></body></html>\r\n",
        ))  # fmt: skip

    def _records(self, rows: Mapping[ListName, Sequence[StoredRow]]) -> bytes:
        if self._grouped:
            ordered = [row for name in THREE_LISTS for row in rows[name]]
        else:
            ordered = list(heapq.merge(*rows.values(), key=lambda row: row.wall, reverse=True))
        return b"".join(self._texts.of(ordered))

    def _record(self, row: StoredRow) -> bytes:
        weekday, month, day = date_words(row.wall)
        extra = ("", "", "") if self._names == "empty" else (row.account, row.name, "")
        date, time = f"{weekday}, {month} {day}", f"{row.wall.hour:02}:{row.wall.minute:02}"
        texts = (single_bytes(text, self._encoding) for text in (date, time, *extra, row.number))
        return _FIELD.join((_CODES[row.list_name], *texts)) + _RECORD

    def _unauthorised(self) -> EmulatedResponse:
        return self._page(
            b"<HTML><HEAD><TITLE>401 Unauthorized</TITLE></HEAD>\n<BODY>Authorization required</BODY></HTML>",
            ("WWW-Authenticate", f'Basic realm="Enterprise IP phone SIP-{self.memory.model}"'),
            status=401,
        )

    def _locked(self) -> EmulatedResponse:
        # The sheet gives the words as seen on the screen (2.8), not the status: 403 as on later ones.
        text = f"You are not authorized, please try again {LOCK_MINUTES} minutes later"
        return self._page(f"<html><body>{text}</body></html>".encode(), status=403)

    def _page(self, content: bytes, *headers: tuple[str, str], status: int = 200) -> EmulatedResponse:
        # `charset=%s` is what these phones send, literally.
        return EmulatedResponse(
            status=status,
            headers=(
                ("Server", "mini_httpd/1.19 19dec2003"),
                ("Cache-Control", "no-cache,no-store"),
                *headers,
                ("Content-Type", "text/html; charset=%s"),
                ("Connection", "close"),
            ),
            content=content,
            length_known=False,
            version="HTTP/1.0",
        )
